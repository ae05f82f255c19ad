/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/door-tally.h"

#include "common/printable.h"
#include "publish/counted.h"

#include <pthread.h>
#include <string.h>

struct _BgDoorTally
{
  guint refs;
  BgDoorCounters counters; /* __atomic, relaxed, but for the text */
  pthread_mutex_t lock;    /* the text */
};

#define ADD(counter, n) __atomic_fetch_add (&(counter), (n), __ATOMIC_RELAXED)
#define READ(counter) __atomic_load_n (&(counter), __ATOMIC_RELAXED)

BgDoorTally *
bg_door_tally_new (void)
{
  BgDoorTally *tally = g_new0 (BgDoorTally, 1);

  bg_counted_begin (&tally->refs);
  pthread_mutex_init (&tally->lock, NULL);
  return tally;
}

BgDoorTally *
bg_door_tally_ref (BgDoorTally *tally)
{
  bg_counted_ref (&tally->refs);
  return tally;
}

void
bg_door_tally_unref (BgDoorTally *tally)
{
  if (!bg_counted_unref (&tally->refs))
    return;
  pthread_mutex_destroy (&tally->lock);
  g_free (tally);
}

static void
touch (BgDoorTally *tally)
{
  __atomic_store_n (&tally->counters.active_at, g_get_real_time (), __ATOMIC_RELAXED);
}

void
bg_door_tally_began (BgDoorTally *tally)
{
  ADD (tally->counters.open, 1);
  ADD (tally->counters.total, 1);
  touch (tally);
}

void
bg_door_tally_ended (BgDoorTally *tally)
{
  ADD (tally->counters.open, -1);
  touch (tally);
}

void
bg_door_tally_refused (BgDoorTally *tally)
{
  ADD (tally->counters.refused, 1);
}

void
bg_door_tally_carried (BgDoorTally *tally, guint64 up, guint64 down)
{
  ADD (tally->counters.bytes_up, up);
  ADD (tally->counters.bytes_down, down);
  touch (tally);
}

void
bg_door_tally_failed (BgDoorTally *tally, BgForwardError error, const char *reason)
{
  g_autofree char *text = bg_printable_start (reason, BG_DOOR_ERROR_TEXT - 1);

  ADD (tally->counters.errors[error], 1);
  pthread_mutex_lock (&tally->lock);
  g_strlcpy (tally->counters.last_error, text, BG_DOOR_ERROR_TEXT);
  pthread_mutex_unlock (&tally->lock);
}

void
bg_door_tally_read (BgDoorTally *tally, BgDoorCounters *out)
{
  BgDoorCounters *counters = &tally->counters;

  out->open = READ (counters->open);
  out->total = READ (counters->total);
  out->refused = READ (counters->refused);
  out->bytes_up = READ (counters->bytes_up);
  out->bytes_down = READ (counters->bytes_down);
  out->active_at = READ (counters->active_at);
  for (guint i = 0; i < BG_FORWARD_ERRORS; i++)
    out->errors[i] = READ (counters->errors[i]);
  pthread_mutex_lock (&tally->lock);
  g_strlcpy (out->last_error, counters->last_error, BG_DOOR_ERROR_TEXT);
  pthread_mutex_unlock (&tally->lock);
}

void
bg_door_counters_add (BgDoorCounters *sum, const BgDoorCounters *part)
{
  sum->open += part->open;
  sum->total += part->total;
  sum->refused += part->refused;
  sum->bytes_up += part->bytes_up;
  sum->bytes_down += part->bytes_down;
  for (guint i = 0; i < BG_FORWARD_ERRORS; i++)
    sum->errors[i] += part->errors[i];
  if (part->active_at >= sum->active_at && *part->last_error)
    memcpy (sum->last_error, part->last_error, sizeof sum->last_error);
  sum->active_at = MAX (sum->active_at, part->active_at);
}
