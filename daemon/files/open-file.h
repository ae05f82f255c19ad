/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A file that a person opened and gave us: read and written in order on threads of their own, which a file system that hangs may hold
 * up without holding up anything else, with the SHA-256 of what has gone through it. One thing at a time; the rest on the main thread. */

#include "files/file-message.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _BgOpenFile BgOpenFile;

/* Takes `fd`, whatever comes of it. BG_ERROR_INVALID_ARGUMENT unless it is a regular file, open for reading, and with `writes` for both. */
BgOpenFile *bg_open_file_new_take (int fd, gboolean writes, GError **error);
/* Fine on NULL; what is under way ends first. */
void bg_open_file_unref (BgOpenFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgOpenFile, bg_open_file_unref)
/* Its size now. */
guint64 bg_open_file_get_size (BgOpenFile *self);
/* What its file system has free for who we are. */
guint64 bg_open_file_get_free (BgOpenFile *self);
/* So many bytes have gone through, from the beginning on, and their SHA-256. */
guint64 bg_open_file_get_at (BgOpenFile *self);
void bg_open_file_get_digest (BgOpenFile *self, char digest[BG_FILE_DIGEST_LEN + 1]);

/* Begins anew: reads the first `length` bytes, so that what comes next is behind them. */
void bg_open_file_seek_async (BgOpenFile *self, guint64 length, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* Reads the next `size` bytes, for bg_open_file_read_finish(). */
void bg_open_file_read_async (BgOpenFile *self, guint size, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* NULL for an error, and where the file has ended. */
GBytes *bg_open_file_read_finish (GAsyncResult *result, GError **error);
/* Writes behind what has gone through; with `at` 0 the file is emptied first. */
void bg_open_file_write_async (BgOpenFile *self, guint64 at, GBytes *bytes, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* To the disk, and no longer than what has gone through. */
void bg_open_file_settle_async (BgOpenFile *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* Of seek, write and settle. */
gboolean bg_open_file_finish (GAsyncResult *result, GError **error);

G_END_DECLS
