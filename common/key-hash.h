/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* For tables whose keys begin with 32 bytes of a public key (`guint8[32]`, `WgKey`): these are of a curve, so their first bytes are spread as well as a
 * hash of them. Whoever may choose keys can have them collide: no table of strangers' without a bound. */
guint bg_key_hash (gconstpointer key);
gboolean bg_key_equal (gconstpointer a, gconstpointer b);

G_END_DECLS
