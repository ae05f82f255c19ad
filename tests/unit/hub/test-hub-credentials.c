/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-secret.h"
#include "hub-database.h"

#include <string.h>

#define ID "0123456789abcdef0123456789abcdef"

/* Shows a token; the one to go on with. */
static char *
show (Database *db, const char *token, gboolean rotate, gint64 now, BgRefreshVerdict wanted)
{
  char *next;
  gint64 age = -1;

  g_assert_cmpint (bg_hub_credentials_refresh (db->memory.credentials, ID, BG_DEVICE_ACTIVE, token,
                                               rotate, now, &next, &age),
                   ==, wanted);
  g_assert_cmpint (next != NULL, ==, age >= 0);
  return next;
}

static void
refuse (Database *db, const char *token, gint64 now, BgRefreshVerdict wanted)
{
  g_autofree char *next = show (db, token, TRUE, now, wanted);

  g_assert_null (next);
}

static void
test_rotation (Database *db, gconstpointer data)
{
  g_autofree char *first = bg_hub_credentials_issue (db->memory.credentials, ID, NOW);
  g_autofree char *lost = show (db, first, TRUE, NOW + 1, BG_REFRESH_ROTATE);
  g_autofree char *second = show (db, first, TRUE, NOW + 2, BG_REFRESH_REPLACE);
  g_autofree char *third = NULL;

  g_assert_cmpstr (lost, !=, second);
  refuse (db, lost, NOW + 3, BG_REFRESH_REFUSED_TOKEN);
  database_reopen (db);
  third = show (db, second, TRUE, NOW + 4, BG_REFRESH_ROTATE);
  refuse (db, first, NOW + 5, BG_REFRESH_REFUSED_TOKEN);
  g_free (show (db, third, FALSE, NOW + 6, BG_REFRESH_KEEP));
  refuse (db, second, NOW + 7, BG_REFRESH_REUSED);
  g_free (show (db, third, FALSE, NOW + 8, BG_REFRESH_KEEP));
}

static void
test_age (Database *db, gconstpointer data)
{
  g_autofree char *token = bg_hub_credentials_issue (db->memory.credentials, ID, NOW);
  g_autofree char *next = NULL, *same = NULL;
  gint64 age;

  bg_hub_credentials_refresh (db->memory.credentials, ID, BG_DEVICE_ACTIVE, token, FALSE, NOW + 99,
                              &same, &age);
  g_assert_cmpstr (same, ==, token);
  g_assert_cmpint (age, ==, 99);
  bg_hub_credentials_refresh (db->memory.credentials, ID, BG_DEVICE_ACTIVE, token, TRUE, NOW + 99,
                              &next, &age);
  g_assert_cmpint (age, ==, 0);
}

/* For 30 days after its last use, whatever use that was. */
static void
test_lifetime (Database *db, gconstpointer data)
{
  g_autofree char *token = bg_hub_credentials_issue (db->memory.credentials, ID, NOW);
  gint64 now = NOW;

  for (int i = 0; i < 5; i++)
    g_free (show (db, token, FALSE, now += BG_CREDENTIAL_LIFETIME_S, BG_REFRESH_KEEP));
  refuse (db, token, now + BG_CREDENTIAL_LIFETIME_S + 1, BG_REFRESH_REFUSED_OLD);
}

static void
test_forgotten (Database *db, gconstpointer data)
{
  g_autofree char *token = bg_hub_credentials_issue (db->memory.credentials, ID, NOW);
  g_autofree char *other = bg_hub_credentials_issue (db->memory.credentials, ID, NOW + 3);

  refuse (db, token, NOW + 4, BG_REFRESH_REFUSED_TOKEN);
  bg_hub_credentials_forget (db->memory.credentials, ID);
  g_assert_null (bg_hub_credentials_find (db->memory.credentials, ID));
  refuse (db, other, NOW + 5, BG_REFRESH_REFUSED_TOKEN);
  database_reopen (db);
  refuse (db, other, NOW + 6, BG_REFRESH_REFUSED_TOKEN);
}

static void
test_states (Database *db, gconstpointer data)
{
  g_autofree char *token = bg_hub_credentials_issue (db->memory.credentials, ID, NOW);
  const BgDeviceState out[] = { BG_DEVICE_LEFT, BG_DEVICE_REVOKED };
  char *next;
  gint64 age;

  for (gsize i = 0; i < G_N_ELEMENTS (out); i++)
    g_assert_cmpint (bg_hub_credentials_refresh (db->memory.credentials, ID, out[i], token, TRUE,
                                                 NOW, &next, &age),
                     ==, BG_REFRESH_REFUSED_DEVICE);
  g_free (show (db, token, TRUE, NOW, BG_REFRESH_ROTATE));
}

/* FIPS 180-2, B.1 */
static void
test_hash (Database *db, gconstpointer data)
{
  g_autofree char *hash = bg_hub_secret_hash ("abc");
  g_autofree char *a = bg_hub_secret_new ("x_", 32), *b = bg_hub_secret_new ("x_", 32);

  g_assert_cmpstr (hash, ==, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  g_assert_cmpuint (strlen (a), ==, 2 + 64);
  g_assert_cmpstr (a, !=, b);
  g_assert_null (bg_hub_secret_new ("", 33));
  g_assert_false (bg_hub_secret_equal ("", ""));
  g_assert_true (bg_hub_secret_equal (a, a));
  g_assert_false (bg_hub_secret_equal (a, b));
}

#define ADD(name, function)                                                                        \
  g_test_add ("/hub-credentials/" name, Database, NULL, database_set_up, function,                 \
              database_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("rotation", test_rotation);
  ADD ("age", test_age);
  ADD ("lifetime", test_lifetime);
  ADD ("forgotten", test_forgotten);
  ADD ("states", test_states);
  ADD ("hash", test_hash);
  return g_test_run ();
}
