/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Switches of forwarding in a network namespace of this program's own, by this kernel's per-interface switch of IPv6 where it has
 * one, and as on older ones. */

#include "net/forwarding.h"
#include "unit/own-namespace.h"

#include <glib/gstdio.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONF4 "/proc/sys/net/ipv4/conf"
#define CONF6 "/proc/sys/net/ipv6/conf"

static char *no_namespace; /* why tests are skipped */
static const char *const lan[] = { "lan0", NULL }, *const both[] = { "lan0", "tun0", NULL };

typedef struct
{
  char *dir, *record, *old6; /* old6: IPv6's switches without the one per interface */
  BgIpForwardingPlaces places;
} Fixture;

static void
ip (const char *args)
{
  g_autofree char *command = g_strconcat ("ip ", args, NULL);
  g_autoptr (GError) error = NULL;
  int status = 0;

  g_spawn_command_line_sync (command, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

static int
flag (const char *conf, const char *name, const char *key)
{
  g_autofree char *path = g_build_filename (conf, name, key, NULL), *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return (int) g_ascii_strtoll (text, NULL, 10);
}

static void
set_flag (const char *conf, const char *name, const char *key, const char *value)
{
  g_autofree char *path = g_build_filename (conf, name, key, NULL);
  FILE *file = fopen (path, "we");

  g_assert_nonnull (file);
  g_assert_cmpint (fputs (value, file), >=, 0);
  g_assert_cmpint (fclose (file), ==, 0);
}

static gboolean
has_forced (void)
{
  return g_file_test (CONF6 "/all/force_forwarding", G_FILE_TEST_EXISTS);
}

static gboolean
is_on6 (const char *name)
{
  return has_forced () && flag (CONF6, name, "force_forwarding") == 1;
}

static void
link_old6 (Fixture *f)
{
  static const char *const names[] = { "all", "default", "lan0", "tun0", "tun1", "wan0" },
                           *const keys[] = { "forwarding", "accept_ra" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *dir = g_build_filename (f->old6, names[i], NULL);

      g_assert_cmpint (g_mkdir_with_parents (dir, 0700), ==, 0);
      for (gsize j = 0; j < G_N_ELEMENTS (keys); j++)
        {
          g_autofree char *from = g_build_filename (CONF6, names[i], keys[j], NULL),
                          *to = g_build_filename (dir, keys[j], NULL);

          g_assert_cmpint (symlink (from, to), ==, 0);
        }
    }
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->dir = g_dir_make_tmp ("bamgate-forwarding-XXXXXX", NULL);
  f->record = g_build_filename (f->dir, "record", NULL);
  f->old6 = g_build_filename (f->dir, "ipv6", NULL);
  f->places =
    (BgIpForwardingPlaces){ .record = f->record, .conf4 = CONF4, .conf6 = CONF6, .boot_id = "one" };
  if (no_namespace)
    return;
  ip ("link add lan0 type veth peer name wan0");
  ip ("link add tun0 type veth peer name tun1");
  link_old6 (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -r %s", f->dir);

  if (!no_namespace)
    {
      g_assert_false (g_file_test (f->record, G_FILE_TEST_EXISTS));
      ip ("link del lan0");
      ip ("link del tun0");
      set_flag (CONF6, "all", "forwarding", "0");
      set_flag (CONF4, "all", "forwarding", "0");
    }
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  g_free (f->dir);
  g_free (f->record);
  g_free (f->old6);
}

static BgIpForwarding *
forwarding_new (Fixture *f, BgIpForwardingChanged changed, gpointer data)
{
  g_autoptr (GError) error = NULL;
  BgIpForwarding *forwarding = bg_ip_forwarding_new (&f->places, changed, data, &error);

  g_assert_no_error (error);
  return forwarding;
}

static void
set (BgIpForwarding *forwarding, const char *const *names4, const char *const *names6)
{
  g_autoptr (GError) error = NULL;

  bg_ip_forwarding_set (forwarding, names4, names6, &error);
  g_assert_no_error (error);
}

static gboolean
must_skip (void)
{
  if (no_namespace)
    g_test_skip (no_namespace);
  return no_namespace != NULL;
}

static void
test_ipv4 (Fixture *f, gconstpointer data)
{
  BgIpForwarding *forwarding;

  if (must_skip ())
    return;
  set_flag (CONF4, "tun0", "forwarding", "1"); /* a person's */
  forwarding = forwarding_new (f, NULL, NULL);
  set (forwarding, both, NULL);
  g_assert_cmpint (flag (CONF4, "lan0", "forwarding"), ==, 1);
  g_assert_cmpint (flag (CONF4, "wan0", "forwarding"), ==, 0);
  g_assert_cmpint (flag (CONF4, "all", "forwarding"), ==, 0);
  set (forwarding, NULL, NULL);
  g_assert_cmpint (flag (CONF4, "lan0", "forwarding"), ==, 0);
  set (forwarding, both, NULL);
  bg_ip_forwarding_free (forwarding);
  g_assert_cmpint (flag (CONF4, "lan0", "forwarding"), ==, 0);
  g_assert_cmpint (flag (CONF4, "tun0", "forwarding"), ==, 1);
}

/* Without files, over netlink. */
static void
test_netlink (Fixture *f, gconstpointer data)
{
  BgIpForwarding *forwarding;

  if (must_skip ())
    return;
  f->places.conf4 = "/nowhere";
  forwarding = forwarding_new (f, NULL, NULL);
  set (forwarding, lan, NULL);
  g_assert_cmpint (flag (CONF4, "lan0", "forwarding"), ==, 1);
  bg_ip_forwarding_free (forwarding);
  g_assert_cmpint (flag (CONF4, "lan0", "forwarding"), ==, 0);
}

static void
assert_quiet (BgIpForwarding *forwarding, int family, const char *expected)
{
  g_auto (GStrv) names = bg_ip_forwarding_list_quiet (forwarding, family);
  g_autofree char *text = g_strjoinv (" ", names);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_quiet (Fixture *f, gconstpointer data)
{
  BgIpForwarding *forwarding;

  if (must_skip ())
    return;
  set_flag (CONF4, "tun1", "forwarding", "1");
  forwarding = forwarding_new (f, NULL, NULL);
  set (forwarding, both, NULL);
  assert_quiet (forwarding, AF_INET, "lan0 tun0 wan0");
  set_flag (CONF4, "wan0", "forwarding", "1"); /* somebody else wants it from now on */
  assert_quiet (forwarding, AF_INET, "lan0 tun0");
  bg_ip_forwarding_free (forwarding);
}

static void
test_ipv6 (Fixture *f, gconstpointer data)
{
  BgIpForwarding *forwarding;

  if (must_skip ())
    return;
  if (!has_forced ())
    {
      g_test_skip ("this kernel has no force_forwarding");
      return;
    }
  forwarding = forwarding_new (f, NULL, NULL);
  set (forwarding, NULL, both);
  g_assert_true (is_on6 ("lan0") && is_on6 ("tun0") && !is_on6 ("wan0"));
  g_assert_cmpint (flag (CONF6, "all", "forwarding"), ==, 0);
  assert_quiet (forwarding, AF_INET6, "lan0 tun0 tun1 wan0");
  set (forwarding, NULL, lan);
  g_assert_true (is_on6 ("lan0") && !is_on6 ("tun0"));
  bg_ip_forwarding_free (forwarding);
  g_assert_false (is_on6 ("lan0"));
}

static void
test_ipv6_before (Fixture *f, gconstpointer data)
{
  BgIpForwarding *forwarding;

  if (must_skip ())
    return;
  f->places.conf6 = f->old6;
  set_flag (CONF6, "wan0", "accept_ra", "1");
  set_flag (CONF6, "tun0", "accept_ra", "0");
  forwarding = forwarding_new (f, NULL, NULL);
  set (forwarding, NULL, both);
  g_assert_cmpint (flag (CONF6, "all", "forwarding"), ==, 1);
  g_assert_cmpint (flag (CONF6, "default", "forwarding"), ==, 0);
  g_assert_cmpint (flag (CONF6, "lan0", "forwarding"), ==, 1);
  g_assert_cmpint (flag (CONF6, "wan0", "forwarding"), ==, 0); /* a host, as before */
  g_assert_cmpint (flag (CONF6, "wan0", "accept_ra"), ==, 2);
  g_assert_cmpint (flag (CONF6, "tun0", "accept_ra"), ==, 0);
  assert_quiet (forwarding, AF_INET6, "lan0 tun0 tun1 wan0");
  bg_ip_forwarding_free (forwarding);
  g_assert_cmpint (flag (CONF6, "all", "forwarding"), ==, 0);
  g_assert_cmpint (flag (CONF6, "lan0", "forwarding"), ==, 0);
  g_assert_cmpint (flag (CONF6, "wan0", "accept_ra"), ==, 1);
}

/* Somebody else came to rely on the one switch. */
static void
test_ipv6_shared (Fixture *f, gconstpointer data)
{
  BgIpForwarding *forwarding;

  if (must_skip ())
    return;
  f->places.conf6 = f->old6;
  forwarding = forwarding_new (f, NULL, NULL);
  set (forwarding, NULL, lan);
  set_flag (CONF6, "wan0", "forwarding", "1");
  bg_ip_forwarding_free (forwarding);
  g_assert_cmpint (flag (CONF6, "all", "forwarding"), ==, 1);
  g_assert_cmpint (flag (CONF6, "wan0", "forwarding"), ==, 1);
  g_assert_cmpint (flag (CONF6, "lan0", "forwarding"), ==, 0);
}

/* A killed daemon's file. */
static void
write_record (Fixture *f, const char *boot)
{
  g_autofree char *text = g_strdup_printf ("[boot]\nid=%s\n\n[ipv4]\nraised=lan0;gone0;\n", boot);

  g_assert_true (g_file_set_contents (f->record, text, -1, NULL));
  set_flag (CONF4, "lan0", "forwarding", "1");
}

static void
test_killed (Fixture *f, gconstpointer data)
{
  BgIpForwarding *forwarding;

  if (must_skip ())
    return;
  write_record (f, "one");
  bg_ip_forwarding_free (forwarding_new (f, NULL, NULL));
  g_assert_cmpint (flag (CONF4, "lan0", "forwarding"), ==, 0);

  write_record (f, "one"); /* the next one wants the same */
  forwarding = forwarding_new (f, NULL, NULL);
  set (forwarding, lan, NULL);
  g_assert_cmpint (flag (CONF4, "lan0", "forwarding"), ==, 1);
  bg_ip_forwarding_free (forwarding);
  g_assert_cmpint (flag (CONF4, "lan0", "forwarding"), ==, 0);

  write_record (f, "another"); /* before this boot: the switch is somebody else's */
  forwarding = forwarding_new (f, NULL, NULL);
  set (forwarding, NULL, NULL);
  bg_ip_forwarding_free (forwarding);
  g_assert_cmpint (flag (CONF4, "lan0", "forwarding"), ==, 1);
}

/* It is in the file before it is in the kernel. */
static void
test_record (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;
  BgIpForwarding *forwarding;

  if (must_skip ())
    return;
  forwarding = forwarding_new (f, NULL, NULL);
  set (forwarding, lan, NULL);
  g_assert_true (g_file_get_contents (f->record, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "raised=lan0"));
  g_assert_nonnull (strstr (text, "id=one"));
  bg_ip_forwarding_free (forwarding);
}

static void
on_changed (gpointer data)
{
  g_main_loop_quit (data);
}

static void
test_watch (Fixture *f, gconstpointer data)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  BgIpForwarding *forwarding;

  if (must_skip ())
    return;
  forwarding = forwarding_new (f, on_changed, loop);
  set_flag (CONF4, "lan0", "forwarding", "1");
  g_main_loop_run (loop);
  bg_ip_forwarding_free (forwarding);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  no_namespace = test_enter_namespaces (CLONE_NEWNET);
#define ADD(name, function)                                                                        \
  g_test_add ("/forwarding/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("ipv4", test_ipv4);
  ADD ("netlink", test_netlink);
  ADD ("quiet", test_quiet);
  ADD ("ipv6", test_ipv6);
  ADD ("ipv6-before", test_ipv6_before);
  ADD ("ipv6-shared", test_ipv6_shared);
  ADD ("killed", test_killed);
  ADD ("record", test_record);
  ADD ("watch", test_watch);
#undef ADD
  return g_test_run ();
}
