/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/ecn.h"

#include "dataplane/checksum.h"
#include "dataplane/ip-header.h"

uint8_t
bg_ecn_of (const uint8_t *inner, uint32_t len)
{
  if (len < BG_IPV4_HEADER)
    return BG_ECN_NOT_ECT;
  switch (inner[0] >> 4)
    {
    case 4:
      return inner[1] & BG_ECN_MASK;
    case 6:
      return inner[1] >> 4 & BG_ECN_MASK;
    default:
      return BG_ECN_NOT_ECT;
    }
}

/* The header's checksum follows the change (RFC 1624), so that a wrong one stays wrong. */
static void
set_v4 (uint8_t *inner, uint8_t ecn)
{
  uint16_t sum = bg_get_be16 (inner + 10), before = bg_get_be16 (inner), after;
  uint32_t folded;

  inner[1] = (uint8_t) ((inner[1] & ~BG_ECN_MASK) | ecn);
  after = bg_get_be16 (inner);
  folded = (uint32_t) (uint16_t) ~sum + (uint16_t) ~before + after;
  folded = (folded & 0xffff) + (folded >> 16);
  folded = (folded & 0xffff) + (folded >> 16);
  bg_put_be16 (inner + 10, (uint16_t) ~folded);
}

static void
set (uint8_t *inner, uint8_t ecn)
{
  if (inner[0] >> 4 == 4)
    set_v4 (inner, ecn);
  else
    inner[1] = (uint8_t) ((inner[1] & ~(BG_ECN_MASK << 4)) | ecn << 4);
}

bool
bg_ecn_decapsulate (uint8_t *inner, uint32_t len, uint8_t outer_class)
{
  uint8_t outer = outer_class & BG_ECN_MASK, own = bg_ecn_of (inner, len);

  if (own == BG_ECN_NOT_ECT)
    return outer != BG_ECN_CE;
  if (own != BG_ECN_CE && (outer == BG_ECN_CE || outer == BG_ECN_ECT_1) && outer != own)
    set (inner, outer);
  return true;
}
