/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ground/virtual-subnet.h"

#include <string.h>
#include <sys/socket.h>

static BgIpPrefix
prefix (const char *text)
{
  BgIpPrefix parsed;

  g_assert_true (bg_ip_prefix_parse (text, &parsed));
  return parsed;
}

/* `data`: networks, with blanks between them. */
static gboolean
is_taken (gpointer data, const BgIpPrefix *subnet)
{
  g_auto (GStrv) words = g_strsplit (data, " ", -1);

  for (char **word = words; *word && **word; word++)
    {
      BgIpPrefix network = prefix (*word);

      if (bg_ip_prefix_contains (&network, subnet) || bg_ip_prefix_contains (subnet, &network))
        return TRUE;
    }
  return FALSE;
}

static void
assert_chosen (const char *wanted, const char *before, const char *taken, const char *expected)
{
  BgIpPrefix want = prefix (wanted), chosen;
  BgVirtualSubnet was = { .wanted = want };
  char text[BG_IP_PREFIX_TEXT] = "none";

  if (before)
    was.chosen = prefix (before);
  if (bg_virtual_subnet_choose (&want, before ? &was : NULL, is_taken, (gpointer) taken, &chosen))
    bg_ip_prefix_format (&chosen, text);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_choice (void)
{
  assert_chosen ("10.107.0.0/16", NULL, "192.168.1.0/24", "10.107.0.0/16");
  assert_chosen ("10.107.0.0/16", NULL, "10.107.3.0/24", "10.108.0.0/16");
  assert_chosen ("10.255.0.0/16", NULL, "10.255.0.0/16", "10.0.0.0/16"); /* and around again */
  assert_chosen ("10.107.0.0/16", NULL, "10.0.0.0/8", "172.16.0.0/16");
  assert_chosen ("10.107.0.0/16", NULL, "10.0.0.0/8 172.16.0.0/12", "none");
  assert_chosen ("192.168.9.0/24", NULL, "192.168.9.7/32", "10.0.0.0/24");
  assert_chosen ("172.20.0.0/14", NULL, "172.20.0.0/16 10.0.0.0/9", "10.128.0.0/14");
}

static void
test_memory (void)
{
  assert_chosen ("10.107.0.0/16", "10.120.0.0/16", "", "10.120.0.0/16");
  assert_chosen ("10.107.0.0/16", "10.120.0.0/16", "10.107.0.0/24", "10.120.0.0/16");
  assert_chosen ("10.107.0.0/16", "10.120.0.0/16", "10.120.5.0/24", "10.107.0.0/16");
  assert_chosen ("10.107.0.0/16", "10.120.0.0/20", "", "10.107.0.0/16"); /* of another size */
}

static void
test_text (void)
{
  BgVirtualSubnet subnet = { prefix ("10.107.0.0/16"), prefix ("10.108.0.0/16"), { 0 } }, read;
  g_autofree char *text = bg_virtual_subnet_to_text (&subnet);
  static const char *const bad[] = { "",
                                     "\n",
                                     "10.107.0.0/16",
                                     "none none none",
                                     "10.107.0.0/16 fd00::/112 none",
                                     "10.107.0.0/16 none 10.1.0.0/16",
                                     "a b c",
                                     "10.107.0.0/16 none none none" };

  g_assert_cmpstr (text, ==, "10.107.0.0/16 10.108.0.0/16 none\n");
  g_assert_true (bg_virtual_subnet_from_text (text, &read));
  g_assert_true (bg_ip_prefix_equal (&read.wanted, &subnet.wanted));
  g_assert_true (bg_ip_prefix_equal (&read.chosen, &subnet.chosen));
  g_assert_cmpint (read.chosen6.family, ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (bg_virtual_subnet_from_text (bad[i], &read));
}

static void
test_ipv6 (void)
{
  const guint8 chance[5] = { 1, 2, 3, 4, 5 };
  BgIpPrefix subnet = bg_virtual_subnet_invent6 (chance), expected = prefix ("fd01:203:405::/112");

  g_assert_true (bg_ip_prefix_equal (&subnet, &expected));
  g_assert_true (bg_ip_prefix_is_nobodys (&subnet));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/virtual-subnet/choice", test_choice);
  g_test_add_func ("/virtual-subnet/memory", test_memory);
  g_test_add_func ("/virtual-subnet/text", test_text);
  g_test_add_func ("/virtual-subnet/ipv6", test_ipv6);
  return g_test_run ();
}
