/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Between the files of the tunnel: tunnel.c has the list of steps, the others the steps of one noun each. Every step is
 * as BgStep says, with the tunnel as its owner. */

#include "app/access-control.h"
#include "app/bring-up.h"
#include "app/data-events.h"
#include "app/exit-state.h"
#include "app/health.h"
#include "app/hub-relay.h"
#include "app/local-hub.h"
#include "app/network-watch.h"
#include "app/outside-hosts.h"
#include "app/retry.h"
#include "app/service-certificate.h"
#include "app/sleep-watch.h"
#include "app/static-peers.h"
#include "app/tunnel-link.h"
#include "app/tunnel.h"
#include "mapping/port-mapper.h"
#include "names/system-dns.h"
#include "net/link-watch.h"
#include "net/networks-watch.h"
#include "net/tun-device.h"
#include "netstack/namespace.h"
#include "uapi/uapi-server.h"

typedef struct _BgTunnelNames BgTunnelNames;

typedef struct _BgTunnelServices BgTunnelServices;

typedef struct _BgTunnelCertificate BgTunnelCertificate; /* of tunnel-certificate.c */

typedef struct _BgTunnelGateway BgTunnelGateway; /* of tunnel-gateway.c */

struct _BgTunnel
{
  char *secrets_dir, *state_dir, *runtime_dir, *hub_socket, *dns_socket;
  gboolean tells_resolver;
  gboolean in_namespace;
  BgSecretKeeper *keeper; /* the owner's */
  BgHubAccess *hub_access; /* the owner's; open while there is a line */
  BgNetworkLog *network_log; /* the same */
  BgFiles *files; /* the same */
  BgForwardingEngine *engine; /* the same */
  gboolean has_files; /* they go by this tunnel */
  gboolean leaves_hub;    /* at the end, to the next daemon */
  guint path_limit;
  BgHealth *health; /* the owner's */
  const BgTunnelEvents *events;
  gpointer owner;
  BgBringUp *run;
  BgConfig *config;  /* as it is in the file */
  BgConfig *started; /* as it was when it came up */
  const char **pending; /* names of what differs between them and is not in effect; literals, sorted */

  /* made by the steps, in this order */
  BgSecretStore *secrets;
  WgKey private_key, public_key;
  int lock_fd;
  BgNamespace *space; /* that the interface is in; NULL: this process's own */
  int generation; /* of namespaces */
  BgTunDevice tun;
  guint mtu;
  guint64 tun_number; /* of those that the data plane was given since it runs */
  gboolean tun_gone;  /* it reads from it no more */
  char *ifname;
  BgDataplane *dataplane;
  BgDataEvents *data_events;
  BgAccessControl *access;
  BgNetworkWatch *network;
  BgSleepWatch *sleep;
  GSource *doubt; /* of all peers, a while after a sleep */
  BgUapiServer *uapi;
  BgNetworksWatch *networks; /* NULL: this machine's networks are not known */
  BgOutsideHosts *outside;
  BgTunnelLink *link;
  gboolean link_managed; /* by somebody else */
  BgLinkWatch *watch;
  GSource *settle; /* what was changed is put back then */
  BgRetry *mending; /* the same, after failures and again and again; NULL: not yet, or not any more */
  gint64 mended_us; /* last put back, monotonic; 0: never */
  BgTunnelGateway *gateway; /* NULL: not yet, or it could not be made */
  BgLocalHub *hub;
  enum
  {
    BG_HUB_STEP_NONE,
    BG_HUB_STEP_UP,
    BG_HUB_STEP_DOWN,
  } hub_step; /* that waits for it to settle */
  BgSignalingClient *signaling;
  gboolean signaling_started;
  BgHubRelay *relay; /* there while `signaling` is */
  BgPortMapper *mapper;
  BgPeerSet *peers;
  BgStaticPeers *static_peers;
  BgPeerOffer *offer; /* all that somebody was told; NULL: nothing yet */
  char *offered_services; /* and who may use what is published */
  BgTunnelNames *names;
  BgTunnelServices *services;
  BgTunnelCertificate *certificate; /* NULL: nothing is published with TLS */
  BgSystemDns *system_dns; /* NULL: nothing was wanted yet */
  BgPeer *exit_peer; /* whose changes are followed; NULL for none */
  char *exit_id; /* that it was looked for by; NULL for none */
  BgExitState exit_state;
  BgWords *exit_reason; /* NULL for none */

