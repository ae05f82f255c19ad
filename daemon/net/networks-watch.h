/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/local-networks.h"

G_BEGIN_DECLS

/* This machine's networks as they are now, and a word whenever they are others. What we do ourselves, on our own interface or
 * with our tag, makes another snapshot but no other networks, but for the host routes of outside-routes.h, which others take
 * along. Main thread only, in the network namespace it was made in. */

typedef struct _BgNetworksWatch BgNetworksWatch;

/* bg_networks_watch_get() is another one. `changed`: it is not equal to the one before (bg_local_networks_equal()). */
typedef void (*BgNetworksChanged) (gpointer data, gboolean changed);

BgNetworksWatch *bg_networks_watch_new (const char *own_interface, BgNetworksChanged changed,
                                        gpointer data, GError **error);
void bg_networks_watch_free (BgNetworksWatch *self);
/* Borrowed until the next change. */
BgLocalNetworks *bg_networks_watch_get (BgNetworksWatch *self);

G_END_DECLS
