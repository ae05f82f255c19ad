/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tells when this machine is on another network, or back on one. What concerns the tunnel's interface alone is nobody's
 * business. Main thread only. */

#include <glib.h>

typedef struct BgNetworkWatch BgNetworkWatch;

/* `moved`: our own addresses are others than before; else there were none for a while. */
typedef void (*BgNetworkChanged) (gpointer data, gboolean moved);

/* `interface`: the tunnel's. `changed` comes once all has been quiet for half a second, and not while there is no network. */
BgNetworkWatch *bg_network_watch_new (const char *interface, BgNetworkChanged changed, gpointer data);
/* Fine on NULL. */
void bg_network_watch_free (BgNetworkWatch *self);
