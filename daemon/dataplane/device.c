/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/data-thread.h"

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
    if (peer->path_id)
      bg_paths_resize (self, peer);
}

/* Where the new ones cannot be had the old ones go on. */
void
bg_device_set_threads (BgDataThread *self, uint32_t threads)
{
  int error = 0;
  BgCryptoPool *fresh = bg_crypto_pool_new (threads - 1, &error);

  if (!fresh)
    return;
  bg_crypto_pool_free (self->crypto);
  self->crypto = fresh;
  bg_data_thread_watch_crypto (self);
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
