/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hub-database.h"

#include <string.h>

static BgHubRedeem
redeem (Database *db, const char *code, const char *key, gint64 now, const char *expected_address)
{
  g_autofree char *address = NULL, *server_url = NULL;
  BgHubRedeem verdict = bg_hub_invites_redeem (db->invites, code, key, now, &address, &server_url);

  g_assert_cmpstr (address, ==, expected_address);
  g_assert_cmpstr (server_url, ==, expected_address != NULL ? "https://h" : NULL);
  return verdict;
}

static gboolean
invite_at (Database *db, const char *code, gint64 now)
{
  return bg_hub_invites_add (db->invites, code, "https://h", "", "", now, 600);
}

static void
invite (Database *db, const char *code)
{
  g_assert_true (invite_at (db, code, NOW));
}

static void
test_new_codes (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (int i = 0; i < 1000; i++)
    {
      char *code = bg_hub_invite_code_new ();

      g_assert_cmpuint (strlen (code), ==, 9);
      g_assert_cmpint (code[4], ==, '-');
      g_assert_cmpuint (strspn (code, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789-"), ==, 9);
      g_assert_true (g_hash_table_add (seen, code));
    }
}

static void
test_redeem (Database *db, gconstpointer data)
{
  g_autofree char *devices = NULL;

  bg_hub_network_record_device (db->network, BG_HUB_MAIN_ROOM, "10.0.0.1/24", "alpha", KEY_A, NOW);
  invite (db, "AB12-CD34");
  g_assert_cmpint (redeem (db, "AB12-CD35", NULL, NOW, NULL), ==, BG_HUB_REDEEM_UNKNOWN);
  g_assert_cmpint (redeem (db, "AB12-CD34", NULL, NOW, "10.0.0.2/24"), ==, BG_HUB_REDEEM_DONE);
  g_assert_cmpint (redeem (db, "AB12-CD34", NULL, NOW, NULL), ==, BG_HUB_REDEEM_UNKNOWN);
  devices = database_devices (db);
  g_assert_cmpstr (devices, ==, "10.0.0.1/24 alpha A, 10.0.0.2/24  ");
}

/* The answer got lost, or the machine's own trouble came after it. */
static void
test_redeem_again_with_the_same_key (Database *db, gconstpointer data)
{
  invite (db, "AAAA-AAAA");
  g_assert_cmpint (redeem (db, "AAAA-AAAA", KEY_A, NOW, "10.0.0.1/24"), ==, BG_HUB_REDEEM_DONE);
  database_reopen (db);
  g_assert_cmpint (redeem (db, "AAAA-AAAA", KEY_A, NOW + 599, "10.0.0.1/24"), ==,
                   BG_HUB_REDEEM_DONE);
  g_assert_cmpint (redeem (db, "AAAA-AAAA", KEY_B, NOW + 1, NULL), ==, BG_HUB_REDEEM_UNKNOWN);
  g_assert_cmpint (redeem (db, "AAAA-AAAA", NULL, NOW + 1, NULL), ==, BG_HUB_REDEEM_UNKNOWN);
  g_assert_cmpint (redeem (db, "AAAA-AAAA", KEY_A, NOW + 600, NULL), ==, BG_HUB_REDEEM_UNKNOWN);
}

/* Without a key it is nobody's to redeem again. */
static void
test_redeemed_without_a_key (Database *db, gconstpointer data)
{
  invite (db, "AAAA-AAAA");
  redeem (db, "AAAA-AAAA", NULL, NOW, "10.0.0.1/24");
  g_assert_cmpint (redeem (db, "AAAA-AAAA", "", NOW, NULL), ==, BG_HUB_REDEEM_UNKNOWN);
  g_assert_cmpint (redeem (db, "AAAA-AAAA", KEY_A, NOW, NULL), ==, BG_HUB_REDEEM_UNKNOWN);
}

/* A device that is in the network keeps its address, whatever invite it comes with. */
static void
test_known_device_keeps_its_address (Database *db, gconstpointer data)
{
  bg_hub_network_record_device (db->network, BG_HUB_MAIN_ROOM, "10.0.0.7/24", "alpha", KEY_A, NOW);
  invite (db, "AAAA-AAAA");
  g_assert_cmpint (redeem (db, "AAAA-AAAA", KEY_A, NOW, "10.0.0.7/24"), ==, BG_HUB_REDEEM_DONE);
}

static void
test_expiry (Database *db, gconstpointer data)
{
  invite (db, "AAAA-AAAA");
  invite (db, "BBBB-BBBB");
  g_assert_cmpint (redeem (db, "AAAA-AAAA", NULL, NOW + 599, "10.0.0.1/24"), ==,
                   BG_HUB_REDEEM_DONE);
  g_assert_cmpint (redeem (db, "BBBB-BBBB", NULL, NOW + 600, NULL), ==, BG_HUB_REDEEM_EXPIRED);
}

static void
test_full_subnet (Database *db, gconstpointer data)
{
  bg_hub_network_record_device (db->network, BG_HUB_MAIN_ROOM, "10.0.0.1/30", "a", KEY_A, NOW);
  bg_hub_network_record_device (db->network, BG_HUB_MAIN_ROOM, "10.0.0.2/30", "b", KEY_B, NOW);
  invite (db, "AAAA-AAAA");
  g_assert_cmpint (redeem (db, "AAAA-AAAA", NULL, NOW, NULL), ==, BG_HUB_REDEEM_NO_ADDRESS);
  g_assert_cmpint (redeem (db, "AAAA-AAAA", NULL, NOW, NULL), ==, /* still unused */
                   BG_HUB_REDEEM_NO_ADDRESS);
}

static void
test_open_invites_are_bounded (Database *db, gconstpointer data)
{
  guint made = 0;

  for (;; made++)
    {
      g_autofree char *code = g_strdup_printf ("AAAA-%04u", made);

      if (!invite_at (db, code, NOW))
        break;
    }
  g_assert_cmpuint (made, ==, 1024);
  g_assert_true (invite_at (db, "LATE-LATE", NOW + 601));
}

static void
test_kept_invites_are_bounded (Database *db, gconstpointer data)
{
  for (guint i = 0; i < 6000; i++)
    {
      g_autofree char *code = g_strdup_printf ("%04u-%04u", i / 1000, i);

      g_assert_true (invite_at (db, code, NOW + i));
    }
  g_assert_cmpuint (bg_hub_invites_count (db->invites), ==, 4096);
  database_reopen (db);
  g_assert_cmpuint (bg_hub_invites_count (db->invites), ==, 4096);
  g_assert_true (invite_at (db, "LATE-LATE", NOW + 6000 + 600 + DAY));
  g_assert_cmpuint (bg_hub_invites_count (db->invites), ==, 1);
}

static void
test_reopen (Database *db, gconstpointer data)
{
  invite (db, "AAAA-AAAA");
  database_reopen (db);
  g_assert_cmpint (redeem (db, "AAAA-AAAA", NULL, NOW, "10.0.0.1/24"), ==, BG_HUB_REDEEM_DONE);
  database_reopen (db);
  g_assert_cmpint (redeem (db, "AAAA-AAAA", NULL, NOW, NULL), ==, BG_HUB_REDEEM_UNKNOWN);
}

#define ADD(name, subnet, function)                                                                \
  g_test_add ("/hub-invites/" name, Database, subnet, database_set_up, function, database_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hub-invites/new-codes", test_new_codes);
  ADD ("redeem", NULL, test_redeem);
  ADD ("redeem-again-with-the-same-key", NULL, test_redeem_again_with_the_same_key);
  ADD ("redeemed-without-a-key", NULL, test_redeemed_without_a_key);
  ADD ("known-device-keeps-its-address", NULL, test_known_device_keeps_its_address);
  ADD ("expiry", NULL, test_expiry);
  ADD ("full-subnet", "10.0.0.0/30", test_full_subnet);
  ADD ("open-invites-are-bounded", NULL, test_open_invites_are_bounded);
  ADD ("kept-invites-are-bounded", NULL, test_kept_invites_are_bounded);
  ADD ("reopen", NULL, test_reopen);
  return g_test_run ();
}
