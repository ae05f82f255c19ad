/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/data-thread.h"
#include "dataplane/ecn.h"
#include "dataplane/mss-clamp.h"

#include <sys/socket.h>

/* A packet's way in: the door, which sorts by type and length; the session by index; opening, which can spread over
 * threads; the engine's judgement in order of arrival; the TUN. Handshake messages leave it at the door. */

typedef struct
{
  BgPacket *pkts[BG_BATCH_MAX];
  int n;
} Opening;

BgDrop
bg_inbound_drop_for (WgVerdict verdict)
{
  switch (verdict)
    {
    case WG_NO_PEER:
      return BG_DROP_NO_PEER;
    case WG_BAD_INNER:
      return BG_DROP_BAD_INNER;
    case WG_UNKNOWN_INDEX:
      return BG_DROP_UNKNOWN_INDEX;
    case WG_UNAUTHENTIC:
      return BG_DROP_UNAUTHENTIC;
    case WG_REPLAY:
      return BG_DROP_REPLAY;
    case WG_EXPIRED:
      return BG_DROP_EXPIRED;
    case WG_SOURCE_NOT_ALLOWED:
      return BG_DROP_SOURCE_NOT_ALLOWED;
    case WG_RATE_LIMITED:
    case WG_UNDER_LOAD:
      return BG_DROP_RATE_LIMITED;
    case WG_MALFORMED:
    case WG_OK:
    case WG_STAGED:
    case WG_CONSUMED:
    case WG_CONTROL:
      break;
    }
  return BG_DROP_MALFORMED;
}

/* --- The door --- */

static void
begin_take (BgDataThread *self, Opening *opening, BgPacket *pkt)
{
  WgVerdict verdict = wg_receive_begin (self->dev, pkt, self->now_ns);

  if (verdict != WG_OK)
    {
      bg_data_thread_drop (self, pkt, bg_inbound_drop_for (verdict));
      return;
    }
  opening->pkts[opening->n++] = pkt;
}

static void
sort_take (BgDataThread *self, Opening *opening, BgPacket *pkt)
{
  switch (wg_message_kind (pkt->data, pkt->len))
    {
    case WG_MSG_DATA:
      begin_take (self, opening, pkt);
      break;
    case WG_MSG_INITIATION:
    case WG_MSG_RESPONSE:
    case WG_MSG_COOKIE_REPLY:
      bg_handshakes_queue_take (self, pkt);
      break;
    case WG_MSG_INVALID:
      bg_data_thread_drop (self, pkt, BG_DROP_MALFORMED);
      break;
    }
}

/* --- Behind the engine --- */

static bool
is_authentic (WgVerdict verdict)
{
  return verdict == WG_OK || verdict == WG_CONSUMED || verdict == WG_CONTROL
         || verdict == WG_BAD_INNER || verdict == WG_SOURCE_NOT_ALLOWED;
}

/* The packet came over a transport of the peer itself. */
static bool
is_own_path (const BgDataPeer *peer, const BgPacket *pkt)
{
  return peer->path_id && peer->path_id == pkt->endpoint.path;
}

/* It sends us probes because it saw our mark, so it is one that we probe too, or will as soon as we see its own. */
static bool
is_plain_bamgate (const BgDataPeer *peer, const BgPacket *pkt)
{
  return !peer->path_id && pkt->transport == BG_TRANSPORT_UDP;
}

static void
count_in (BgDataThread *self, BgDataPeer *peer, const BgPacket *pkt)
{
  bg_counter_add (&self->counters.rx_packets, 1);
  bg_counter_add (&self->counters.rx_bytes, pkt->len);
  bg_counter_add (&peer->counters.rx_packets, 1);
  bg_counter_add (&peer->counters.rx_bytes, pkt->len);
}

/* True where the packet is not for us alone. */
static bool
accept_inner (BgDataThread *self, BgDataPeer *peer, BgPacket *pkt, uint32_t wire_len)
{
  if (peer->control && pkt->transport == BG_TRANSPORT_DATA_CHANNEL && is_own_path (peer, pkt))
    {
      bg_credit_receiver_data (&peer->credit, wire_len, self->now_ns);
      bg_data_thread_arm (self, peer);
    }
  if (bg_ping_take_reply (self, peer, pkt->data, pkt->len)
      || bg_watch_take_reply (self, peer, pkt->data, pkt->len))
    return false;
  if (!peer->path_id)
    bg_plain_paths_heard (self, peer, pkt->data + pkt->len, wire_len - WG_DATA_OVERHEAD - pkt->len);
  if (!peer->path_id || peer->mtu > 0)
    bg_mss_clamp (pkt->data, pkt->len, bg_data_peer_mtu (peer, self->tun_mtu));
  return true;
}

static bool
may_pass (BgDataThread *self, const BgDataPeer *peer, const BgPacket *pkt)
{
  return bg_access_admit (self->access, peer->wg, &peer->key, pkt->data, pkt->len, self->now_ns);
}

