/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A JSON array of strings as a text of its own, which is how lists travel in the metadata of a join (docs/protocol.md). */

#include <glib.h>

G_BEGIN_DECLS

/* The first `max` strings of what somebody else wrote; NULL where it is not a list of strings and nothing else. NULL is none. Free
 * with g_strfreev(). */
char **bg_json_list_parse (const char *text, guint max);
/* The other way round. Free with g_free(). */
char *bg_json_list_format (char *const *texts);

G_END_DECLS
