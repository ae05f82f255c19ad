/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The pump between TUN, engine and transports, and the only door to it from the control side.
 *
 * Threads: everything here is called on the main thread. Behind it stands one data thread, which owns the engine, the
 * TUN fd, the UDP sockets and every peer's path. Control posts plain structs through a bounded mailbox; events come
 * back in order and are popped on the main thread from the fd of bg_dataplane_event_fd(). The data thread calls no GObject code. */

#include "dataplane/control.h"
#include "packet/counters.h"
#include "packet/packet-pool.h"
#include "transport/transport.h"
#include "transport/watch.h"
#include "wg/wg.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct BgDataplane BgDataplane;
typedef struct BgAccessRules BgAccessRules; /* access-rules.h */
typedef struct BgReach BgReach;             /* reach.h */

typedef enum
{
  BG_REACH_MESH = 1 << 0,
  BG_REACH_STATIC = 1 << 1,
} BgReachPeers;

typedef struct
{
  int           family;      /* AF_INET or AF_INET6 */
  uint8_t       addr[16];
  uint8_t       prefix;
} BgAllowedIp;

/* What others have the data thread run beside its own work, so that what passes both costs no wake-up between them. */
typedef struct
{
  int   fd;                   /* readable while there is something to do; stays the owner's */
  void (*enter) (void *data); /* the data thread, before the first visit */
  bool (*visit) (void *data); /* does what can be done now, within bounds; true: more is left */
  void (*leave) (void *data); /* the data thread, after the last */
  void *data;
} BgDataGuest;

typedef struct
{
  int      tun_fd;           /* taken; non-blocking; -1: none */
  bool     tun_vnet_hdr;     /* it was opened with IFF_VNET_HDR; else one plain packet a read() and write() */
  bool     tun_udp_super;    /* and takes UDP super-packets (TUN_F_USO4, USO6) */
  uint32_t tun_mtu;          /* 1420 */
  const BgAllowedIp *addresses; /* our own inside the tunnel, for echoes (copied) */
  uint32_t n_addresses;
  uint16_t udp_port;         /* of the plain UDP transport; 0: any free one */
  bool     udp;              /* open the plain UDP transport (there are static peers) */
  uint32_t max_packets;      /* of the pool; 0: default */
  uint32_t threads;          /* that seal and open, the data thread among them; 0: by the number of CPUs. With 1 handshakes
                              * have no thread of their own either */
  const BgDataGuest *guest;  /* (copied) NULL: none */
} BgDataplaneConfig;

/* Everything the engine needs of a peer; a mesh peer has a path id, a static one may have an address. */
typedef struct
{
  WgKey              key;
  WgKey              psk;        /* all zero: none */
  uint16_t           keepalive;  /* s */
  uint32_t           path;       /* > 0: mesh peer */
  BgEndpoint         endpoint;   /* static peer, if has_endpoint */
  bool               has_endpoint;
  bool               keep_endpoint; /* it is only for a peer that has none: what that learnt, or was told, stays */
  bool               control;    /* the peer is a bamgate: control messages may be sent (probes, credit) */
  bool               on_demand;  /* mesh peer: while it has no transport and no session its packets wait, and BG_EVENT_WANTED
                                  * is said with the first */
  BgWatch watch;
  const BgAllowedIp *allowed_ips;
  uint32_t           n_allowed_ips;
} BgPeerConfig;

