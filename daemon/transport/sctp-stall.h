/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Does what comes in the association lead to messages? Where the peer sends and none ever gets whole something is wrong that
 * time does not heal: an association of its own that lost count, a stack that does. Pure: no clock, no I/O. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum
{
  BG_SCTP_STALL_US = 3000000,
  BG_SCTP_STALL_PACKETS = 8, /* fewer may be a message, or the repetition of one, that got lost */
};

typedef struct
{
  unsigned packets; /* with data, since the last message */
  int64_t since;    /* when the first of them came */
} BgSctpStall;

/* A packet of the peer's came; TRUE once, when it stalls. */
bool bg_sctp_stall_received (BgSctpStall *self, const uint8_t *packet, size_t len, int64_t now_us);
/* A message got whole. */
void bg_sctp_stall_delivered (BgSctpStall *self);
