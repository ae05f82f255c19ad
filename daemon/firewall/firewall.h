/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One tunnel's share of the packet filter: its own table (firewall-plan.h), and rules in the chains of others that would drop what is
 * to pass (foreign-chain.h). Follows the kernel's events and puts back what others take away: at once the first time, against
 * somebody who does it again and again with growing pauses. Main thread only, in the network namespace it was made in. */

#include "common/words.h"
#include "firewall/firewall-plan.h"

G_BEGIN_DECLS

typedef struct _BgFirewall BgFirewall;

/* bg_firewall_get_complaint() or bg_firewall_list_obstacles() may say something else. */
typedef void (*BgFirewallChanged) (gpointer data);

/* `interface` is the tunnel's. Nothing is in the kernel before a plan is set. */
BgFirewall *bg_firewall_new (const char *interface, BgFirewallChanged changed, gpointer data);
/* Takes it all out again. Fine on NULL. */
void bg_firewall_free (BgFirewall *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgFirewall, bg_firewall_free)

/* Brings the kernel in line with the plan; an empty one takes everything out. What fails is tried again. */
void bg_firewall_set_plan (BgFirewall *self, const BgFirewallPlan *plan);
/* Why the plan is not in effect; NULL: it is. Borrowed until the next change. */
BgWords *bg_firewall_get_complaint (BgFirewall *self);
/* What in this machine's firewall drops packets that the plan would let pass, and that we cannot overrule: BgWords that name the
 * chain and say what to do; empty where nothing does, or nothing is to pass. Borrowed until the next change. */
GPtrArray *bg_firewall_list_obstacles (BgFirewall *self);

/* Takes out what killed daemons left: tables and rules for tunnels that no running program holds. How many transactions. */
guint bg_firewall_remove_leftovers (GError **error);

G_END_DECLS
