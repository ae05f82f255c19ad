/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Saving a hub: all that another machine needs to go on as this one. */

typedef struct
{
  const char *state_dir;
  const char *token_file, *turn_secret_file; /* where they are not in the state directory; NULL */
  gboolean replace;                          /* a file that there is */
} BgHubBackupOptions;

/* Writes the archive to the file `path` (mode 0600), whole or not at all, or to standard output for "-". A hub may run with
 * the state directory meanwhile: it is not asked, and does not wait. */
gboolean bg_hub_backup (const BgHubBackupOptions *options, const char *path, GError **error);

G_END_DECLS
