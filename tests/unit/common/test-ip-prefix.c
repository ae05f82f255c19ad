/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/ip-prefix.h"

#include <glib.h>

static BgIpPrefix
prefix (const char *text)
{
  BgIpPrefix p;

  g_assert_true (bg_ip_prefix_parse (text, &p));
  return p;
}

static void
test_round_trip (void)
{
  static const char *const texts[][2] = {
    { "10.0.0.2/24", "10.0.0.2/24" },
    { "10.0.0.2", "10.0.0.2/32" },
    { "0.0.0.0/0", "0.0.0.0/0" },
    { "fd00::1/64", "fd00::1/64" },
    { "FD00:0:0::1", "fd00::1/128" },
    { "::/0", "::/0" },
    { "::ffff:1.2.3.4/128", "::ffff:1.2.3.4/128" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      BgIpPrefix p = prefix (texts[i][0]);
      char text[BG_IP_PREFIX_TEXT];

      bg_ip_prefix_format (&p, text);
      g_assert_cmpstr (text, ==, texts[i][1]);
    }
}

static void
test_refuses (void)
{
  static const char *const bad[] = {
    "",
    "/24",
    "10.0.0.2/",
    "10.0.0.2/33",
    "10.0.0.2/024",
    "10.0.0.2/-1",
    "10.0.0.2/2 ",
    " 10.0.0.2",
    "10.0.0",
    "010.0.0.1",
    "10.0.0.2/24/1",
    "fd00::1/129",
    "fe80::1%eth0/64",
    "1.2.3.4.5",
    "bogus",
    "10.0.0.2/99999999999999999999",
    "::1::/64",
  };
  BgIpPrefix p;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    if (bg_ip_prefix_parse (bad[i], &p))
      g_error ("“%s” was taken", bad[i]);
  g_assert_false (bg_ip_prefix_parse (NULL, &p));
}

static void
assert_masked (const char *text, const char *expected)
{
  BgIpPrefix p = prefix (text);
  char out[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_mask (&p);
  bg_ip_prefix_format (&p, out);
  g_assert_cmpstr (out, ==, expected);
}

static void
test_mask (void)
{
  assert_masked ("10.1.2.3/24", "10.1.2.0/24");
  assert_masked ("10.1.2.255/25", "10.1.2.128/25");
  assert_masked ("255.255.255.255/1", "128.0.0.0/1");
  assert_masked ("1.2.3.4/0", "0.0.0.0/0");
  assert_masked ("fd00:1:2:3:4::/33", "fd00:1::/33");
}

static void
test_contains (void)
{
  BgIpPrefix net = prefix ("10.0.0.1/24"), all = prefix ("0.0.0.0/0"), six = prefix ("::/0");
  BgIpPrefix in = prefix ("10.0.0.200"), out = prefix ("10.0.1.1"), wider = prefix ("10.0.0.0/23");

  g_assert_true (bg_ip_prefix_contains (&net, &in));
  g_assert_false (bg_ip_prefix_contains (&net, &out));
  g_assert_false (bg_ip_prefix_contains (&net, &wider));
  g_assert_true (bg_ip_prefix_contains (&all, &wider));
  g_assert_false (bg_ip_prefix_contains (&six, &in));
}

static void
test_edge (void)
{
  static const struct
  {
    const char *subnet, *host;
    gboolean is_edge;
  } vectors[] = {
    { "10.0.0.1/24", "10.0.0.0", TRUE },    { "10.0.0.1/24", "10.0.0.255", TRUE },
    { "10.0.0.1/24", "10.0.0.254", FALSE }, { "10.0.0.1/8", "10.255.255.255", TRUE },
    { "10.0.0.8/30", "10.0.0.11", TRUE },   { "10.0.0.8/30", "10.0.0.9", FALSE },
    { "10.0.0.8/31", "10.0.0.8", FALSE },   { "10.0.0.8/32", "10.0.0.8", FALSE },
    { "fd00::1/64", "fd00::", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      BgIpPrefix subnet = prefix (vectors[i].subnet), host = prefix (vectors[i].host);

      g_assert_cmpint (bg_ip_prefix_is_edge (&subnet, &host), ==, vectors[i].is_edge);
    }
}

static void
test_unicast (void)
{
  static const char *const no[] = {
    "0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "255.255.255.255", "169.254.1.1",
    "::",      "::1",     "ff02::1",   "fe80::1",   "::ffff:10.0.0.1"
  };
  static const char *const yes[] = { "10.0.0.1", "100.64.0.1", "223.255.255.254", "fd00::1",
                                     "2001:db8::1" };

  for (gsize i = 0; i < G_N_ELEMENTS (no); i++)
    {
      BgIpPrefix p = prefix (no[i]);
      g_assert_false (bg_ip_prefix_is_unicast_host (&p));
    }
  for (gsize i = 0; i < G_N_ELEMENTS (yes); i++)
    {
      BgIpPrefix p = prefix (yes[i]);
      g_assert_true (bg_ip_prefix_is_unicast_host (&p));
    }
}

static void
test_nobodys (void)
{
  static const struct
  {
    const char *text;
    gboolean is_nobodys;
  } vectors[] = {
    { "10.0.0.0/24", TRUE },   { "172.31.0.0/16", TRUE },  { "192.168.7.0/24", TRUE },
    { "100.64.0.0/10", TRUE }, { "fd00:1::/64", TRUE },    { "8.8.8.0/24", FALSE },
    { "10.0.0.0/7", FALSE },   { "172.32.0.0/16", FALSE }, { "2001:db8::/32", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      BgIpPrefix network;

      g_assert_true (bg_ip_prefix_parse (vectors[i].text, &network));
      g_assert_cmpint (bg_ip_prefix_is_nobodys (&network), ==, vectors[i].is_nobodys);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ip-prefix/round-trip", test_round_trip);
  g_test_add_func ("/ip-prefix/refuses", test_refuses);
  g_test_add_func ("/ip-prefix/mask", test_mask);
  g_test_add_func ("/ip-prefix/contains", test_contains);
  g_test_add_func ("/ip-prefix/edge", test_edge);
  g_test_add_func ("/ip-prefix/unicast", test_unicast);
  g_test_add_func ("/ip-prefix/nobodys", test_nobodys);
  return g_test_run ();
}
