/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All mesh peers: reads what signalling says, drives one BgPeer per known id, each with its negotiator, WebRTC session and
 * its place in the data plane. Main thread only. */

#include "common/words.h"
#include "common/ip-prefix.h"
#include "common/peer-accept.h"
#include "common/peer-offer.h"
#include "membership/membership-log.h"
#include "membership/revoked-keys.h"
#include "dataplane/dataplane.h"
#include "peer/route-judge.h"
#include "mapping/port-mapper.h"
#include "relay/relay.h"
#include "signaling/signaling-client.h"

G_BEGIN_DECLS

/* Peers that are known by name alone; those that proved themselves once have a place whatever others say. */
#define BG_PEER_MAX_UNPROVED 2048

#define BG_TYPE_PEER (bg_peer_get_type ())
G_DECLARE_FINAL_TYPE (BgPeer, bg_peer, BG, PEER, GObject)
#define BG_TYPE_PEER_SET (bg_peer_set_get_type ())
G_DECLARE_FINAL_TYPE (BgPeerSet, bg_peer_set, BG, PEER_SET, GObject)

/* When a peer is connected that can be reached. */
typedef enum
{
  BG_CONNECT_AUTO, /* on demand, with more than BG_PEER_ALWAYS_UP_TO of them */
  BG_CONNECT_ALWAYS,
  BG_CONNECT_ON_DEMAND,
} BgConnectWhen;

#define BG_PEER_ALWAYS_UP_TO 8

/* What of `offer` this peer is told, which is asked for each description. (transfer full) */
typedef BgPeerOffer *(*BgPeerOfferFor) (gpointer owner, const BgPeerOffer *offer, const char *peer);

typedef struct
{
  const char        *self_id;
  WgKey              self_key;     /* public */
  const WgKey       *private_key;  /* ours, copied; NULL: descriptions are not signed */
  const BgIpPrefix  *addresses;    /* our tunnel addresses with prefix: peers' addresses must lie inside one */
  guint              n_addresses;
  const char        *interface;    /* never gathered */
  guint              paths;        /* allowed, 1 << BgTransportKind */
  gboolean           accept_routes;
  const GPtrArray   *accepts;      /* BgPeerAccept, copied; NULL: none */
  const BgPeerOffer *offer;        /* what we offer the others, copied; NULL: nothing */
  BgPeerOfferFor     offer_for;    /* NULL: all are offered all of it */
  gpointer           offer_owner;
  const char *const *stun_servers; /* "stun://host:port" */
  const char *const *turn_servers; /* "turn:host:port?transport=…" (RFC 7065); NULL */
  const char        *turn_secret;  /* that the TURN servers share with us; NULL: they are not used */
  BgRelay           *relay;        /* of the hub, outlives the set; NULL: not used */
  BgPortMapper      *mapper;       /* outlives the set; NULL: no ports are mapped */
  gboolean           relay_only, ice_tcp;
  BgConnectWhen      connect;
  const char *const *connect_always; /* names of peers that are connected in any case; NULL */
  guint              idle_s;       /* a connection on demand is let go after so long without traffic; 0: 300 */
  const char        *pins_path;    /* known-peers file */
  BgDataplane       *dataplane;
  BgMembershipLog   *log;          /* of the network, outlives the set; NULL: it is not signed */
  BgRevokedKeys     *revoked;      /* as the hub says, outlives the set; NULL: none are */
  BgSignalingClient *signaling;    /* NULL: no mesh, static peers only */
} BgPeerSetConfig;

/* Signals of the set: "peer-added" (BgPeer*), "peer-removed" (BgPeer*), "routes-changed" () — what bg_peer_set_add_to_plan() adds differs now,
 * "head-heard" (BgPeer*, const BgLogHead*) — a peer says what its log of the network is; "part-heard" (BgPeer*, const BgLogPart*) — it hands
 * out a part of it, or asks for one of ours, or of a certificate, as its type says; "leave-heard" (BgPeer*) — it leaves the network for good, as its own key says.
 * Signal of a peer: "changed" () — any of what bg_peer_get_info() says. */

