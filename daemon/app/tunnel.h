/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What runs while the tunnel is up: lock, TUN, data plane, configuration socket, addresses, hub, line to the hub, peers.
 * Brings them up as steps and takes them down again. Main thread only. */

#include "app/config.h"
#include "app/exit-state.h"
#include "app/health.h"
#include "app/hub-access.h"
#include "app/hub-process.h"
#include "app/network-log.h"
#include "app/secret-keeper.h"
#include "files/files.h"
#include "names/names-plan.h"
#include "names/resolver.h"
#include "net/net-plan.h"
#include "peer/peer-set.h"
#include "publish/forwarding.h"

G_BEGIN_DECLS

/* In the state directory: the suffix that the network chose. */
#define BG_NETWORK_SUFFIX_FILE "network-suffix"
#define BG_KNOWN_PEERS_FILE "known-peers"

typedef struct _BgTunnel BgTunnel;

typedef struct
{
  const char *secrets_dir, *state_dir, *runtime_dir;
  BgSecretKeeper *keeper; /* must outlive it */
  BgHubAccess *hub_access; /* the same */
  BgNetworkLog *network_log; /* the same */
  BgFiles *files; /* the same */
  BgForwardingEngine *engine; /* the same */
  const char *hub_socket; /* NULL: the hub is a child */
  const char *dns_socket; /* of bamgate-system-dns; NULL: none */
  gboolean    tells_resolver; /* this machine's own, of our names */
  gboolean    in_namespace; /* the interface is in a namespace of ours */
  BgHealth   *health; /* told what is wrong while the tunnel is up; must outlive it */
  guint       paths; /* limits the configuration's; 0: no limit */
} BgTunnelOptions;

typedef struct
{
  /* Up, or down again; see BgBringUpSettled. */
  void (*settled) (gpointer owner, gboolean is_up, const GError *error);
  /* It cannot go on: bg_tunnel_stop() is for the owner to call. */
  void (*broken) (gpointer owner, const GError *error);
  void (*signaling_changed) (gpointer owner);
  /* The hub says that the network is elsewhere: "URL" or "URL#sha256=PIN". */
  void (*moved) (gpointer owner, const char *line);
  /* bg_tunnel_get_link_plan() may be another, or the exit's state. */
  void (*link_changed) (gpointer owner);
  /* bg_tunnel_describe_mapping() may tell something else. */
  void (*mapping_changed) (gpointer owner);
  void (*peer_added) (gpointer owner, BgPeer *peer);
  void (*peer_removed) (gpointer owner, BgPeer *peer);
  /* `drops` is a{st}, by reason; floating. */
  void (*stats) (gpointer owner, guint64 rx_bytes, guint64 tx_bytes, GVariant *drops);
  /* Answers bg_tunnel_request_figures() (STATS), or there is a session (SESSION). Borrowed. */
  void (*figures) (gpointer owner, const BgEvent *event);
  /* bg_tunnel_get_suffix(), or the name of a peer, may be another. */
  void (*names_changed) (gpointer owner);
  /* A member of a signed network has said, through its tunnel, that it leaves it for good. `key`: its own, base64. */
  void (*member_left) (gpointer owner, const char *name, const char *key);
  /* A member asks for a certificate of its names, or this machine itself does; as of bg_application_sign_names(). */
  GBytes *(*sign_names) (gpointer owner, const guint8 key[32], GBytes *request);
} BgTunnelEvents;

BgTunnel *bg_tunnel_new (const BgTunnelOptions *options, const BgTunnelEvents *events, gpointer owner);
/* Must be down. */
void bg_tunnel_free (BgTunnel *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgTunnel, bg_tunnel_free)
/* What a killed daemon left in the kernel, while this one is down; the way up does it itself. `keep_exit`: an exit's fence stays. */
void bg_tunnel_remove_leftovers (BgTunnel *self, gboolean keep_exit);

/* What the router maps, a{sv} as on the bus; floating. */
GVariant *bg_tunnel_describe_mapping (BgTunnel *self);
void bg_tunnel_start (BgTunnel *self, BgConfig *config);
/* The daemon ends: the next stop lets go of a hub that can wait for another daemon. */
void bg_tunnel_leave_hub (BgTunnel *self);
void bg_tunnel_stop (BgTunnel *self);
gboolean bg_tunnel_is_down (BgTunnel *self);
/* FALSE where its data thread has not moved since the last call. */
gboolean bg_tunnel_is_alive (BgTunnel *self);
/* Brings a running tunnel in line with `config`. What cannot be changed while it runs is pending. */
void bg_tunnel_apply (BgTunnel *self, BgConfig *config);
/* Settings ("section.key") that are in effect only when it comes up next, sorted; empty while it is down. Borrowed until the
 * next call to bg_tunnel_apply(). */
