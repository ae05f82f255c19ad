/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hub-database.h"

static BgRecord
record (Database *db, const char *address, const char *name, const char *key)
{
  return bg_hub_network_record_device (db->network, BG_HUB_MAIN_ROOM, address, name, key, NOW);
}

static void
assert_devices (Database *db, const char *expected)
{
  g_autofree char *devices = database_devices (db);

  g_assert_cmpstr (devices, ==, expected);
}

static void
assert_reserve (Database *db, const char *key, BgReservation how, gint64 now, const char *expected)
{
  g_autofree char *address = bg_hub_network_reserve (db->network, key, how, now);

  g_assert_cmpstr (address, ==, expected);
}

static void
test_devices (Database *db, gconstpointer data)
{
  assert_devices (db, "");
  g_assert_cmpint (record (db, "10.0.0.1/24", "alpha", KEY_A), ==, BG_RECORD_WRITE);
  g_assert_cmpint (record (db, "10.0.0.1/24", "alpha", KEY_A), ==, BG_RECORD_KEPT);
  assert_devices (db, "10.0.0.1/24 alpha A");
  g_assert_cmpint (record (db, "10.0.0.1/32", "renamed", KEY_A), ==, BG_RECORD_WRITE);
  assert_devices (db, "10.0.0.1/24 renamed A");
  database_reopen (db);
  assert_devices (db, "10.0.0.1/24 renamed A");
}

static void
test_foreign_addresses (Database *db, gconstpointer data)
{
  record (db, "10.0.0.1/24", "alpha", KEY_A);
  g_assert_cmpint (record (db, "10.0.0.1/24", "alpha", KEY_B), ==, BG_RECORD_FOREIGN);
  g_assert_cmpint (record (db, "10.0.0.1/25", "mallory", KEY_B), ==, BG_RECORD_FOREIGN);
  assert_devices (db, "10.0.0.1/24 alpha A");
}

static void
test_unfit (Database *db, gconstpointer data)
{
  g_assert_cmpint (record (db, NULL, "a", KEY_A), ==, BG_RECORD_UNFIT);
  g_assert_cmpint (record (db, "192.168.0.1/24", "a", KEY_A), ==, BG_RECORD_UNFIT);
  g_assert_cmpint (record (db, "10.0.0.1/24", "a", "no key"), ==, BG_RECORD_UNFIT);
  g_assert_cmpint (record (db, "10.0.0.1/24", "a", ""), ==, BG_RECORD_UNFIT);
  assert_devices (db, "");
}

/* Two machines that ask at once; one of them asks twice. */
static void
test_asking_reserves (Database *db, gconstpointer data)
{
  assert_reserve (db, KEY_A, BG_ASKED, NOW, "10.0.0.1/24");
  assert_reserve (db, KEY_B, BG_ASKED, NOW, "10.0.0.2/24");
  assert_reserve (db, KEY_A, BG_ASKED, NOW, "10.0.0.1/24");
  assert_reserve (db, NULL, BG_ASKED, NOW, "10.0.0.3/24");
  assert_reserve (db, NULL, BG_ASKED, NOW, "10.0.0.4/24");
  assert_devices (db, ""); /* a question makes no device */
  g_assert_cmpint (record (db, "10.0.0.1/24", "mallory", KEY_B), ==, BG_RECORD_FOREIGN);
  g_assert_cmpint (record (db, "10.0.0.1/24", "alpha", KEY_A), ==, BG_RECORD_WRITE);
  assert_devices (db, "10.0.0.1/24 alpha A");
  database_reopen (db);
  assert_reserve (db, KEY_A, BG_ASKED, NOW + 2 * DAY, "10.0.0.1/24");
  assert_reserve (db, KEY_B, BG_ASKED, NOW + 1, "10.0.0.2/24");
}

static void
test_reservations_expire (Database *db, gconstpointer data)
{
  assert_reserve (db, KEY_A, BG_INVITED, NOW, "10.0.0.1/24");
  assert_reserve (db, NULL, BG_INVITED, NOW, "10.0.0.2/24");
  assert_reserve (db, NULL, BG_ASKED, NOW, "10.0.0.3/24");
  database_reopen (db);
  assert_reserve (db, NULL, BG_ASKED, NOW + 599, "10.0.0.4/24");
  assert_reserve (db, NULL, BG_ASKED, NOW + 600, "10.0.0.3/24");
  assert_reserve (db, KEY_B, BG_ASKED, NOW + DAY - 1, "10.0.0.3/24");
  assert_reserve (db, NULL, BG_INVITED, NOW + DAY, "10.0.0.1/24");
  assert_reserve (db, NULL, BG_INVITED, NOW + DAY, "10.0.0.2/24");
}

