/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transfers/part-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENDING ".bamgate.part"

/* Of names that are tried. */
#define TRIES 1000

struct _PartFile
{
  char *folder, *name, *path;
  int fd;
};

static void
set_errno_error (GError **error, const char *path, int code)
{
  /* TRANSLATORS: a file or folder, and what the system says. */
  g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (code), _ ("%s: %s"), path,
               g_strerror (code));
}

/* "a (2).txt" of "a.txt" */
static char *
numbered (const char *name, guint number)
{
  const char *dot = strrchr (name, '.');

  if (number < 2)
    return g_strdup (name);
  if (!dot || dot == name)
    return g_strdup_printf ("%s (%u)", name, number);
  return g_strdup_printf ("%.*s (%u)%s", (int) (dot - name), name, number, dot);
}

/* --- Beside its place --- */

static gboolean
is_ours_alone (int fd)
{
  struct stat status;

  return fstat (fd, &status) == 0 && S_ISREG (status.st_mode) && status.st_uid == geteuid ()
         && status.st_nlink == 1 && flock (fd, LOCK_EX | LOCK_NB) == 0;
}

/* -1 with errno; EEXIST where another is there. */
static int
open_part (const char *path)
{
  int fd = open (path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0666);

  if (fd < 0 && errno != ELOOP && errno != ENXIO && errno != EISDIR)
    return -1;
  if (fd >= 0 && is_ours_alone (fd))
    return fd;
  if (fd >= 0)
    close (fd);
  errno = EEXIST;
  return -1;
}

static gboolean
open_some (PartFile *self)
{
  for (guint number = 1; number < TRIES; number++)
    {
      g_autofree char *name = numbered (self->name, number);
      g_autofree char *part = g_strconcat (name, ENDING, NULL);

      g_free (self->path);
      self->path = g_build_filename (self->folder, part, NULL);
      self->fd = open_part (self->path);
      if (self->fd >= 0 || errno != EEXIST)
        return self->fd >= 0;
    }
  return FALSE;
}

static gboolean
is_mere_name (const char *name)
{
  return *name && !strchr (name, '/') && !g_str_equal (name, ".") && !g_str_equal (name, "..");
}

PartFile *
part_file_open (const char *folder, const char *name, GError **error)
{
  g_autoptr (PartFile) self = g_new0 (PartFile, 1);

  self->fd = -1;
  self->folder = g_strdup (folder);
  self->name = g_strdup (name);
  if (!is_mere_name (name))
    set_errno_error (error, name, EINVAL);
  else if (g_mkdir_with_parents (folder, 0755) != 0 || !open_some (self))
    set_errno_error (error, self->path ? self->path : folder, errno);
  else
    return g_steal_pointer (&self);
  return NULL;
}

void
part_file_free (PartFile *self)
{
  if (!self)
    return;
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->folder);
  g_free (self->name);
  g_free (self->path);
  g_free (self);
}

int
part_file_get_fd (const PartFile *self)
{
  return self->fd;
}

void
part_file_remove (PartFile *self)
{
  g_unlink (self->path);
}

/* --- In its place --- */

/* The name is taken first, then it is our own empty file that is replaced: every file system can do that. */
static gboolean
move_to (PartFile *self, const char *path)
{
  int held = open (path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), code;

  if (held < 0)
    return FALSE;
  close (held);
  if (g_rename (self->path, path) == 0)
    return TRUE;
  code = errno;
  g_unlink (path);
  errno = code;
  return FALSE;
}

char *
part_file_finish (PartFile *self, GError **error)
{
  for (guint number = 1; number < TRIES; number++)
    {
      g_autofree char *name = numbered (self->name, number);
      g_autofree char *path = g_build_filename (self->folder, name, NULL);

      if (move_to (self, path))
        return g_steal_pointer (&path);
      if (errno != EEXIST && errno != ELOOP)
        break;
    }
  set_errno_error (error, self->path, errno);
  return NULL;
}

const char *
part_file_get_default_folder (void)
{
  const char *downloads = g_get_user_special_dir (G_USER_DIRECTORY_DOWNLOAD);

  return downloads ? downloads : g_get_home_dir ();
}