  BgIpPrefix addresses[2];
  guint n_addresses;
};

/* tunnel-settings.c: what has to be so before anything is made */
void bg_tunnel_up_settings (gpointer owner, BgBringUp *run);
void bg_tunnel_up_lock (gpointer owner, BgBringUp *run);
void bg_tunnel_down_lock (gpointer owner, BgBringUp *run);
void bg_tunnel_up_leftovers (gpointer owner, BgBringUp *run);

/* tunnel-secrets.c: asks people for what they keep */
void bg_tunnel_up_secrets (gpointer owner, BgBringUp *run);
void bg_tunnel_down_secrets (gpointer owner, BgBringUp *run);

/* tunnel-device.c: the interface and what moves its packets */
void bg_tunnel_up_interface (gpointer owner, BgBringUp *run);
void bg_tunnel_down_interface (gpointer owner, BgBringUp *run);
void bg_tunnel_up_dataplane (gpointer owner, BgBringUp *run);
void bg_tunnel_down_dataplane (gpointer owner, BgBringUp *run);
void bg_tunnel_up_uapi (gpointer owner, BgBringUp *run);
void bg_tunnel_down_uapi (gpointer owner, BgBringUp *run);
void bg_tunnel_up_addresses (gpointer owner, BgBringUp *run);
void bg_tunnel_down_addresses (gpointer owner, BgBringUp *run);

/* tunnel-exit.c: the peer that everything goes through */
/* What the link is to be made with; follows the settings and the peer. */
BgTunnelLinkExit bg_tunnel_exit_for_link (BgTunnel *self);
/* Settings or peers are others: link, peers and state follow. */
void bg_tunnel_follow_exit (BgTunnel *self);
/* The peers go. */
void bg_tunnel_leave_exit (BgTunnel *self);

/* tunnel-guard.c: what is taken away from the interface is put back */
void bg_tunnel_up_guard (gpointer owner, BgBringUp *run);
void bg_tunnel_down_guard (gpointer owner, BgBringUp *run);
/* BG_EVENT_TUN_GONE. */
void bg_tunnel_take_tun_gone (BgTunnel *self, const BgEvent *event);
/* bamgate-namespace has ended. */
void bg_tunnel_take_namespace_lost (BgTunnel *self);
/* Something could not be set: it is tried again. */
void bg_tunnel_mend_later (BgTunnel *self);

/* tunnel-gateway.c: what is behind this machine */
void bg_tunnel_up_gateway (gpointer owner, BgBringUp *run);
void bg_tunnel_down_gateway (gpointer owner, BgBringUp *run);
/* What is offered, or this machine's networks, may be others than before. */
void bg_tunnel_serve_networks (BgTunnel *self);
/* What a killed daemon left of it. */
void bg_tunnel_remove_gateway_leftovers (BgTunnel *self);

/* tunnel-namespace.c: where the interface is */
/* Opens the device, `ifindex` as of bg_tun_device_open(), in a new namespace where one is wanted: what was in the one before has to be made
 * again. */
gboolean bg_tunnel_open_device (BgTunnel *self, BgTunDevice *tun, const char *name, int ifindex, GError **error);
void bg_tunnel_end_namespace (BgTunnel *self);
/* From when there is a tunnel until it is freed, sockets on its side are made there or nowhere. */
void bg_tunnel_begin_inner (BgTunnel *self);
void bg_tunnel_end_inner (BgTunnel *self);
/* Says where the settings want what only root may do. */
void bg_tunnel_say_no_gateway (BgTunnel *self);

/* tunnel-networks.c: what is around */
/* What the tunnel's addresses and routes must not cover; NULL: not known, or nothing can be covered. Borrowed. */
BgLocalNetworks *bg_tunnel_get_surroundings (BgTunnel *self);
void bg_tunnel_up_networks (gpointer owner, BgBringUp *run);
void bg_tunnel_down_networks (gpointer owner, BgBringUp *run);
/* The settings may name other servers. */
void bg_tunnel_find_servers (BgTunnel *self);
/* Tells link and peers, as far as they are there. */
void bg_tunnel_tell_surroundings (BgTunnel *self);

