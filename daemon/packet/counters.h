/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

/* Why a packet was dropped: every drop has a reason, and every reason a counter. */
typedef enum
{
  BG_DROP_NO_BUFFER,           /* packet pool exhausted */
  BG_DROP_MALFORMED,           /* length or type of an outer message */
  BG_DROP_BAD_INNER,           /* inner packet is not IP, or its lengths lie */
  BG_DROP_NO_PEER,             /* no peer has the inner destination in its allowed IPs */
  BG_DROP_NO_PATH,             /* the peer has no usable path or endpoint */
  BG_DROP_STAGED_FULL,         /* the oldest packet that waited for a session */
  BG_DROP_UNKNOWN_INDEX,       /* receiver index of no session */
  BG_DROP_UNAUTHENTIC,         /* mac1 or AEAD tag */
  BG_DROP_REPLAY,              /* counter seen before, or too old */
  BG_DROP_EXPIRED,             /* session past its time or message limit */
  BG_DROP_SOURCE_NOT_ALLOWED,  /* inner source is not in the peer's allowed IPs */
  BG_DROP_RATE_LIMITED,        /* flood of handshakes, or of words to the main thread */
  BG_DROP_HANDSHAKE_QUEUE,     /* bounded queue of handshake messages full */
  BG_DROP_TOO_BIG,             /* larger than the path's MTU */
  BG_DROP_IPV6_DATA_CHANNEL,   /* IPv6 needs 1280 bytes, a bare data channel has 1152 */
  BG_DROP_SEND_QUEUE,          /* transport's bounded send queue full */
  BG_DROP_SEND_FAILED,         /* transport error */
  BG_DROP_INBOX_FULL,          /* data thread behind a receiving transport */
  BG_DROP_TUN_WRITE,           /* the kernel refused a packet */
  BG_DROP_CONGESTION,          /* marked by a router on the way, and its ends do not speak ECN (RFC 6040) */
  BG_DROP_NOT_OFFERED, /* it goes to no address of ours, and to nothing that this machine offers */
  BG_DROP_REFUSED,             /* a rule of this machine says that the peer may not reach that */
  BG_DROP_ENDPOINT_INSIDE,     /* not lost: it came from an address inside the tunnel, which no peer is sent to */
  BG_DROP_REASONS,
} BgDrop;

/* Counters of one owner. One thread writes, any thread reads: relaxed atomics, no lock. */
typedef struct
{
  _Atomic uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes; /* inner packets, as the TUN sees them */
  _Atomic uint64_t drops[BG_DROP_REASONS];
} BgCounters;

/* Adds `n` to a counter that only this thread writes. */
static inline void
bg_counter_add (_Atomic uint64_t *counter, uint64_t n)
{
  atomic_store_explicit (counter, atomic_load_explicit (counter, memory_order_relaxed) + n, memory_order_relaxed);
}

/* Counts `n` drops for a reason. */
static inline void
bg_count_drop (BgCounters *counters, BgDrop why, uint64_t n)
{
  bg_counter_add (&counters->drops[why], n);
}

/* A stable word for a reason, as in logs and `bamgatectl status --json`: "no-buffer", "malformed", … */
const char *bg_drop_name (BgDrop why);