typedef enum
{
  BG_EVENT_SESSION,          /* a WireGuard session with the peer is up (again). Of a mesh peer that had one, and to which nothing
                              * happened meanwhile, it is told late: with the next other event */
  BG_EVENT_PATH,             /* the peer's traffic moved to `kind`, or has no path (BG_TRANSPORT_NONE) */
  BG_EVENT_STANDBY, /* beside its path `kind`, attached or moved since, is proved too, by both sides */
  BG_EVENT_DOUBT, /* its only path, which carries traffic, answers no more, and may be dead in a second */
  BG_EVENT_LATE,             /* a handshake found no answer for 1.5 s, nor came anything else; the session of before goes on */
  BG_EVENT_UNANSWERED,       /* handshakes find no answer, and nothing else comes: after 5, 15, 45 s */
  BG_EVENT_MISSED, /* a watched peer that speaks no control messages answers no echoes any more, nor comes anything else */
  BG_EVENT_HEARD,  /* it is there again */
  BG_EVENT_SILENT,           /* handshakes found no answer for REKEY_ATTEMPT_TIME */
  BG_EVENT_WANTED,           /* there is traffic for a peer on demand that has no transport: once, until it gets one or rests */
  BG_EVENT_RESTED,           /* the peer lets the connection rest: see bg_dataplane_rest() */
  BG_EVENT_HEAD,             /* a bamgate says what its log of the network is, `head` */
  BG_EVENT_LOG,              /* it hands out a part of that, or asks for one of ours, `part`; or one of what its type says */
  BG_EVENT_LEAVES,           /* it says that it leaves the network for good */
  BG_EVENT_TRANSPORT_CLOSED, /* a transport of the peer died by itself; detach has happened */
  BG_EVENT_PING,             /* answer to bg_dataplane_ping(), `latency_us` or -1 after the timeout */
  BG_EVENT_STATS,            /* answer to bg_dataplane_request_stats(): `stats`, `n_stats`; the receiver frees with bg_dataplane_event_clear() */
  BG_EVENT_TUN_GONE,         /* the TUN `cookie` (bg_dataplane_set_tun(), at first 0) was taken away: `error` is errno */
  BG_EVENT_ASLEEP,           /* answer to bg_dataplane_sleep(): no session's key is left */
  BG_EVENT_FAILED,           /* the data thread cannot go on: `error` is errno */
  BG_EVENT_OFFLOAD,          /* the kernel refused super-packets of the kind `offload` with `error`: less of them is used */
} BgEventType;

typedef struct
{
  WgKey           key, psk;
  uint32_t        path;
  uint16_t        keepalive;
  BgTransportKind kind;            /* the live path */
  int64_t         latency_us;      /* last measured round trip on it, -1 for none */
  int64_t         last_handshake_us; /* CLOCK_REALTIME, 0 for none */
  int64_t         quiet_us;        /* since the last inner packet for it, -1: there was none */
  uint64_t        rx_bytes, tx_bytes, rx_packets, tx_packets;
  uint64_t        drops[BG_DROP_REASONS];
  BgEndpoint      endpoint;
  bool            has_endpoint, has_session;
  uint32_t        mtu;             /* inner packets, on the live path */
  BgAllowedIp    *allowed_ips;
  uint32_t        n_allowed_ips;
} BgPeerStats;

typedef struct
{
  BgEventType     type;
  WgKey           key;             /* the peer, where it is about one */
  BgTransportKind kind;
  uint32_t        mtu;             /* BG_EVENT_PATH: largest inner packet now: the peer's route MTU */
  int64_t         latency_us;
  uint64_t        cookie;          /* of the request that it answers */
  int             error;
  int64_t         session_us;      /* BG_EVENT_SESSION: since when, CLOCK_REALTIME */
  bool            is_rekey;        /* BG_EVENT_SESSION: it is the one that was told late */
  BgLogHead       head;            /* BG_EVENT_HEAD */
  BgLogPart       part;            /* BG_EVENT_LOG */
  BgEndpoint      endpoint;        /* BG_EVENT_SESSION: where a static peer is; no address (AF_UNSPEC) for others */
  const char     *offload;         /* a text that stays: "TCP over IPv4, the last segment shorter" */
  uint64_t        drops[BG_DROP_REASONS]; /* BG_EVENT_STATS: of the device, beside the peers' */
  BgPeerStats    *stats;
  uint32_t        n_stats;
} BgEvent;

/* Starts the data thread. `private_key` is copied and wiped with the dataplane. NULL and `*error` = errno where it
 * cannot (a UDP port in use: EADDRINUSE). Takes config->tun_fd also then. */
BgDataplane *bg_dataplane_new (const BgDataplaneConfig *config, const WgKey *private_key, int *error);
/* Closes all attached transports, joins the thread, frees all. Transports made with its sink that are not attached must be
 * closed before. True where every packet came back to the pool. */
bool bg_dataplane_free (BgDataplane *self);

/* The pool that transports of this dataplane take received packets from. Thread safe. */
BgPacketPool *bg_dataplane_pool (BgDataplane *self);
/* The sink to give to a transport at creation. Thread safe. */
BgTransportSink bg_dataplane_sink (BgDataplane *self);
/* The port of the plain UDP transport, 0 for none. */
uint16_t bg_dataplane_udp_port (BgDataplane *self);
/* The largest inner packet on a path of `kind`. */
uint32_t bg_dataplane_path_mtu (BgTransportKind kind, uint32_t tun_mtu);

/* What a running one may get anew, each in its place among the messages below.
 *
 * Another TUN; `fd` is taken, the one before is closed if it is still there. Sessions live on. */
