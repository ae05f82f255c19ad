/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The file of a log: entries one behind the other, only ever appended to and synced, and beside it a mark that says how many are in it for
 * certain, and the hash of the last of these: what is behind the mark may have been cut short by a crash, what is before it may not.
 * Main thread only. */

#include "membership/entry-crypto.h"

G_BEGIN_DECLS

/* All that a file may hold: more is not read. */
#define BG_LOG_FILE_MAX (64 * 1024 * 1024)

typedef struct
{
  gboolean is_there; /* as it is before the first entry is written */
  guint32  count;
  guint8   head[BG_ENTRY_HASH]; /* with a count */
} BgLogMark;

/* The bytes of the file, empty where there is none; NULL and BG_ERROR_CONFIG where it cannot be read. */
GBytes *bg_log_file_read (const char *path, GError **error);
/* FALSE and BG_ERROR_CONFIG for one that is damaged. */
gboolean bg_log_mark_read (const char *path, BgLogMark *mark, GError **error);
gboolean bg_log_mark_write (const char *path, const BgLogMark *mark, GError **error);
/* Behind the first `size` bytes, in place of whatever is there: to the disk when it returns. */
gboolean bg_log_file_append (const char *path, goffset size, const GPtrArray *entries, GError **error);
gboolean bg_log_file_truncate (const char *path, goffset size, GError **error);
/* Another log in place of the one that is there, in two steps: all of `entries` are on the disk beside it, which changes nothing yet; then
 * they are in its place at once, and the one before is what bg_log_file_aside() names (g_free()). The mark is the caller's: it says nothing (a
 * count of 0) in between. */
gboolean bg_log_file_prepare (const char *path, const GPtrArray *entries, GError **error);
/* As bg_log_file_read(), of what was prepared. */
GBytes *bg_log_file_read_prepared (const char *path, GError **error);
gboolean bg_log_file_switch (const char *path, GError **error);
char *bg_log_file_aside (const char *path);
/* All files of it, what was replaced too; TRUE also where there are none. */
gboolean bg_log_file_unlink (const char *path, GError **error);

/* The length of the entry that begins here, or 0 where less than all of it is there, or it is none. */
gsize bg_log_entry_len (BgBytes rest);

G_END_DECLS
