/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/address-pool.h"

#define NOW G_GINT64_CONSTANT (1800000000)

static BgIpPrefix
prefix (const char *text)
{
  BgIpPrefix parsed;

  g_assert_true (bg_ip_prefix_parse (text, &parsed));
  return parsed;
}

static BgAddressPool *
pool_of (const char *subnet)
{
  BgIpPrefix parsed = prefix (subnet);

  return bg_address_pool_new (&parsed);
}

static void
assert_is (guint32 address, const char *expected)
{
  BgIpPrefix host = bg_address_to_prefix (address);
  char text[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (&host, text);
  g_assert_cmpstr (address != 0 ? text : "", ==, expected);
}

static guint32
number (const char *text)
{
  BgIpPrefix host = prefix (text);

  return bg_address_of_prefix (&host);
}

static guint32
take_n (BgAddressPool *pool, guint n, gint64 now)
{
  g_autofree char *name = g_strdup_printf ("n%05u", n);

  return bg_address_pool_take (pool, name, now);
}

static void
test_in_order (void)
{
  g_autoptr (BgAddressPool) pool = pool_of ("10.107.0.0/16");

  assert_is (bg_address_pool_get_own (pool), "10.107.0.1");
  assert_is (bg_address_pool_take (pool, "api.example", NOW), "10.107.0.2");
  assert_is (bg_address_pool_take (pool, "db.prod", NOW), "10.107.0.3");
  assert_is (bg_address_pool_take (pool, "api.example", NOW), "10.107.0.2");
  assert_is (bg_address_pool_get (pool, "nobody"), "");
}

/* A /16 in which every address is somebody's: none twice, none outside, none that looks like no host's. */
static void
test_whole_subnet (void)
{
  g_autoptr (BgAddressPool) pool = pool_of ("10.107.0.0/16");
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  guint32 address;
  guint n = 0, live;

  while ((address = take_n (pool, n, NOW)) != 0)
    {
      n++;
      g_assert_true (g_hash_table_add (seen, GUINT_TO_POINTER (address)));
      g_assert_cmpuint (address >> 16, ==, 10 << 8 | 107);
      g_assert_cmpuint (address & 0xff, !=, 0);
      g_assert_cmpuint (address & 0xff, !=, 255);
    }
  g_assert_cmpuint (n, ==, 256 * 254 - 1); /* but for this machine's own */
  g_assert_cmpuint (bg_address_pool_count (pool, &live), ==, n);
  g_assert_cmpuint (live, ==, n);
}

static void
test_smallest_and_unaligned (void)
{
  g_autoptr (BgAddressPool) smallest = pool_of ("10.1.2.252/30"), upper = pool_of ("10.1.2.200/25");

  assert_is (bg_address_pool_take (smallest, "a", NOW), "10.1.2.254");
  assert_is (bg_address_pool_take (smallest, "b", NOW), "");
  assert_is (bg_address_pool_get_own (upper), "10.1.2.129");
  assert_is (bg_address_pool_take (upper, "a", NOW), "10.1.2.130");
}

static void
test_reservation_is_kept (void)
{
  g_autoptr (BgAddressPool) pool = pool_of ("10.107.0.0/16");
  guint live;

  assert_is (bg_address_pool_take (pool, "a", NOW), "10.107.0.2");
  bg_address_pool_release (pool, "a", NOW + 1);
  bg_address_pool_release (pool, "nobody", NOW + 1);
  assert_is (bg_address_pool_take (pool, "b", NOW + 100000), "10.107.0.3");
  g_assert_cmpuint (bg_address_pool_count (pool, &live), ==, 2);
  g_assert_cmpuint (live, ==, 1);
  assert_is (bg_address_pool_take (pool, "a", NOW + 100000), "10.107.0.2");
}

/* Where nobody's is left, the reservation that was unused for the longest time goes, once it has rested. */
static void
test_reuse (void)
{
  g_autoptr (BgAddressPool) pool = pool_of ("10.1.2.0/29"); /* .2 to .6 */

  for (guint n = 2; n <= 6; n++)
    g_assert_cmpuint (take_n (pool, n, NOW) & 0xff, ==, n);
  bg_address_pool_release (pool, "n00005", NOW + 10);
  bg_address_pool_release (pool, "n00003", NOW + 20);
  assert_is (bg_address_pool_take (pool, "new", NOW + 10 + BG_ADDRESS_REST_S - 1), "");
  assert_is (bg_address_pool_take (pool, "new", NOW + 10 + BG_ADDRESS_REST_S), "10.1.2.5");
  assert_is (bg_address_pool_get (pool, "n00005"), "");
  assert_is (bg_address_pool_take (pool, "newer", NOW + 10 + BG_ADDRESS_REST_S), "");
  assert_is (take_n (pool, 3, NOW + 10 + BG_ADDRESS_REST_S), "10.1.2.3"); /* its own, at any time */
}

static void
test_restore (void)
{
  g_autoptr (BgAddressPool) pool = pool_of ("10.1.2.0/24");

  g_assert_true (bg_address_pool_restore (pool, "a", number ("10.1.2.2"), NOW));
  g_assert_true (bg_address_pool_restore (pool, "edge", number ("10.1.2.4"), NOW));
  g_assert_false (bg_address_pool_restore (pool, "a", number ("10.1.2.9"), NOW));
  g_assert_false (bg_address_pool_restore (pool, "b", number ("10.1.2.2"), NOW));
  g_assert_false (bg_address_pool_restore (pool, "b", number ("10.1.2.0"), NOW));
  g_assert_false (bg_address_pool_restore (pool, "b", number ("10.1.2.1"), NOW));
  g_assert_false (bg_address_pool_restore (pool, "b", number ("10.1.2.255"), NOW));
  g_assert_false (bg_address_pool_restore (pool, "b", number ("10.1.3.2"), NOW));
  assert_is (bg_address_pool_take (pool, "b", NOW), "10.1.2.3");
  assert_is (bg_address_pool_take (pool, "c", NOW), "10.1.2.5");
  assert_is (bg_address_pool_take (pool, "a", NOW), "10.1.2.2");
}

/* What was restored may end in 0 or 255. */
static void
test_restore_what_looks_like_no_host (void)
{
  g_autoptr (BgAddressPool) pool = pool_of ("10.107.0.0/16");

  g_assert_true (bg_address_pool_restore (pool, "a", number ("10.107.3.255"), NOW));
  assert_is (bg_address_pool_take (pool, "a", NOW), "10.107.3.255");
}

static void
assert_mirror (const BgAddressPool *pool, const char *address, const char *other,
               const char *expected)
{
  BgIpPrefix there = prefix (other), host;
  char text[BG_IP_PREFIX_TEXT] = "";

  if (bg_address_pool_mirror (pool, number (address), &there, &host))
    bg_ip_prefix_format (&host, text);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_mirror (void)
{
  g_autoptr (BgAddressPool) pool = pool_of ("10.107.0.0/16");

  assert_mirror (pool, "10.107.1.9", "127.107.0.0/16", "127.107.1.9/32");
  assert_mirror (pool, "10.107.1.9", "fd12:3456:789a:1::/64", "fd12:3456:789a:1::109/128");
  assert_mirror (pool, "10.107.1.9", "fd12::ab:0/112", "fd12::ab:109/128");
  assert_mirror (pool, "10.107.1.9", "10.9.0.0/24", "");
  assert_mirror (pool, "10.107.0.255", "10.9.0.0/24", "");
  assert_mirror (pool, "10.107.0.254", "10.9.0.0/24", "10.9.0.254/32");
}

static void
append (const BgAddressLease *lease, gpointer data)
{
  g_string_append_printf (data, "%s=%u%s ", lease->name, lease->address & 0xff,
                          lease->is_live ? "!" : "");
}

static void
test_foreach (void)
{
  g_autoptr (BgAddressPool) pool = pool_of ("10.1.2.0/24");
  g_autoptr (GString) text = g_string_new (NULL);

  bg_address_pool_take (pool, "b", NOW);
  bg_address_pool_take (pool, "a", NOW);
  bg_address_pool_release (pool, "b", NOW);
  bg_address_pool_foreach (pool, append, text);
  g_assert_cmpstr (text->str, ==, "a=3! b=2 ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/address-pool/in-order", test_in_order);
  g_test_add_func ("/address-pool/whole-subnet", test_whole_subnet);
  g_test_add_func ("/address-pool/smallest-and-unaligned", test_smallest_and_unaligned);
  g_test_add_func ("/address-pool/reservation-is-kept", test_reservation_is_kept);
  g_test_add_func ("/address-pool/reuse", test_reuse);
  g_test_add_func ("/address-pool/restore", test_restore);
  g_test_add_func ("/address-pool/restore-what-looks-like-no-host",
                   test_restore_what_looks_like_no_host);
  g_test_add_func ("/address-pool/mirror", test_mirror);
  g_test_add_func ("/address-pool/foreach", test_foreach);
  return g_test_run ();
}
