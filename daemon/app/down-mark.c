/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/down-mark.h"

#include "common/error.h"

#include <errno.h>
#include <glib/gstdio.h>

#define CONTENTS "The tunnel was taken down. “bamgatectl up” brings it up and removes this file.\n"

static char *
path_of (const char *state_dir)
{
  return g_build_filename (state_dir, "down", NULL);
}

gboolean
bg_down_mark_is_set (const char *state_dir)
{
  g_autofree char *path = path_of (state_dir);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

gboolean
bg_down_mark_set (const char *state_dir, GError **error)
{
  g_autofree char *path = path_of (state_dir);
  g_autoptr (GError) cause = NULL;

  if (g_mkdir_with_parents (state_dir, 0700) != 0)
    {
      bg_error_set (error, BG_ERROR_FAILED, ABOUT, state_dir, bg_arg_errno (errno));
      return FALSE;
    }
  if (g_file_set_contents_full (path, CONTENTS, -1,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644,
                                &cause))
    return TRUE;
  bg_error_set (error, BG_ERROR_FAILED, TEXT, cause);
  return FALSE;
}

gboolean
bg_down_mark_clear (const char *state_dir, GError **error)
{
  g_autofree char *path = path_of (state_dir);

  if (g_unlink (path) == 0 || errno == ENOENT || errno == ENOTDIR)
    return TRUE;
  bg_error_set (error, BG_ERROR_FAILED, ABOUT, path, bg_arg_errno (errno));
  return FALSE;
}
