/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Tells when somebody, we ourselves among them, changed tables, chains or rules of the packet filter. What only changes the contents
 * of sets is no news: some do that every second. Main thread only, in the network namespace it was made in. */

typedef struct _BgNftWatch BgNftWatch;

typedef void (*BgNftChanged) (gpointer data);

BgNftWatch *bg_nft_watch_new (BgNftChanged changed, gpointer data, GError **error);
/* Fine on NULL. */
void bg_nft_watch_free (BgNftWatch *self);

G_END_DECLS
