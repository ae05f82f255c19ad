/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Changes single lines of a settings file and leaves every other byte as its author wrote it: comments, order, blank
 * lines. (GKeyFile keeps comments too, but puts a new key behind the comment of the next section.) */

#include <glib.h>

G_BEGIN_DECLS

/* `text` with `key` of section `group` set to `value`: in its line, or behind the section's last one, or in a new section at
 * the end. Free with g_free(). */
char *bg_config_text_set (const char *text, const char *group, const char *key, const char *value);
/* Without the key; `key` NULL: without the section's header and keys, comments stay. */
char *bg_config_text_remove (const char *text, const char *group, const char *key);

G_END_DECLS
