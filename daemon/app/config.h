/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The settings: a GKeyFile, bamgate.conf, with drop-ins in bamgate.conf.d/ (bamgate.conf(5)). Secrets are not in it
 * (secret-store.h). Loaded and checked whole: a bad file changes nothing; messages name file, section and key. */

#include "app/secret-owner.h"
#include "common/ip-prefix.h"
#include "common/peer-accept.h"
#include "packet/endpoint.h"

#include <glib-object.h>

G_BEGIN_DECLS

typedef struct
{
  char *name;     /* [peer NAME] */
  guint8 key[32]; /* public-key */
  gboolean has_endpoint;
  char *endpoint_host; /* endpoint=host:port; a name or an address, without brackets */
  guint16 endpoint_port;
  GArray *allowed_ips; /* BgIpPrefix, masked; a length of 0 is allowed here, but gets no route */
  guint16 keepalive;   /* s */
  BgSecretOwner psk_owner; /* preshared-key-owner, of the secret "peer/NAME/psk" */
} BgStaticPeer;

/* [service NAME]: what peers reach at our addresses inside the tunnel; texts are NULL where they are not set. */
typedef struct
{
  char    *name;      /* a label of the DNS */
  guint    port;      /* port: 0 for that of the target */
  char    *tcp, *udp; /* tcp, udp: "127.0.0.1:8080" */
  char    *unix_path; /* unix: a stream socket */
  char   **peers;     /* peers: who may come; empty for all */
  guint    peer_connections; /* peer-connections: of one peer at a time */
  gboolean tls;       /* tls: peers reach it so, and the target does not */
  gboolean proxy_protocol, http_headers; /* proxy-protocol, http-headers: the target is told who comes */
} BgService;

/* An item of [device] routes: "192.168.1.0/24", or "192.168.1.0/24@10.77.1.0/24", which others reach as 10.77.1.0/24. Both
 * masked, of one family and length; the same where nothing is mapped. */
typedef struct
{
  BgIpPrefix network; /* behind this machine */
  BgIpPrefix shown;   /* as the others know it */
} BgServedRoute;

/* An immutable snapshot of all settings; every key of the table in config-keys.c has a field here. */
typedef struct
{
  gatomicrefcount refs;
  gpointer settings; /* BgConfig that this one shares all with but the exit; NULL */
  gboolean has_file; /* its file was there, and said something */
  /* [network] */
  char *network_name; /* name: "default" */
  char *server_url;   /* server-url, normalised; NULL: no mesh */
  char *server_pin;   /* server-pin: base64 SHA-256 of the hub's public key info; NULL */
  char *proxy;        /* proxy: "system", "none" or a URL */
  gboolean host_hub;  /* host-hub: run the embedded hub */
  char *hub_listen;   /* hub-listen: "*:8443" */
  gboolean hub_shared_token, hub_approve_devices; /* hub-shared-token, hub-approve-devices */
  char *moved_from;   /* moved-from: server-url before the network moved away from the hub of this machine, which sends others after it; NULL */
  /* [device] */
  char *device_name; /* name: our peer id; NULL before setup */
  char *interface;   /* interface: "bamgate0" */
  gboolean has_address, has_address6;
  BgIpPrefix address;     /* address: the mesh's, IPv4; host bits kept */
  BgIpPrefix address6;    /* address6: optional, ours */
  guint mtu;              /* mtu: 1420 */
  guint listen_port;      /* listen-port of the plain UDP transport; 0 any */
  guint threads;          /* threads that seal and open; 0 by the number of CPUs */
  GArray *routes;         /* routes: BgServedRoute that we offer */
  gboolean routes_nat;    /* routes-nat */
  char *forward;          /* forward: "auto", "offered", "all" */
  char **dns;             /* dns: addresses of name servers that we offer, never NULL */
  char **dns_search;      /* dns-search: the domains that these know, normalized, never NULL */
  gboolean exit;          /* exit: others may reach everything through us */
  gboolean accept_routes; /* accept-routes */
  char **allow, **deny;   /* allow, deny: what peers may reach, as in common/access-item.h; never NULL */
  char *exit_node;        /* exit-node: name of a peer; NULL: none */
  gboolean exit_lan;      /* exit-lan */
  gboolean exit_strict;   /* exit-strict */
  gboolean autostart;     /* autostart: up when the daemon starts */
  /* [ice] */
  char **stun_servers; /* stun-servers: "stun:host:port", may be empty, never NULL */
  char **turn_servers; /* turn-servers: "turn:host:port?transport=…", may be empty, never NULL */
  char *relay;         /* relay: "hub" or "off" */
  gboolean ice_tcp;    /* tcp */
  gboolean port_mapping; /* port-mapping */
  gboolean force_relay;  /* force-relay */
  char *connect;         /* connect: "auto", "always" or "on-demand" */
  char **connect_always; /* connect-always: names, never NULL */
  guint idle_timeout;    /* idle-timeout in seconds */
  guint paths;           /* paths: bits 1 << BgTransportKind, "ice;data-channel" */
  /* [dns] */
  char *names_suffix;      /* suffix: "bamgate.internal" */
  char *names_manage;      /* manage: "auto" */
  gboolean names_search;   /* search */
  gboolean names_resolver; /* resolver */
  /* [publish] */
  char *publish_subnet;      /* subnet: "10.107.0.0/16" */
  char *publish_subnet6;     /* subnet6: "auto", "none" or a network */
  char *publish_listen;      /* listen: "virtual" */
  char **publish_listen_each; /* listen-each: "NAME[:PORT] MODE", never NULL */
  GArray *publish_from;      /* allow-from: BgIpPrefix, masked */
  char *publish_on_conflict; /* on-conflict: "refuse" or "port" */
  guint publish_first_port, publish_last_port; /* first-port, last-port */
  guint publish_drain;       /* drain in seconds */
  /* [ngrok] */
  gboolean ngrok_enabled;    /* enabled */
  char *ngrok_api_url;       /* api-url */
  char *ngrok_ingress;       /* ingress; NULL: as the account says */
  char *ngrok_ingress_ca;    /* ingress-ca: a path; NULL */
  char *ngrok_selector;      /* selector: "true" */
  char *ngrok_description;   /* description; NULL */
  char **ngrok_names;        /* names: domains, "*" for all, never NULL */
  guint ngrok_poll_interval; /* poll-interval in seconds */
  /* [files] */
  char *files_receive; /* receive: "ask", "never" */
  guint files_quota;   /* quota, MiB */
  /* [log] */
  char *log_level; /* level: "info" */
  /* [metrics] */
  char *metrics_listen; /* listen: an address of loopback and a port; NULL: none */
  /* [secrets]: whose they are */
  BgSecretOwner device_key_owner, token_owner, device_credential_owner, turn_secret_owner;
  /* [peer NAME] */
  GPtrArray *static_peers; /* BgStaticPeer, by first appearance */
  /* [accept NAME] */
  GPtrArray *accepts; /* BgPeerAccept, by first appearance */
  /* [service NAME] */
  GPtrArray *services; /* BgService, by first appearance */
} BgConfig;