static bool
may_go_there (const BgDataThread *self, const BgDataPeer *peer, const BgPacket *pkt)
{
  bool is_ipv4 = pkt->data[0] >> 4 == 4; /* the engine has read its header */

  return bg_reach_admits (self->reach, peer->path_id ? BG_REACH_MESH : BG_REACH_STATIC,
                          self->addresses, self->n_addresses, is_ipv4 ? AF_INET : AF_INET6,
                          pkt->data + (is_ipv4 ? 16 : 24));
}

/* Its sender is told. */
static void
refuse_take (BgDataThread *self, BgDataPeer *peer, BgPacket *pkt, BgDrop why)
{
  BgPacket *reply = bg_icmp_limit_ok (&self->icmp_limit, self->now_ns) ? bg_packet_new (self->pool)
                                                                       : NULL;

  if (reply && bg_icmp_answer (pkt, BG_ICMP_PROHIBITED, 0, reply))
    bg_outbound_send_take (self, peer, reply);
  else
    bg_packet_free (reply);
  bg_data_thread_drop (self, pkt, why);
}

/* A packet for this machine; true where it goes to the TUN, else it is gone. */
static bool
deliver_take (BgDataThread *self, BgDataPeer *peer, BgPacket *pkt, uint32_t wire_len)
{
  if (!bg_ecn_decapsulate (pkt->data, pkt->len, pkt->traffic_class))
    bg_data_thread_drop (self, pkt, BG_DROP_CONGESTION);
  else if (!accept_inner (self, peer, pkt, wire_len))
    bg_packet_free (pkt);
  else if (!may_go_there (self, peer, pkt))
    refuse_take (self, peer, pkt, BG_DROP_NOT_OFFERED);
  else if (!may_pass (self, peer, pkt))
    refuse_take (self, peer, pkt, BG_DROP_REFUSED);
  else
    {
      count_in (self, peer, pkt);
      return true;
    }
  return false;
}

/* One opened packet; true where it goes to the TUN, else it is gone. */
static bool
finish_take (BgDataThread *self, BgPacket *pkt)
{
  uint32_t wire_len = pkt->len + WG_DATA_OVERHEAD; /* where it was opened */
  WgVerdict verdict = wg_receive_finish (self->dev, pkt, self->now_ns);
  BgDataPeer *peer = bg_data_thread_peer_of (pkt);

  if (peer && is_authentic (verdict))
    bg_watch_heard (self, peer);
  if (peer && is_authentic (verdict) && is_own_path (peer, pkt))
    bg_paths_received (self, peer, pkt);
  switch (verdict)
    {
    case WG_OK:
      return deliver_take (self, peer, pkt, wire_len);
    case WG_CONSUMED:
      bg_packet_free (pkt);
      return false;
    case WG_CONTROL:
      if (peer->control ? is_own_path (peer, pkt) : is_plain_bamgate (peer, pkt))
        {
          bg_paths_control (self, peer, pkt->transport, pkt->data, pkt->len);
          bg_packet_free (pkt);
        }
      else
        bg_data_thread_drop (self, pkt, BG_DROP_BAD_INNER);
      return false;
    default:
      bg_data_thread_drop (self, pkt, bg_inbound_drop_for (verdict));
      return false;
    }
}

void
bg_inbound_take (BgDataThread *self, BgPacket **pkts, int n)
{
  Opening opening;

  bg_data_thread_make_room (self);
  opening.n = 0;
  for (int i = 0; i < n; i++)
    sort_take (self, &opening, pkts[i]);
  if (bg_crypto_pool_put (self->crypto, BG_CRYPTO_OPEN, opening.pkts, NULL, opening.n))
    return;
  bg_crypto_run (bg_crypto_pool_sealer (self->crypto), BG_CRYPTO_OPEN, opening.pkts, NULL,
                 opening.n);
  bg_inbound_opened_take (self, opening.pkts, opening.n);
  bg_inbound_flush (self);
}

void
bg_inbound_opened_take (BgDataThread *self, BgPacket **pkts, int n)
{
  for (int i = 0; i < n; i++)
    {
      if (!finish_take (self, pkts[i]))
        continue;
      self->delivered[self->n_delivered++] = pkts[i];
      if (self->n_delivered == BG_BATCH_MAX)
        bg_inbound_flush (self);
    }
}

void
bg_inbound_flush (BgDataThread *self)
{
  int n = self->n_delivered, written;

  if (n == 0)
    return;
  written = bg_tun_io_write_take (&self->tun, self->delivered, n);
  self->n_delivered = 0;
  if (written < n)
    bg_data_thread_count_drop (self, NULL, BG_DROP_TUN_WRITE, (uint64_t) (n - written));
  bg_data_thread_announce_refusals (self);
}
