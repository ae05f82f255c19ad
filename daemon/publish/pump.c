/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/pump.h"

#include <string.h>

enum
{
  SHARE = 256 * 1024, /* bytes of one connection before others have their turn */
  READ_MIN = 4096,    /* also beside a long head */
};

void
bg_pump_init (BgPump *pump, BgSide *from, BgSide *to)
{
  *pump = (BgPump){ .from = from, .to = to };
}

void
bg_pump_clear (BgPump *pump)
{
  g_clear_pointer (&pump->kept, g_free);
  pump->at = pump->ready = pump->len = 0;
}

void
bg_pump_discard (BgPump *pump)
{
  if (pump->state == BG_PUMP_ENDED)
    return;
  bg_pump_clear (pump);
  pump->state = pump->state == BG_PUMP_ENDING ? BG_PUMP_ENDED : BG_PUMP_DISCARDING;
}

/* Replaces what is kept; `input`, which still has to pass the filter, may lie in it. */
static void
keep (BgPump *pump, BgSpan ready, BgSpan input)
{
  guint8 *kept = ready.len + input.len > 0 ? g_malloc (ready.len + input.len) : NULL;

  if (ready.len > 0)
    memcpy (kept, ready.bytes, ready.len);
  if (input.len > 0)
    memcpy (kept + ready.len, input.bytes, input.len);
  bg_pump_clear (pump);
  pump->kept = kept;
  pump->ready = (guint32) ready.len;
  pump->len = (guint32) (ready.len + input.len);
}

/* As much of it as the other side takes; FALSE: it takes nothing for good. */
static gboolean
write_out (BgPump *pump, BgSpan *span)
{
  while (span->len > 0 && pump->to->is_writable)
    {
      gssize n = bg_side_write (pump->to, span->bytes, span->len);

      if (n == BG_SIDE_AGAIN)
        return TRUE;
      if (n < 0)
        return FALSE;
      span->bytes += n;
      span->len -= (gsize) n;
      pump->passed += (guint64) n;
    }
  return TRUE;
}

static BgSpan
filtered (BgPump *pump, BgSpan *input)
{
  BgSpan out = *input;
  gsize n = input->len;

  if (pump->filter)
    n = bg_http_host_next (pump->filter, input->bytes, input->len, &out);
  input->bytes += n;
  input->len -= n;
  return out;
}

/* All of `input` that can go now; the rest is kept. */
static void
feed (BgPump *pump, BgSpan input)
{
  BgSpan out = { NULL, 0 };

  while (input.len > 0)
    {
      gsize before = input.len;

      out = filtered (pump, &input);
      if (input.len == before && out.len == 0)
        break;
      if (!write_out (pump, &out))
        {
          bg_pump_discard (pump);
          return;
        }
      if (out.len > 0)
        break;
    }
  keep (pump, out, input);
}

/* TRUE: nothing is kept any more. */
static gboolean
flush (BgPump *pump)
{
  BgSpan ready = { pump->kept + pump->at, pump->ready - pump->at };

  if (!pump->kept)
    return TRUE;
  if (!write_out (pump, &ready))
    {
      bg_pump_discard (pump);
      return TRUE;
    }
  pump->at = pump->ready - (guint32) ready.len;
  if (ready.len == 0)
    feed (pump, (BgSpan){ pump->kept + pump->ready, pump->len - pump->ready });
  return !pump->kept;
}

static gsize
read_size (const BgPump *pump)
{
  gsize held = pump->filter ? bg_http_host_held (pump->filter) : 0;

  return MAX (BG_REACTOR_SCRATCH - held, READ_MIN);
}

static void
take (BgPump *pump, const guint8 *bytes, gsize len)
{
  if (pump->answers)
    bg_http_host_answer (pump->answers, bytes, len);
  if (pump->state == BG_PUMP_OPEN)
    feed (pump, (BgSpan){ bytes, len });
}

static void
source_ended (BgPump *pump)
{
  BgSpan held = { NULL, 0 };

  if (pump->state == BG_PUMP_OPEN && pump->filter)
    held = bg_http_host_end (pump->filter);
  pump->state = pump->state == BG_PUMP_OPEN ? BG_PUMP_ENDING : BG_PUMP_ENDED;
  if (held.len > 0)
    keep (pump, held, (BgSpan){ NULL, 0 });
}

static void
say_end (BgPump *pump)
{
  if (bg_side_end (pump->to) != BG_SIDE_AGAIN)
    pump->state = BG_PUMP_ENDED;
}

/* One step; TRUE: there may be another. */
static gboolean
step (BgPump *pump, BgReactor *reactor, gsize *share, gboolean *is_broken)
{
  gssize n;

  if (!flush (pump))
    return FALSE;
  if (pump->state == BG_PUMP_ENDING)
    {
      if (pump->to->is_writable)
        say_end (pump);
      return FALSE;
    }
  if (pump->state == BG_PUMP_ENDED || !pump->from->is_readable)
    return FALSE;
  n = bg_side_read (pump->from, bg_reactor_scratch (reactor), read_size (pump));
  if (n > 0)
    take (pump, bg_reactor_scratch (reactor), (gsize) n);
  else if (n == 0)
    source_ended (pump);
  *is_broken = n == BG_SIDE_BROKEN;
  *share -= n > 0 ? MIN (*share, (gsize) n) : 0;
  return n >= 0;
}

BgPumpVerdict
bg_pump_run (BgPump *pump, BgReactor *reactor)
{
  gsize share = SHARE;
  gboolean is_broken = FALSE;

  while (step (pump, reactor, &share, &is_broken))
    if (share == 0)
      return BG_PUMP_HAS_MORE;
  if (is_broken && pump->state == BG_PUMP_DISCARDING)
    pump->state = BG_PUMP_ENDED;
  else if (is_broken)
    return BG_PUMP_BROKE;
  return pump->state == BG_PUMP_ENDED ? BG_PUMP_IS_DONE : BG_PUMP_WAITS;
}
