/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net-plan.h"

#include <glib-object.h>

G_BEGIN_DECLS

/* The kernel's side of one link, through rtnetlink (libmnl). Routes of ours carry the route protocol BG_RTPROT, so that only
 * they are removed. Main thread only; requests are synchronous (netlink answers at once). */

#define BG_RTPROT 0xba

typedef struct _BgLinkConfig BgLinkConfig;

BgLinkConfig *bg_link_config_new (const char *ifname, GError **error);
/* Makes the link what the (sealed) plan says: link up, MTU, addresses, routes; adds and changes first, then removes what
 * carries our tag and is not wanted. On failure what this call added is taken back. */
gboolean bg_link_config_sync (BgLinkConfig *self, BgNetPlan *plan, GError **error);
/* Removes all of ours. */
void bg_link_config_clear (BgLinkConfig *self);
void bg_link_config_free (BgLinkConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgLinkConfig, bg_link_config_free)

/* Removes what a killed daemon left: routes with our protocol whose link is gone or is not running under a daemon. Returns
 * how many. */
guint bg_link_config_remove_leftovers (GError **error);

G_END_DECLS
