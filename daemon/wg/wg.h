/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The WireGuard engine: the protocol of the paper (Donenfeld, "WireGuard: Next Generation Kernel Network Tunnel",
 * revision of 2020), without I/O and without a clock. Bytes and time go in; packets, verdicts and events come out.
 *
 * Time is `now_ns`, monotonic nanoseconds of any origin that never run backwards. TAI64N stamps are `now_ns` plus the
 * offset of wg_device_set_realtime_offset().
 *
 * Threads: a WgDevice and all that belongs to it is used by one thread at a time, with these exceptions: wg_seal() and
 * wg_open() touch only the packet, its keypair and the caller's WgSealer, and wg_handshake_run() only its job, so that they
 * may run on any thread between the phases before and after them. That is what lets the data plane spread the dear part
 * over cores.
 *
 * Ownership of packets: the caller keeps a packet unless the comment says that the engine takes it. */

#include "packet/packet.h"

#include <stdbool.h>
#include <stdint.h>

#define WG_KEY_LEN 32
#define WG_NEVER   UINT64_MAX

typedef struct
{
  uint8_t bytes[WG_KEY_LEN];
} WgKey;

typedef struct WgDevice  WgDevice;
typedef struct WgPeer    WgPeer;
typedef struct WgKeypair WgKeypair;
typedef struct WgSealer  WgSealer;
typedef struct WgCrypto  WgCrypto;
typedef struct WgHandshakeJob WgHandshakeJob;

typedef enum
{
  WG_OK,
  WG_STAGED,             /* engine took the packet: it leaves through wg_pop_packet() once a session exists */
  WG_CONSUMED,           /* handshake message or keepalive: understood, nothing to deliver */
  WG_CONTROL,            /* authentic data whose inner bytes are not IP (first nibble neither 4 nor 6): see wg_send_to() */
  WG_NO_PEER,
  WG_MALFORMED,
  WG_BAD_INNER,
  WG_UNKNOWN_INDEX,
  WG_UNAUTHENTIC,
  WG_REPLAY,
  WG_EXPIRED,
  WG_SOURCE_NOT_ALLOWED,
  WG_RATE_LIMITED,
  WG_UNDER_LOAD,         /* no valid mac2 while under load: a cookie reply was queued, the message dropped */
} WgVerdict;

typedef enum
{
  WG_EVENT_SESSION,      /* a new session is confirmed */
  WG_EVENT_ENDPOINT,     /* an authentic packet came from a new address: the peer roamed */
  WG_EVENT_LATE,         /* the first initiation found no answer for 1.5 s, nor came anything else, while there is a session that may send */
  WG_EVENT_UNANSWERED,   /* initiations found no answer, nor came anything else since the first: after 5, 15, 45 s */
  WG_EVENT_SILENT,       /* REKEY_ATTEMPT_TIME passed without an answer: staged packets are gone, traffic begins anew */
} WgEventType;

typedef struct
{
  WgEventType type;
  WgPeer     *peer;
} WgEvent;

typedef struct
{
  uint64_t   last_handshake_ns; /* `now_ns` of the last confirmed session, 0 for none */
  uint64_t   rx_bytes, tx_bytes;  /* outer bytes of authentic messages, as wg(8) counts them */
  uint64_t   sessions;            /* confirmed sessions so far */
  uint32_t   staged;              /* packets that wait for a session */
  BgEndpoint endpoint;
  bool       has_endpoint;
  bool       has_session;         /* a current keypair that may still send */
} WgPeerStats;

/* --- Keys (wg-key.c; usable without a device) --- */

/* Clamps `key` into a Curve25519 secret. */
void wg_key_clamp (WgKey *key);
/* Fills `key` with a fresh private key; false where the system has no randomness. */
bool wg_key_generate_private (WgKey *key);
/* Fills `key` with 32 random bytes, a preshared key. */
bool wg_key_generate_preshared (WgKey *key);
/* Curve25519 base point multiplication. */
bool wg_key_public (const WgKey *private_key, WgKey *public_key);
/* Constant time. */
bool wg_key_equal (const WgKey *a, const WgKey *b);
/* Constant time; true for the all-zero key, which stands for "none". */
bool wg_key_is_zero (const WgKey *key);
/* Overwrites in a way the compiler keeps. */
void wg_wipe (void *bytes, size_t len);

