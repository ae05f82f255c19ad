/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Makes the state directory what the backup `archive` holds ("-" is standard input). All of it is checked, and on the disk, in a
 * directory beside it, "DIR.restore", before the two change places in one step: whenever it ends, there is the old state
 * or the new one. An error where a hub runs with it, where it holds what is no hub's, or anything without `replace`. */
gboolean bg_hub_restore (const char *archive, const char *state_dir, gboolean replace,
                         GError **error);

G_END_DECLS
