/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/access-item.h"

static void
test_all_of_it (void)
{
  g_autoptr (BgAccessItem)
    item = bg_access_item_parse ("tcp 22 8000-8100  from laptop to 192.168.1.7/24");
  char to[BG_IP_PREFIX_TEXT];

  g_assert_nonnull (item);
  g_assert_cmpint (item->protocol, ==, BG_ACCESS_TCP);
  g_assert_cmpuint (item->n_ports, ==, 2);
  g_assert_cmpuint (item->first[0], ==, 22);
  g_assert_cmpuint (item->last[0], ==, 22);
  g_assert_cmpuint (item->first[1], ==, 8000);
  g_assert_cmpuint (item->last[1], ==, 8100);
  g_assert_cmpstr (item->peer, ==, "laptop");
  bg_ip_prefix_format (&item->to, to);
  g_assert_cmpstr (to, ==, "192.168.1.0/24");
}

static void
test_names (void)
{
  g_autoptr (BgAccessItem) quoted = bg_access_item_parse ("all from 'my phone'");
  g_autoptr (BgAccessItem) prefix = bg_access_item_parse ("all from 10.0.0.9");
  g_autoptr (BgAccessItem) plain = bg_access_item_parse ("icmp");

  g_assert_cmpstr (quoted->peer, ==, "my phone");
  g_assert_null (prefix->peer);
  g_assert_cmpint (prefix->from.len, ==, 32);
  g_assert_true (!plain->peer && plain->from.family == 0 && plain->to.family == 0);
}

static void
test_refused (void)
{
  static const char *const texts[] = {
    "",
    "22",
    "tcp from",
    "tcp to",
    "tcp 0",
    "tcp 65536",
    "tcp 90-80",
    "tcp 1-2-3",
    "tcp 22x",
    "all 22",
    "icmp 8",
    "tcp to laptop",
    "tcp to 10.0.0.0/8 from a",
    "tcp from a from b",
    "tcp from a b",
    "tcp from 10.0.0.0/8 to fd00::/8",
    "udp 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17",
    "tcp from 'a",
    "tcp from \"a\nb\"",
    "sctp 1",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (bg_access_item_parse (texts[i]))
      g_error ("“%s” was taken", texts[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/access-item/all-of-it", test_all_of_it);
  g_test_add_func ("/access-item/names", test_names);
  g_test_add_func ("/access-item/refused", test_refused);
  return g_test_run ();
}