/* --- Device --- */

/* Fills `len` random bytes; false where it cannot. Tests pass a seeded one, everybody else NULL for OpenSSL's. */
typedef bool (*WgRandom) (void *data, void *bytes, size_t len);

/* An engine whose own packets (handshakes, keepalives) come from `pool`, which must outlive it. NULL where OpenSSL lacks
 * an algorithm, or the pool's packets are too small for a handshake. */
WgDevice *wg_device_new (BgPacketPool *pool, WgRandom random, void *random_data);
/* Frees the engine with all peers; wipes all keys. */
void wg_device_free (WgDevice *dev);
/* Sets our identity; all sessions end, static-static secrets are computed anew. Peers that have our own public key are
 * removed. NULL takes the identity away; the key we have already changes nothing. */
bool wg_device_set_private_key (WgDevice *dev, const WgKey *private_key);
bool wg_device_get_public_key (const WgDevice *dev, WgKey *out);
/* CLOCK_REALTIME minus the engine's clock, in ns; for TAI64N (paper, 5.1). */
void wg_device_set_realtime_offset (WgDevice *dev, int64_t offset_ns);
/* Asked before the endpoint of `peer` moves to where an authentic packet came from; false leaves it as it is. */
typedef bool (*WgMayMove) (void *data, WgPeer *peer, const BgEndpoint *to);
/* NULL: any place will do. */
void wg_device_set_may_move (WgDevice *dev, WgMayMove may_move, void *data);
/* Said by whoever queues handshake messages when the queue is long: cookies are demanded for the next second (5.3). */
void wg_device_set_under_load (WgDevice *dev, uint64_t now_ns);

/* --- Peers --- */

/* Adds a peer without allowed IPs or endpoint; an existing one is returned. NULL for our own or an all-zero key. */
WgPeer *wg_peer_add (WgDevice *dev, const WgKey *public_key);
WgPeer *wg_peer_find (WgDevice *dev, const WgKey *public_key);
/* Removes the peer, its sessions, staged packets and allowed IPs. Packets between two phases keep their keypair alive. */
void wg_peer_remove (WgPeer *peer);
void wg_peer_foreach (WgDevice *dev, void (*each) (WgPeer *peer, void *data), void *data);
const WgKey *wg_peer_public_key (const WgPeer *peer);
/* NULL or the zero key: none. */
void wg_peer_set_preshared_key (WgPeer *peer, const WgKey *psk);
const WgKey *wg_peer_preshared_key (const WgPeer *peer);
/* Persistent keepalive (6.5) in seconds, 0 for off. Switching it on sends one at once. */
void wg_peer_set_keepalive (WgPeer *peer, uint16_t seconds, uint64_t now_ns);
uint16_t wg_peer_keepalive (const WgPeer *peer);
/* Another endpoint, or a mesh peer's path, which may have a new way behind it, gives attempts under way a whole
 * REKEY_ATTEMPT_TIME. `learn`: the endpoint follows authentic packets (roaming, 2.1). False for mesh peers, whose addresses ICE keeps; true
 * for a peer that never got an endpoint. Packets that came by the path of a mesh peer teach nothing. */
void wg_peer_set_endpoint (WgPeer *peer, const BgEndpoint *endpoint, bool learn);
void wg_peer_clear_endpoint (WgPeer *peer);
/* A peer that has no endpoint yet, and gets one when there is traffic for it: its packets wait (WG_STAGED), and the handshake
 * for them begins with the endpoint, by wg_peer_start_handshake(). At first packets expire there. */
void wg_peer_set_patient (WgPeer *peer, bool patient);
/* While it is held what waits for a session goes on waiting behind it, and what the owner gives to wg_send_wait() with it: until
 * there is a way to the peer. Let go, all of it leaves in order. */
