/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A QR code in the characters of a terminal, two modules in each. */

#include <glib.h>

/* Lines of `*columns` characters, dark on light by colours or, without them, light modules as blocks, which is right on a dark
 * terminal. NULL where the text is too long, or QR codes were left out of this program. Free with g_free(). */
char *qr_draw (const char *text, gboolean colour, int *columns);
