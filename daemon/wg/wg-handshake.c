/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Handshake messages that come in. What a stranger can make us do is checked at once, cheapest first; what takes long is a
 * job of two steps at most, each run on copies, on any thread; what it changes is changed between them, on ours. */
#include "wg/wg-private.h"

#include <stdlib.h>
#include <string.h>

typedef enum
{
  OPEN_INITIATION,
  RESPOND,
  OPEN_RESPONSE,
} Step;

struct WgHandshakeJob
{
  BgPacket *pkt; /* the message; borrowed */
  Step step;
  bool ok; /* of the last step that ran */

  /* answering */
  EVP_PKEY *identity; /* a reference */
  WgKey public_key;
  WgKey psk, secret;
  WgConsumedInitiation consumed;
  uint32_t expiries; /* of the peer, when its initiation was accepted */
  WgMsgResponse response;

  /* being answered */
  WgSentInitiation sent;

  WgSessionKeys keys;
};

static WgVerdict
receive_cookie (WgDevice *dev, const BgPacket *pkt, uint64_t now_ns)
{
  const WgMsgCookieReply *msg = (const WgMsgCookieReply *) pkt->data;
  WgIndexEntry *entry = wg_index_lookup (&dev->indices, wg_get_le32 (msg->receiver));

  if (!entry)
    return WG_UNKNOWN_INDEX;
  return wg_cookie_jar_take (&entry->peer->cookies, dev->crypto, msg, now_ns) ? WG_CONSUMED
                                                                              : WG_UNAUTHENTIC;
}

static WgVerdict
send_cookie (WgDevice *dev, const BgPacket *to, uint64_t now_ns)
{
  BgPacket *pkt = dev->out.len < WG_OUT_MAX ? wg_send_new_packet (dev, sizeof (WgMsgCookieReply))
                                            : NULL;

  if (pkt
      && wg_cookie_guard_reply (&dev->guard, dev->crypto, to->data, to->len, &to->endpoint,
                                dev->random, dev->random_data, now_ns,
                                (WgMsgCookieReply *) pkt->data))
    {
      pkt->endpoint = to->endpoint;
      bg_packet_queue_push (&dev->out, pkt);
    }
  else
    bg_packet_free (pkt);
  return WG_UNDER_LOAD;
}

static bool
may_shake_hands (WgDevice *dev, const BgEndpoint *source, uint64_t now_ns)
{
  uint64_t seed;

  if (!dev->ratelimit)
    {
      if (!dev->random (dev->random_data, &seed, sizeof seed))
        return false;
      dev->ratelimit = wg_ratelimit_new (seed);
    }
  return wg_ratelimit_allow (dev->ratelimit, source, now_ns);
}

/* What a stranger can make us do is checked here, cheapest first (5.3): mac1, and while we are under load mac2 and the
 * source's bucket. */
static WgVerdict
judge_sender (WgDevice *dev, const BgPacket *pkt, uint64_t now_ns)
{
  bool under_load = now_ns < dev->under_load_until;

  switch (wg_cookie_guard_check (&dev->guard, dev->crypto, pkt->data, pkt->len, &pkt->endpoint,
                                 under_load, now_ns))
    {
    case WG_MACS_INVALID:
      return WG_UNAUTHENTIC;
    case WG_MACS_NO_COOKIE:
      return under_load ? send_cookie (dev, pkt, now_ns) : WG_OK;
    case WG_MACS_WITH_COOKIE:
      return may_shake_hands (dev, &pkt->endpoint, now_ns) ? WG_OK : WG_RATE_LIMITED;
    }
  return WG_UNAUTHENTIC;
}

/* --- The job --- */

static WgHandshakeJob *
job_new (BgPacket *pkt, Step step)
{
  WgHandshakeJob *job = wg_new0 (sizeof *job);

  job->pkt = pkt;
  job->step = step;
  return job;
}

void
wg_handshake_discard (WgHandshakeJob *job)
{
  EVP_PKEY_free (job->identity);
  wg_noise_sent_clear (&job->sent);
  wg_wipe (job, sizeof *job);
  free (job);
}

BgPacket *
wg_handshake_packet (const WgHandshakeJob *job)
{
  return job->pkt;
}

/* --- Begin --- */

static WgVerdict
begin_initiation (WgDevice *dev, BgPacket *pkt, WgHandshakeJob **out)
{
  WgHandshakeJob *job = job_new (pkt, OPEN_INITIATION);

  EVP_PKEY_up_ref (dev->identity);
  job->identity = dev->identity;
  job->public_key = dev->public_key;
  *out = job;
  return WG_OK;
}

/* The peer whose initiation in flight this answers, by our index. */
static WgPeer *
asker_of (WgDevice *dev, const BgPacket *pkt)
{
  const WgMsgResponse *msg = (const WgMsgResponse *) pkt->data;
  WgIndexEntry *entry = wg_index_lookup (&dev->indices, wg_get_le32 (msg->receiver));

  return entry && !entry->keypair ? entry->peer : NULL;
}

static WgVerdict
begin_response (WgDevice *dev, BgPacket *pkt, WgHandshakeJob **out)
{
  WgPeer *peer = asker_of (dev, pkt);

  if (!peer)
    return WG_UNKNOWN_INDEX;
  *out = job_new (pkt, OPEN_RESPONSE);
  wg_noise_sent_copy (peer, &(*out)->sent);
  return WG_OK;
}

