/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Addresses and routes of the tunnel's interface: those of the settings and of the peers as one plan, held against the
 * kernel's at once, and again after the peers' routes have changed. Main thread only. */

#include "net/net-plan.h"
#include "peer/peer-set.h"

G_BEGIN_DECLS

typedef struct _BgTunnelLink BgTunnelLink;

/* What goes through a peer that has no route of its own. */
typedef struct
{
  gboolean is_used;
  guint families; /* BG_FAMILY_* that it carries; the others are refused */
  guint mtu;      /* of its path; 0: the link's */
  gboolean lan;   /* the networks around go on to be reached */
} BgTunnelLinkExit;

/* Told after every later attempt: bg_tunnel_link_get_complaint() may be another. */
typedef void (*BgTunnelLinkSynced) (gpointer owner);

/* Sets the addresses (`managed`: somebody else does), with regard to `networks` (NULL: not known); `addresses` must outlive it. */
BgTunnelLink *bg_tunnel_link_new (const char *ifname, guint mtu, const BgIpPrefix *addresses, guint n_addresses,
                                  gboolean managed, BgLocalNetworks *networks, const BgTunnelLinkExit *exit, BgTunnelLinkSynced synced, gpointer owner, GError **error);
/* Takes away what was set. */
void bg_tunnel_link_free (BgTunnelLink *self);
/* Somebody else sets addresses, routes and MTU: what we set is taken away at once, but for what is ours all the same
 * (managed-link.h). Or nobody else does any more: all is set again. */
void bg_tunnel_link_set_managed (BgTunnelLink *self, gboolean managed);
/* What the link is to have, whoever sets it. Borrowed until the next attempt. */
const BgNetPlan *bg_tunnel_link_get_plan (BgTunnelLink *self);
/* Follows the routes of `peers` (not referenced) from their next change on; NULL: of none. */
void bg_tunnel_link_follow (BgTunnelLink *self, BgPeerSet *peers);
/* The last attempt failed, whatever it was for. */
gboolean bg_tunnel_link_has_failed (BgTunnelLink *self);
/* Puts back at once what somebody changed: in `n_changes` how much. The interface may be another one of the same name. */
gboolean bg_tunnel_link_restore (BgTunnelLink *self, guint *n_changes, GError **error);
/* At once: the exit of before holds until that of now does. */
void bg_tunnel_link_set_exit (BgTunnelLink *self, const BgTunnelLinkExit *exit);
/* From now on. */
void bg_tunnel_link_set_mtu (BgTunnelLink *self, guint mtu);
/* Fits the addresses to this machine's other networks (NULL: not known) and to the hosts that are reached beside the tunnel
 * (BgOutsideHost; NULL for none), soon and with every later change: where another network has the same addresses, that one
 * goes first. */
void bg_tunnel_link_set_surroundings (BgTunnelLink *self, BgLocalNetworks *networks, const GArray *outside);
/* What of ours gives way to another network, for people; NULL. */
BgWords *bg_tunnel_link_get_overlap (BgTunnelLink *self);
/* Why not every route could be set, for people; NULL. */
BgWords *bg_tunnel_link_get_complaint (BgTunnelLink *self);

G_END_DECLS
