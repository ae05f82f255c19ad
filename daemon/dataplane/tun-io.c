/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/tun-io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

void
bg_tun_io_init (BgTunIo *io, int fd, bool vnet_hdr, bool udp_super, BgPacketPool *pool)
{
  memset (io, 0, sizeof *io);
  io->fd = fd;
  io->pool = pool;
  if (!vnet_hdr)
    return;
  io->super = malloc (BG_VNET_HDR_LEN + BG_SUPER_PACKET_MAX);
  if (!io->super)
    abort ();
  io->coalescer = bg_coalescer_new (udp_super);
  for (int i = 0; i < BG_OFFLOADS; i++)
    io->joins[i] = bg_coalescer_join_of (io->coalescer, (BgOffload) i);
}

void
bg_tun_io_close (BgTunIo *io)
{
  bg_packet_free_batch (io->spare, io->n_spare);
  bg_packet_free_batch (io->segments + io->next_segment, io->n_segments - io->next_segment);
  io->n_spare = io->next_segment = io->n_segments = 0;
  bg_coalescer_free (io->coalescer);
  free (io->super);
  io->coalescer = NULL;
  io->super = NULL;
  if (io->fd >= 0)
    close (io->fd);
  io->fd = -1;
}

/* What read() said when no packet came: 0 to go on later, -errno where nothing will come any more. */
static int
judge_end (ssize_t got)
{
  if (got == 0)
    return -EPIPE;
  switch (errno)
    {
    case EAGAIN:
    case EINTR:
    case EIO: /* the device is down */
      return 0;
    default:
      return -errno;
    }
}

/* --- One packet a call --- */

static int
discard (BgTunIo *io)
{
  uint8_t byte;

  for (int i = 0; i < BG_BATCH_MAX; i++)
    {
      ssize_t got = read (io->fd, &byte, sizeof byte);

      if (got <= 0)
        return judge_end (got);
      io->no_buffer++;
    }
  return 0;
}

static int
read_plain (BgTunIo *io, BgPacket **pkts, int n)
{
  uint32_t room = bg_packet_pool_max_message (io->pool);
  int got = 0;

  io->n_spare += bg_packet_new_batch_for (io->pool, BG_PACKET_OUTBOUND, io->spare + io->n_spare,
                                          BG_BATCH_MAX - io->n_spare);
  if (io->n_spare == 0)
    return discard (io);
  while (got < n && io->n_spare > 0)
    {
      BgPacket *pkt = io->spare[io->n_spare - 1];
      ssize_t len = read (io->fd, pkt->data, room);
      int end;

      if (len <= 0)
        {
          end = judge_end (len);
          return got > 0 ? got : end;
        }
      io->n_spare--;
      pkt->len = (uint32_t) len;
      pkts[got++] = pkt;
    }
  return got;
}

/* --- Super-packets --- */

static void
split_super (BgTunIo *io, uint32_t len)
{
  const uint8_t *bytes = io->super + BG_VNET_HDR_LEN;
  struct virtio_net_hdr hdr;
  uint32_t longest;
  int n, got;

  memcpy (&hdr, io->super, sizeof hdr);
  n = bg_offload_count (&hdr, bytes, len, &longest);
  if (n <= 0 || n > BG_SEGMENTS_MAX || longest > bg_packet_pool_max_message (io->pool))
    {
      io->malformed++;
      return;
    }
  got = bg_packet_new_batch_for (io->pool, BG_PACKET_OUTBOUND, io->segments, n);
  if (got < n)
    {
      bg_packet_free_batch (io->segments, got);
      io->no_buffer += (uint64_t) n;
      return;
    }
  bg_offload_split (&hdr, bytes, len, io->segments, n);
  io->next_segment = 0;
  io->n_segments = n;
}

static int
read_super (BgTunIo *io, BgPacket **pkts, int n)
{
  int got = 0;

  for (;;)
    {
      ssize_t len;

      while (got < n && io->next_segment < io->n_segments)
        pkts[got++] = io->segments[io->next_segment++];
      if (got == n)
        return got;
      len = read (io->fd, io->super, BG_VNET_HDR_LEN + BG_SUPER_PACKET_MAX);
      if (len <= 0)
        {
          int end = judge_end (len);

          return got > 0 ? got : end;
        }
      if (len > BG_VNET_HDR_LEN)
        split_super (io, (uint32_t) len - BG_VNET_HDR_LEN);
    }
}

int
bg_tun_io_read (BgTunIo *io, BgPacket **pkts, int n)
{
  return io->super ? read_super (io, pkts, n) : read_plain (io, pkts, n);
}

bool
bg_tun_io_has_more (const BgTunIo *io)
{
  return io->next_segment < io->n_segments;
}

/* --- Writing --- */

static BgWriteResult
write_super (void *data, const struct iovec *iov, int n_iov)
{
  BgTunIo *io = data;

  if (writev (io->fd, iov, n_iov) > 0)
    return BG_WRITE_DONE;
  switch (errno)
    {
    case EINVAL:
    case EMSGSIZE:
    case E2BIG:
    case ENOTSUP:
    case EPROTO:
      io->refusal = errno;
      return BG_WRITE_REFUSED;
    default:
      return BG_WRITE_LOST;
    }
}

int
bg_tun_io_write_take (BgTunIo *io, BgPacket **pkts, int n)
{
  int taken = 0;

  if (io->fd >= 0 && io->coalescer)
    {
      for (int i = 0; i < n; i++)
        bg_coalescer_add (io->coalescer, pkts[i]);
      return n - bg_coalescer_flush (io->coalescer, write_super, io);
    }
  for (int i = 0; i < n && io->fd >= 0; i++)
    taken += write (io->fd, pkts[i]->data, pkts[i]->len) == (ssize_t) pkts[i]->len;
  bg_packet_free_batch (pkts, n);
  return taken;
}

bool
bg_tun_io_pop_refusal (BgTunIo *io, BgOffload *offload, BgJoin *left, int *error)
{
  if (!io->coalescer || io->refusal == 0)
    return false;
  for (int i = 0; i < BG_OFFLOADS; i++)
    {
      *left = bg_coalescer_join_of (io->coalescer, (BgOffload) i);
      if (io->joins[i] == *left)
        continue;
      io->joins[i] = *left;
      *offload = (BgOffload) i;
      *error = io->refusal;
      return true;
    }
  io->refusal = 0;
  return false;
}
