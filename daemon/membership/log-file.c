/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "membership/log-file.h"

#include "common/error.h"
#include "common/key-text.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK_GROUP "log"
#define MARK_COMMENT                                                                                       \
  " How much of network-log is known to be in it; written by bamgated. Without it, or with another one,\n" \
  " nobody can tell whether entries are missing."

static gboolean
fail (GError **error, BgError code, const char *path)
{
  bg_error_set (error, code, ABOUT, path, bg_arg_errno (errno));
  return FALSE;
}

static char *
mark_path (const char *path)
{
  return g_strconcat (path, "-mark", NULL);
}

/* --- The entries --- */

gsize
bg_log_entry_len (BgBytes rest)
{
  gsize body = rest.len >= BG_ENTRY_HEAD ? bg_get16 (rest.bytes + 2) : BG_ENTRY_MAX_BODY + 1;
  gsize len = BG_ENTRY_HEAD + body + BG_ENTRY_SIGNATURE;

  return body <= BG_ENTRY_MAX_BODY && len <= rest.len ? len : 0;
}

static GBytes *
read_fd (int fd, const char *path, GError **error)
{
  struct stat about;
  g_autofree guint8 *bytes = NULL;
  gsize got = 0;
  gssize n = 1;

  if (fstat (fd, &about) != 0)
    return fail (error, BG_ERROR_CONFIG, path), NULL;
  if (!S_ISREG (about.st_mode) || about.st_size > BG_LOG_FILE_MAX)
    {
      bg_error_set (error, BG_ERROR_CONFIG, NETWORK_LOG_NO_FILE, path);
      return NULL;
    }
  bytes = g_malloc ((gsize) about.st_size + 1);
  while (got < (gsize) about.st_size && n > 0)
    {
      n = TEMP_FAILURE_RETRY (read (fd, bytes + got, (gsize) about.st_size - got));
      got += n > 0 ? (gsize) n : 0;
    }
  if (n < 0)
    return fail (error, BG_ERROR_CONFIG, path), NULL;
  return g_bytes_new_take (g_steal_pointer (&bytes), got);
}

GBytes *
bg_log_file_read (const char *path, GError **error)
{
  int fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
  GBytes *bytes;

  if (fd < 0 && errno == ENOENT)
    return g_bytes_new (NULL, 0);
  if (fd < 0)
    return fail (error, BG_ERROR_CONFIG, path), NULL;
  bytes = read_fd (fd, path, error);
  close (fd);
  return bytes;
}

static gboolean
write_all (int fd, const guint8 *bytes, gsize len)
{
  while (len > 0)
    {
      gssize n = TEMP_FAILURE_RETRY (write (fd, bytes, len));

      if (n <= 0)
        return FALSE;
      bytes += n;
      len -= (gsize) n;
    }
  return TRUE;
}

static gboolean
write_behind (int fd, goffset size, const GByteArray *bytes)
{
  return ftruncate (fd, size) == 0 && lseek (fd, size, SEEK_SET) == size
         && write_all (fd, bytes->data, bytes->len) && fsync (fd) == 0;
}

/* A file that is new is one only when its directory is on the disk. */
static gboolean
sync_directory (const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);
  int fd = g_open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  gboolean ok = fd >= 0 && fsync (fd) == 0;

  if (fd >= 0)
    close (fd);
  return ok;
}

