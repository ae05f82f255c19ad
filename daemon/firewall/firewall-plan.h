/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a machine that offers its networks, or itself as an exit, wants of the packet filter; and that as text for nft(8). Pure. */

#include "common/ip-prefix.h"

#include <glib.h>

G_BEGIN_DECLS

/* A network that peers reach through this machine. */
typedef struct
{
  BgIpPrefix inner; /* as it is here; masked */
  BgIpPrefix shown; /* as peers know it: the same, or another prefix of that length */
} BgFirewallRoute;

/* Borrowed, all of it. */
typedef struct
{
  const char *interface; /* of the tunnel */
  const BgFirewallRoute *routes;
  guint n_routes;
  gboolean nat;               /* peers come to the networks with this machine's address there */
  guint exit;                 /* BG_FAMILY_4 | BG_FAMILY_6, in which peers go anywhere through this machine */
  const char *const *tunnels; /* other tunnels of this program, which are nobody's exit; NULL: none */
  const char *const *uplinks; /* where an exit's packets leave; NULL: none */
  /* Between these nothing was forwarded before we set that up, and is not now, but for what is said above. NULL: none. */
  const char *const *quiet4, *const *quiet6;
} BgFirewallPlan;

/* Its family as BG_FAMILY_4 or BG_FAMILY_6. */
guint bg_families_of (const BgIpPrefix *prefix);
/* Is there nothing to forward? Such a plan needs no table. */
gboolean bg_firewall_plan_is_empty (const BgFirewallPlan *plan);
/* The name of the table of a tunnel, in family inet. Free with g_free(). */
char *bg_firewall_plan_table (const char *interface);
/* Is it such a name? Other tables of this program have other names. */
gboolean bg_firewall_plan_is_table (const char *name);
/* The table whole, put in the place of the one that is there. Free with g_free(). */
char *bg_firewall_plan_text (const BgFirewallPlan *plan);
/* Matches of a rule whose packets have to pass a forward chain of others in `family`, such as
 * "iifname \"bamgate0\" ip daddr 10.0.0.0/8". Only with what iptables-nft(8) can read in its own tables, and no "ip daddr" where
 * every address will do. Free with g_strfreev(). */
char **bg_firewall_plan_passes (const BgFirewallPlan *plan, guint family);

G_END_DECLS
