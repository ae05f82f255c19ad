/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit/own-namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

static gboolean
write_file (const char *path, const char *text)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gboolean ok = fd >= 0 && write (fd, text, strlen (text)) == (ssize_t) strlen (text);

  if (fd >= 0)
    close (fd);
  return ok;
}

char *
test_enter_namespaces (int flags)
{
  g_autofree char *uid_map = g_strdup_printf ("0 %u 1", (guint) getuid ());
  g_autofree char *gid_map = g_strdup_printf ("0 %u 1", (guint) getgid ());

  if (unshare (CLONE_NEWUSER | flags) < 0)
    return g_strdup_printf ("the kernel refuses namespaces: %s", g_strerror (errno));
  if (!write_file ("/proc/self/setgroups", "deny") || !write_file ("/proc/self/uid_map", uid_map)
      || !write_file ("/proc/self/gid_map", gid_map))
    return g_strdup_printf ("cannot map the user in the namespace: %s", g_strerror (errno));
  return NULL;
}
