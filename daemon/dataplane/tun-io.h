/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dataplane/offload.h"
#include "packet/packet-pool.h"

/* Batches of packets out of and into a TUN device, or any fd that gives and takes one packet a call. With IFF_VNET_HDR
 * one call carries a super-packet, which is split and gathered here. Data thread only. */

enum
{
  BG_SEGMENTS_MAX = 2048, /* of one super-packet: what 64 KiB hold of the smallest segments that TCP makes */
};

typedef struct
{
  int           fd;     /* -1: none, or gone */
  BgPacketPool *pool;
  BgPacket     *spare[BG_BATCH_MAX]; /* wait to be filled */
  int           n_spare;
  uint64_t      no_buffer; /* packets read and lost because the pool was empty */
  uint64_t      malformed; /* super-packets whose header contradicts them */

  /* IFF_VNET_HDR; `super` is NULL without it */
  uint8_t     *super;
  BgCoalescer *coalescer;
  BgPacket    *segments[BG_SEGMENTS_MAX]; /* split and not yet handed out: next_segment .. n_segments - 1 */
  int          next_segment, n_segments;
  uint8_t      joins[BG_OFFLOADS];        /* BgJoin, as said last */
  int          refusal;                   /* errno of the last packet that the kernel does not take */
} BgTunIo;

/* Takes `fd`. `vnet_hdr`: it was opened with IFF_VNET_HDR; `udp_super`: and takes TUN_F_USO4 and USO6. */
void bg_tun_io_init (BgTunIo *io, int fd, bool vnet_hdr, bool udp_super, BgPacketPool *pool);
void bg_tun_io_close (BgTunIo *io);
/* Reads up to `n` packets, at most BG_BATCH_MAX, and returns how many; -errno where the device is gone. */
int bg_tun_io_read (BgTunIo *io, BgPacket **pkts, int n);
/* Packets of a super-packet wait that the last read had no room for: the fd need not be readable for the next. */
bool bg_tun_io_has_more (const BgTunIo *io);
/* Writes and frees `n` packets, at most BG_BATCH_MAX, with BG_VNET_HDR_LEN of headroom; returns how many the kernel took. */
int bg_tun_io_write_take (BgTunIo *io, BgPacket **pkts, int n);
/* The kernel refused super-packets of `offload` since the last call, and less of it is used: true, once. */
bool bg_tun_io_pop_refusal (BgTunIo *io, BgOffload *offload, BgJoin *left, int *error);
