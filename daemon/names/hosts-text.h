/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Our section of a hosts file, hosts(5). Every line of ours says so at its end, so that it is found whatever else somebody does to
 * the file; all that is not ours stays as it is, byte for byte. Pure. */

#include <glib.h>

G_BEGIN_DECLS

/* `old` with our section replaced: `lines` ("10.0.0.3 laptop.bamgate.internal laptop"; NULL or empty: no section), where ours
 * was, else at the end, in the file's own way of ending lines. Taken away again, the bytes are what they were before, a missing
 * end of the last line too. Names that other lines have, and "localhost", are left out. Free with g_free(). */
char *bg_hosts_text_replace (const char *old, const char *const *lines);
/* The names that lines which are not ours have, in lower case, and "localhost"; free with g_hash_table_unref(). */
GHashTable *bg_hosts_text_collect_foreign (const char *text);
/* Does it have a section of ours? */
gboolean bg_hosts_text_has_section (const char *text);

G_END_DECLS