static void
test_joining_ends_a_reservation (Database *db, gconstpointer data)
{
  assert_reserve (db, NULL, BG_INVITED, NOW, "10.0.0.1/24");
  record (db, "10.0.0.1/24", "alpha", KEY_A);
  database_reopen (db);
  assert_reserve (db, NULL, BG_INVITED, NOW + 2 * DAY, "10.0.0.2/24");
  assert_devices (db, "10.0.0.1/24 alpha A, 10.0.0.2/24  ");
}

/* Of a full network, only what a question has held for ten minutes gives way. */
static void
test_full_network (Database *db, gconstpointer data)
{
  assert_reserve (db, KEY_A, BG_ASKED, NOW, "10.0.0.1/30");
  assert_reserve (db, NULL, BG_INVITED, NOW, "10.0.0.2/30");
  assert_reserve (db, KEY_B, BG_ASKED, NOW + 599, NULL);
  assert_reserve (db, KEY_B, BG_INVITED, NOW + 600, "10.0.0.1/30");
  assert_reserve (db, KEY_A, BG_ASKED, NOW + 600, NULL);
}

static void
list_present (const char *room, GPtrArray *addresses, gpointer data)
{
  g_assert_cmpstr (room, ==, BG_HUB_MAIN_ROOM);
  g_ptr_array_add (addresses, data);
}

/* A machine that is here, though no record says so. */
static void
test_present_addresses_are_not_given_away (Database *db, gconstpointer data)
{
  char here[] = "10.0.0.1/32";

  bg_hub_network_set_presence (db->network, list_present, here);
  assert_reserve (db, KEY_A, BG_ASKED, NOW, "10.0.0.2/30");
  assert_reserve (db, KEY_B, BG_ASKED, NOW, NULL);
}

static void
test_present_addresses_do_not_give_way (Database *db, gconstpointer data)
{
  char here[] = "10.0.0.1/30";

  assert_reserve (db, KEY_A, BG_ASKED, NOW, "10.0.0.1/30");
  assert_reserve (db, NULL, BG_INVITED, NOW, "10.0.0.2/30");
  bg_hub_network_set_presence (db->network, list_present, here);
  assert_reserve (db, KEY_B, BG_INVITED, NOW + 700, NULL);
}

static void
test_questions_are_bounded (Database *db, gconstpointer data)
{
  for (guint i = 0; i < 256; i++)
    g_free (bg_hub_network_reserve (db->network, NULL, BG_ASKED, NOW));
  assert_reserve (db, NULL, BG_ASKED, NOW, NULL);
  assert_reserve (db, NULL, BG_INVITED, NOW, "10.0.1.1/16");
}

/* Whoever has the token can invent rooms; the one that matters has a share that they cannot fill. */
static void
test_other_rooms_are_bounded (Database *db, gconstpointer data)
{
  guint taken = 0;

  for (guint i = 0; i < 20000; i++)
    {
      g_autofree char *room = g_strdup_printf ("room-%u", i);

      taken += bg_hub_network_record_device (db->network, room, "10.0.0.1/24", "a", KEY_A, NOW)
               == BG_RECORD_WRITE;
    }
  g_assert_cmpuint (taken, ==, 4096);
  g_assert_cmpint (record (db, "10.0.0.1/24", "alpha", KEY_A), ==, BG_RECORD_WRITE);
}

#define ADD(name, subnet, function)                                                                \
  g_test_add ("/hub-network/" name, Database, subnet, database_set_up, function, database_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("devices", NULL, test_devices);
  ADD ("foreign-addresses", NULL, test_foreign_addresses);
  ADD ("unfit", NULL, test_unfit);
  ADD ("asking-reserves", NULL, test_asking_reserves);
  ADD ("reservations-expire", NULL, test_reservations_expire);
  ADD ("joining-ends-a-reservation", NULL, test_joining_ends_a_reservation);
  ADD ("full-network", "10.0.0.0/30", test_full_network);
  ADD ("present-addresses-are-not-given-away", "10.0.0.0/30",
       test_present_addresses_are_not_given_away);
  ADD ("present-addresses-do-not-give-way", "10.0.0.0/30", test_present_addresses_do_not_give_way);
  ADD ("questions-are-bounded", "10.0.0.0/16", test_questions_are_bounded);
  ADD ("other-rooms-are-bounded", NULL, test_other_rooms_are_bounded);
  return g_test_run ();
}
