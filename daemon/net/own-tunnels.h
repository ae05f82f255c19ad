/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/network-tables.h"

G_BEGIN_DECLS

/* The tunnels of this program among a machine's links, whichever daemon's they are: a second network has one of its own, and
 * neither may run inside the other. Immutable; any thread. */

typedef struct _BgOwnTunnels BgOwnTunnels;

/* `own_interface` (NULL: none) is one in any case; the others are known by their addresses or routes, which carry our tag. */
BgOwnTunnels *bg_own_tunnels_new (const BgNetworkTables *tables, const char *own_interface);
void bg_own_tunnels_free (BgOwnTunnels *self);
gboolean bg_own_tunnels_has (const BgOwnTunnels *self, int ifindex);
/* Is it an address of one of them, or in the network that comes with one? */
gboolean bg_own_tunnels_contain (const BgOwnTunnels *self, const BgIpPrefix *host);
/* The narrowest of the routes that lead packets to `host` into one of them. NULL for none; borrowed. */
const BgKernelRoute *bg_own_tunnels_find (const BgOwnTunnels *self, const BgIpPrefix *host);

G_END_DECLS
