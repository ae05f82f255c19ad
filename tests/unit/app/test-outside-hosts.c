/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/outside-hosts.h"

typedef struct
{
  BgOutsideHosts *hosts;
  int changes;
} Fixture;

static void
on_changed (gpointer data)
{
  ((Fixture *) data)->changes++;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->hosts = bg_outside_hosts_new (on_changed, f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  bg_outside_hosts_free (f->hosts);
}

static void
wait_for_changes (Fixture *f, int n)
{
  while (f->changes < n)
    g_main_context_iteration (NULL, TRUE);
}

static char *
describe (Fixture *f)
{
  g_autoptr (GArray) list = bg_outside_hosts_list (f->hosts);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < list->len; i++)
    {
      char host[BG_IP_PREFIX_TEXT];

      bg_ip_prefix_format_address (&g_array_index (list, BgOutsideHost, i).host, host);
      g_string_append_printf (text, "%s%s", i > 0 ? " " : "", host);
    }
  return g_string_free (text, FALSE);
}

static void
assert_hosts (Fixture *f, const char *expected)
{
  g_autofree char *text = describe (f);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_uris (Fixture *f, gconstpointer data)
{
  bg_outside_hosts_add (f->hosts, BG_OUTSIDE_HUB, "wss://192.0.2.1:8443/connect");
  wait_for_changes (f, 1);
  bg_outside_hosts_add (f->hosts, BG_OUTSIDE_STUN, "stun:192.0.2.2:3478");
  wait_for_changes (f, 2);
  bg_outside_hosts_add (f->hosts, BG_OUTSIDE_TURN, "turn:[2001:db8::3]:3478?transport=udp");
  wait_for_changes (f, 3);
  bg_outside_hosts_add (f->hosts, BG_OUTSIDE_STUN, "stun:");
  assert_hosts (f, "192.0.2.1 192.0.2.2 2001:db8::3");
}

/* No moment without them: a route that covers one would be taken for it. */
static void
test_settings_change (Fixture *f, gconstpointer data)
{
  bg_outside_hosts_add (f->hosts, BG_OUTSIDE_STUN, "stun:192.0.2.1");
  wait_for_changes (f, 1);
  bg_outside_hosts_add (f->hosts, BG_OUTSIDE_STUN, "stun:192.0.2.2");
  wait_for_changes (f, 2);

  bg_outside_hosts_begin (f->hosts);
  bg_outside_hosts_add (f->hosts, BG_OUTSIDE_STUN, "stun:192.0.2.2");
  bg_outside_hosts_add (f->hosts, BG_OUTSIDE_STUN, "stun:192.0.2.3");
  bg_outside_hosts_end (f->hosts);
  assert_hosts (f, "192.0.2.2");
  wait_for_changes (f, 3);
  assert_hosts (f, "192.0.2.2 192.0.2.3");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/app/outside-hosts/uris", Fixture, NULL, set_up, test_uris, tear_down);
  g_test_add ("/app/outside-hosts/settings-change", Fixture, NULL, set_up, test_settings_change,
              tear_down);
  return g_test_run ();
}
