/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The URL of a hub as people and bamgated write it. Pure. */

#include <glib.h>

G_BEGIN_DECLS

/* Is it one: https (also where nothing is said), http, wss or ws, and a host? */
gboolean hub_url_is_valid (const char *text);
/* Do both name the same host and port? Scheme, path and pin do not matter. */
gboolean hub_url_same (const char *a, const char *b);

G_END_DECLS
