/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/data-thread.h"
#include "dataplane/ecn.h"
#include "dataplane/ip-fragment.h"
#include "dataplane/ip-header.h"
#include "dataplane/mss-clamp.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

/* A packet's way out, in three phases so that the middle one can spread over threads:
 *   admit  peer by inner destination, what the peer's path can carry, a session and a counter
 *   seal   the batch
 *   route  to the sender of its path, which hands batches to the transport */

/* --- Route --- */

static BgSender *
sender_of (BgDataThread *self, BgDataPeer *peer, const BgPacket *pkt)
{
  return peer && peer->path_id ? &peer->senders[pkt->transport] : &self->udp_sender;
}

void
bg_outbound_mark_dirty (BgDataThread *self, BgSender *sender)
{
  if (sender->dirty)
    return;
  sender->dirty = true;
  sender->next_dirty = self->dirty;
  self->dirty = sender;
}

/* The transport of a data message went while the message was sealed: it leaves by the one that is live now, where it
 * fits. */
static void
redirect (const BgDataPeer *peer, BgPacket *pkt)
{
  BgTransportKind kind = bg_data_peer_kind (peer);

  if (!pkt->urgent && kind != BG_TRANSPORT_NONE
      && pkt->len <= peer->senders[kind].transport->max_message)
    pkt->transport = kind;
}

/* `pkt` is a finished outer message. */
static void
route_take (BgDataThread *self, BgDataPeer *peer, BgPacket *pkt)
{
  BgSender *sender = sender_of (self, peer, pkt);

  if (!sender->transport && peer && peer->path_id)
    {
      redirect (peer, pkt);
      sender = sender_of (self, peer, pkt);
    }
  if (!sender->transport)
    {
      bg_data_thread_drop (self, pkt, BG_DROP_NO_PATH);
      return;
    }
  if (peer && peer->path_id && !pkt->urgent)
    bg_path_sent (&peer->path, pkt->transport, pkt->len - WG_DATA_OVERHEAD, self->now_ns);
  else if (peer && !peer->path_id && !pkt->urgent)
    bg_plain_paths_sent (self, peer, pkt->len - WG_DATA_OVERHEAD);
  bg_sender_queue_take (sender, pkt);
  bg_outbound_mark_dirty (self, sender);
}

static void
flush_senders (BgDataThread *self)
{
  BgSender *sender;

  while ((sender = self->dirty))
    {
      BgPacketQueue victims = { 0 };
      int error;

      self->dirty = sender->next_dirty;
      sender->dirty = false;
      error = bg_sender_flush (sender, self->now_ns, &victims);
      bg_data_thread_drop_all (self, &victims, BG_DROP_SEND_QUEUE);
      if (error == -ENETUNREACH && sender->owner)
        bg_paths_unreachable (self, sender->owner, sender->transport->kind);
      else if (error < 0 && sender->owner)
        bg_paths_lost (self, sender->owner, sender->transport->kind);
      if (sender->owner && sender->transport && sender->transport->too_big > 0)
        bg_paths_too_big (self, sender->owner, sender->transport);
      if (sender->owner)
        bg_data_thread_arm (self, sender->owner);
    }
}

/* --- Seal --- */

static uint32_t
mtu_of (const BgDataThread *self, const BgDataPeer *peer, BgTransportKind kind)
{
  const BgTransport *transport = peer && peer->path_id ? peer->path.links[kind].transport : NULL;
  uint32_t room = transport && transport->max_message > WG_DATA_OVERHEAD
                    ? transport->max_message - WG_DATA_OVERHEAD
                    : 0;

  if (peer && !peer->path_id)
    return bg_data_peer_mtu (peer, self->tun_mtu);
  return room > 0 && room < self->tun_mtu ? room : self->tun_mtu;
}

/* A padded probe proves its length, no more and no less. */
static uint32_t
pad_limit (const BgDataThread *self, const BgPacket *pkt)
{
  if (pkt->urgent && pkt->whole)
    return pkt->len;
  return mtu_of (self, bg_data_thread_peer_of (pkt), pkt->transport);
}

static void
seal_ready (BgDataThread *self)
{
  uint32_t mtus[BG_BATCH_MAX];
  int n = self->n_ready;

  self->n_ready = 0;
  for (int i = 0; i < n; i++)
    mtus[i] = pad_limit (self, self->ready[i]);
  if (bg_crypto_pool_put (self->crypto, BG_CRYPTO_SEAL, self->ready, mtus, n))
    return;
  bg_crypto_run (bg_crypto_pool_sealer (self->crypto), BG_CRYPTO_SEAL, self->ready, mtus, n);
  bg_outbound_sealed_take (self, self->ready, n);
}

void
bg_outbound_sealed_take (BgDataThread *self, BgPacket **pkts, int n)
{
  wg_send_finish (self->dev, pkts, n, self->now_ns);
  for (int i = 0; i < n; i++)
    {
      if (pkts[i]->verdict == WG_OK && pkts[i]->peer)
        route_take (self, bg_data_thread_peer_of (pkts[i]), pkts[i]);
      else
        bg_data_thread_drop (self, pkts[i], BG_DROP_EXPIRED);
    }
}

