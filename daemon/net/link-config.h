/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net-plan.h"

#include <glib-object.h>

G_BEGIN_DECLS

/* The kernel's side of one link, through rtnetlink (libmnl). Routes of ours carry the route protocol BG_RTPROT, so that only
 * they are removed. Addresses carry it too where the kernel keeps that (Linux 5.18), which tells a tunnel of ours from others'
 * (own-tunnels.h), but only those that this object added are removed. Main thread only; requests are synchronous (netlink
 * answers at once); the network namespace is the current one. */

/* Free in linux/rtnetlink.h and in /etc/iproute2/rt_protos (186 to 189 and 192 are routing daemons'). */
#define BG_RTPROT 182

typedef struct _BgLinkConfig BgLinkConfig;

BgLinkConfig *bg_link_config_new (const char *ifname, GError **error);
/* FALSE where the interface of that name is another one by now, or none. */
gboolean bg_link_config_is_current (const BgLinkConfig *self);
/* Makes the link what the (sealed) plan says: no invented IPv6 addresses, MTU, link up, addresses, routes; adds and changes
 * first, then removes what is ours and not wanted. On failure what this call added is taken back. A wanted route whose
 * destination and metric somebody else has already is left to them, with a warning, and tried again with the next
 * sync: see bg_link_config_n_conflicts(). */
gboolean bg_link_config_sync (BgLinkConfig *self, BgNetPlan *plan, GError **error);
/* Routes that the last sync left to somebody else. */
guint bg_link_config_n_conflicts (const BgLinkConfig *self);
/* Change requests sent so far; a sync that finds nothing to do sends none. */
guint bg_link_config_n_changes (const BgLinkConfig *self);
/* Removes all of ours. */
void bg_link_config_clear (BgLinkConfig *self);
void bg_link_config_free (BgLinkConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgLinkConfig, bg_link_config_free)

/* Removes what a killed daemon left: rules and routes with our protocol that lead to no link, or to one that is not a TUN with a
 * running program behind it. Returns how many. `keep_exit`: what sends everything into a tunnel that is gone stays, because another one is
 * to come in its place. */
guint bg_link_config_remove_leftovers (gboolean keep_exit, GError **error);

G_END_DECLS
