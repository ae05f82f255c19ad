/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packet/packet-pool.h"

/* Batches of packets out of and into a TUN device, or any fd that gives and takes one packet a call. Data thread only. */
typedef struct
{
  int           fd;     /* -1: none, or gone */
  BgPacketPool *pool;
  BgPacket     *spare[BG_BATCH_MAX]; /* wait to be filled */
  int           n_spare;
  uint64_t      no_buffer; /* packets read and lost because the pool was empty */
} BgTunIo;

/* Takes `fd`. */
void bg_tun_io_init (BgTunIo *io, int fd, BgPacketPool *pool);
void bg_tun_io_close (BgTunIo *io);
/* Reads up to `n` packets, at most BG_BATCH_MAX, and returns how many; -errno where the device is gone. */
int bg_tun_io_read (BgTunIo *io, BgPacket **pkts, int n);
/* Writes `n` packets, which stay the caller's, and returns how many the kernel took. */
int bg_tun_io_write (BgTunIo *io, BgPacket **pkts, int n);