WgVerdict
wg_handshake_begin (WgDevice *dev, BgPacket *pkt, uint64_t now_ns, WgHandshakeJob **job)
{
  WgMessageKind kind = wg_message_kind (pkt->data, pkt->len);
  WgVerdict verdict;

  wg_device_heard (dev, now_ns);
  if (kind == WG_MSG_INVALID || kind == WG_MSG_DATA)
    return WG_MALFORMED;
  if (!dev->identity)
    return WG_UNAUTHENTIC;
  if (kind == WG_MSG_COOKIE_REPLY)
    return receive_cookie (dev, pkt, now_ns);
  verdict = judge_sender (dev, pkt, now_ns);
  if (verdict != WG_OK)
    return verdict;
  return kind == WG_MSG_INITIATION ? begin_initiation (dev, pkt, job)
                                   : begin_response (dev, pkt, job);
}

/* --- Run --- */

void
wg_handshake_run (WgCrypto *crypto, WgHandshakeJob *job)
{
  switch (job->step)
    {
    case OPEN_INITIATION:
      job->ok = wg_noise_open_initiation (crypto, job->identity, &job->public_key,
                                          (const WgMsgInitiation *) job->pkt->data, &job->consumed);
      break;
    case RESPOND:
      job->ok = wg_noise_respond (crypto, &job->consumed, &job->psk, &job->secret, &job->response,
                                  &job->keys);
      break;
    case OPEN_RESPONSE:
      job->ok = wg_noise_open_response (crypto, &job->sent, (const WgMsgResponse *) job->pkt->data,
                                        &job->keys);
      break;
    }
  wg_crypto_forget (crypto);
}

void
wg_device_run_handshake (WgDevice *dev, WgHandshakeJob *job)
{
  wg_handshake_run (dev->crypto, job);
}

/* --- Finish: the world may be another one than at the beginning --- */

static void
count_authentic_received (WgPeer *peer, const BgPacket *pkt, uint64_t now_ns)
{
  peer->rx_bytes += pkt->len;
  wg_timers_authentic_received (peer, now_ns);
}

static WgVerdict
finish_open_initiation (WgDevice *dev, WgHandshakeJob *job, uint64_t now_ns)
{
  WgVerdict verdict;
  WgPeer *peer;

  if (!job->ok || job->identity != dev->identity)
    return WG_UNAUTHENTIC;
  peer = wg_peer_find (dev, &job->consumed.initiator);
  if (!peer)
    return WG_NO_PEER;
  verdict = wg_noise_accept_initiation (peer, &job->consumed,
                                        (const WgMsgInitiation *) job->pkt->data, now_ns);
  wg_crypto_forget (dev->crypto);
  if (verdict != WG_OK)
    return verdict;
  wg_peer_learn_endpoint (peer, &job->pkt->endpoint);
  count_authentic_received (peer, job->pkt, now_ns);
  job->psk = peer->psk;
  job->expiries = peer->expiries;
  job->step = RESPOND;
  return wg_noise_draw_secret (dev, &job->secret) ? WG_OK : WG_CONSUMED;
}

static WgVerdict
finish_respond (WgDevice *dev, WgHandshakeJob *job, uint64_t now_ns)
{
  WgPeer *peer = wg_peer_find (dev, &job->consumed.initiator);

  if (!peer)
    return WG_NO_PEER;
  if (job->identity != dev->identity || !wg_key_equal (&job->psk, &peer->psk))
    return WG_UNAUTHENTIC;
  if (job->expiries != peer->expiries)
    return WG_EXPIRED;
  if (job->ok)
    wg_send_response (peer, &job->response, &job->keys, job->consumed.remote_index, now_ns);
  return WG_CONSUMED;
}

static WgVerdict
finish_open_response (WgDevice *dev, WgHandshakeJob *job, uint64_t now_ns)
{
  const WgMsgResponse *msg = (const WgMsgResponse *) job->pkt->data;
  WgPeer *peer = asker_of (dev, job->pkt);

  if (!peer || !wg_noise_sent_is_current (peer, &job->sent))
    return WG_UNKNOWN_INDEX;
  if (!job->ok)
    return WG_UNAUTHENTIC;
  wg_session_begin (
    peer, wg_noise_keypair_of_initiator (peer, &job->keys, wg_get_le32 (msg->sender), now_ns));
  wg_peer_learn_endpoint (peer, &job->pkt->endpoint);
  count_authentic_received (peer, job->pkt, now_ns);
  wg_timers_session_derived (peer, now_ns);
  wg_session_ready (peer, now_ns);
  /* The responder may not send before it hears from us: staged packets, or an empty one. */
  wg_send_keepalive (peer, now_ns);
  return WG_CONSUMED;
}

static WgVerdict
finish_step (WgDevice *dev, WgHandshakeJob *job, uint64_t now_ns)
{
  switch (job->step)
    {
    case OPEN_INITIATION:
      return finish_open_initiation (dev, job, now_ns);
    case RESPOND:
      return finish_respond (dev, job, now_ns);
    case OPEN_RESPONSE:
      break;
    }
  return finish_open_response (dev, job, now_ns);
}

WgVerdict
wg_handshake_finish (WgDevice *dev, WgHandshakeJob *job, uint64_t now_ns)
{
  WgVerdict verdict;

  wg_device_heard (dev, now_ns);
  verdict = finish_step (dev, job, now_ns);
  if (verdict != WG_OK)
    wg_handshake_discard (job);
  return verdict;
}

WgVerdict
wg_receive_handshake (WgDevice *dev, BgPacket *pkt, uint64_t now_ns)
{
  WgHandshakeJob *job = NULL;
  WgVerdict verdict = wg_handshake_begin (dev, pkt, now_ns, &job);

  while (verdict == WG_OK)
    {
      wg_device_run_handshake (dev, job);
      verdict = wg_handshake_finish (dev, job, now_ns);
    }
  return verdict;
}
