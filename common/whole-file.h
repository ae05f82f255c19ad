/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A file that is replaced as a whole: settings, the hosts file. */

#include "common/words.h"

G_BEGIN_DECLS

/* Writes `text` to `path` whole and atomically, and to the disk. Behind a symbolic link its target is written, and the link
 * stays; mode, owner and group stay, as far as this process may set them: access never widens. A new file gets mode 0644,
 * a missing directory 0755. What something is mounted on, as a file in a container, cannot be replaced, and is overwritten once the whole text is on the
 * disk beside it. BG_ERROR_FAILED with what is wrong, and nothing has changed: `about` is a message of two
 * arguments, the file and the reason. */
gboolean bg_whole_file_write (const char *path, const char *text, BgSaying about, GError **error);
/* The same up to the last step, so that what would fail fails before anything depends on it: room, rights, a directory that
 * takes files. */
gboolean bg_whole_file_try (const char *path, const char *text, BgSaying about, GError **error);

G_END_DECLS
