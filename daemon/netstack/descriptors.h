/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Packets with descriptors beside them (SCM_RIGHTS, unix(7)). */

#include <glib.h>

G_BEGIN_DECLS

/* Sends `len` bytes and `n` descriptors, which stay the caller's; FALSE with errno. */
gboolean bg_descriptors_send (int socket, gconstpointer bytes, gsize len, const int *fds, guint n);
/* Takes a packet of exactly `len` bytes and its descriptors, up to `max` of them, close-on-exec; `*n` of them are the caller's. FALSE
 * with errno: EPIPE at the end, EPROTO for another length or more descriptors, of which none is left open. */
gboolean bg_descriptors_receive (int socket, gpointer bytes, gsize len, int *fds, guint max, guint *n);

G_END_DECLS
