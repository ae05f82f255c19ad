/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where the servers of "stun:", "turn:" and "turns:" URLs are, in one address family. */

#include "doctor/stun-talk.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Asks this machine's resolver for all of them at once, for two seconds at most. `family`: AF_INET or AF_INET6. */
void bg_stun_names_find_async (const char *const *urls, int family, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer data);
/* BgStunPlace, the first address of each that has one, in their order; NULL where it was cancelled. (transfer full) */
GArray *bg_stun_names_find_finish (GAsyncResult *result, GError **error);

/* Host and port of such a URL, without its parameters; the host is to be freed. FALSE for another one. */
gboolean bg_stun_names_split (const char *url, char **host, guint16 *port);

G_END_DECLS
