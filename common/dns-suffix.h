/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The domain of our names, of which the network may choose another than the settings have. */

#include <glib.h>

G_BEGIN_DECLS

/* Where nobody chooses. */
#define BG_SUFFIX_DEFAULT "bamgate.internal"
/* Longest suffix: a label and a dot go before it. */
#define BG_SUFFIX_MAX 189

/* May a person have this one? A name of the DNS that is not too long, and not for addresses (below "arpa", but for "home.arpa"):
 * normalized; NULL where not. Free with g_free(). */
char *bg_suffix_normalize (const char *text);
/* May a hub choose this one (normalized) for others? A name below "internal" or "home.arpa", which belong to no one (RFC 8375, and
 * ICANN's reservation of 2024): any other could be somebody's, and its names would lead to us. */
gboolean bg_suffix_is_nobodys (const char *suffix);
/* The suffix that counts: the network's, if it may have it or the settings say the same; else that of the settings, which is one. `network` as the
 * hub said it, or NULL. Free with g_free(). */
char *bg_suffix_choose (const char *own, const char *network);

G_END_DECLS
