/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/subnet.h"

#include <glib.h>

static BgBytes
bytes_of (const char *text)
{
  return (BgBytes){ (const guint8 *) text, strlen (text) };
}

static BgSubnet
subnet (const char *text)
{
  BgSubnet subnet;

  g_assert_true (bg_subnet_read (&subnet, bytes_of (text)));
  return subnet;
}

/* Spec 9.6, vector 33, and a few more. */
static void
test_next_address (void)
{
  static const struct
  {
    const char *subnet, *used, *next;
  } vectors[] = {
    { "10.0.0.0/24", "", "10.0.0.1/24" },
    { "10.0.0.0/24", "10.0.0.1/24 10.0.0.3/24", "10.0.0.2/24" },
    { "10.0.0.0/24", "10.0.0.1/24 192.168.5.2/24", "10.0.0.2/24" },
    { "10.0.0.0/30", "10.0.0.1/30 10.0.0.2/30", NULL },
    { "10.0.0.77/24", "10.0.0.0/24 10.0.0.255/24 10.0.0.1 rubbish fd00::1/64", "10.0.0.2/24" },
    { "10.0.0.0/8", "10.0.0.1/8", "10.0.0.2/8" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      BgSubnet here = subnet (vectors[i].subnet);
      BgHosts used = { 0 }, none = { 0 };
      g_auto (GStrv) words = g_strsplit (vectors[i].used, " ", -1);
      char text[BG_SUBNET_TEXT];
      guint32 host;

      for (char **word = words; *word != NULL; word++)
        bg_hosts_add (&used, bg_subnet_host_of (&here, bytes_of (*word)));
      host = bg_hosts_lowest_free (&none, &used, &here);
      if (vectors[i].next != NULL)
        g_assert_cmpuint (bg_subnet_write (&here, host, text), ==, strlen (text));
      g_assert_cmpstr (host != 0 ? text : NULL, ==, vectors[i].next);
    }
}

/* Against a plain count: hand out until there is nothing left. */
static void
test_all_of_a_subnet (void)
{
  BgSubnet here = subnet ("10.1.0.0/23");
  BgHosts used = { 0 }, none = { 0 };
  guint32 host, count = 0;

  while ((host = bg_hosts_lowest_free (&used, &none, &here)) != 0)
    {
      char text[BG_SUBNET_TEXT];
      g_autofree char *expected = g_strdup_printf ("10.1.%u.%u/23", (count + 1) >> 8,
                                                   (count + 1) & 255);

      bg_subnet_write (&here, host, text);
      g_assert_cmpstr (text, ==, expected);
      g_assert_cmpuint (bg_subnet_host_of (&here, bytes_of (text)), ==, host);
      bg_hosts_add (&used, host);
      count++;
    }
  g_assert_cmpuint (count, ==, 510);
}

static gboolean
has_host (const BgSubnet *here, const char *address)
{
  return bg_subnet_host_of (here, bytes_of (address)) != 0;
}

static void
test_hosts (void)
{
  BgSubnet here = subnet ("10.0.0.0/24");

  g_assert_true (has_host (&here, "10.0.0.1/24"));
  g_assert_true (has_host (&here, "10.0.0.254/32"));
  g_assert_true (has_host (&here, "10.0.0.254"));
  g_assert_false (has_host (&here, "10.0.0.0/24"));
  g_assert_false (has_host (&here, "10.0.0.255/24"));
  g_assert_false (has_host (&here, "10.0.1.1/24"));
  g_assert_false (has_host (&here, "9.255.255.255/24"));
  g_assert_false (has_host (&here, "fd00::1/64"));
  g_assert_false (has_host (&here, ""));
}

static void
test_widest (void)
{
  BgSubnet here = subnet ("255.0.0.0/8");
  char text[BG_SUBNET_TEXT];

  g_assert_cmpuint (bg_subnet_host_of (&here, bytes_of ("255.255.255.254")), ==, 0xfffffe);
  g_assert_cmpuint (bg_subnet_write (&here, 0xfffffe, text), ==, strlen ("255.255.255.254/8"));
}

static void
test_bad_subnets (void)
{
  static const char *const bad[] = { "",
                                     "10.0.0.0/7",
                                     "10.0.0.0/31",
                                     "10.0.0.0",
                                     "fd00::/64",
                                     "x",
                                     "10.0.0/24",
                                     "10.0.0.0/024",
                                     "10.0.0.0/24x",
                                     "010.0.0.0/24",
                                     "256.0.0.0/24",
                                     "10.0.0.0/",
                                     "10.0.0.0.0/24",
                                     " 10.0.0.0/24" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      BgSubnet here;

      g_assert_false (bg_subnet_read (&here, bytes_of (bad[i])));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core-subnet/next-address", test_next_address);
  g_test_add_func ("/core-subnet/all-of-a-subnet", test_all_of_a_subnet);
  g_test_add_func ("/core-subnet/hosts", test_hosts);
  g_test_add_func ("/core-subnet/widest", test_widest);
  g_test_add_func ("/core-subnet/bad-subnets", test_bad_subnets);
  return g_test_run ();
}