/* tunnel-hub.c: the hub of this machine */
void bg_tunnel_up_hub (gpointer owner, BgBringUp *run);
void bg_tunnel_down_hub (gpointer owner, BgBringUp *run);

/* tunnel-signaling.c: the line to the hub, made and then started */
void bg_tunnel_up_line (gpointer owner, BgBringUp *run);
void bg_tunnel_down_line (gpointer owner, BgBringUp *run);
void bg_tunnel_up_signaling (gpointer owner, BgBringUp *run);
void bg_tunnel_down_signaling (gpointer owner, BgBringUp *run);
/* Points the line at the hub that the settings name, or the one of this machine; it rests while that does not run. */
void bg_tunnel_aim (BgTunnel *self);
/* What the others are told of this machine differs: the hub passes it on from the next join. */
void bg_tunnel_say_self (BgTunnel *self);

/* tunnel-offer.c: what this machine offers the others */
/* Brings `offer` up to date; TRUE where it is another one now. */
gboolean bg_tunnel_renew_offer (BgTunnel *self);
/* The same, and tells the others, hub and peers. */
void bg_tunnel_tell_offer (BgTunnel *self);
/* BgPeerOfferFor: what of it this peer is told. */
BgPeerOffer *bg_tunnel_offer_for (gpointer owner, const BgPeerOffer *offer, const char *peer);

/* tunnel-mapping.c: ports at this machine's router */
void bg_tunnel_up_mapping (gpointer owner, BgBringUp *run);
void bg_tunnel_down_mapping (gpointer owner, BgBringUp *run);
/* The networks, or what is to be done about ports, may be others than before. */
void bg_tunnel_map_ports (BgTunnel *self);

/* tunnel-sleep.c: from when the peers are there */
void bg_tunnel_watch_sleep (BgTunnel *self);
void bg_tunnel_unwatch_sleep (BgTunnel *self);
/* The data plane has no session's key any more. */
void bg_tunnel_take_asleep (BgTunnel *self);

/* tunnel-peers.c */
void bg_tunnel_up_peers (gpointer owner, BgBringUp *run);
void bg_tunnel_down_peers (gpointer owner, BgBringUp *run);
/* Sessions are made as [ice] says from here on. */
gboolean bg_tunnel_set_ice (BgTunnel *self, GError **error);

/* tunnel-members.c: the log of who is in the network; while there are peers */
void bg_tunnel_follow_members (BgTunnel *self);
void bg_tunnel_unfollow_members (BgTunnel *self);

/* tunnel-names.c: the resolver of the tunnel */
void bg_tunnel_up_names (gpointer owner, BgBringUp *run);
void bg_tunnel_down_names (gpointer owner, BgBringUp *run);
/* Peers, addresses, settings or the interface are others: what follows for names, and for published services, is done soon. */
void bg_tunnel_look_at_names (BgTunnel *self);
void bg_tunnel_look_at_names_now (BgTunnel *self);

/* tunnel-files.c: files of peers, and for them */
void bg_tunnel_up_files (gpointer owner, BgBringUp *run);
void bg_tunnel_down_files (gpointer owner, BgBringUp *run);
/* Settings or the interface are others. */
void bg_tunnel_follow_files (BgTunnel *self);

/* tunnel-services.c: what this machine publishes */
void bg_tunnel_up_services (gpointer owner, BgBringUp *run);
void bg_tunnel_down_services (gpointer owner, BgBringUp *run);
void bg_tunnel_look_at_services (BgTunnel *self);

/* tunnel-certificate.c: what those show of themselves */
/* Brings it in line with settings, log and names; NULL: nothing wants one. Borrowed. */
BgServiceCertificate *bg_tunnel_look_at_certificate (BgTunnel *self);
void bg_tunnel_end_certificate (BgTunnel *self);
/* A member of the network asks for a certificate, or answers. */
void bg_tunnel_take_certificate_part (BgTunnel *self, BgPeer *peer, const BgLogPart *part);

/* tunnel-system-dns.c: what this machine's own resolver is told, whenever it may be another */
void bg_tunnel_tell_system_dns (BgTunnel *self, BgNamesPlan *plan);
/* Takes it back. */
void bg_tunnel_drop_system_dns (BgTunnel *self);
