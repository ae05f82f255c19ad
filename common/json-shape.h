/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* One JSON object and nothing else, valid UTF-8 without NUL, not nested deeper than 16? Asked before json-glib sees text of strangers: it
 * takes more than JSON (comments, assignments, several values) and calls itself once per level. The error never quotes the text. */
gboolean bg_json_shape_is_fine (const char *text, gsize len, GError **error);
