/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where the connections of bound endpoints go: HOST, HOST:PORT or [IPv6]:PORT. Pure. */

#include <glib.h>

G_BEGIN_DECLS

/* Where nobody says anything else. */
#define BG_INGRESS_DEFAULT_HOST "kubernetes-binding-ingress.ngrok.io"
#define BG_INGRESS_PORT 443 /* where none is written */

/* `*host` becomes the name or the address, without brackets and in lower case (free with g_free()). FALSE with words for people where
 * it is none, and nothing is set. */
gboolean bg_ingress_address_parse (const char *text, char **host, guint16 *port, GError **error);

G_END_DECLS
