/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg/wg-private.h"

#include <string.h>
#include <sys/socket.h>

enum
{
  IP4_HEADER = 20,
  IP6_HEADER = 40
};

WgMessageKind
wg_message_kind (const uint8_t *bytes, size_t len)
{
  if (len < 4)
    return WG_MSG_INVALID;
  switch (wg_get_le32 (bytes))
    {
    case WG_MSG_INITIATION:
      return len == sizeof (WgMsgInitiation) ? WG_MSG_INITIATION : WG_MSG_INVALID;
    case WG_MSG_RESPONSE:
      return len == sizeof (WgMsgResponse) ? WG_MSG_RESPONSE : WG_MSG_INVALID;
    case WG_MSG_COOKIE_REPLY:
      return len == sizeof (WgMsgCookieReply) ? WG_MSG_COOKIE_REPLY : WG_MSG_INVALID;
    case WG_MSG_DATA:
      return len >= WG_DATA_OVERHEAD ? WG_MSG_DATA : WG_MSG_INVALID;
    default:
      return WG_MSG_INVALID;
    }
}

WgVerdict
wg_receive_begin (WgDevice *dev, BgPacket *pkt, uint64_t now_ns)
{
  const WgMsgData *msg = (const WgMsgData *) pkt->data;
  WgIndexEntry *entry;
  WgKeypair *keypair;

  wg_device_heard (dev, now_ns);
  if (wg_message_kind (pkt->data, pkt->len) != WG_MSG_DATA)
    return WG_MALFORMED;
  entry = wg_index_lookup (&dev->indices, wg_get_le32 (msg->receiver));
  keypair = entry ? entry->keypair : NULL;
  if (!keypair)
    return WG_UNKNOWN_INDEX;
  pkt->counter = wg_get_le64 (msg->counter);
  if (now_ns - keypair->created_ns >= WG_REJECT_AFTER_TIME
      || pkt->counter >= WG_REJECT_AFTER_MESSAGES)
    return WG_EXPIRED;
  pkt->peer = keypair->peer;
  pkt->keypair = wg_keypair_ref (keypair);
  pkt->verdict = WG_UNAUTHENTIC; /* until wg_open() says otherwise */
  return WG_OK;
}

/* Rekey while the session still works (6.2), where data comes in and we have nothing to say. */
static void
keep_key_fresh (WgPeer *peer, uint64_t now_ns)
{
  const WgKeypair *keypair = peer->current;

  if (peer->timers.last_minute_tried || !keypair || !keypair->initiator
      || now_ns - keypair->created_ns
           < WG_REJECT_AFTER_TIME - WG_KEEPALIVE_TIMEOUT - WG_REKEY_TIMEOUT)
    return;
  peer->timers.last_minute_tried = true;
  wg_send_want_session (peer, now_ns);
}

/* Cuts the padding off; false where the lengths lie. */
static bool
trim_ip4 (BgPacket *pkt)
{
  uint32_t header, total;

  if (pkt->len < IP4_HEADER)
    return false;
  header = (pkt->data[0] & 15u) * 4;
  total = (uint32_t) pkt->data[2] << 8 | pkt->data[3];
  if (header < IP4_HEADER || total < header || total > pkt->len)
    return false;
  pkt->len = total;
  return true;
}

static bool
trim_ip6 (BgPacket *pkt)
{
  uint32_t total;

  if (pkt->len < IP6_HEADER)
    return false;
  total = IP6_HEADER + ((uint32_t) pkt->data[4] << 8 | pkt->data[5]);
  if (total > pkt->len)
    return false;
  pkt->len = total;
  return true;
}

static WgVerdict
judge_inner (WgDevice *dev, WgPeer *peer, BgPacket *pkt)
{
  WgPeer *owner;

  switch (pkt->data[0] >> 4)
    {
    case 4:
      if (!trim_ip4 (pkt))
        return WG_BAD_INNER;
      owner = wg_allowed_ips_lookup (dev, AF_INET, pkt->data + 12);
      break;
    case 6:
      if (!trim_ip6 (pkt))
        return WG_BAD_INNER;
      owner = wg_allowed_ips_lookup (dev, AF_INET6, pkt->data + 8);
      break;
    default:
      return WG_CONTROL;
    }
  return owner == peer ? WG_OK : WG_SOURCE_NOT_ALLOWED;
}

static void
accept_packet (WgPeer *peer, WgKeypair *keypair, const BgPacket *pkt, uint64_t now_ns)
{
  wg_peer_learn_endpoint (peer, &pkt->endpoint);
  if (!wg_session_confirm (peer, keypair))
    return;
  wg_session_ready (peer, now_ns);
  wg_send_staged (peer, now_ns);
}

WgVerdict
wg_receive_finish (WgDevice *dev, BgPacket *pkt, uint64_t now_ns)
{
  WgKeypair *keypair = pkt->keypair;
  WgPeer *peer = keypair ? keypair->peer : NULL;
  WgVerdict verdict = (WgVerdict) pkt->verdict;

  wg_device_heard (dev, now_ns);
  if (verdict == WG_OK && !peer)
    verdict = WG_EXPIRED;
  if (verdict == WG_OK && !wg_replay_accept (&keypair->replay, pkt->counter))
    verdict = WG_REPLAY;
  pkt->peer = peer;
  pkt->keypair = NULL;
  if (verdict == WG_OK)
    accept_packet (peer, keypair, pkt, now_ns);
  wg_keypair_unref (keypair);
  if (verdict != WG_OK)
    return verdict;

  peer->rx_bytes += pkt->len + WG_DATA_OVERHEAD;
  keep_key_fresh (peer, now_ns);
  wg_timers_authentic_received (peer, now_ns);
  if (pkt->len == 0)
    return WG_CONSUMED;
  verdict = judge_inner (dev, peer, pkt);
  if (verdict != WG_CONTROL)
    wg_timers_data_received (peer, now_ns);
  return verdict;
}