const char *const *bg_tunnel_get_pending (BgTunnel *self);
/* The settings that it came up with: what is pending is here as it is in effect. NULL before the first time. */
const BgConfig *bg_tunnel_get_started (BgTunnel *self);
/* "" while there is none. */
const char *bg_tunnel_get_interface (BgTunnel *self);
/* The interface is, or will be, in a namespace of its own. */
gboolean bg_tunnel_is_in_namespace (BgTunnel *self);
/* The network namespace that it is in, a path for setns(2); "" where that is this process's own, or while there is none. Another one
 * after `link_changed`. */
const char *bg_tunnel_get_namespace (BgTunnel *self);
/* 0 while there is none; another one after `link_changed`, where it was made again. */
guint bg_tunnel_get_interface_index (BgTunnel *self);

/* The network's log says something else, or is another: peers follow. */
void bg_tunnel_take_log (BgTunnel *self);
/* Asks a peer for its log, as of BgLogPullOps; FALSE: it is not there. */
gboolean bg_tunnel_ask_peer (BgTunnel *self, const char *name, const guint8 key[32], guint32 entry, guint16 offset);
/* This machine leaves the network, and gives up its key: peers are told, while it is up. */
void bg_tunnel_say_leave (BgTunnel *self);
/* The hub says that other keys were revoked. */
void bg_tunnel_take_revoked (BgTunnel *self);
/* Somebody else sets the interface up, or does so no more; also while it is up. */
void bg_tunnel_manage_link (BgTunnel *self, gboolean managed);
/* What the interface is to have; NULL while there is none. Borrowed until the next `link_changed`. */
const BgNetPlan *bg_tunnel_get_link_plan (BgTunnel *self);

/* What the hub lets this device in with is another, or nothing. */
void bg_tunnel_follow_hub_access (BgTunnel *self);
/* The state of the line to the hub and why; NULL for no mesh or while down. */
BgSignalingClient *bg_tunnel_get_signaling (BgTunnel *self);
/* Where the hub's relay is; NULL: none is wanted, or there is no hub. Borrowed. */
BgRelayServer *bg_tunnel_get_relay_server (BgTunnel *self);
GPtrArray *bg_tunnel_get_peers (BgTunnel *self); /* (transfer container) */
/* NULL while there are none. */
BgPeerSet *bg_tunnel_get_peer_set (BgTunnel *self);
/* Whether the exit that the settings choose works, and why not (borrowed; NULL: nothing to say). */
BgExitState bg_tunnel_get_exit_state (BgTunnel *self);
const BgWords *bg_tunnel_get_exit_reason (BgTunnel *self);
/* The hub of this machine while it runs, or NULL. */
const BgHubInfo *bg_tunnel_get_hub (BgTunnel *self);
/* As bg_access_control_list(); NULL while it is down. */
GVariant *bg_tunnel_list_access (BgTunnel *self);
/* What `config` publishes, as ListServices of the bus says it; floating. */
GVariant *bg_tunnel_list_services (BgTunnel *self, const BgConfig *config);
/* What in this machine's own firewall keeps others from reaching what is behind it: BgWords, each with what to do (transfer container). */
GPtrArray *bg_tunnel_list_obstacles (BgTunnel *self);
/* Where the kernel's switches of forwarding and filtering of a family ("ipv4", "ipv6") are, a directory per interface; the unit shows them
 * elsewhere than in /proc. Free with g_free(). */
char *bg_tunnel_find_switches (const char *runtime_dir, const char *family);
/* Answered by the event `stats`, and by the peers' figures. */
void bg_tunnel_request_stats (BgTunnel *self);
/* Answered by the event `figures` alone: the bus hears nothing of them. FALSE: there is no data plane, or it has no time. */
gboolean bg_tunnel_request_figures (BgTunnel *self);
/* Questions that the resolver had since it is there; NULL while there is none. Borrowed. */
const BgResolverCounts *bg_tunnel_get_names_counts (BgTunnel *self);
/* The domain of the machines' names; "" while there is none. */
const char *bg_tunnel_get_suffix (BgTunnel *self);
/* The whole name of a peer in the DNS, "" where it has none; free with g_free(). */
char *bg_tunnel_dup_name_of (BgTunnel *self, const char *id);
/* What this machine's resolver is to know, whoever tells it; NULL while there is nothing. Borrowed until the next
 * `names_changed`. */
const BgNamesPlan *bg_tunnel_get_names_plan (BgTunnel *self);
/* Who looks after this machine's resolver and was told of our names; "" for nobody. Another after `names_changed`. */
const char *bg_tunnel_get_dns_manager (BgTunnel *self);
/* Tells it once more, where somebody else changed it. */
void bg_tunnel_repeat_system_dns (BgTunnel *self);

/* Is there enough in `config` to bring a tunnel up? */
gboolean bg_tunnel_is_configured (const BgConfig *config);

G_END_DECLS
