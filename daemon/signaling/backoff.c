/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/backoff.h"

#include <libsoup/soup.h>
#include <string.h>

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

/* Digits of any number: what is too large is long. */
static gint64
asked_s (const char *retry_after, gint64 now)
{
  g_autoptr (GDateTime) date = NULL;

  if (*retry_after != '\0' && strspn (retry_after, "0123456789") == strlen (retry_after))
    return (gint64) MIN (g_ascii_strtoull (retry_after, NULL, 10), BG_BACKOFF_MOST_ASKED_S);
  date = soup_date_time_new_from_http_string (retry_after);
  return date ? g_date_time_to_unix (date) - now : 0;
}

guint
bg_backoff_asked_ms (const char *retry_after, gint64 now, double random)
{
  gint64 seconds = retry_after ? CLAMP (asked_s (retry_after, now), 0, BG_BACKOFF_MOST_ASKED_S) : 0;
  guint asked = (guint) seconds * 1000;
  guint later = asked + (guint) (CLAMP (random, 0.0, 1.0) * (asked / 4));

  return MIN (later, BG_BACKOFF_MOST_ASKED_S * 1000);
}