void wg_peer_hold (WgPeer *peer, bool hold, uint64_t now_ns);
/* Takes `pkt` to wait with the others; a handshake begins where there is no session, and can be one. WG_STAGED. */
WgVerdict wg_send_wait (WgPeer *peer, BgPacket *pkt, uint64_t now_ns);
/* Drops what waits for a session. Returns how many packets that were. */
uint32_t wg_peer_drop_staged (WgPeer *peer);
/* The local address of `endpoint` is of no use any more: if the peer's answers leave from it, they leave from any. */
void wg_peer_forget_source (WgPeer *peer, const BgEndpoint *endpoint);
/* An opaque pointer for the owner. */
void  wg_peer_set_data (WgPeer *peer, void *data);
void *wg_peer_data (const WgPeer *peer);
void wg_peer_get_stats (const WgPeer *peer, WgPeerStats *out);
/* Starts a handshake if the peer has an endpoint, where one began in the last REKEY_TIMEOUT after that. Attempts that are
 * under way go on, and end when they would. */
void wg_peer_start_handshake (WgPeer *peer, uint64_t now_ns);
/* Another way leads to the peer: an attempt under way, which may have gone into nothing, is repeated a second after it
 * began, not after REKEY_TIMEOUT. */
void wg_peer_hurry_handshake (WgPeer *peer, uint64_t now_ns);
/* Ends all sessions of the peer and the handshake under way, and wipes their keys. It begins anew with traffic, a keepalive
 * that is due, or wg_peer_start_handshake(), and does not wait for REKEY_TIMEOUT after the last one: what came of that is
 * gone. */
void wg_peer_expire (WgPeer *peer);

/* --- Allowed IPs (cryptokey routing, 2) --- */

/* `family` AF_INET or AF_INET6, `addr` 4 or 16 bytes in network order; bits behind `cidr` are ignored. A prefix has one
 * peer: the newest takes it. False for an impossible family or length. */
bool wg_allowed_ips_insert (WgDevice *dev, WgPeer *peer, int family, const void *addr, uint8_t cidr);
void wg_allowed_ips_remove_peer (WgDevice *dev, WgPeer *peer);
WgPeer *wg_allowed_ips_lookup (const WgDevice *dev, int family, const void *addr);
/* Some peer has a prefix that holds `addr`, other than one of length 0, which holds all of the outside too. */
bool wg_allowed_ips_hold (const WgDevice *dev, int family, const void *addr);
void wg_allowed_ips_foreach (const WgPeer *peer,
                             void (*each) (int family, const void *addr, uint8_t cidr, void *data), void *data);

/* --- Packets out --- */

/* Phase 1 for a packet from the TUN: finds the peer by the inner destination, picks its session, reserves a counter.
 * WG_OK: pkt->peer, ->keypair (a reference), ->counter are set and `pkt->endpoint` is the destination; go on with
 * wg_seal(). WG_STAGED: taken; it waits, and a handshake is under way. (At most WG_STAGED_MAX a peer, and a WG_STAGED_SHARE
 * of the pool for all: the oldest of the peer, or of the one with the most, is the victim and counted in
 * wg_staged_dropped().) Else dropped by the caller: WG_NO_PEER, WG_BAD_INNER, WG_EXPIRED (no endpoint, or none of the keys
 * that a handshake takes). */
WgVerdict wg_send_begin (WgDevice *dev, BgPacket *pkt, uint64_t now_ns);
/* The same for a chosen peer, whatever is in the packet: control messages between two bamgates, whose first byte is
 * neither 0x4_ nor 0x6_. The other side's engine says WG_CONTROL. With pkt->urgent set they expect no answer of their own:
 * like keepalives (6.5) they start neither a passive keepalive there nor a new handshake here. */
WgVerdict wg_send_begin_to (WgPeer *peer, BgPacket *pkt, uint64_t now_ns);
/* Phase 2, any thread: pads to 16 bytes (at most `mtu`, 0 for no limit), seals in place and prepends the 16-byte header.
 * False where the cipher fails: drop. */
bool wg_seal (WgSealer *sealer, BgPacket *pkt, uint32_t mtu);
/* Phase 3, for `n` sealed packets of any peers that are handed to the transport now: timers, counters; gives back the
 * keypair references (pkt->keypair is NULL afterwards, pkt->peer stays, or is NULL where the peer or its session went
 * meanwhile). Call it also for packets that are dropped. Cheapest where packets of one session stand together. */
void wg_send_finish (WgDevice *dev, BgPacket **pkts, int n, uint64_t now_ns);

