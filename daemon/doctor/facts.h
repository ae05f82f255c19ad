/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a diagnosis knows when it begins: a snapshot that outlives the tunnel. Whoever knows more than this room fills it in
 * (app/application-doctor.c), once, before it is handed out. Counted; main thread only. */

#include "common/words.h"
#include "names/system-choice.h"
#include "net/local-networks.h"
#include "relay/relay-server.h"

G_BEGIN_DECLS

typedef enum
{
  BG_FACT_OFF,
  BG_FACT_STARTING, /* also between two attempts */
  BG_FACT_UP,
  BG_FACT_STOPPING,
  BG_FACT_FAILED,
} BgFactState;

typedef enum
{
  BG_FACT_LINE_NONE,    /* there is no hub to speak with */
  BG_FACT_LINE_OFFLINE, /* nobody tries */
  BG_FACT_LINE_TRYING,
  BG_FACT_LINE_ONLINE,
} BgFactLine;

typedef enum
{
  BG_FACT_TUN_UNKNOWN, /* the tunnel is up, so it matters no more */
  BG_FACT_TUN_FINE,
  BG_FACT_TUN_NO_DEVICE,
  BG_FACT_TUN_NO_RIGHT,
  BG_FACT_TUN_TAKEN, /* somebody else has an interface of that name */
} BgFactTun;

typedef enum
{
  BG_FACT_EXIT_NONE,
  BG_FACT_EXIT_CONNECTING,
  BG_FACT_EXIT_ACTIVE,
  BG_FACT_EXIT_LOST,
} BgFactExit;

/* What the tunnel says of itself while it is up; what each means is a row of check-concerns.c. */
typedef enum
{
  BG_FACT_SAYS_INTERFACE,
  BG_FACT_SAYS_SETTINGS,
  BG_FACT_SAYS_ROUTES,
  BG_FACT_SAYS_HUB, /* of this machine */
  BG_FACT_SAYS_RELAY,
  BG_FACT_SAYS_READABLE,
  BG_FACT_SAYS_GATEWAY,
  BG_FACT_SAYS_STRICT,
  BG_FACT_SAYS_BLOCKED,
  BG_FACT_SAYS_EXIT_NAMES,
  BG_FACT_SAYS_RESOLVER,
  BG_FACT_SAYS_SYSTEM_DNS,
  BG_FACT_SAYS_NAMES,
  BG_FACT_SAYS_SUFFIX,
  BG_FACT_SAYS,
} BgFactSays;

typedef enum
{
  BG_FACT_PEER_RESTS, /* nobody wants a connection, or it is not online */
  BG_FACT_PEER_CONNECTING,
  BG_FACT_PEER_CONNECTED,
  BG_FACT_PEER_REFUSED,
} BgFactPeerState;

typedef struct
{
  char *id;
  BgFactPeerState state;
  BgWords *reason; /* NULL */
  gboolean relayed;
  guint mtu; /* of its path; 0: not known */
} BgFactPeer;

/* A link with a default route. */
typedef struct
{
  char *name;
  guint mtu;     /* 0: not known */
  int rp_filter; /* 0: off, 1: strict, 2: loose (ip-sysctl, rp_filter) */
} BgFactUplink;

typedef struct
{
  /* The tunnel */
  gboolean has_network; /* settings that a tunnel can be made of */
  BgFactState state;
  GPtrArray *reasons; /* BgWords: why it is not up, or what is wrong; NULL */
  char *interface;    /* that it has, or is to have */
  BgFactTun tun;
  char **pending;              /* settings that are not in effect; NULL */
  BgWords *says[BG_FACT_SAYS]; /* NULL: nothing */

  /* Its secrets and files */
  gboolean has_key, asks_people; /* somebody has to be asked for a secret before it can come up */
  BgWords *secrets_error;        /* why they cannot be read; NULL */
  char *state_dir;
  int state_errno;    /* why nothing can be written there; 0: it can */
  guint64 state_free; /* bytes */

  /* The hub */
  char *hub_url;       /* without pin; NULL: none */
  char *hub_pin;       /* NULL: none */
  gboolean is_own_hub; /* this machine runs it */
  BgFactLine line;
  BgWords *line_reason; /* why it is not online; NULL */

  /* Who is in the network (BgApplicationInfo) */
  const char *membership; /* static; NULL: none */
  gboolean is_owner;
  guint pending_devices;

  /* Ways to peers */
  char **stun_servers, **turn_servers; /* of the settings; NULL: none */
  BgRelayServer *relay;                /* of a hub that is online; NULL: none is wanted */
  gboolean maps_ports;                 /* the settings want that */

  /* This machine's networks */
  BgLocalNetworks *networks; /* NULL: not known */
  BgIpPrefix addresses[2];   /* of the tunnel, with the length of its network */
  guint n_addresses;
  GArray *uplinks;      /* BgFactUplink */
  gboolean is_gateway;  /* it offers networks, or itself as an exit */
  GPtrArray *obstacles; /* BgWords: what in its firewall is in the way of that */
  GArray *offered;      /* BgIpPrefix: the networks, as they are here */

  /* The exit */
  char *exit_id; /* NULL: none */
  BgFactExit exit;
  BgWords *exit_reason; /* NULL */
  gboolean is_strict;   /* the settings want that nothing leaves but through it */
  gboolean is_shut;     /* and so it is in the kernel */

  /* Names */
  char *own_name;          /* of this machine, whole; "" for none */
  const char *dns_manager; /* who was told of them; "" for nobody; static */
  gboolean wants_dns;      /* the settings want somebody told */
  BgDnsFacts dns;
  char *resolv_program; /* whose /etc/resolv.conf is; NULL: nobody's that is known */

  GArray *peers; /* BgFactPeer */
} BgFacts;

/* All is unset. */
BgFacts *bg_facts_new (void);
/* Append one; texts are copied, words taken. */
void bg_facts_add_peer (BgFacts *self, const char *id, BgFactPeerState state, BgWords *reason,
                        gboolean relayed, guint mtu);
void bg_facts_add_uplink (BgFacts *self, const char *name, guint mtu, int rp_filter);
BgFacts *bg_facts_ref (BgFacts *self);
void bg_facts_unref (BgFacts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgFacts, bg_facts_unref)

G_END_DECLS
