/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg-test.h"

#include <string.h>

enum
{
  ENTRIES = 3000
};

static void
test_many (void)
{
  g_autofree WgIndexEntry *entries = g_new0 (WgIndexEntry, ENTRIES);
  guint64 seed = 5;
  WgIndexTable table;

  wg_index_init (&table);
  for (int i = 0; i < ENTRIES; i++)
    g_assert_true (wg_index_insert (&table, &entries[i], test_random, &seed));
  g_assert_cmpuint (table.n_entries, ==, ENTRIES);
  g_assert_cmpuint (table.n_buckets, >=, ENTRIES / 2);
  for (int i = 0; i < ENTRIES; i++)
    g_assert_true (wg_index_lookup (&table, entries[i].index) == &entries[i]);
  for (int i = 0; i < ENTRIES; i += 2)
    wg_index_remove (&table, &entries[i]);
  for (int i = 0; i < ENTRIES; i++)
    g_assert_true (wg_index_lookup (&table, entries[i].index) == (i % 2 ? &entries[i] : NULL));
  wg_index_remove (&table, &entries[0]); /* twice is fine */
  for (int i = 1; i < ENTRIES; i += 2)
    wg_index_remove (&table, &entries[i]);
  g_assert_cmpuint (table.n_entries, ==, 0);
  wg_index_clear (&table);
}

static void
test_replace (void)
{
  WgIndexEntry handshake = { 0 }, session = { 0 };
  guint64 seed = 5;
  WgIndexTable table;
  guint32 index;

  wg_index_init (&table);
  g_assert_true (wg_index_insert (&table, &handshake, test_random, &seed));
  index = handshake.index;
  wg_index_replace (&table, &handshake, &session);
  g_assert_false (handshake.linked);
  g_assert_true (wg_index_lookup (&table, index) == &session);
  g_assert_true (
    wg_index_insert (&table, &session, test_random, &seed)); /* a new index, the old one is free */
  g_assert_null (wg_index_lookup (&table, index));
  g_assert_cmpuint (table.n_entries, ==, 1);
  wg_index_remove (&table, &session);
  wg_index_clear (&table);
}

static bool
always_same (void *data, void *bytes, size_t len)
{
  memset (bytes, 0x42, len);
  return true;
}

static bool
no_randomness (void *data, void *bytes, size_t len)
{
  return false;
}

static void
test_bad_randomness (void)
{
  WgIndexEntry one = { 0 }, two = { 0 };
  WgIndexTable table;

  wg_index_init (&table);
  g_assert_false (wg_index_insert (&table, &one, no_randomness, NULL));
  g_assert_true (wg_index_insert (&table, &one, always_same, NULL));
  g_assert_false (
    wg_index_insert (&table, &two, always_same, NULL)); /* taken; ends, does not spin */
  g_assert_false (two.linked);
  wg_index_remove (&table, &one);
  wg_index_clear (&table);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wg/index/many", test_many);
  g_test_add_func ("/wg/index/replace", test_replace);
  g_test_add_func ("/wg/index/bad-randomness", test_bad_randomness);
  return g_test_run ();
}
