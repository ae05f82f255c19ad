/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tells when this machine is on another network, or back on one: its addresses are others, or some will be soon, or its way to everywhere is. What
 * concerns the tunnel's interface alone, or a network that leads nowhere else, is nobody's business. And, later, that another way to
 * everywhere is there to stay: what goes on by the old one could go by it. Main thread only. */

#include "net/local-networks.h"

G_BEGIN_DECLS

typedef struct BgNetworkWatch BgNetworkWatch;

typedef struct
{
  /* Once all has been quiet for a moment, and not while there is no network. `moved`: addresses or way are others than before; else
   * there were none for a while. */
  void (*changed) (gpointer data, gboolean moved);
  /* The way is another one than when this was said last, or than in the beginning, and has been the same for five seconds. At most once
   * a minute: a plug may have a loose contact. */
  void (*steady) (gpointer data);
} BgNetworkEvents;

/* `networks`: as they are. */
BgNetworkWatch *bg_network_watch_new (BgLocalNetworks *networks, const BgNetworkEvents *events,
                                      gpointer data);
/* They are these now. */
void bg_network_watch_update (BgNetworkWatch *self, BgLocalNetworks *networks);
/* Fine on NULL. */
void bg_network_watch_free (BgNetworkWatch *self);

G_END_DECLS