/* What the engine itself wants to send, and packets released from staging: NULL when there is none. The caller owns it.
 * pkt->peer and ->endpoint say where to; where pkt->keypair is set the packet still wants wg_seal() and wg_send_finish(),
 * else it is a finished handshake or cookie message (pkt->peer is NULL for a cookie reply to a stranger). */
BgPacket *wg_pop_packet (WgDevice *dev);

/* --- Packets in --- */

/* A whole handshake message (types 1 to 3); lengths and types are checked here again. WG_CONSUMED, or why not. */
WgVerdict wg_receive_handshake (WgDevice *dev, BgPacket *pkt, uint64_t now_ns);

/* The same in steps, because Diffie-Hellman takes as long as sealing a hundred packets. Checks what costs little. WG_OK: go
 * on with wg_handshake_run() of `*job`, which borrows `pkt`; else that was all, and the verdict is that of
 * wg_receive_handshake(). */
WgVerdict wg_handshake_begin (WgDevice *dev, BgPacket *pkt, uint64_t now_ns, WgHandshakeJob **job);
/* Any thread; `crypto` is that thread's own (wg-crypto.h). */
void      wg_handshake_run (WgCrypto *crypto, WgHandshakeJob *job);
/* The same on the engine's own thread. */
void      wg_device_run_handshake (WgDevice *dev, WgHandshakeJob *job);
/* In the order in which they began. WG_OK: run it once more. Else it is over, and the job is gone. */
WgVerdict wg_handshake_finish (WgDevice *dev, WgHandshakeJob *job, uint64_t now_ns);
/* Gives a job up, at any step but while it runs. The device may be gone. */
void      wg_handshake_discard (WgHandshakeJob *job);
BgPacket *wg_handshake_packet (const WgHandshakeJob *job);

/* Phase 1 of a data message (type 4): receiver index to session. WG_OK: go on with wg_open(). */
WgVerdict wg_receive_begin (WgDevice *dev, BgPacket *pkt, uint64_t now_ns);
/* Phase 2, any thread: opens in place; `data`/`len` are then the padded inner packet. Sets pkt->verdict, and returns it. */
WgVerdict wg_open (WgSealer *sealer, BgPacket *pkt);
/* Phase 3, in order of arrival, also after a failed phase 2: replay window, key confirmation, timers, roaming, inner
 * lengths (padding is cut off), source check. Gives the keypair reference back. WG_OK: deliver `data`/`len` to the TUN,
 * pkt->peer is who it came from. WG_CONTROL: a control message of pkt->peer (padding still there). WG_CONSUMED: keepalive. */
WgVerdict wg_receive_finish (WgDevice *dev, BgPacket *pkt, uint64_t now_ns);

/* --- Time --- */

/* When wg_run_timers() must run next; WG_NEVER when idle. */
uint64_t wg_next_timer (WgDevice *dev);
void     wg_run_timers (WgDevice *dev, uint64_t now_ns);
bool     wg_pop_event (WgDevice *dev, WgEvent *out);
/* Staged packets that left as victims since the last call. */
uint64_t wg_staged_dropped (WgDevice *dev);

/* --- Sealer: the cipher state of one thread --- */

WgSealer *wg_sealer_new (void);
/* Wipes its keys. */
void      wg_sealer_free (WgSealer *sealer);
/* Wipes the ciphers of sessions that ended; wg_seal() and wg_open() do so too, so this is for a thread that falls idle. */
void      wg_sealer_sweep (WgSealer *sealer);
/* Grows whenever a session ended and its keys were wiped: a thread that sleeps with a sealer is to be woken to sweep. */
uint64_t  wg_sessions_ended (void);

/* Kinds of an outer message, for the one door that sorts them. */
typedef enum
{
  WG_MSG_INVALID = 0,
  WG_MSG_INITIATION = 1,
  WG_MSG_RESPONSE = 2,
  WG_MSG_COOKIE_REPLY = 3,
  WG_MSG_DATA = 4,
} WgMessageKind;

/* The kind by type and length (paper, 5.4), WG_MSG_INVALID where the two do not fit. */
WgMessageKind wg_message_kind (const uint8_t *bytes, size_t len);

enum
{
  WG_DATA_OVERHEAD = 32, /* 16 header, 16 tag */
  WG_STAGED_MAX = 128,  /* a peer */
  WG_STAGED_SHARE = 4,  /* of the pool: this part for all peers together */
};
