/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg/wg-private.h"

#include <sys/socket.h>

enum
{
  IP4_HEADER = 20,
  IP6_HEADER = 40
};

/* --- Handshake messages --- */

BgPacket *
wg_send_new_packet (WgDevice *dev, uint32_t len)
{
  BgPacket *pkt = bg_packet_new (dev->pool);

  if (pkt)
    pkt->len = len;
  return pkt;
}

bool
wg_peer_may_initiate (const WgPeer *peer)
{
  return peer->has_endpoint && peer->has_static_static;
}

static void
count_authentic_sent (WgPeer *peer, uint32_t len, uint64_t now_ns)
{
  peer->tx_bytes += len;
  wg_timers_authentic_sent (peer, now_ns);
}

static void
send_initiation (WgPeer *peer, uint64_t now_ns)
{
  WgDevice *dev = peer->dev;
  BgPacket *pkt = wg_send_new_packet (dev, sizeof (WgMsgInitiation));
  bool ok;

  peer->next_handshake_ns = now_ns + WG_REKEY_TIMEOUT;
  peer->attempts++;
  /* Also where we cannot now: the retry will. */
  wg_timers_initiation_sent (peer, now_ns);
  ok = pkt && wg_noise_create_initiation (peer, (WgMsgInitiation *) pkt->data, now_ns)
       && wg_cookie_jar_add_macs (&peer->cookies, dev->crypto, pkt->data, pkt->len, now_ns);
  wg_crypto_forget (dev->crypto);
  if (!ok)
    {
      bg_packet_free (pkt);
      return;
    }
  count_authentic_sent (peer, pkt->len, now_ns);
  wg_device_queue_out (dev, pkt, peer);
}

void
wg_send_retry (WgPeer *peer, uint64_t now_ns)
{
  if (!wg_peer_may_initiate (peer))
    peer->dev->staged_dropped += wg_peer_drop_staged (peer);
  else if (now_ns < peer->next_handshake_ns)
    wg_timers_handshake_deferred (peer);
  else
    send_initiation (peer, now_ns);
}

void
wg_send_want_session (WgPeer *peer, uint64_t now_ns)
{
  if (wg_timers_is_trying (peer))
    return; /* the next attempt is its timer's, which also knows when to give up */
  peer->attempts = 0;
  wg_send_renew_attempts (peer, now_ns);
  wg_send_retry (peer, now_ns);
}

void
wg_send_renew_attempts (WgPeer *peer, uint64_t now_ns)
{
  peer->attempts_since_ns = now_ns;
}

void
wg_peer_start_handshake (WgPeer *peer, uint64_t now_ns)
{
  wg_device_heard (peer->dev, now_ns);
  wg_send_want_session (peer, now_ns);
}

void
wg_send_response (WgPeer *peer, const WgMsgResponse *made, const WgSessionKeys *keys,
                  uint32_t remote_index, uint64_t now_ns)
{
  WgDevice *dev = peer->dev;
  BgPacket *pkt = peer->has_endpoint ? wg_send_new_packet (dev, sizeof (WgMsgResponse)) : NULL;
  WgKeypair *keypair = pkt ? wg_noise_keypair_of_responder (peer, keys, remote_index, now_ns)
                           : NULL;
  WgMsgResponse *msg;

  if (!keypair)
    {
      bg_packet_free (pkt);
      return;
    }
  wg_session_begin (peer, keypair);
  msg = (WgMsgResponse *) pkt->data;
  *msg = *made;
  wg_put_le32 (msg->type, WG_MSG_RESPONSE);
  wg_put_le32 (msg->sender, keypair->entry.index);
  wg_put_le32 (msg->receiver, remote_index);
  if (!wg_cookie_jar_add_macs (&peer->cookies, dev->crypto, pkt->data, pkt->len, now_ns))
    {
      bg_packet_free (pkt);
      return;
    }
  peer->next_handshake_ns = now_ns + WG_REKEY_TIMEOUT;
  wg_timers_session_derived (peer, now_ns);
  count_authentic_sent (peer, pkt->len, now_ns);
  wg_device_queue_out (dev, pkt, peer);
}

/* --- Data --- */

static bool
has_session (const WgPeer *peer, uint64_t now_ns)
{
  return peer->current && wg_keypair_may_send (peer->current, now_ns);
}

static void
number_packet (WgPeer *peer, BgPacket *pkt)
{
  pkt->peer = peer;
  pkt->keypair = wg_keypair_ref (peer->current);
  pkt->counter = peer->current->send_counter++;
  pkt->endpoint = peer->endpoint;
}

static WgVerdict
stage (WgPeer *peer, BgPacket *pkt, uint64_t now_ns)
{
  if (!wg_peer_may_initiate (peer) && !peer->patient)
    return WG_EXPIRED;
  return wg_send_wait (peer, pkt, now_ns);
}