static void
ready_take (BgDataThread *self, BgPacket *pkt)
{
  self->ready[self->n_ready++] = pkt;
  if (self->n_ready == BG_BATCH_MAX)
    seal_ready (self);
}

void
bg_outbound_flush (BgDataThread *self)
{
  while (self->n_ready > 0 || self->dirty)
    {
      seal_ready (self);
      flush_senders (self);
    }
}

/* --- Admit --- */

/* Says why in an ICMP message into the TUN. */
static void
answer (BgDataThread *self, const BgPacket *offender, BgIcmpError error, uint32_t mtu)
{
  BgPacket *reply;

  if (!bg_icmp_limit_ok (&self->icmp_limit, self->now_ns))
    return;
  reply = bg_packet_new (self->pool);
  if (!reply || !bg_icmp_answer (offender, error, mtu, reply))
    bg_packet_free (reply);
  else if (bg_tun_io_write_take (&self->tun, &reply, 1) == 0)
    bg_data_thread_count_drop (self, NULL, BG_DROP_TUN_WRITE, 1);
}

static void
refuse (BgDataThread *self, BgDataPeer *peer, BgPacket *pkt, BgDrop why, BgIcmpError error,
        uint32_t mtu)
{
  answer (self, pkt, error, mtu);
  pkt->peer = peer->wg;
  bg_data_thread_drop (self, pkt, why);
}

/* What the peer's path can carry: appends the packet, or its pieces, to `out`; or refuses it. */
static void
fit_take (BgDataThread *self, BgDataPeer *peer, BgPacket *pkt, const BgIpHeader *ip,
          BgPacketQueue *out)
{
  uint32_t mtu = bg_data_peer_mtu (peer, self->tun_mtu);

  if (ip->family == AF_INET6 && mtu < BG_IPV6_MIN_MTU
      && bg_data_peer_kind (peer) == BG_TRANSPORT_DATA_CHANNEL)
    refuse (self, peer, pkt, BG_DROP_IPV6_DATA_CHANNEL, BG_ICMP_PROHIBITED, mtu);
  else if (pkt->len <= mtu)
    {
      bg_mss_clamp (pkt->data, pkt->len, mtu);
      bg_packet_queue_push (out, pkt);
    }
  else if (ip->family == AF_INET6 || bg_ip_dont_fragment (pkt->data, ip)
           || !bg_ip_fragment (pkt, mtu, out))
    refuse (self, peer, pkt, BG_DROP_TOO_BIG, BG_ICMP_TOO_BIG, mtu);
}

static void
count_out (BgDataThread *self, BgDataPeer *peer, const BgPacket *pkt)
{
  bg_counter_add (&self->counters.tx_packets, 1);
  bg_counter_add (&self->counters.tx_bytes, pkt->len);
  bg_counter_add (&peer->counters.tx_packets, 1);
  bg_counter_add (&peer->counters.tx_bytes, pkt->len);
}

static WgVerdict
begin (BgDataThread *self, BgDataPeer *peer, BgPacket *pkt)
{
  if (pkt->keypair)
    return WG_OK;
  return peer->held ? wg_send_wait (peer->wg, pkt, self->now_ns)
                    : wg_send_begin_to (peer->wg, pkt, self->now_ns);
}

/* A session and a counter for a packet of the peer that its path can carry. */
static void
number_take (BgDataThread *self, BgDataPeer *peer, BgPacket *pkt)
{
  WgVerdict verdict = begin (self, peer, pkt);

  switch (verdict)
    {
    case WG_OK:
      pkt->transport = bg_data_peer_kind (peer);
      pkt->traffic_class = bg_ecn_of (pkt->data, pkt->len);
      count_out (self, peer, pkt);
      if (!peer->path_id)
        bg_plain_mtu_mark (&peer->plain, pkt, self->tun_mtu);
      ready_take (self, pkt);
      return;
    case WG_STAGED:
      bg_rest_packet_waits (self, peer);
      return;
    default:
      pkt->peer = peer->wg;
      bg_data_thread_drop (self, pkt, BG_DROP_NO_PATH);
    }
}

/* A mesh peer without a live transport takes packets only to wait for the first proof of one, or for a session, which will
 * prove one. */
static bool
may_wait (const BgDataPeer *peer, const BgPacket *pkt)
{
  if (pkt->keypair)
    return false;
  return peer->held
         || ((peer->on_demand || !bg_path_is_empty (&peer->path))
             && !bg_data_peer_has_session (peer));
}

static void
admit_take (BgDataThread *self, BgDataPeer *peer, BgPacket *pkt, const BgIpHeader *ip)
{
  BgPacketQueue fitting = { 0 };

  if (bg_data_peer_kind (peer) != BG_TRANSPORT_NONE)
    fit_take (self, peer, pkt, ip, &fitting);
  else if (may_wait (peer, pkt))
    bg_packet_queue_push (&fitting, pkt);
  else
    {
      pkt->peer = peer->wg;
      bg_data_thread_drop (self, pkt, BG_DROP_NO_PATH);
    }
  while ((pkt = bg_packet_queue_pop (&fitting)))
    number_take (self, peer, pkt);
}

