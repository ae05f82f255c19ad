/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Names of the DNS as settings, hubs and peers write them: labels of letters, digits, "-" and "_", 1 to 63 bytes each and no
 * dash at either end, 253 bytes in all, a dot at the end or none. What is allowed here needs no quoting anywhere. */

#include <glib.h>

G_BEGIN_DECLS

/* Longest name, without the dot at the end (RFC 1035, 2.3.4: 255 bytes with lengths and root). */
#define BG_DNS_NAME_MAX 253

/* `text` in lower case without the dot at the end; NULL for what is no such name, the root included. Free with g_free(). */
char *bg_dns_name_normalize (const char *text);
/* Is `name` the domain itself or inside it? Both normalized. */
gboolean bg_dns_name_is_within (const char *name, const char *domain);

G_END_DECLS
