/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/turn-share.h"

enum
{
  LONGEST_PAUSE_MS = 1000 * 1000, /* after which every bucket is full */
};

void
bg_turn_bucket_init (BgTurnBucket *bucket, const BgTurnRate *rate, uint64_t now_ms)
{
  *bucket = (BgTurnBucket){ rate->at_once * 1000, now_ms };
}

bool
bg_turn_bucket_take (BgTurnBucket *bucket, const BgTurnRate *rate, uint64_t n, uint64_t now_ms)
{
  uint64_t passed = now_ms > bucket->filled_at_ms ? now_ms - bucket->filled_at_ms : 0;
  uint64_t full = rate->at_once * 1000;

  if (passed > LONGEST_PAUSE_MS)
    bucket->thousandths = full;
  else
    bucket->thousandths += passed * rate->per_second;
  if (bucket->thousandths > full)
    bucket->thousandths = full;
  bucket->filled_at_ms = now_ms;
  if (bucket->thousandths < n * 1000)
    return false;
  bucket->thousandths -= n * 1000;
  return true;
}

/* When it was used last, of 1; 0: never. */
static uint64_t
last_use (const BgTurnShare *share)
{
  return share->is_somebodys ? share->bytes.filled_at_ms + 1 : 0;
}

/* The one of `id`; where there is none, it gets the one that nobody has used for the longest time. */
static BgTurnShare *
find (BgTurnShares *self, uint64_t id, uint64_t now_ms)
{
  BgTurnShare *oldest = NULL;

  for (BgTurnShare *share = self->shares; share < self->shares + self->n; share++)
    {
      if (share->is_somebodys && share->id == id)
        return share;
      if (share->allocations == 0 && (oldest == NULL || last_use (share) < last_use (oldest)))
        oldest = share;
    }
  if (oldest != NULL)
    {
      *oldest = (BgTurnShare){ .is_somebodys = true, .id = id };
      bg_turn_bucket_init (&oldest->bytes, &self->rate, now_ms);
    }
  return oldest;
}

uint32_t
bg_turn_shares_join (BgTurnShares *self, uint64_t id, uint64_t now_ms)
{
  BgTurnShare *share = find (self, id, now_ms);

  if (share == NULL || share->allocations >= self->most)
    return 0;
  share->allocations++;
  return (uint32_t) (share - self->shares) + 1;
}

void
bg_turn_shares_leave (BgTurnShares *self, uint32_t share)
{
  if (share > 0)
    self->shares[share - 1].allocations--;
}

bool
bg_turn_shares_take (BgTurnShares *self, uint32_t share, uint64_t bytes, uint64_t now_ms)
{
  return share == 0 || self->rate.per_second == 0
         || bg_turn_bucket_take (&self->shares[share - 1].bytes, &self->rate, bytes, now_ms);
}
