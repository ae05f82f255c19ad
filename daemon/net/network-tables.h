/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/link-state.h"
#include "net/local-networks.h"

#include <net/if.h>

/* All that the kernel has of links, addresses, routes and rules, as it says it: what BgLocalNetworks is made of. Addresses for this machine alone
 * (own-hosts.h) are left out: no network is there, and no peer is reached through them. */

typedef struct
{
  int ifindex;
  guint flags; /* IFF_* */
  char name[IFNAMSIZ];
  char kind[IFNAMSIZ]; /* IFLA_INFO_KIND: "tun", "bridge", …; "" for hardware */
} BgKernelLink;

typedef struct
{
  int ifindex;
  BgIpPrefix address; /* with the length of its network */
  BgIpPrefix network; /* masked; at a point-to-point link that of the other end */
  guint flags;        /* IFA_F_* */
  guint8 protocol;    /* IFA_PROTO, Linux 5.18; 0 where nobody said */
} BgKernelAddress;

typedef struct
{
  int family;
  guint32 priority, table, mark, mask;
  guint8 action;      /* FR_ACT_* */
  gboolean inverted;  /* holds where its conditions do not */
  gboolean narrow;    /* it has conditions beside source, destination and mark */
  BgIpPrefix from, to; /* family 0: any */
  int suppress_len;   /* routes of up to so many bits do not count; -1 for none */
  guint8 protocol;    /* who made it */
  char oif[IFNAMSIZ]; /* of sockets that are bound to this link; "" for all */
} BgKernelRule;

struct _BgNetworkTables
{
  GArray *links;     /* BgKernelLink */
  GArray *addresses; /* BgKernelAddress */
  GArray *routes;    /* BgKernelRoute, of all tables */
  GArray *rules;     /* BgKernelRule, by family and priority */
};

BgNetworkTables *bg_network_tables_new (void);
/* Asks the kernel; NULL and an error where it does not answer. */
BgNetworkTables *bg_network_tables_load (BgNetlink *netlink, GError **error);
/* Appends the rules of one family (BgKernelRule); FALSE where the kernel has none of it. */
gboolean bg_network_tables_load_rules (BgNetlink *netlink, guint8 family, GArray *rules);
void bg_network_tables_free (BgNetworkTables *tables);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgNetworkTables, bg_network_tables_free)
