/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/tun-io.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void
bg_tun_io_init (BgTunIo *io, int fd, BgPacketPool *pool)
{
  memset (io, 0, sizeof *io);
  io->fd = fd;
  io->pool = pool;
}

void
bg_tun_io_close (BgTunIo *io)
{
  bg_packet_free_batch (io->spare, io->n_spare);
  io->n_spare = 0;
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

int
bg_tun_io_read (BgTunIo *io, BgPacket **pkts, int n)
{
  uint32_t room = bg_packet_pool_max_message (io->pool);
  int got = 0;

  io->n_spare += bg_packet_new_batch (io->pool, io->spare + io->n_spare, BG_BATCH_MAX - io->n_spare);
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

int
bg_tun_io_write (BgTunIo *io, BgPacket **pkts, int n)
{
  int taken = 0;

  if (io->fd < 0)
    return 0;
  for (int i = 0; i < n; i++)
    taken += write (io->fd, pkts[i]->data, pkts[i]->len) == (ssize_t) pkts[i]->len;
  return taken;
}