WgVerdict
wg_send_wait (WgPeer *peer, BgPacket *pkt, uint64_t now_ns)
{
  BgPacket *victim = wg_staging_push (&peer->dev->staging, peer, pkt);

  if (victim)
    {
      bg_packet_free (victim);
      peer->dev->staged_dropped++;
    }
  if (wg_peer_may_initiate (peer) && !has_session (peer, now_ns))
    wg_send_want_session (peer, now_ns);
  return WG_STAGED;
}

WgVerdict
wg_send_begin_to (WgPeer *peer, BgPacket *pkt, uint64_t now_ns)
{
  wg_device_heard (peer->dev, now_ns);
  if (!peer->has_endpoint && !peer->patient)
    return WG_EXPIRED;
  if (!peer->has_endpoint || !has_session (peer, now_ns))
    return stage (peer, pkt, now_ns);
  number_packet (peer, pkt);
  return WG_OK;
}

WgVerdict
wg_send_begin (WgDevice *dev, BgPacket *pkt, uint64_t now_ns)
{
  uint8_t version = pkt->len > 0 ? pkt->data[0] >> 4 : 0;
  WgPeer *peer;

  if (version == 4 && pkt->len >= IP4_HEADER)
    peer = wg_allowed_ips_lookup (dev, AF_INET, pkt->data + 16);
  else if (version == 6 && pkt->len >= IP6_HEADER)
    peer = wg_allowed_ips_lookup (dev, AF_INET6, pkt->data + 24);
  else
    return WG_BAD_INNER;
  return peer ? wg_send_begin_to (peer, pkt, now_ns) : WG_NO_PEER;
}

/* Rekey before it is needed (6.2): only the initiator on time, so that not both start. */
static void
keep_key_fresh (WgPeer *peer, uint64_t now_ns)
{
  const WgKeypair *keypair = peer->current;

  if (keypair
      && (keypair->send_counter > WG_REKEY_AFTER_MESSAGES
          || (keypair->initiator && now_ns - keypair->created_ns >= WG_REKEY_AFTER_TIME)))
    wg_send_want_session (peer, now_ns);
}

/* `n` packets of one keypair. */
static void
finish_run (BgPacket **pkts, int n, uint64_t now_ns)
{
  WgPeer *peer = pkts[0]->keypair->peer;
  bool any_data = false;
  uint64_t bytes = 0;

  for (int i = 0; i < n; i++)
    {
      bytes += pkts[i]->len;
      any_data |= pkts[i]->len > WG_DATA_OVERHEAD && !pkts[i]->urgent;
      wg_keypair_unref (pkts[i]->keypair);
      pkts[i]->keypair = NULL;
      pkts[i]->peer = peer;
    }
  if (!peer)
    return;
  peer->tx_bytes += bytes;
  wg_timers_authentic_sent (peer, now_ns);
  if (any_data)
    wg_timers_data_sent (peer, now_ns);
  keep_key_fresh (peer, now_ns);
}

void
wg_send_finish (WgDevice *dev, BgPacket **pkts, int n, uint64_t now_ns)
{
  wg_device_heard (dev, now_ns);
  for (int i = 0, run; i < n; i += run)
    {
      for (run = 1; i + run < n && pkts[i]->keypair && pkts[i + run]->keypair == pkts[i]->keypair;
           run++)
        ;
      if (pkts[i]->keypair)
        finish_run (pkts + i, run, now_ns);
    }
}

void
wg_send_staged (WgPeer *peer, uint64_t now_ns)
{
  BgPacket *pkt;

  while (!peer->held && has_session (peer, now_ns) && peer->has_endpoint
         && (pkt = wg_staging_pop (&peer->dev->staging, peer)))
    {
      number_packet (peer, pkt);
      wg_device_queue_out (peer->dev, pkt, peer);
    }
}

void
wg_peer_hold (WgPeer *peer, bool hold, uint64_t now_ns)
{
  peer->held = hold;
  wg_send_staged (peer, now_ns);
}

void
wg_send_keepalive (WgPeer *peer, uint64_t now_ns)
{
  BgPacket *pkt;

  if (!wg_peer_may_initiate (peer))
    return;
  if (!has_session (peer, now_ns))
    {
      if (!wg_timers_is_trying (peer))
        wg_send_want_session (peer, now_ns);
      return;
    }
  if (peer->staged.queue.len == 0 || peer->held)
    {
      pkt = bg_packet_new (peer->dev->pool);
      if (!pkt)
        return;
      number_packet (peer, pkt);
      wg_device_queue_out (peer->dev, pkt, peer);
    }
  wg_send_staged (peer, now_ns);
}
