/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/invite-table.h"

#include "common/key-text.h"

#include <string.h>

#define HUB_ID(n) "000000000000000" n

static GArray *
log_new (guint8 key, const char *name)
{
  GArray *views = g_array_new (FALSE, FALSE, sizeof (BgInviteView));
  BgInviteView view = { .made_at = 1000, .expires_at = 1600 };

  memset (view.key, key, sizeof view.key);
  g_strlcpy (view.name, name, sizeof view.name);
  g_strlcpy (view.made_by, "owner", sizeof view.made_by);
  g_array_append_val (views, view);
  return views;
}

static void
add_code (GPtrArray *codes, const char *id, const guint8 *key)
{
  BgServiceInvite *code = g_new0 (BgServiceInvite, 1);
  guint8 bytes[BG_KEY_BYTES];
  char text[BG_KEY_TEXT_LEN + 1] = "";

  if (key)
    {
      memset (bytes, *key, sizeof bytes);
      bg_key_to_base64 (bytes, text);
    }
  code->id = g_strdup (id);
  code->signing_key = g_strdup (text);
  code->made_by = g_strdup ("attic");
  code->created_at_s = 900;
  code->expires_at_s = 1500;
  g_ptr_array_add (codes, code);
}

static GPtrArray *
codes_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) bg_service_invite_free);
}

/* Two halves are one row, called by the key. */
static void
test_both_halves (void)
{
  g_autoptr (GPtrArray) codes = codes_new (), table = NULL;
  g_autoptr (GArray) signed_ones = log_new (0xab, "phone");
  const BgInviteRow *row;

  add_code (codes, HUB_ID ("1"), &(guint8){ 0xab });
  add_code (codes, HUB_ID ("2"), NULL);
  table = bg_invite_table_new (codes, signed_ones);
  g_assert_cmpuint (table->len, ==, 2);
  row = bg_invite_table_find (table, "abababababababab");
  g_assert_cmpstr (row->hub_id, ==, HUB_ID ("1"));
  g_assert_nonnull (row->signing_key);
  g_assert_cmpstr (row->name, ==, "phone");
  g_assert_cmpstr (row->made_by, ==, "owner"); /* the log's word counts */
  g_assert_cmpint (row->expires_at_s, ==, 1600);
  row = bg_invite_table_find (table, HUB_ID ("2"));
  g_assert_null (row->signing_key);
  g_assert_cmpstr (row->name, ==, "");
  g_assert_cmpstr (row->made_by, ==, "attic");
  g_assert_null (bg_invite_table_find (table, HUB_ID ("1")));
}

/* A code whose half of the log was cancelled before is called as it was. */
static void
test_one_half (void)
{
  g_autoptr (GPtrArray) codes = codes_new (), of_hub = NULL, of_log = NULL;
  g_autoptr (GArray) signed_ones = log_new (0xcd, "");

  add_code (codes, HUB_ID ("1"), &(guint8){ 0xcd });
  of_hub = bg_invite_table_new (codes, NULL);
  of_log = bg_invite_table_new (NULL, signed_ones);
  g_assert_null (bg_invite_table_find (of_hub, "cdcdcdcdcdcdcdcd")->signing_key);
  g_assert_null (bg_invite_table_find (of_log, "cdcdcdcdcdcdcdcd")->hub_id);
}

static void
test_described (void)
{
  g_autoptr (GArray) signed_ones = log_new (0xab, "phone");
  g_autoptr (GPtrArray) table = bg_invite_table_new (NULL, signed_ones);
  g_autoptr (GVariant) said = g_variant_ref_sink (bg_invite_table_describe (table));
  g_autoptr (GVariant) expected = g_variant_ref_sink (g_variant_new_parsed (
    "[{'id': <'abababababababab'>, 'name': <'phone'>, 'made-by': <'owner'>, 'created': <@x 1000000000>,"
    " 'expires': <@x 1600000000>, 'uses-left': <@u 1>, 'signed': <true>}]"));
  g_autoptr (GVariant) row = g_variant_get_child_value (said, 0),
                       wanted = g_variant_get_child_value (expected, 0);
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_assert_cmpuint (g_variant_n_children (row), ==, g_variant_n_children (wanted));
  g_variant_iter_init (&iter, wanted);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      g_autoptr (GVariant) held = value, found = g_variant_lookup_value (row, key, NULL);

      g_assert_cmpvariant (found, held);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/invite-table/both-halves", test_both_halves);
  g_test_add_func ("/invite-table/one-half", test_one_half);
  g_test_add_func ("/invite-table/described", test_described);
  return g_test_run ();
}
