/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/uplink-servers.h"

#include "common/ip-prefix.h"

#include <string.h>

/* The address of a line “nameserver ADDRESS”; NULL for any other. */
static char *
server_of (const char *line)
{
  g_auto (GStrv) words = g_strsplit_set (line, " \t\r", -1);
  BgIpPrefix address;
  guint i = 1;

  if (!g_str_equal (words[0] ? words[0] : "", "nameserver"))
    return NULL;
  while (words[i] && !*words[i])
    i++;
  if (!words[i] || !bg_ip_prefix_parse (words[i], &address)
      || !bg_ip_prefix_is_unicast_host (&address))
    return NULL;
  return g_strdup (words[i]);
}

char **
bg_uplink_servers_parse (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GPtrArray *servers = g_ptr_array_new ();

  for (char **line = lines; *line && servers->len < BG_UPLINK_MAX_SERVERS; line++)
    {
      g_autofree char *server = server_of (*line);

      if (server && !g_ptr_array_find_with_equal_func (servers, server, g_str_equal, NULL))
        g_ptr_array_add (servers, g_steal_pointer (&server));
    }
  g_ptr_array_add (servers, NULL);
  return (char **) g_ptr_array_free (servers, FALSE);
}

char **
bg_uplink_servers_read (const char *root)
{
  static const char *const files[] = { "/run/systemd/resolve/resolv.conf", "/etc/resolv.conf" };

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_strconcat (root, files[i], NULL), *text = NULL;
      g_auto (GStrv) servers = NULL;

      if (g_file_get_contents (path, &text, NULL, NULL))
        servers = bg_uplink_servers_parse (text);
      if (servers && *servers)
        return g_steal_pointer (&servers);
    }
  return g_new0 (char *, 1);
}