/* Reads `path` and its drop-ins. A missing file is fine (defaults); an unreadable or bad one is BG_ERROR_CONFIG. */
BgConfig *bg_config_load (const char *path, GError **error);
/* The same where `before` (or NULL) is in effect: also BG_ERROR_CONFIG where that had a file, which is empty now, or gone. */
BgConfig *bg_config_reload (BgConfig *before, const char *path, GError **error);
BgConfig *bg_config_ref (BgConfig *config);
void bg_config_unref (BgConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgConfig, bg_config_unref)

/* A new snapshot with `changes` (a{sv}: "section.key" → value, e.g. "device.accept-routes", "peer.office.endpoint"; an
 * empty variant "()" or maybe-nothing removes, also a whole peer: "peer.office") applied, checked, and saved to `path`
 * whole and atomically, comments kept. The file is read afresh, so that what a person wrote since `config` was loaded
 * stays and becomes part of the result. Values may also come as text, as in the file. BG_ERROR_INVALID_ARGUMENT for a bad name
 * or value and for a key that a drop-in sets (the message says which), BG_ERROR_CONFIG where the whole would not hold
 * together, or where the file of `config` (NULL: none) is empty now, or gone, BG_ERROR_FAILED where it cannot be saved; nothing has changed then. */
BgConfig *bg_config_change (BgConfig *config, const char *path, GVariant *changes, GError **error);
/* Could bg_config_change() do this now? Goes all the way but the last step: what would be saved is written beside `path`, and
 * removed. The same errors. */
gboolean bg_config_check_change (BgConfig *config, const char *path, GVariant *changes, GError **error);
/* Is the hub of this machine the network's? */
gboolean bg_config_meets_own_hub (const BgConfig *config);
/* The same settings with another exit, which is in no file. */
BgConfig *bg_config_with_exit (BgConfig *settings, const char *exit_node, gboolean lan,
                               gboolean strict);
/* Do the settings let peers offer files? */
gboolean bg_config_receives_files (const BgConfig *config);
/* As the files say: `config`, or what bg_config_with_exit() was given. Borrowed. */
BgConfig *bg_config_get_settings (BgConfig *config);
/* Where peers reach it. */
guint16 bg_service_port (const BgService *service);
/* Is there something to reach by TCP? */
gboolean bg_service_is_stream (const BgService *service);
/* All settings as a{sv} with the same names, for GetConfiguration() (floating); unset ones are empty; never a secret. */
GVariant *bg_config_to_variant (BgConfig *config);

G_END_DECLS
