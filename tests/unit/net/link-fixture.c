/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link-fixture.h"

#include "unit/own-namespace.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *no_namespace; /* why tests are skipped */

void
link_fixture_enter (void)
{
  g_autofree char *ip_path = g_find_program_in_path ("ip");

  no_namespace = test_enter_namespaces (CLONE_NEWNET);
  if (no_namespace)
    return;
  if (access ("/dev/net/tun", R_OK | W_OK) < 0)
    no_namespace = g_strdup_printf ("/dev/net/tun: %s", g_strerror (errno));
  else if (!ip_path)
    no_namespace = g_strdup ("ip(8) is not installed");
}

char *
ip (const char *format, ...)
{
  g_autofree char *args = NULL, *command = NULL, *errors = NULL;
  g_autoptr (GError) error = NULL;
  char *out = NULL;
  int status;
  va_list ap;

  va_start (ap, format);
  args = g_strdup_vprintf (format, ap);
  va_end (ap);
  command = g_strconcat ("ip ", args, NULL);
  g_spawn_command_line_sync (command, &out, &errors, &status, &error);
  g_assert_no_error (error);
  if (!g_spawn_check_wait_status (status, NULL))
    g_error ("%s: %s", command, errors);
  return g_strstrip (out);
}

void
assert_ip_has (const char *args, const char *what)
{
  g_autofree char *out = ip ("%s", args);

  if (!strstr (out, what))
    g_error ("ip %s lacks “%s”: %s", args, what, out);
}

void
assert_ip_lacks (const char *args, const char *what)
{
  g_autofree char *out = ip ("%s", args);

  if (strstr (out, what))
    g_error ("ip %s has “%s”: %s", args, what, out);
}

void
link_fixture_set_up (LinkFixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->tun.fd = -1;
  if (no_namespace)
    return;
  bg_tun_device_open (&f->tun, IFNAME, 0, &error);
  g_assert_no_error (error);
  f->config = bg_link_config_new (IFNAME, &error);
  g_assert_no_error (error);
}

void
link_fixture_tear_down (LinkFixture *f, gconstpointer data)
{
  g_clear_pointer (&f->config, bg_link_config_free);
  bg_tun_device_close (&f->tun);
  if (!no_namespace)
    g_assert_cmpuint (if_nametoindex (IFNAME), ==, 0);
}

/* A plan in one line: "10.0.0.2/24" an address, ">10.0.0.3/32" a route, ">10.0.0.3/32@1152" with its MTU,
 * ">10.0.0.3/32+5" with a metric. */
BgNetPlan *
plan_of (guint mtu, const char *text)
{
  BgNetPlan *plan = bg_net_plan_new ();
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  bg_net_plan_set_mtu (plan, mtu);
  for (char **word = words; *word && **word; word++)
    {
      char *at = strchr (*word, '@'), *plus = strchr (*word, '+');
      gboolean is_route = **word == '>';
      BgIpPrefix prefix;

      if (at)
        *at++ = '\0';
      if (plus)
        *plus++ = '\0';
      g_assert_true (bg_ip_prefix_parse (*word + is_route, &prefix));
      if (is_route)
        g_assert_true (bg_net_plan_add_route (
          plan, BG_TAG_PEER, &prefix, at ? (guint) atoi (at) : 0, plus ? (guint) atoi (plus) : 0));
      else
        bg_net_plan_add_address (plan, BG_TAG_DEVICE, &prefix);
    }
  return bg_net_plan_seal (plan);
}

void
sync_ok (LinkFixture *f, guint mtu, const char *text)
{
  g_autoptr (BgNetPlan) plan = plan_of (mtu, text);
  g_autoptr (GError) error = NULL;

  bg_link_config_sync (f->config, plan, &error);
  g_assert_no_error (error);
}

gboolean
skip (void)
{
  if (no_namespace)
    g_test_skip (no_namespace);
  return no_namespace != NULL;
}

BgIpPrefix
prefix_of (const char *text)
{
  BgIpPrefix prefix;

  g_assert_true (bg_ip_prefix_parse (text, &prefix));
  return prefix;
}

void
add_uplink (void)
{
  g_free (ip ("tuntap add bgup mode tun"));
  g_free (ip ("addr add 192.0.2.2/24 dev bgup"));
  g_free (ip ("addr add 2001:db8:1::2/64 dev bgup nodad"));
  g_free (ip ("link set bgup up"));
  g_free (ip ("route add default via 192.0.2.1 dev bgup"));
  g_free (ip ("-6 route add default via 2001:db8:1::1 dev bgup metric 7"));
}
