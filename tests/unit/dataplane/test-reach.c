/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/reach.h"

#include <arpa/inet.h>
#include <glib.h>
#include <sys/socket.h>

static BgAllowedIp
prefix (const char *address, guint8 len)
{
  BgAllowedIp ip = { .family = strchr (address, ':') ? AF_INET6 : AF_INET, .prefix = len };

  g_assert_cmpint (inet_pton (ip.family, address, ip.addr), ==, 1);
  return ip;
}

static gboolean
admits (const BgReach *reach, BgReachPeers of, const char *address)
{
  const BgAllowedIp own[] = { prefix ("10.0.0.1", 24), prefix ("fd09::1", 64) };
  BgAllowedIp dst = prefix (address, 0);

  return bg_reach_admits (reach, of, own, G_N_ELEMENTS (own), dst.family, dst.addr);
}

static void
assert_all (const BgReach *reach, BgReachPeers of, const char *const *addresses, gboolean admitted)
{
  for (; *addresses; addresses++)
    g_assert_cmpint (admits (reach, of, *addresses), ==, admitted);
}

static const char *const ours[] = { "10.0.0.1", "fd09::1", "224.0.0.251", "255.255.255.255",
                                    "ff02::1",  "fe80::1", NULL },
                         *const offered[] = { "192.168.1.1", "192.168.1.255", "10.77.1.9",
                                              "fd77::5:1",   "10.9.0.1",      NULL },
                         *const others[] = { "192.168.2.1", "192.168.0.255", "10.0.0.2",
                                             "10.0.0.255",  "10.9.0.2",      "8.8.8.8",
                                             "169.254.1.1", "fd77:0:1::1",   "fd09::2",
                                             "fec0::1",     "2001:db8::1",   NULL };

static void
test_offered (void)
{
  const BgAllowedIp prefixes[] = { prefix ("192.168.1.0", 24), prefix ("10.77.1.0", 25),
                                   prefix ("fd77::", 48), prefix ("10.9.0.1", 32) };
  BgReach *reach = bg_reach_new (prefixes, G_N_ELEMENTS (prefixes), BG_REACH_MESH);

  assert_all (reach, BG_REACH_MESH, ours, TRUE);
  assert_all (reach, BG_REACH_MESH, offered, TRUE);
  assert_all (reach, BG_REACH_MESH, others, FALSE);
  assert_all (reach, BG_REACH_STATIC, others, TRUE);
  bg_reach_free (reach);
}

static void
test_nothing_offered (void)
{
  BgReach *reach = bg_reach_new (NULL, 0, BG_REACH_MESH | BG_REACH_STATIC);

  assert_all (reach, BG_REACH_STATIC, ours, TRUE);
  assert_all (reach, BG_REACH_STATIC, offered, FALSE);
  assert_all (reach, BG_REACH_STATIC, others, FALSE);
  bg_reach_free (reach);
}

/* An exit for IPv4 is none for IPv6. */
static void
test_exit (void)
{
  const BgAllowedIp all4 = prefix ("0.0.0.0", 0);
  BgReach *reach = bg_reach_new (&all4, 1, BG_REACH_MESH);

  g_assert_true (admits (reach, BG_REACH_MESH, "8.8.8.8"));
  g_assert_false (admits (reach, BG_REACH_MESH, "2001:db8::1"));
  bg_reach_free (reach);
}

static void
test_all (void)
{
  BgReach *reach = bg_reach_new (NULL, 0, 0);

  assert_all (reach, BG_REACH_MESH, others, TRUE);
  assert_all (NULL, BG_REACH_MESH, others, TRUE);
  bg_reach_free (reach);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reach/offered", test_offered);
  g_test_add_func ("/reach/nothing-offered", test_nothing_offered);
  g_test_add_func ("/reach/exit", test_exit);
  g_test_add_func ("/reach/all", test_all);
  return g_test_run ();
}
