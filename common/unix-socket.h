/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Listening sockets in the file system. */

#include <gio/gio.h>
#include <sys/stat.h>

G_BEGIN_DECLS

/* Listens at `path`, for whom `mode` lets in, whatever the umask: at no moment may anybody else connect. A socket there whose program is gone makes
 * room; anything else is BG_ERROR_EXISTS. `*bound` is for bg_unix_socket_remove(). */
GSocket *bg_unix_socket_listen (const char *path, mode_t mode, int backlog, struct stat *bound, GError **error);
/* Removes it, unless something else is there now. */
void bg_unix_socket_remove (const char *path, const struct stat *bound);

G_END_DECLS
