/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/prefix-set.h"

#include <sys/socket.h>

static BgIpPrefix
prefix (const char *text)
{
  BgIpPrefix p;

  g_assert_true (bg_ip_prefix_parse (text, &p));
  return p;
}

static void
add (BgPrefixSet *set, const char *text)
{
  BgIpPrefix p = prefix (text);

  bg_prefix_set_add (set, &p);
}

static gboolean
contains (const BgPrefixSet *set, const char *text)
{
  BgIpPrefix p = prefix (text);

  return bg_prefix_set_contains (set, &p);
}

static void
test_contains (void)
{
  g_autoptr (BgPrefixSet) set = bg_prefix_set_new ();

  g_assert_false (contains (set, "10.0.0.1"));
  add (set, "10.0.0.7/24");
  add (set, "192.0.2.1");
  add (set, "2001:db8::/32");
  g_assert_true (contains (set, "10.0.0.255"));
  g_assert_true (contains (set, "10.0.0.0/24"));
  g_assert_false (contains (set, "10.0.0.0/23"));
  g_assert_false (contains (set, "10.0.1.0"));
  g_assert_true (contains (set, "192.0.2.1"));
  g_assert_false (contains (set, "192.0.2.0"));
  g_assert_true (contains (set, "2001:db8:ffff::1"));
  g_assert_false (contains (set, "2001:db9::1"));
}

/* The same bits are another network in the other family. */
static void
test_families (void)
{
  g_autoptr (BgPrefixSet) set = bg_prefix_set_new ();

  add (set, "a00::/8");
  g_assert_false (contains (set, "10.0.0.1"));
  add (set, "0.0.0.0/0");
  g_assert_true (contains (set, "10.0.0.1"));
  g_assert_false (contains (set, "::1"));
}

/* As bg_ip_prefix_contains() says of each. */
static void
test_many (void)
{
  g_autoptr (BgPrefixSet) set = bg_prefix_set_new ();
  BgIpPrefix networks[200];

  for (guint i = 0; i < G_N_ELEMENTS (networks); i++)
    {
      networks[i] = (BgIpPrefix){ .family = AF_INET,
                                  .len = (uint8_t) g_test_rand_int_range (12, 33) };
      networks[i].addr[0] = 10;
      networks[i].addr[1] = (uint8_t) g_test_rand_int_range (0, 8);
      networks[i].addr[2] = (uint8_t) g_test_rand_int_range (0, 256);
      bg_prefix_set_add (set, &networks[i]);
    }
  for (guint n = 0; n < 2000; n++)
    {
      BgIpPrefix host = { .family = AF_INET, .len = 32 };
      gboolean expected = FALSE;

      host.addr[0] = 10;
      host.addr[1] = (uint8_t) g_test_rand_int_range (0, 16);
      host.addr[2] = (uint8_t) g_test_rand_int_range (0, 256);
      host.addr[3] = (uint8_t) g_test_rand_int_range (0, 256);
      for (guint i = 0; i < G_N_ELEMENTS (networks); i++)
        {
          BgIpPrefix network = networks[i];

          bg_ip_prefix_mask (&network);
          expected |= bg_ip_prefix_contains (&network, &host);
        }
      g_assert_cmpint (bg_prefix_set_contains (set, &host), ==, expected);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/common/prefix-set/contains", test_contains);
  g_test_add_func ("/common/prefix-set/families", test_families);
  g_test_add_func ("/common/prefix-set/many", test_many);
  return g_test_run ();
}
