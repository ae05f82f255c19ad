/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/hub-state.h"

#include "common/error.h"
#include "common/hub-talk.h"
#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

static const char *const files[] = BG_HUB_STATE_FILES;

static gboolean
add_file (GUnixFDList *list, GStrvBuilder *found, const char *dir, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  gboolean ok;

  if (fd < 0 && errno == ENOENT)
    return TRUE;
  if (fd < 0)
    {
      bg_error_set (error, BG_ERROR_FAILED, ABOUT, path, bg_arg_errno (errno));
      return FALSE;
    }
  ok = g_unix_fd_list_append (list, fd, error) >= 0;
  close (fd);
  if (ok)
    g_strv_builder_add (found, name);
  return ok;
}

GUnixFDList *
bg_hub_state_open (const char *dir, char ***names, GError **error)
{
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  g_autoptr (GStrvBuilder) found = g_strv_builder_new ();

  *names = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    if (!add_file (list, found, dir, files[i], error))
      return NULL;
  if (g_unix_fd_list_get_length (list) == 0)
    return NULL;
  *names = g_strv_builder_end (found);
  return g_steal_pointer (&list);
}

static void
remove_file (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);

  if (g_unlink (path) != 0 && errno != ENOENT)
    bg_log (BG_TOPIC_HUB, WARNING, NULL, "%s stays, and is of no use any more: %s", path,
            g_strerror (errno));
}

void
bg_hub_state_remove (const char *dir)
{
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    remove_file (dir, files[i]);
  remove_file (dir, "hub.sqlite-shm");
  (void) g_rmdir (dir);
}
