/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/backoff.h"

/* 2^5 s is above the last delay already; a larger exponent must never be computed. */
enum
{
  MAX_DOUBLINGS = 5
};

guint
bg_backoff_base_ms (guint failures)
{
  if (failures == 0)
    return 0;
  return MIN (BG_BACKOFF_LAST_MS, BG_BACKOFF_FIRST_MS << MIN (failures - 1, MAX_DOUBLINGS));
}

guint
bg_backoff_delay_ms (guint failures, double random)
{
  guint base = bg_backoff_base_ms (failures);
  guint low = MAX (BG_BACKOFF_FIRST_MS, base / 4 * 3);
  guint high = MIN (BG_BACKOFF_LAST_MS, base / 2 * 3);

  if (base == 0)
    return 0;
  return low + (guint) (CLAMP (random, 0.0, 1.0) * (high - low));
}

guint
bg_backoff_crowd_ms (guint others, double random)
{
  guint spread = MIN (others, BG_BACKOFF_MOST_OTHERS) * BG_BACKOFF_PER_OTHER_MS;

  return (guint) (CLAMP (random, 0.0, 1.0) * spread);
}

guint
bg_backoff_again_ms (guint others, double random)
{
  guint spread = 2 * BG_BACKOFF_AGAIN_MS;

  return BG_BACKOFF_AGAIN_MS + (guint) (CLAMP (random, 0.0, 1.0) * spread)
         + bg_backoff_crowd_ms (others, random);
}
