/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hub-database.h"

#include <string.h>

#define ID "0123456789abcdef0123456789abcdef"
#define KEY_LIFETIME (30 * DAY)

static void
assert_read (Database *db, const char *token, gint64 now, const char *wanted)
{
  g_autofree char *id = bg_hub_access_tokens_read (db->memory.access_tokens, token, now);

  g_assert_cmpstr (id, ==, wanted);
}

static void
test_lifetime (Database *db, gconstpointer data)
{
  g_autofree char *token = bg_hub_access_tokens_make (db->memory.access_tokens, ID, FALSE, NOW);

  assert_read (db, token, NOW, ID);
  assert_read (db, token, NOW + BG_ACCESS_LIFETIME_S - 1, ID);
  assert_read (db, token, NOW + BG_ACCESS_LIFETIME_S, NULL);
  database_reopen (db);
  assert_read (db, token, NOW, ID);
}

/* No byte of it may be another one. */
static void
test_every_byte (Database *db, gconstpointer data)
{
  g_autofree char *token = bg_hub_access_tokens_make (db->memory.access_tokens, ID, TRUE, NOW);
  gsize len = strlen (token);

  for (gsize i = 0; i < len; i++)
    {
      g_autofree char *changed = g_strdup (token);
      g_autofree char *cut = g_strndup (token, i);

      changed[i] = changed[i] == 'A' ? 'B' : 'A';
      assert_read (db, changed, NOW, NULL);
      assert_read (db, cut, NOW, NULL);
    }
}

/* A key signs for 30 days, and is known until what it signed is over. */
static void
test_keys (Database *db, gconstpointer data)
{
  BgHubAccessTokens *tokens = db->memory.access_tokens;
  gint64 late = NOW + KEY_LIFETIME;
  g_autofree char *first = bg_hub_access_tokens_make (tokens, ID, FALSE, NOW);
  g_autofree char *last = bg_hub_access_tokens_make (tokens, ID, FALSE, late - 1);
  g_autofree char *next = bg_hub_access_tokens_make (tokens, ID, FALSE, late);
  gsize header = strcspn (first, ".");

  g_assert_cmpmem (first, header, last, header);
  g_assert_cmpint (memcmp (first, next, header), !=, 0);
  assert_read (db, last, late + 1, ID);
  assert_read (db, next, late + 1, ID);
  g_free (bg_hub_access_tokens_make (tokens, ID, FALSE, late + BG_ACCESS_LIFETIME_S + 1));
  assert_read (db, last, late - 1, NULL); /* its key is forgotten */
  database_reopen (db);
  assert_read (db, last, late - 1, NULL);
  assert_read (db, next, late, ID);
}

static void
test_nonsense (Database *db, gconstpointer data)
{
  static const char *const texts[] = { "", ".", "..", "...", "a.b.c", "bg_0123456789abcdef" };
  g_autofree char *longest = g_strnfill (100000, '.');

  for (int round = 0; round < 2; round++)
    {
      for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
        assert_read (db, texts[i], NOW, NULL);
      assert_read (db, longest, NOW, NULL);
      g_free (bg_hub_access_tokens_make (db->memory.access_tokens, ID, FALSE, NOW));
    }
}

#define ADD(name, function)                                                                        \
  g_test_add ("/hub-access-token/" name, Database, NULL, database_set_up, function,                \
              database_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("lifetime", test_lifetime);
  ADD ("every-byte", test_every_byte);
  ADD ("keys", test_keys);
  ADD ("nonsense", test_nonsense);
  return g_test_run ();
}
