/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/uplink-servers.h"

#include <glib/gstdio.h>

static void
assert_servers (const char *text, const char *wanted)
{
  g_auto (GStrv) servers = bg_uplink_servers_parse (text);
  g_autofree char *all = g_strjoinv (" ", servers);

  g_assert_cmpstr (all, ==, wanted);
}

static void
test_parse (void)
{
  assert_servers ("", "");
  assert_servers (
    "# nameserver 1.2.3.4\nsearch x\nnameserver\t192.168.1.1\r\nnameserver   2001:db8::1 \n",
    "192.168.1.1 2001:db8::1");
  assert_servers (
    "nameserver 127.0.0.53\nnameserver ::1\nnameserver 0.0.0.0\nnameserver fe80::1%eth0\nnameserver name\nnameserver",
    "");
  assert_servers (
    "nameserver 10.0.0.1\nnameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\nnameserver 10.0.0.4",
    "10.0.0.1 10.0.0.2 10.0.0.3");
  assert_servers ("nameservers 10.0.0.1\n nameserver 10.0.0.2", "");
}

static void
write_file (const char *root, const char *name, const char *text)
{
  g_autofree char *path = g_strconcat (root, name, NULL), *directory = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (directory, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
assert_read (const char *root, const char *wanted)
{
  g_auto (GStrv) servers = bg_uplink_servers_read (root);
  g_autofree char *all = g_strjoinv (" ", servers);

  g_assert_cmpstr (all, ==, wanted);
}

/* What is behind systemd-resolved, and not itself. */
static void
test_read (void)
{
  g_autofree char *root = g_dir_make_tmp ("bamgate-uplink-XXXXXX", NULL),
                  *command = g_strdup_printf ("rm -r %s", root);

  assert_read (root, "");
  write_file (root, "/etc/resolv.conf", "nameserver 127.0.0.53\n");
  assert_read (root, "");
  write_file (root, "/run/systemd/resolve/resolv.conf", "nameserver 192.168.1.1\n");
  assert_read (root, "192.168.1.1");
  write_file (root, "/run/systemd/resolve/resolv.conf", "\n");
  write_file (root, "/etc/resolv.conf", "nameserver 192.168.2.1\n");
  assert_read (root, "192.168.2.1");
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/uplink-servers/parse", test_parse);
  g_test_add_func ("/uplink-servers/read", test_read);
  return g_test_run ();
}