/* The words of the bus property Peer.State. */
typedef enum
{
  BG_PEER_PUBLIC_DISCONNECTED, /* "disconnected" */
  BG_PEER_PUBLIC_CONNECTING,   /* "connecting" */
  BG_PEER_PUBLIC_CONNECTED,    /* "connected": a WireGuard session over a live path */
  BG_PEER_PUBLIC_REFUSED, /* "refused": pinned key differs, no or foreign address, … see reason */
  BG_PEER_PUBLIC_IDLE,    /* "idle": in the network, and connected as soon as there is traffic */
} BgPeerPublicState;

typedef struct
{
  const char       *id;
  WgKey             key;
  gboolean          has_key;
  const char *const *addresses; /* "10.0.0.3" */
  BgPeerPublicState state;
  const char       *state_reason;                        /* for people; "" when there is nothing to say */
  const GPtrArray  *reasons;                             /* the same as BgWords; NULL for none */
  BgTransportKind   path;
  gboolean          relayed;
  const char       *local_candidate, *remote_candidate;  /* "" for none */
  const char *const *routes;                      /* advertised */
  const char *const *accepted_routes;
  const char *const *dns;                         /* offered: addresses of name servers */
  const char *const *dns_search;                  /* offered: the domains that these know, normalized */
  const char *const *accepted_dns;                /* those of them that may be asked, whether it is connected or not */
  const char *const *accepted_search;
  const char *const *services;                    /* that it has, as bg_service_item_format() has them */
  gint64            latency_us;                          /* -1 unknown */
  gint64            last_handshake_us;                   /* realtime, 0 never */
  gint64            connected_since_us;                  /* realtime, 0 not connected */
  guint64           rx_bytes, tx_bytes;
  const char       *implementation;                      /* "" unknown */
  gboolean          is_static;
  guint             exit_families;                       /* BG_FAMILY_*: offered, to carry everything */
  guint             mtu;                                 /* of its path; 0 unknown */
  const char       *membership;                          /* of a signed network: "signed", "unsigned"; else "" */
} BgPeerInfo;

#define BG_PEER_MAX_NAMED 16

typedef struct
{
  BgIpPrefix addresses[BG_PEER_MAX_NAMED]; /* hosts */
  guint      n_addresses;
  gboolean   is_proved;                    /* it made a session with its key */
  gint64     since;                        /* known with it, Unix seconds; 0: not */
} BgPeerNamed;

BgPeerSet *bg_peer_set_new (const BgPeerSetConfig *config, GError **error);
/* Ends every peer; with `signaling` gone too this is quiet. */
void bg_peer_set_close (BgPeerSet *self);
/* Adds a static WireGuard peer of the configuration (shown like any other, id = its name). `host` NULL: it has no endpoint
 * and comes to us; else a name or address, asked for again whenever the peer falls silent. One of that name and key is changed
 * in place: its session goes on, and where it is is not forgotten, unless the endpoint is another. */
gboolean bg_peer_set_add_static (BgPeerSet *self, const char *name, const BgPeerConfig *config,
                                 const char *host, guint16 port, GError **error);
void bg_peer_set_remove_static (BgPeerSet *self, const char *name);
/* Held, no new connection is begun, and offers wait: what connections are made of is being asked
 * for. */
void bg_peer_set_hold (BgPeerSet *self, gboolean held);
/* Something happened after which the connections may be dead: each is looked at now. */
void bg_peer_set_doubt (BgPeerSet *self);
/* This machine has another way to everywhere, which stays: connections that could go by a better one than they do are looked for
 * it, while they go on; once the hub is there. */
void bg_peer_set_seek_better (BgPeerSet *self);
/* Takes or leaves the routes that peers offer, from now on; of the peers that `accepts` (BgPeerAccept, copied) names what stands
 * there. */
void bg_peer_set_set_accept (BgPeerSet *self, gboolean accept_routes, const GPtrArray *accepts);
/* We offer something else from now on: peers that can hear it are told. */
void bg_peer_set_set_offer (BgPeerSet *self, const BgPeerOffer *offer);
/* All packets that no other peer takes go through this one (NULL: through none), in the families that it offers, as soon as it has proved
 * its key; it does not rest. */
