/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* A reason of the daemon as a sentence of its own, with a capital letter; a name that it begins with ("bamgate0", "10.0.0.1") stays as
 * it is. Free with g_free(). */
char *applet_sentence (const char *reason);
