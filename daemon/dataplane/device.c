/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/data-thread.h"

#include <sched.h>

enum
{
  AUTOMATIC_THREADS_MAX = 4,
};

/* What the data thread got at its start, and may get anew while it runs. The pool of threads is drained before. */

void
bg_device_set_tun (BgDataThread *self, BgMail *mail)
{
  bg_tun_io_close (&self->tun);
  bg_tun_io_init (&self->tun, mail->tun_fd, mail->tun_vnet_hdr, mail->tun_udp_super, self->pool);
  mail->tun_fd = -1;
  self->tun_number = mail->cookie;
  bg_data_thread_watch_tun (self);
}

void
bg_device_set_mtu (BgDataThread *self, uint32_t mtu)
{
  self->tun_mtu = mtu;
  for (BgDataPeer *peer = self->peers.first; peer; peer = peer->next)
    bg_paths_resize (self, peer);
}

static int
count_cpus (void)
{
  cpu_set_t cpus;

  return sched_getaffinity (0, sizeof cpus, &cpus) == 0 ? CPU_COUNT (&cpus) : 1;
}

/* One CPU stays for the programs whose traffic it is. */
static uint32_t
count_threads (uint32_t wanted)
{
  int n = count_cpus () - 1;

  if (wanted > 0)
    return wanted;
  return n < 1 ? 1 : n > AUTOMATIC_THREADS_MAX ? AUTOMATIC_THREADS_MAX : (uint32_t) n;
}

/* Nearly always asleep, it wants no CPU of its own, only one beside the data thread's. */
static bool
wants_handshake_worker (uint32_t threads)
{
  return threads > 1 || (threads == 0 && count_cpus () > 1);
}

int
bg_device_start_threads (BgDataThread *self, uint32_t threads)
{
  BgHandshakeWorker *worker = NULL;
  BgCryptoPool *crypto;
  int error = 0;

  crypto = bg_crypto_pool_new (count_threads (threads) - 1, &error);
  if (!crypto)
    return error;
  if (wants_handshake_worker (threads))
    worker = bg_handshake_worker_new (&error);
  if (error != 0)
    {
      bg_crypto_pool_free (crypto);
      return error;
    }
  bg_crypto_pool_free (self->crypto);
  self->crypto = crypto;
  bg_handshakes_set_worker (&self->handshakes, worker);
  return 0;
}

/* Where the new ones cannot be had the old ones go on. */
void
bg_device_set_threads (BgDataThread *self, uint32_t threads)
{
  if (bg_device_start_threads (self, threads) == 0)
    bg_data_thread_watch_workers (self);
}

/* What waits for the old sockets leaves by the new ones. */
void
bg_device_set_udp (BgDataThread *self, BgMail *mail)
{
  BgPacketQueue waiting = { 0 };
  BgPacket *pkt;

  bg_sender_close (&self->udp_sender, &waiting);
  if (self->udp)
    {
      self->udp->ops->close (self->udp);
      bg_paths_count_losses (self, NULL, self->udp);
      bg_transport_unref (self->udp);
    }
  self->udp = mail->transport;
  mail->transport = NULL;
  bg_sender_init (&self->udp_sender, self->udp, false, self->now_ns);
  bg_data_thread_watch_udp (self);
  while ((pkt = bg_packet_queue_pop (&waiting)))
    bg_sender_queue_take (&self->udp_sender, pkt);
  bg_outbound_mark_dirty (self, &self->udp_sender);
}