void bg_peer_set_set_exit (BgPeerSet *self, const char *id);
/* The log (NULL: none; as of the settings) is another, or has other entries: who is put out by them goes at once, who is let in is taken. */
void bg_peer_set_follow_log (BgPeerSet *self, BgMembershipLog *log);
/* Other keys are among those that the hub says were revoked (as of the settings). In a network that is not signed whoever has one ends at once
 * and is refused, and is still remembered, since the hub can say what it likes; who is not among them any more is taken again. */
void bg_peer_set_follow_revoked (BgPeerSet *self);
/* This machine leaves the network for good, and its key with it: whoever has a tunnel to it is told. */
void bg_peer_set_say_leave (BgPeerSet *self);
/* Forgets whom `name` means (as bg_peer_pins_find() takes it), also one that is pinned and not among the peers. */
gboolean bg_peer_set_forget_name (BgPeerSet *self, const char *name, GError **error);
/* The networks that this machine is in (NULL: not known), and the hosts beside the peers that are reached outside the tunnel
 * (BgOutsideHost; copied): no route of a peer is taken that would get in the way, and none stays. */
void bg_peer_set_set_surroundings (BgPeerSet *self, BgLocalNetworks *networks,
                                   const GArray *outside);
/* The same networks, as far as routes go, with others of our own addresses and routes: what sessions from now on go by. */
void bg_peer_set_note_networks (BgPeerSet *self, BgLocalNetworks *networks);
/* Takes over `paths`, servers, `relay_only`, `ice_tcp` and what is said of demand in `config`, which has nothing else, for every session from now
 * on. Where other ways are allowed than before, sessions that there are are made anew. */
void bg_peer_set_set_ice (BgPeerSet *self, const BgPeerSetConfig *config);
/* The cookie of figures that nobody asked for: for their sake nothing is announced of a peer that is idle, and on the path that it was
 * on. */
#define BG_PEER_SET_ROUTINE_COOKIE ((guint64) 0x726f7574 << 32)
/* Events of the data plane are handed in by the application, which owns the pump's fd. */
void bg_peer_set_take_event (BgPeerSet *self, const BgEvent *event);
GPtrArray *bg_peer_set_get_peers (BgPeerSet *self); /* (transfer container): BgPeer, by id */
BgPeer *bg_peer_set_lookup (BgPeerSet *self, const char *id); /* (transfer none) or NULL */
/* Adds the routes of the connected and static peers to a plan: host routes with the path's MTU, accepted subnet routes,
 * and the endpoints that one of them would catch, as outside. */
struct _BgNetPlan;
void bg_peer_set_add_to_plan (BgPeerSet *self, struct _BgNetPlan *plan);

/* Borrowed until the next "changed". */
const BgPeerInfo *bg_peer_get_info (BgPeer *self);
/* What is known beyond that, as a{sv} of the bus method GetDetails (floating). */
GVariant *bg_peer_get_details (BgPeer *self);
/* What its name may lead to: addresses that it proved, or that the hub names and nobody else has. */
void bg_peer_get_named (BgPeer *self, BgPeerNamed *named);
const char *bg_peer_public_state_name (BgPeerPublicState state);
/* As it said itself, in a description that was taken for its own: -1 while it has said nothing since we started. */
int bg_peer_takes_files (BgPeer *self);
void bg_peer_ping_async (BgPeer *self, guint timeout_ms, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer data);
gint64 bg_peer_ping_finish (BgPeer *self, GAsyncResult *result,
                            GError **error); /* µs, -1 on error */
/* Tells it a part of our log, or asks it for one of its, or of a certificate; FALSE where there is no session, or it knows nothing of that. */
gboolean bg_peer_say_part (BgPeer *self, const BgLogPart *part);
/* A new session from scratch, at once. */
gboolean bg_peer_reconnect (BgPeer *self, GError **error);
/* Removes the pin and the peer; it is learnt anew when signalling names it next. */
gboolean bg_peer_forget (BgPeer *self, GError **error);

G_END_DECLS
