/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Explicit congestion notification over the tunnel (RFC 6040, normal mode): the inner packet's ECN field is copied to the outer
 * one, and what routers marked there is told to the inner ends. The DSCP goes neither way. Safe on hostile bytes. */

enum
{
  BG_ECN_NOT_ECT = 0,
  BG_ECN_ECT_1 = 1,
  BG_ECN_ECT_0 = 2,
  BG_ECN_CE = 3,
  BG_ECN_MASK = 3,
};

/* The ECN field of an inner packet, Not-ECT of what is no IP. */
uint8_t bg_ecn_of (const uint8_t *inner, uint32_t len);
/* Brings the mark of the outer packet into the inner one. False where it is to be dropped: its ends do not speak ECN, and a
 * loss is the only way to tell them. */
bool bg_ecn_decapsulate (uint8_t *inner, uint32_t len, uint8_t outer_class);
