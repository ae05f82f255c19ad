/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbus/bus-path.h"

char *
bg_dbus_path_make (const char *folder, const char *name)
{
  GString *path = g_string_new (BG_DBUS_PATH "/");

  g_string_append_printf (path, "%s/", folder);
  for (const char *p = name; *p; p++)
    if (g_ascii_isalnum (*p))
      g_string_append_c (path, *p);
    else
      g_string_append_printf (path, "_%02x", (guint8) *p);
  if (*name == '\0')
    g_string_append_c (path, '_');
  return g_string_free (path, FALSE);
}
