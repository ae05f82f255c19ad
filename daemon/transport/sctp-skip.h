/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A sender of SCTP that hears nothing waits 1, 2, 4, 8 s before it tries again (RFC 9260, 6.3.3), and takes as long to notice that a
 * link is whole again. The messages of a tunnel are old by then, and none is ever sent twice. So what found no answer for a while
 * is given up here, between SCTP and DTLS: the peer is told to go on without it (RFC 3758), and our SCTP that all of it arrived.
 * Pure: no clock, no I/O. Not thread-safe. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum
{
  BG_SCTP_SKIP_US = 1500000, /* behind the first repetition */
  BG_SCTP_FORWARD_LEN = 20,
  BG_SCTP_SACK_LEN = 28,
};

typedef struct
{
  bool has_sent, has_heard;
  uint8_t out_header[8], in_header[8]; /* ports and verification tag of either direction */
  uint32_t sent;                       /* our highest TSN */
  uint32_t acked;                      /* of it, what the peer acknowledged */
  uint32_t skipped;                    /* what was given up */
  uint32_t ordered;                    /* what has to arrive */
  bool has_ordered;
  uint32_t room; /* the peer's window */
  int64_t since; /* when something became, or was last, acknowledged */
} BgSctpSkip;

/* A packet of our SCTP on its way to the peer. */
void bg_sctp_skip_sent (BgSctpSkip *self, const uint8_t *packet, size_t len, int64_t now_us);
/* A packet of the peer; TRUE where it has not heard yet of what was given up: tell it again. */
bool bg_sctp_skip_received (BgSctpSkip *self, const uint8_t *packet, size_t len, int64_t now_us);
/* Gives up what waits too long; FALSE where nothing does, or something is to arrive in any case. */
bool bg_sctp_skip_give_up (BgSctpSkip *self, int64_t now_us);
/* For the peer: a FORWARD-TSN (RFC 3758, 3.2). */
void bg_sctp_skip_write_forward (const BgSctpSkip *self, uint8_t packet[BG_SCTP_FORWARD_LEN]);
/* For our SCTP: a SACK (RFC 9260, 3.3.4). */
void bg_sctp_skip_write_sack (const BgSctpSkip *self, uint8_t packet[BG_SCTP_SACK_LEN]);
