/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A way for packets to one mesh peer, or to all plain UDP peers. Transports speak in vectors through one const table.
 *
 * Threads: send() is called by the data thread only. What arrives is handed to the sink on whatever thread it arrives
 * (GStreamer's, libnice's, or the data thread itself); the sink is thread safe. close() is called once, by the data
 * thread, after the last send(); no sink call happens after close() has returned. References are atomic. */

#include "packet/packet.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct BgTransport BgTransport;

/* Where a polling thread's trains lie until they are cut into packets: 1 MiB for all its transports. */
typedef struct BgReceiveScratch BgReceiveScratch;

/* The order is the order of preference, best last. The names are those of the bus property Path. */
typedef enum
{
  BG_TRANSPORT_NONE,
  BG_TRANSPORT_DATA_CHANNEL,
  BG_TRANSPORT_ICE,
  BG_TRANSPORT_DIRECT,
  BG_TRANSPORT_UDP,
  BG_TRANSPORT_KINDS,
} BgTransportKind;

typedef struct
{
  /* Sends up to `n` whole WireGuard messages, in order; returns how many were taken (a transport without room takes
   * fewer), or -errno where it is dead: -ENETUNREACH only for now, because no route leads to the other side. Packets stay
   * the caller's in any case and are free again on return. */
  int (*send) (BgTransport *self, BgPacket **pkts, int n);
  /* A transport that the data thread polls (`fd`): takes up to `max` received messages without waiting; 0 for none, -errno
   * where it is dead. `more` (in and out): some that the last call received are still in `scratch`, for the next call and
   * no other transport's. NULL: its packets come by the sink. */
  int (*receive) (BgTransport *self, BgReceiveScratch *scratch, BgPacket **pkts, int max, bool *more);
  /* Authentic messages strayed: sends to `to` from now on. NULL where addresses are not this transport's. */
  void (*follow) (BgTransport *self, const BgEndpoint *to);
  /* Stops receiving and sending; see above. */
  void (*close) (BgTransport *self);
  /* Last reference gone. */
  void (*free) (BgTransport *self);
} BgTransportOps;

typedef struct
{
  /* Hands over `n` received messages; the sink owns them. pkt->endpoint.path is the transport's `path`. */
  void (*receive) (void *data, BgTransport *from, BgPacket **pkts, int n);
  /* The transport can send no more (channel closed, component failed). Once. */
  void (*closed) (void *data, BgTransport *from);
  void *data;
  /* The kernel would not send `pkt` from the local address of its endpoint any more; it leaves by another. Called within
   * send(). NULL: nobody asks. */
  void (*source_lost) (void *data, BgTransport *from, const BgPacket *pkt);
} BgTransportSink;

/* Messages that a transport lost since they were taken last; any thread counts, the data thread takes. */
typedef struct
{
  _Atomic uint64_t refused;   /* by the kernel, for another reason than their size */
  _Atomic uint64_t no_buffer; /* received without a free packet */
  _Atomic uint64_t malformed; /* received and too long, or not ours */
} BgTransportLosses;

struct BgTransport
{
  const BgTransportOps *ops;
  BgTransportKind       kind;
  _Atomic int           refs;
  int                   fd;           /* polled, if ops->receive is set; -1 once closed */
  uint32_t              path;         /* the mesh peer's path id, 0 for plain UDP */
  uint32_t              max_message;  /* largest outer message: 1184 on a data channel */
  uint32_t              credit_bytes; /* > 0: bytes under way are bounded by the peer's credit reports, and this much may
                                       * always be (data channel) */
  uint32_t              too_big;      /* the smallest message that the kernel refused as too large for the way, 0: none.
                                       * send() sets it, the data thread clears it */
  uint32_t              too_big_n;    /* how many it refused */
  BgTransportLosses     losses;
  BgTransportSink       sink;
};

static inline BgTransport *
bg_transport_ref (BgTransport *self)
{
  atomic_fetch_add_explicit (&self->refs, 1, memory_order_relaxed);
  return self;
}

static inline void
bg_transport_unref (BgTransport *self)
{
  if (self && atomic_fetch_sub_explicit (&self->refs, 1, memory_order_acq_rel) == 1)
    self->ops->free (self);
}

/* Any thread: `n` messages were lost. */
static inline void
bg_transport_lose (_Atomic uint64_t *counter, uint64_t n)
{
  atomic_fetch_add_explicit (counter, n, memory_order_relaxed);
}

/* What was lost since the last call. */
static inline uint64_t
bg_transport_take_lost (_Atomic uint64_t *counter)
{
  return atomic_exchange_explicit (counter, 0, memory_order_relaxed);
}

enum { BG_WRAPPER_LEN = 4 };
/* Between two bamgates a message that is not of type 4 travels behind these bytes wherever STUN owns its first byte (RFC
 * 7983): on the ICE and direct transports. No WireGuard message starts with them. */
extern const uint8_t bg_transport_wrapper[BG_WRAPPER_LEN];

static inline bool
bg_transport_is_wrapped (const void *bytes, size_t len)
{
  return len > BG_WRAPPER_LEN && memcmp (bytes, bg_transport_wrapper, BG_WRAPPER_LEN) == 0;
}

/* "data-channel", "ice", "direct", "udp", "" for none. */
const char *bg_transport_kind_name (BgTransportKind kind);
/* The reverse; BG_TRANSPORT_NONE for an unknown word. */
BgTransportKind bg_transport_kind_from_name (const char *name);
