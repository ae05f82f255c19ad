/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Tells when something of one link may have gone away: the link itself, its name, that it is up, its MTU, an address, a
 * route. Main thread only, in the network namespace it was made in. */

typedef struct _BgLinkWatch BgLinkWatch;

/* Come and see: what the kernel reports may be our own doing, and several things are reported as one. */
typedef void (*BgLinkChanged) (gpointer data);

BgLinkWatch *bg_link_watch_new (int ifindex, BgLinkChanged changed, gpointer data, GError **error);
/* Fine on NULL. */
void bg_link_watch_free (BgLinkWatch *self);

G_END_DECLS
