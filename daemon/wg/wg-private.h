/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the engine know of each other. Tests may look, nobody else. */

#include "packet/packet-pool.h"
#include "packet/packet-queue.h"
#include "wg/wg-allowed-ips.h"
#include "wg/wg-cookie.h"
#include "wg/wg-crypto.h"
#include "wg/wg-index.h"
#include "wg/wg-keypair.h"
#include "wg/wg-messages.h"
#include "wg/wg-noise.h"
#include "wg/wg-ratelimit.h"
#include "wg/wg-staging.h"
#include "wg/wg-timers.h"
#include "wg/wg.h"

enum
{
  WG_OUT_MAX = 4096, /* what wg_pop_packet() has not fetched yet; the oldest is the victim */
};

typedef struct
{
  WgPeer  **buckets;
  uint32_t  n_buckets; /* a power of two */
  uint32_t  n;
  WgPeer   *first;
  uint64_t  seed[4];   /* of the hash: keys are chosen by others */
} WgPeerTable;

struct WgDevice
{
  BgPacketPool *pool;
  WgRandom      random;
  void         *random_data;
  WgCrypto     *crypto;

  /* identity */
  EVP_PKEY *identity; /* NULL: none, nobody can shake hands */
  WgKey     public_key;
  int64_t   realtime_offset;

  /* floods */
  WgCookieGuard guard;
  WgRatelimit  *ratelimit; /* made when first needed */
  uint64_t      under_load_until;

  WgPeerTable  peers;
  WgIndexTable indices;
  WgTrie       allowed_ips;
  WgTimerHeap  timers;
  uint64_t     now_ns; /* the newest that was heard of */

  WgStaging     staging;
  BgPacketQueue out;
  WgPeer       *first_event, **last_event;
  uint64_t      staged_dropped;

  WgMayMove may_move;
  void     *may_move_data;
};

struct WgPeer
{
  WgDevice *dev;
  WgPeer   *hash_next;
  WgPeer   *next, **link; /* all peers */
  void     *data;

  /* identity */
  WgKey   public_key, psk;
  uint8_t static_static[WG_KEY_LEN];
  bool    has_static_static;

  /* handshakes */
  WgHandshake handshake;
  WgCookieJar cookies;
  uint64_t    last_stamp_sent;
  uint8_t     greatest_stamp[WG_TIMESTAMP_LEN];
  uint64_t    next_initiation_ns; /* from the peer: INITIATIONS_PER_SECOND */
  uint64_t    next_handshake_ns;  /* to the peer: REKEY_TIMEOUT after the last one */
  uint64_t    attempts_since_ns;  /* the wish that the attempts under way began with */
  uint32_t    attempts;           /* initiations since then */
  uint64_t    heard_ns;           /* the last authentic packet */
  uint32_t    expiries;           /* grows when the owner ends all sessions, those to be among them */

  /* sessions: three keypairs; `next` is ours as responder, until its first packet confirms it */
  WgKeypair *previous, *current, *next_keypair;

  /* endpoint */
  BgEndpoint endpoint;
  bool       has_endpoint, learn;
  bool       patient;       /* without one its packets wait */
  bool       held;          /* they wait in any case */

  WgPeerTimers  timers;
  uint16_t      keepalive_s;
  WgStaged      staged;
  WgTrieNode   *allowed_ips;

  /* statistics */
  uint64_t last_handshake_ns, rx_bytes, tx_bytes, sessions;

  /* events that wait to be popped: one bit a type */
  uint8_t  events;
  WgPeer  *next_event;
};

/* Zeroed memory; aborts where there is none. */
void *wg_new0 (size_t size);

/* wg-device.c */
void wg_device_heard (WgDevice *dev, uint64_t now_ns);
/* Queues `pkt` for wg_pop_packet(), to `peer` and its endpoint. */
void wg_device_queue_out (WgDevice *dev, BgPacket *pkt, WgPeer *peer);
/* Drops what waits in wg_pop_packet() for `peer`. */
void wg_device_purge_out (WgDevice *dev, const WgPeer *peer);
void wg_device_raise (WgPeer *peer, WgEventType type);
void wg_device_forget_events (WgPeer *peer);

/* wg-peer.c */
void wg_peer_table_init (WgDevice *dev);
void wg_peer_table_clear (WgDevice *dev);
/* Rekeyed device: new static-static secret, no sessions. */
void wg_peer_new_identity (WgPeer *peer);
/* The local address of the endpoint may be the cause of the silence. */
void wg_peer_doubt_source (WgPeer *peer);
/* An authentic packet came from `source`. */
void wg_peer_learn_endpoint (WgPeer *peer, const BgEndpoint *source);

/* wg-session.c: the three slots */
/* Takes a fresh keypair in: at once as initiator, in wait of confirmation as responder. */
void wg_session_begin (WgPeer *peer, WgKeypair *keypair);
/* An authentic packet came with `keypair`: true where that confirmed it. */
bool wg_session_confirm (WgPeer *peer, WgKeypair *keypair);
void wg_session_clear (WgPeer *peer);
/* A session may send: counts, events, timers, staged packets. */
void wg_session_ready (WgPeer *peer, uint64_t now_ns);

/* wg-send.c */
bool wg_peer_may_initiate (const WgPeer *peer);
/* A wish for a session: starts the attempts of REKEY_ATTEMPT_TIME, unless they are under way. */
void wg_send_want_session (WgPeer *peer, uint64_t now_ns);
/* One of these attempts. */
void wg_send_retry (WgPeer *peer, uint64_t now_ns);
/* The peer is to be looked for elsewhere, or by another way: attempts under way begin anew. */
void wg_send_renew_attempts (WgPeer *peer, uint64_t now_ns);
/* Sends the response, as far as it is made, and begins the session. */
void wg_send_response (WgPeer *peer, const WgMsgResponse *made, const WgSessionKeys *keys, uint32_t remote_index,
                       uint64_t now_ns);
/* An empty data message, or the staged packets where there are any, or a handshake where there is no session. */
void wg_send_keepalive (WgPeer *peer, uint64_t now_ns);
void wg_send_staged (WgPeer *peer, uint64_t now_ns);
/* A handshake message buffer of `len` bytes, or NULL. */
BgPacket *wg_send_new_packet (WgDevice *dev, uint32_t len);

/* wg-sealer.c */
uint32_t wg_sealer_count_keyed (const WgSealer *sealer);

/* For tests: what wg_send_begin() will number next in the current session. */
void wg_test_set_send_counter (WgPeer *peer, uint64_t counter);
