/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The direct path between two bamgates: WireGuard transport data (type 4, a first byte that RFC 7983 leaves free) as plain
 * UDP on the 5-tuple that ICE selected, while libnice keeps STUN, consent and DTLS on its own socket of the same address.
 *
 * A second socket joins libnice's in one SO_REUSEPORT group; a classic BPF selector gives it the datagrams whose first
 * byte is 4 and leaves all others to libnice. It sends with UDP_SEGMENT and receives with UDP_GRO. It is never connected:
 * a connected socket would receive STUN and DTLS too. Polled by the data thread.
 *
 * It sends to the remote address of the pair, until authentic messages come from another one (`strayed`) and the data
 * thread has it follow: so a NAT that rebinds costs no packet (roaming; paper, 2.1). */

#include "packet/packet-pool.h"
#include "transport/direct-group.h"
#include "transport/transport.h"

typedef struct
{
  const struct sockaddr *remote; /* selected remote address, with scope for a link-local one */
  uint32_t               path;
  BgPacketPool          *pool;
  BgTransportSink        sink;   /* only closed() is called: the data thread polls */
} BgTransportDirectConfig;

/* A way to one remote address through the group, which it outlives where need be. NULL with `*error` = errno:
 * EAFNOSUPPORT for a remote address of the other family. */
BgTransport *bg_transport_direct_new (BgDirectGroup *group, const BgTransportDirectConfig *config, int *error);

/* Aborts where malloc fails. */
BgReceiveScratch *bg_receive_scratch_new (void);
void bg_receive_scratch_free (BgReceiveScratch *scratch);

/* How datagrams went, for tests and benchmarks. */
typedef struct
{
  uint64_t sends, sent, receives, received; /* system calls and datagrams, each way */
  uint64_t strays;                          /* segments of a train that were not ours: GRO joined a foreign one */
} BgTransportDirectStats;

void bg_transport_direct_get_stats (BgTransport *self, BgTransportDirectStats *out);
