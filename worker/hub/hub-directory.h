/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The state directory: one hub at a time has it, for two with one state would give one address to two. */

/* A lock that ends with the descriptor; -1 and an error where another hub has it. */
int bg_hub_directory_lock (const char *path, GError **error);
/* Removes what hubs keep there: token, key, database, and what is left of their writing. What somebody else put there stays.
 * Not while a hub has the lock. */
gboolean bg_hub_directory_clear (const char *path, GError **error);
/* The same of a directory whose lock, `dir`, is held. */
gboolean bg_hub_directory_empty (int dir, const char *path, GError **error);
/* Is a file of this name a hub's, or left of its writing? */
gboolean bg_hub_directory_is_ours (const char *name);

G_END_DECLS
