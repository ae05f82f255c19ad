/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tells when this machine is on another network, or back on one: its addresses are others, or some will be soon, or its way to everywhere is. What
 * concerns the tunnel's interface alone, or a network that leads nowhere else, is nobody's business. Main thread only. */

#include "net/local-networks.h"

G_BEGIN_DECLS

typedef struct BgNetworkWatch BgNetworkWatch;

/* `moved`: addresses or way are others than before; else there were none for a while. */
typedef void (*BgNetworkChanged) (gpointer data, gboolean moved);

/* `networks`: as they are. `changed` comes once all has been quiet for half a second, and not while there is no network. */
BgNetworkWatch *bg_network_watch_new (BgLocalNetworks *networks, BgNetworkChanged changed,
                                      gpointer data);
/* They are these now. */
void bg_network_watch_update (BgNetworkWatch *self, BgLocalNetworks *networks);
/* Fine on NULL. */
void bg_network_watch_free (BgNetworkWatch *self);

G_END_DECLS
