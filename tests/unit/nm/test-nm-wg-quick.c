/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg-quick.h"

#include <string.h>

#define PRIVATE "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
#define PUBLIC "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="
#define PUBLIC2 "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0="
#define PSK "FpCyhws9cxwWoV4xELtfJvjJN+zQVRPISllRWgeopVE="

static const char file[] =
  "\r\n# home\n[Interface]\nprivatekey=" PRIVATE " # mine\n#PrivateKey = " PRIVATE
  "\nAddress = 10.9.0.2/24\nDNS = 10.9.0.1, home.example\n\n"
  "# office\n[Peer]\nPublicKey = " PUBLIC "\nPresharedKey = " PSK
  "\nAllowedIPs = 10.9.0.1/32, 10.80.0.0/16\nEndpoint = 198.51.100.9:51820\n"
  "[PEER]\nPublicKey=" PUBLIC2 " # was " PRIVATE "\nSecretKey = " PRIVATE "\n";

static const char *
find (gpointer secrets, const char *name)
{
  return g_hash_table_lookup (secrets, name);
}

static void
test_no_key_stays (void)
{
  g_autoptr (GHashTable) secrets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autofree char *text = wg_quick_take_secrets (file, secrets);

  g_assert_true (wg_quick_is (file));
  g_assert_null (strstr (text, PRIVATE));
  g_assert_null (strstr (text, PSK));
  g_assert_nonnull (strstr (text, "# office\n[Peer]\nPublicKey = " PUBLIC));
  g_assert_nonnull (strstr (text, "AllowedIPs = 10.9.0.1/32, 10.80.0.0/16"));
  g_assert_cmpuint (g_hash_table_size (secrets), ==, 2);
  g_assert_cmpstr (find (secrets, "private-key"), ==, PRIVATE);
  g_assert_cmpstr (find (secrets, "preshared-key-1"), ==, PSK);
}

static void
test_round_trip (void)
{
  g_autoptr (GHashTable) secrets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GHashTable) again = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autofree char *text = wg_quick_take_secrets (file, secrets);
  g_autofree char *whole = wg_quick_put_secrets (text, find, secrets);
  g_autofree char *text2 = wg_quick_take_secrets (whole, again);

  g_assert_nonnull (strstr (whole, "[Interface]\nPrivateKey = " PRIVATE "\n"));
  g_assert_nonnull (strstr (whole, "[Peer]\nPresharedKey = " PSK "\n"));
  g_assert_cmpstr (text2, ==, text);
  g_assert_cmpstr (find (again, "private-key"), ==, PRIVATE);
  g_assert_cmpuint (g_hash_table_size (again), ==, 2);
}

static const char *
find_lines (gpointer key, const char *name)
{
  return key;
}

/* Whoever keeps a secret of a connection is not whoever made it. */
static void
test_no_lines_in_keys (void)
{
  static const char *const bad[] = {
    PRIVATE "\n[Peer]\nPublicKey = " PUBLIC, PRIVATE " ", " " PRIVATE, PRIVATE "=", "short=", ""
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *whole = wg_quick_put_secrets ("[Interface]\n[Peer]\n", find_lines,
                                                     (gpointer) bad[i]);

      g_assert_cmpstr (whole, ==, "[Interface]\n[Peer]\n");
      g_assert_false (wg_quick_is_key (bad[i]));
    }
  g_assert_true (wg_quick_is_key (PRIVATE));
}

static void
test_lists (void)
{
  g_auto (GStrv) peers = wg_quick_list_peers (file), dns = wg_quick_list_dns (file);
  g_autofree char *all = g_strjoinv (" ", peers), *words = g_strjoinv (" ", dns);

  g_assert_cmpstr (all, ==, PUBLIC " " PUBLIC2);
  g_assert_cmpstr (words, ==, "10.9.0.1 home.example");
}

static void
test_others (void)
{
  g_assert_false (wg_quick_is (""));
  g_assert_false (wg_quick_is ("[connection]\nid=x\n[Interface]\n"));
  g_assert_false (wg_quick_is ("bamgatectl up\n"));
  g_assert_true (wg_quick_is ("\n# x\n  [peer]\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nm/wg-quick/no-key-stays", test_no_key_stays);
  g_test_add_func ("/nm/wg-quick/round-trip", test_round_trip);
  g_test_add_func ("/nm/wg-quick/no-lines-in-keys", test_no_lines_in_keys);
  g_test_add_func ("/nm/wg-quick/lists", test_lists);
  g_test_add_func ("/nm/wg-quick/others", test_others);
  return g_test_run ();
}