static gboolean
change (const char *path, goffset size, const GByteArray *bytes, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  int fd = -1, cause;
  gboolean ok = g_mkdir_with_parents (directory, 0700) == 0
                && (fd = g_open (path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) >= 0
                && write_behind (fd, size, bytes) && sync_directory (path);

  cause = errno;
  if (fd >= 0)
    close (fd);
  errno = cause;
  return ok || fail (error, BG_ERROR_FAILED, path);
}

gboolean
bg_log_file_append (const char *path, goffset size, const GPtrArray *entries, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  for (guint i = 0; i < entries->len; i++)
    {
      gsize len;
      const guint8 *entry = g_bytes_get_data (entries->pdata[i], &len);

      g_byte_array_append (bytes, entry, (guint) len);
    }
  return change (path, size, bytes, error);
}

gboolean
bg_log_file_truncate (const char *path, goffset size, GError **error)
{
  g_autoptr (GByteArray) nothing = g_byte_array_new ();

  return change (path, size, nothing, error);
}

/* --- Another log --- */

char *
bg_log_file_aside (const char *path)
{
  return g_strconcat (path, "-replaced", NULL);
}

static char *
fresh_path (const char *path)
{
  return g_strconcat (path, "-new", NULL);
}

gboolean
bg_log_file_prepare (const char *path, const GPtrArray *entries, GError **error)
{
  g_autofree char *fresh = fresh_path (path);

  return bg_log_file_append (fresh, 0, entries, error);
}

GBytes *
bg_log_file_read_prepared (const char *path, GError **error)
{
  g_autofree char *fresh = fresh_path (path);

  return bg_log_file_read (fresh, error);
}

/* The one before, where there is one; the name that it gets stood for an older one. */
static gboolean
keep_aside (const char *path, GError **error)
{
  g_autofree char *aside = bg_log_file_aside (path);

  if ((g_unlink (aside) != 0 && errno != ENOENT) || (link (path, aside) != 0 && errno != ENOENT))
    return fail (error, BG_ERROR_FAILED, aside);
  return TRUE;
}

gboolean
bg_log_file_switch (const char *path, GError **error)
{
  g_autofree char *fresh = fresh_path (path);

  if (!keep_aside (path, error))
    return FALSE;
  if (g_rename (fresh, path) != 0)
    return fail (error, BG_ERROR_FAILED, path);
  sync_directory (path); /* it is in its place, whatever becomes of that */
  return TRUE;
}

/* --- The mark --- */

static gboolean
read_mark (GKeyFile *file, BgLogMark *mark)
{
  g_autofree char *head = g_key_file_get_string (file, MARK_GROUP, "head", NULL);
  g_autoptr (GError) error = NULL;
  guint64 count = g_key_file_get_uint64 (file, MARK_GROUP, "count", &error);

  mark->is_there = TRUE;
  mark->count = (guint32) count;
  return !error && count <= G_MAXUINT32 && head && bg_key_from_hex (head, mark->head);
}

gboolean
bg_log_mark_read (const char *path, BgLogMark *mark, GError **error)
{
  g_autofree char *name = mark_path (path);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) cause = NULL;

  *mark = (BgLogMark){ 0 };
  if (g_key_file_load_from_file (file, name, G_KEY_FILE_NONE, &cause) && read_mark (file, mark))
    return TRUE;
  if (g_error_matches (cause, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return TRUE;
  if (cause && !g_error_matches (cause, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_PARSE))
    bg_error_set (error, BG_ERROR_CONFIG, ABOUT, name, cause);
  else
    bg_error_set (error, BG_ERROR_CONFIG, NETWORK_LOG_MARK, name);
  return FALSE;
}

gboolean
bg_log_mark_write (const char *path, const BgLogMark *mark, GError **error)
{
  g_autofree char *name = mark_path (path), *text = NULL;
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) cause = NULL;
  char head[BG_KEY_HEX_LEN + 1];
  gsize len;

  bg_key_to_hex (mark->head, head);
  g_key_file_set_comment (file, NULL, NULL, MARK_COMMENT, NULL);
  g_key_file_set_uint64 (file, MARK_GROUP, "count", mark->count);
  g_key_file_set_string (file, MARK_GROUP, "head", head);
  text = g_key_file_to_data (file, &len, NULL);
  if (g_file_set_contents_full (name, text, (gssize) len,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                &cause))
    return TRUE;
  bg_error_set (error, BG_ERROR_FAILED, TEXT, cause);
  return FALSE;
}

gboolean
bg_log_file_unlink (const char *path, GError **error)
{
  g_autofree char *mark = mark_path (path), *fresh = fresh_path (path),
                  *aside = bg_log_file_aside (path);
  /* entries without a mark are a log, a mark without entries is a damaged one */
  const char *const names[] = { mark, path, fresh, aside };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_unlink (names[i]) != 0 && errno != ENOENT)
      return fail (error, BG_ERROR_FAILED, names[i]);
  return TRUE;
}