/* Where the packet before went: those of a super-packet, and most of a batch, have one destination. */
typedef struct
{
  int family; /* 0: none */
  uint8_t dst[16];
  WgPeer *peer;
} LastRoute;

static WgPeer *
find_peer (const BgDataThread *self, LastRoute *last, const BgIpHeader *ip)
{
  size_t len = ip->family == AF_INET ? 4 : 16;

  if (last->family != ip->family || memcmp (last->dst, ip->dst, len) != 0)
    {
      last->family = ip->family;
      memcpy (last->dst, ip->dst, len);
      last->peer = wg_allowed_ips_lookup (self->dev, ip->family, ip->dst);
    }
  return last->peer;
}

static void
admit_from_tun_take (BgDataThread *self, LastRoute *last, BgPacket *pkt)
{
  BgIpHeader ip;
  WgPeer *wg;

  if (!bg_ip_parse (pkt->data, pkt->len, &ip))
    {
      bg_data_thread_drop (self, pkt, BG_DROP_BAD_INNER);
      return;
    }
  wg = find_peer (self, last, &ip);
  if (!wg)
    {
      bg_data_thread_drop (self, pkt, BG_DROP_NO_PEER);
      return;
    }
  pkt->len = ip.len;
  bg_access_note (self->access, pkt->data, pkt->len, self->now_ns);
  bg_watch_used (self, wg_peer_data (wg));
  admit_take (self, wg_peer_data (wg), pkt, &ip);
}

void
bg_outbound_take (BgDataThread *self, BgPacket **pkts, int n)
{
  LastRoute last = { 0 };

  bg_data_thread_make_room (self);
  for (int i = 0; i < n; i++)
    admit_from_tun_take (self, &last, pkts[i]);
  bg_outbound_flush (self);
}

void
bg_outbound_send_take (BgDataThread *self, BgDataPeer *peer, BgPacket *pkt)
{
  BgIpHeader ip;

  if (bg_ip_parse (pkt->data, pkt->len, &ip))
    admit_take (self, peer, pkt, &ip);
  else
    bg_data_thread_drop (self, pkt, BG_DROP_BAD_INNER);
}

/* --- What the engine and we ourselves want to send --- */

static void
handshake_take (BgDataThread *self, BgDataPeer *peer, BgPacket *pkt)
{
  pkt->urgent = true;
  pkt->transport = BG_TRANSPORT_UDP;
  if (peer && peer->path_id)
    {
      bool initiation = wg_message_kind (pkt->data, pkt->len) == WG_MSG_INITIATION;

      pkt->transport = initiation ? bg_path_initiation_kind (&peer->path)
                                  : bg_path_response_kind (&peer->path);
      bg_path_handshake_sent (&peer->path, pkt->transport);
    }
  else if (pkt->endpoint.path)
    {
      bg_data_thread_drop (self, pkt, BG_DROP_NO_PATH);
      return;
    }
  route_take (self, peer, pkt);
}

/* A keepalive goes where traffic goes; right after a handshake it may be there before a path is proved. */
static void
keepalive_take (BgDataThread *self, BgDataPeer *peer, BgPacket *pkt)
{
  pkt->urgent = true;
  pkt->transport = bg_data_peer_kind (peer);
  if (pkt->transport == BG_TRANSPORT_NONE)
    pkt->transport = bg_path_response_kind (&peer->path);
  ready_take (self, pkt);
}

void
bg_outbound_engine_take (BgDataThread *self, BgPacket *pkt)
{
  BgDataPeer *peer = pkt->peer ? bg_data_thread_peer_of (pkt)
                               : bg_data_peers_by_path (&self->peers, pkt->endpoint.path);
  BgIpHeader ip;

  if (!pkt->keypair)
    handshake_take (self, peer, pkt);
  else if (pkt->len == 0)
    keepalive_take (self, peer, pkt);
  else if (bg_ip_parse (pkt->data, pkt->len, &ip))
    admit_take (self, peer, pkt, &ip);
  else
    bg_data_thread_drop (self, pkt, BG_DROP_EXPIRED); /* a control message that its session left */
}

bool
bg_outbound_control (BgDataThread *self, BgDataPeer *peer, BgTransportKind kind,
                     const BgControl *control)
{
  BgPacket *pkt = bg_data_peer_has_session (peer) ? bg_packet_new (self->pool) : NULL;

  if (!pkt)
    return false;
  pkt->len = (uint32_t) bg_control_encode (control, pkt->data);
  switch (wg_send_begin_to (peer->wg, pkt, self->now_ns))
    {
    case WG_OK:
      pkt->urgent = true;
      pkt->whole = control->size > 0;
      pkt->transport = kind;
      ready_take (self, pkt);
      return true;
    case WG_STAGED:
      return false;
    default:
      bg_packet_free (pkt);
      return false;
    }
}