void bg_dataplane_set_tun (BgDataplane *self, int fd, bool vnet_hdr, bool udp_super, uint64_t number);
/* False, and nothing was done, where the packets that it was started with are too small for it. */
bool bg_dataplane_set_mtu (BgDataplane *self, uint32_t mtu);
/* As in BgDataplaneConfig. */
void bg_dataplane_set_threads (BgDataplane *self, uint32_t threads);
/* Opens the plain UDP transport, or has it on another port (0: any, or the one that it has). Returns 0, or errno, where
 * everything stays. */
int bg_dataplane_set_udp_port (BgDataplane *self, uint16_t port);

/* What peers may reach from the next packet on, in conversations that are under way too; NULL: all of it. Takes a reference. */
void bg_dataplane_set_access (BgDataplane *self, BgAccessRules *rules);

/* Where packets of peers may go from the next one on; taken. Before the first call: anywhere. */
void bg_dataplane_set_reach_take (BgDataplane *self, BgReach *reach);

/* The machine is about to sleep: all sessions end, and their keys are wiped; answered by BG_EVENT_ASLEEP. What traffic there
 * still is begins new ones. */
void bg_dataplane_sleep (BgDataplane *self);
/* The machine slept: what sessions there are end, new ones are made with all peers that had one or always want one, and with
 * each of them every path is probed. */
void bg_dataplane_wake (BgDataplane *self);

/* Has the data thread done what the call before this one asked of it? If so, it is asked again. For a watchdog. */
bool bg_dataplane_is_alive (BgDataplane *self);

/* Each posts one message. False where the mailbox is full (the caller tries again later): nothing was done. */
bool bg_dataplane_set_private_key (BgDataplane *self, const WgKey *key);
/* Adds the peer, or replaces its settings and allowed IPs; sessions live on. Copies `config`. */
bool bg_dataplane_set_peer (BgDataplane *self, const BgPeerConfig *config);
/* Moves a static peer that is there; one that was removed meanwhile, as wg(8) may, stays away. */
bool bg_dataplane_set_endpoint (BgDataplane *self, const WgKey *key, const BgEndpoint *endpoint);
bool bg_dataplane_remove_peer (BgDataplane *self, const WgKey *key);
/* Gives the peer one more transport (a reference is taken). Between two bamgates it carries traffic once a probe came
 * back on it; for others at once. The best proved one wins. */
bool bg_dataplane_attach (BgDataplane *self, const WgKey *key, BgTransport *transport);
/* Takes it away: traffic moves to the next best, then it is closed, without BG_EVENT_TRANSPORT_CLOSED. Nothing happens to
 * one that is not attached: it was closed when it was lost, replaced, or refused. */
bool bg_dataplane_detach (BgDataplane *self, BgTransport *transport);
/* Lets the connection with a peer on demand rest: it is told (BG_EVENT_RESTED there), its transports are closed without
 * BG_EVENT_TRANSPORT_CLOSED, its session ends, and what waits for one is dropped. */
bool bg_dataplane_rest (BgDataplane *self, const WgKey *key);
/* Measures one round trip, answered by BG_EVENT_PING with `cookie` within `timeout_ms`; it begins once a session is up. To a
 * bamgate a control message goes, to others an echo request from our own address to their first host address. */
bool bg_dataplane_ping (BgDataplane *self, const WgKey *key, uint32_t timeout_ms, uint64_t cookie);
/* A new WireGuard handshake, at most one in five seconds; BG_EVENT_SESSION tells that it was answered. */
bool bg_dataplane_handshake (BgDataplane *self, const WgKey *key);
/* Tells a bamgate what our log of the network is, over the live path, if there is a session: else nobody hears it. */
bool bg_dataplane_say_head (BgDataplane *self, const WgKey *key, const BgLogHead *head);
/* The same of a part of our log, or of the question for one of its; or of what its type says. */
bool bg_dataplane_say_part (BgDataplane *self, const WgKey *key, const BgLogPart *part);
/* The same of our leaving the network for good. */
bool bg_dataplane_say_leave (BgDataplane *self, const WgKey *key);
bool bg_dataplane_request_stats (BgDataplane *self, uint64_t cookie);

/* Readable while events wait. */
int  bg_dataplane_event_fd (BgDataplane *self);
bool bg_dataplane_pop_event (BgDataplane *self, BgEvent *out);
void bg_dataplane_event_clear (BgEvent *event);
