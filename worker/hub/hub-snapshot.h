/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A database of a hub as one piece of bytes. */

/* What is committed in the database `path` at one moment, whether a hub writes to it meanwhile or not; neither waits for the
 * other. NULL and an error where it cannot be read, or is damaged. */
GBytes *bg_hub_snapshot_take (const char *path, GError **error);
/* Is the file `path` a database that a hub can go on with? Checks it as a whole, refuses one with anything but tables of
 * ours, and brings one of an earlier schema up to ours. `devices` gets how many are recorded. */
gboolean bg_hub_snapshot_check (const char *path, guint *devices, GError **error);

G_END_DECLS
