/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a hub left in the daemon's own state directory, from before it had a user of its own: handed over as open files, so
 * that neither can reach what is the other's. */

#include <gio/gunixfdlist.h>

G_BEGIN_DECLS

/* The files in `dir`, opened for reading, and their names (NULL-terminated, transfer full); NULL without an error where
 * there is no such state. */
GUnixFDList *bg_hub_state_open (const char *dir, char ***names, GError **error);
/* Removes them, and the directory if nothing else is in it: another has them now. */
void bg_hub_state_remove (const char *dir);

G_END_DECLS
