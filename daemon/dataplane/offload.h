/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Segmentation offloads of a TUN device with IFF_VNET_HDR: one read brings a super-packet of up to 64 KiB, one write
 * takes one. Splitting and coalescing are the two halves of what a network card's TSO and the kernel's GRO do; the
 * inner packets in between are exactly those that travel. Pure functions on bytes, data thread only. */

#include "packet/packet-pool.h"

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

/* Linux 6.2; Debian 12's headers are older than the kernels that it may run on. */
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

enum
{
  BG_VNET_HDR_LEN = sizeof (struct virtio_net_hdr),
  BG_SUPER_PACKET_MAX = 65535,
  /* Packets of one super-packet at most, on the way in; the kernel's own limit of segments. */
  BG_COALESCE_MAX = 64,
};

/* --- Splitting, TUN to tunnel (offload-split.c) --- */

/* How many packets bg_offload_split() makes of the super-packet, the first being the `longest` (out), or -1 where header
 * and packet contradict each other: drop it. `hdr` has host byte order. */
int bg_offload_count (const struct virtio_net_hdr *hdr, const uint8_t *bytes, uint32_t len, uint32_t *longest);

/* Writes the `n` = bg_offload_count() packets into `pkts`, fresh ones with room for each segment: headers repeated, IPv4
 * identification and TCP sequence counted up, lengths and checksums right (RFC 9293, 768, 1071), CWR only on the first,
 * FIN and PSH only on the last. A packet without offload is copied, its checksum completed if the header asks for it. */
void bg_offload_split (const struct virtio_net_hdr *hdr, const uint8_t *bytes, uint32_t len, BgPacket **pkts, int n);

/* --- Coalescing, tunnel to TUN (offload-coalesce.c) --- */

typedef struct BgCoalescer BgCoalescer;

/* Super-packets of one kind of offload. */
typedef enum
{
  BG_OFFLOAD_TCP4,
  BG_OFFLOAD_TCP6,
  BG_OFFLOAD_UDP4,
  BG_OFFLOAD_UDP6,
  BG_OFFLOADS,
} BgOffload;

/* How much of it is used; what a kernel refuses is given up step by step. */
typedef enum
{
  BG_JOIN_ALL,
  BG_JOIN_EQUAL, /* no last segment that is shorter than the others */
  BG_JOIN_NONE,
} BgJoin;

typedef enum
{
  BG_WRITE_DONE,
  BG_WRITE_LOST,    /* the device has no room, is down, or is gone */
  BG_WRITE_REFUSED, /* it does not take such a packet */
} BgWriteResult;

/* Writes one packet, `iov[0]` beginning with the virtio_net_hdr. */
typedef BgWriteResult (*BgCoalescerWrite) (void *data, const struct iovec *iov, int n_iov);

/* `udp`: the kernel takes UDP super-packets too (TUN_F_USO4/6, Linux 6.2). */
BgCoalescer *bg_coalescer_new (bool udp);
void bg_coalescer_free (BgCoalescer *self);

/* Takes an inner packet with at least BG_VNET_HDR_LEN bytes of headroom. Segments of one flow that follow each other are
 * gathered without a copy: same addresses, ports, acknowledgement, options, ECN and DSCP, TTL and AccECN counter, same
 * size but for the last, checksum verified before it is vouched for. Order within a flow is kept, also where fragments
 * hide its ports. */
void bg_coalescer_add (BgCoalescer *self, BgPacket *pkt);

/* Number of packets held. */
int bg_coalescer_held (const BgCoalescer *self);

/* Writes everything in order, frees the packets; returns how many inner packets were lost. The segments of a super-packet that
 * is refused are written one by one, and if that succeeds less of this offload is used from then on. */
int bg_coalescer_flush (BgCoalescer *self, BgCoalescerWrite write, void *data);

/* How much of an offload is used. */
BgJoin bg_coalescer_join_of (const BgCoalescer *self, BgOffload offload);
