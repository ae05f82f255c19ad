/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/instance-lock.h"

#include "common/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static void
write_pid (int fd)
{
  char text[16];
  int n = snprintf (text, sizeof text, "%d\n", (int) getpid ());

  if (ftruncate (fd, 0) != 0 || pwrite (fd, text, (size_t) n, 0) != n)
    g_debug ("pid not written to the lock file");
}

static void
say_taken (int fd, const char *ifname, GError **error)
{
  char text[16] = "";
  ssize_t n = pread (fd, text, sizeof text - 1, 0);

  text[n > 0 ? n : 0] = '\0';
  g_strchomp (text);
  if (*text)
    bg_error_set (error, BG_ERROR_WRONG_STATE, LOCKED_BY_PROCESS, text, ifname);
  else
    bg_error_set (error, BG_ERROR_WRONG_STATE, LOCKED, ifname);
}

int
bg_instance_lock_take (const char *runtime_dir, const char *ifname, GError **error)
{
  g_autofree char *name = g_strconcat (ifname, ".lock", NULL);
  g_autofree char *path = g_build_filename (runtime_dir, name, NULL);
  int fd;

  if (g_mkdir_with_parents (runtime_dir, 0755) != 0)
    {
      bg_error_set (error, BG_ERROR_FAILED, ABOUT, runtime_dir, bg_arg_errno (errno));
      return -1;
    }
  fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd < 0)
    {
      bg_error_set (error, BG_ERROR_FAILED, ABOUT, path, bg_arg_errno (errno));
      return -1;
    }
  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    {
      say_taken (fd, ifname, error);
      close (fd);
      return -1;
    }
  write_pid (fd);
  return fd;
}
