/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/membership.h"

/* Have the two the same first `n` bits? */
static bool
is_same_start (const uint8_t *a, const uint8_t *b, unsigned n)
{
  unsigned whole = n / 8, rest = n % 8;

  return memcmp (a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

static bool
covers (const BgEntryPrefix *whole, const BgEntryPrefix *part)
{
  return whole->family == part->family && whole->length <= part->length
         && is_same_start (whole->bytes, part->bytes, whole->length);
}

static bool
lists (const BgGrantedOffer *granted, const BgEntryPrefix *route)
{
  if (granted->bits & BG_GRANT_ANY_ROUTE)
    return true;
  for (unsigned i = 0; i < granted->n_routes; i++)
    if (covers (&granted->routes[i], route))
      return true;
  return false;
}

bool
bg_grant_has_exit (const BgGrantedOffer *granted, uint8_t family)
{
  return granted->bits & (family == 4 ? BG_GRANT_EXIT4 : BG_GRANT_EXIT6);
}

bool
bg_grant_has_route (const BgGrantedOffer *granted, const BgEntryPrefix *route)
{
  return route->length == 0 ? bg_grant_has_exit (granted, route->family) : lists (granted, route);
}

bool
bg_grant_is_within (const BgGrantedOffer *part, const BgGrantedOffer *whole)
{
  if (part->bits & ~whole->bits)
    return false;
  for (unsigned i = 0; i < part->n_routes; i++)
    if (!lists (whole, &part->routes[i]))
      return false;
  return true;
}
