/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/credit.h"

#include <string.h>

#define MS UINT64_C (1000000)
#define SECOND (1000 * MS)

#define SAMPLE_NS (10 * MS)
#define REFRESH_NS (10 * SECOND) /* how long a smallest round trip is believed */

void
bg_credit_init (BgCredit *credit, uint32_t floor, uint64_t now_ns)
{
  memset (credit, 0, sizeof *credit);
  credit->floor = floor < BG_CREDIT_MAX ? floor : BG_CREDIT_MAX;
  credit->window = credit->floor;
  credit->heard_ns = now_ns;
  credit->sampled_ns = now_ns;
}

uint64_t
bg_credit_outstanding (const BgCredit *credit)
{
  return credit->sent - credit->acked;
}

uint64_t
bg_credit_room (const BgCredit *credit)
{
  uint64_t outstanding = bg_credit_outstanding (credit);

  return outstanding < credit->window ? credit->window - outstanding : 0;
}

void
bg_credit_sent (BgCredit *credit, uint32_t bytes, uint64_t now_ns)
{
  if (bg_credit_outstanding (credit) == 0)
    credit->heard_ns = credit->marked_ns = now_ns;
  credit->sent += bytes;
}

void
bg_credit_limited (BgCredit *credit)
{
  credit->limited = true;
}

/* Twice what the path holds: one part travels, one waits to be reported. */
static void
resize (BgCredit *credit)
{
  uint64_t want = (uint64_t) (2.0 * (double) credit->rate * (double) credit->round_trip_ns
                              / (double) SECOND);

  if (want < credit->floor)
    want = credit->floor;
  if (want > BG_CREDIT_MAX)
    want = BG_CREDIT_MAX;
  credit->window = credit->draining ? BG_CREDIT_DRAINED : (uint32_t) want;
}

static void
start_sampling (BgCredit *credit, uint64_t now_ns)
{
  credit->limited = false;
  credit->sampled_ns = now_ns;
  credit->sampled_bytes = credit->acked;
}

static void
sample_rate (BgCredit *credit, uint64_t now_ns)
{
  uint64_t elapsed = now_ns - credit->sampled_ns;
  uint64_t rate;

  if (credit->draining || elapsed < SAMPLE_NS)
    return;
  rate = (uint64_t) ((double) (credit->acked - credit->sampled_bytes) * (double) SECOND
                     / (double) elapsed);
  if (rate > credit->rate)
    credit->rate += (rate - credit->rate) / 2;
  else if (credit->limited)
    credit->rate -= (credit->rate - rate) / 8;
  start_sampling (credit, now_ns);
}

static void
sample_round_trip (BgCredit *credit, uint64_t now_ns)
{
  uint64_t round_trip = now_ns - credit->timed_ns;

  credit->timing = false;
  if (credit->timed_empty || (credit->round_trip_ns > 0 && round_trip <= credit->round_trip_ns))
    {
      credit->round_trip_ns = round_trip;
      credit->round_trip_at = now_ns;
      if (credit->draining)
        start_sampling (credit, now_ns);
      credit->draining = false;
    }
  else if (credit->round_trip_at == 0 || now_ns - credit->round_trip_at > REFRESH_NS)
    credit->draining = true;
}

void
bg_credit_reported (BgCredit *credit, uint64_t bytes, uint64_t now_ns)
{
  credit->heard_ns = now_ns;
  if (bytes > credit->sent)
    bytes = credit->sent;
  /* Reports may overtake one another. */
  if (bytes > credit->acked)
    credit->acked = bytes;
  if (credit->timing && credit->acked >= credit->timed_bytes)
    sample_round_trip (credit, now_ns);
  sample_rate (credit, now_ns);
  resize (credit);
}

/* Half a window's time: what is lost of it is back before the other half is gone. */
static uint64_t
mark_spacing (const BgCredit *credit)
{
  uint64_t half_ns;

  if (credit->draining)
    return BG_CREDIT_MARK_MIN_MS * MS;
  if (credit->rate == 0)
    return BG_CREDIT_MARK_MS * MS;
  half_ns = (uint64_t) ((double) credit->window / 2 / (double) credit->rate * (double) SECOND);
  if (half_ns < BG_CREDIT_MARK_MIN_MS * MS)
    return BG_CREDIT_MARK_MIN_MS * MS;
  return half_ns < BG_CREDIT_MARK_MS * MS ? half_ns : BG_CREDIT_MARK_MS * MS;
}

uint64_t
bg_credit_next (const BgCredit *credit)
{
  return bg_credit_outstanding (credit) > 0 ? credit->marked_ns + mark_spacing (credit)
                                            : BG_CREDIT_NEVER;
}

static void
presume_lost (BgCredit *credit, uint64_t now_ns)
{
  credit->acked = credit->sent;
  credit->timing = credit->draining = false;
  credit->rate = 0;
  start_sampling (credit, now_ns);
  resize (credit);
}

bool
bg_credit_run (BgCredit *credit, uint64_t now_ns, uint64_t *bytes)
{
  if (now_ns < bg_credit_next (credit))
    return false;
  if (now_ns - credit->heard_ns >= BG_CREDIT_LOST_MS * MS)
    {
      presume_lost (credit, now_ns);
      return false;
    }
  credit->marked_ns = now_ns;
  *bytes = credit->sent;
  if (!credit->timing)
    {
      credit->timing = true;
      credit->timed_ns = now_ns;
      credit->timed_bytes = credit->sent;
      credit->timed_empty = bg_credit_outstanding (credit) <= BG_CREDIT_DRAINED;
    }
  return true;
}

void
bg_credit_receiver_init (BgCreditReceiver *receiver)
{
  *receiver = (BgCreditReceiver){ .due_ns = BG_CREDIT_NEVER };
}

void
bg_credit_receiver_data (BgCreditReceiver *receiver, uint32_t bytes, uint64_t now_ns)
{
  receiver->since_mark += bytes;
  receiver->unreported += bytes;
  if (receiver->unreported >= BG_CREDIT_REPORT_BYTES)
    receiver->due_ns = now_ns;
  else if (receiver->due_ns == BG_CREDIT_NEVER)
    receiver->due_ns = now_ns + BG_CREDIT_REPORT_MS * MS;
}

void
bg_credit_receiver_mark (BgCreditReceiver *receiver, uint64_t bytes, uint64_t now_ns)
{
  if (bytes < receiver->marked)
    return;
  receiver->marked = bytes;
  receiver->since_mark = 0;
  receiver->due_ns = now_ns;
}

bool
bg_credit_receiver_run (BgCreditReceiver *receiver, uint64_t now_ns, uint64_t *bytes)
{
  if (now_ns < receiver->due_ns)
    return false;
  receiver->due_ns = BG_CREDIT_NEVER;
  receiver->unreported = 0;
  *bytes = receiver->marked + receiver->since_mark;
  return true;
}
