/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/whole-file.h"

#include "common/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW_MODE 0644

/* NULL: also FALSE. */
static gpointer
fail (GError **error, BgSaying about, const char *path)
{
  int code = errno;

  bg_error_set_take (
    error, BG_ERROR_FAILED,
    bg_words_make (about, (GVariant *[]){ bg_arg_text (path), bg_arg_errno (code), NULL }));
  return NULL;
}

/* Where the bytes are to go; also behind a link to what is not there yet. */
static char *
find_target (const char *path)
{
  char *real = realpath (path, NULL);
  g_autofree char *link = real ? NULL : g_file_read_link (path, NULL);
  g_autofree char *directory = g_path_get_dirname (path);

  if (real)
    {
      char *copy = g_strdup (real);

      free (real);
      return copy;
    }
  if (!link)
    return g_strdup (path);
  return g_path_is_absolute (link) ? g_steal_pointer (&link)
                                   : g_build_filename (directory, link, NULL);
}

static gboolean
write_all (int fd, const char *text)
{
  size_t left = strlen (text);

  while (left > 0)
    {
      ssize_t n = write (fd, text, left);

      if (n < 0 && errno != EINTR)
        return FALSE;
      if (n > 0)
        {
          text += n;
          left -= (size_t) n;
        }
    }
  return TRUE;
}

/* An owner that we may not give it stays away; a group that we may not give it loses its rights. */
static gboolean
give_away (int fd, const struct stat *old)
{
  mode_t mode = old->st_mode & 07777;
  struct stat now;

  if (fchown (fd, old->st_uid, old->st_gid) != 0 && fchown (fd, (uid_t) -1, old->st_gid) != 0
      && errno != EPERM)
    return FALSE;
  if (fstat (fd, &now) != 0)
    return FALSE;
  if (now.st_gid != old->st_gid)
    mode &= (mode_t) ~S_IRWXG;
  return fchmod (fd, mode) == 0;
}

static void
sync_directory (const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);
  int fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return;
  fsync (fd);
  close (fd);
}

/* Takes `fd`. */
static gboolean
fill (int fd, const char *text, const struct stat *like)
{
  gboolean ok = write_all (fd, text) && give_away (fd, like) && fsync (fd) == 0;
  int code = errno;

  if (close (fd) != 0 && ok)
    return FALSE;
  errno = code;
  return ok;
}

/* Everybody may enter one that we make, whatever the umask keeps of other files. */
static gboolean
make_directory (const char *path)
{
  return g_file_test (path, G_FILE_TEST_IS_DIR)
         || (g_mkdir_with_parents (path, 0755) == 0 && chmod (path, 0755) == 0);
}

/* The text in a file of its own beside `target`, whose name is returned (transfer full). */
static char *
write_beside (const char *target, const char *text, BgSaying about, GError **error)
{
  struct stat like = { .st_mode = NEW_MODE, .st_uid = geteuid (), .st_gid = getegid () };
  g_autofree char *directory = g_path_get_dirname (target);
  g_autofree char *fresh = g_strconcat (target, ".XXXXXX", NULL);
  int fd;

  if (!make_directory (directory))
    return fail (error, about, directory);
  if (stat (target, &like) != 0 && errno != ENOENT)
    return fail (error, about, target);
  fd = g_mkstemp_full (fresh, O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail (error, about, directory);
  if (fill (fd, text, &like))
    return g_steal_pointer (&fresh);
  fail (error, about, target);
  unlink (fresh);
  return NULL;
}

gboolean
bg_whole_file_try (const char *path, const char *text, BgSaying about, GError **error)
{
  g_autofree char *target = find_target (path), *fresh = write_beside (target, text, about, error);

  return fresh && unlink (fresh) == 0;
}

/* A file that something is mounted on, as containers have it, cannot be replaced. */
static gboolean
overwrite (const char *target, const char *text)
{
  int fd = open (target, O_WRONLY | O_CLOEXEC), code;
  gboolean ok = fd >= 0 && write_all (fd, text) && ftruncate (fd, (off_t) strlen (text)) == 0
                && fsync (fd) == 0;

  code = errno;
  if (fd >= 0)
    close (fd);
  errno = code;
  return ok;
}

static gboolean
replace (const char *fresh, const char *target, const char *text)
{
  if (rename (fresh, target) == 0)
    return TRUE;
  if (errno != EBUSY || !overwrite (target, text))
    return FALSE;
  unlink (fresh);
  return TRUE;
}

gboolean
bg_whole_file_write (const char *path, const char *text, BgSaying about, GError **error)
{
  g_autofree char *target = find_target (path), *fresh = write_beside (target, text, about, error);

  if (!fresh)
    return FALSE;
  if (!replace (fresh, target, text))
    {
      fail (error, about, target);
      unlink (fresh);
      return FALSE;
    }
  sync_directory (target);
  return TRUE;
}
