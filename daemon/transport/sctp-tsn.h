/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The peer's transmission sequence numbers (TSNs) of one SCTP association (RFC 9260), moved so that they begin at 1 for
 * the SCTP stack on our side. The copy of usrsctp inside GStreamer never lets go of a message whose first fragment was
 * lost for good while those numbers are in the upper half: it waits for ever, and so does every later message on that
 * stream. A peer begins with a random number, so that this would hold for half of all associations; moved, it holds after
 * 2^31 chunks. Zero is a good beginning. One thread may receive while another sends. */
typedef struct
{
  _Atomic uint32_t shift; /* added to the peer's numbers, modulo 2^32; 0 until they are known */
} BgSctpTsn;

/* Rewrites a packet of the peer's, and its checksum, for our stack: true where something has changed. The numbers of
 * its INIT or INIT ACK say by how much to move. Whatever is no well-formed SCTP stays as it is. */
bool bg_sctp_tsn_receive (BgSctpTsn *self, uint8_t *packet, size_t len);
/* The same the other way round, for what our stack says of the peer's numbers. */
bool bg_sctp_tsn_send (BgSctpTsn *self, uint8_t *packet, size_t len);
