/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-directory.h"
#include "common/error.h"
#include "common/hub-talk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A restore may have put another one in its place between our two steps. */
static gboolean
is_still_there (int fd, const char *path)
{
  struct stat held, there;

  return fstat (fd, &held) == 0 && stat (path, &there) == 0 && held.st_dev == there.st_dev
         && held.st_ino == there.st_ino;
}

int
bg_hub_directory_lock (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0)
    {
      if (is_still_there (fd, path))
        return fd;
      errno = EWOULDBLOCK;
    }
  if (errno == EWOULDBLOCK)
    g_set_error (error, BG_ERROR, BG_ERROR_FAILED,
                 "%s: another bamgate-hub runs with this state directory", path);
  else
    g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s: %s", path, g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}

/* One of ours, or beside one: "hub.sqlite-wal", "token.X3B1Z9". */
gboolean
bg_hub_directory_is_ours (const char *name)
{
  static const char *const ours[] = BG_HUB_STATE_FILES;

  for (gsize i = 0; i < G_N_ELEMENTS (ours); i++)
    if (g_str_has_prefix (name, ours[i]) && strchr (".-", name[strlen (ours[i])]) != NULL)
      return TRUE;
  return FALSE;
}

gboolean
bg_hub_directory_empty (int dir, const char *path, GError **error)
{
  g_autoptr (GDir) entries = g_dir_open (path, 0, error);
  const char *name;

  if (entries == NULL)
    return FALSE;
  while ((name = g_dir_read_name (entries)) != NULL)
    if (bg_hub_directory_is_ours (name) && unlinkat (dir, name, 0) != 0)
      {
        g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s/%s stays: %s", path, name,
                     g_strerror (errno));
        return FALSE;
      }
  if (fsync (dir) == 0)
    return TRUE;
  g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s: %s", path, g_strerror (errno));
  return FALSE;
}

gboolean
bg_hub_directory_clear (const char *path, GError **error)
{
  int dir = bg_hub_directory_lock (path, error);
  gboolean ok = dir >= 0 && bg_hub_directory_empty (dir, path, error);

  if (dir >= 0)
    close (dir);
  return ok;
}
