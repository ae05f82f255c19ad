/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Why the daemon threw packets away, in words. Pure. */

#include <glib.h>

/* `drops` (a{st}) as "no path: 12, repeated: 3"; NULL where there are none. What a newer daemon counts has its own name for it. Free
 * with g_free(). */
char *applet_drop_words (GVariant *drops);
