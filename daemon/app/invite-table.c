/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/invite-table.h"

#include "common/key-text.h"

enum
{
  ID_DIGITS = 16,
};

void
bg_invite_row_free (BgInviteRow *row)
{
  g_free (row->id);
  g_free (row->hub_id);
  g_free (row->signing_key);
  g_free (row->name);
  g_free (row->made_by);
  g_free (row);
}

char *
bg_invite_id_of_key (const guint8 key[BG_ENTRY_KEY])
{
  char hex[BG_KEY_HEX_LEN + 1];

  bg_key_to_hex (key, hex);
  return g_strndup (hex, ID_DIGITS);
}

/* --- Rows --- */

/* What it is called is the same after the log's half of it has ended. */
static BgInviteRow *
row_of_code (const BgServiceInvite *code)
{
  BgInviteRow *row = g_new0 (BgInviteRow, 1);
  guint8 key[BG_KEY_BYTES];

  row->id = bg_key_from_base64 (code->signing_key, key) ? bg_invite_id_of_key (key)
                                                        : g_strdup (code->id);
  row->hub_id = g_strdup (code->id);
  row->name = g_strdup ("");
  row->made_by = g_strdup (code->made_by);
  row->created_at_s = code->created_at_s;
  row->expires_at_s = code->expires_at_s;
  return row;
}

static BgInviteRow *
row_called (const GPtrArray *table, const char *id)
{
  for (guint i = 0; i < table->len; i++)
    if (g_str_equal (((BgInviteRow *) table->pdata[i])->id, id))
      return table->pdata[i];
  return NULL;
}

/* The log's word counts, as it is signed. */
static void
take_signed (GPtrArray *table, const BgInviteView *view)
{
  g_autofree char *id = bg_invite_id_of_key (view->key);
  BgInviteRow *row = row_called (table, id);
  char key[BG_KEY_TEXT_LEN + 1];

  if (!row)
    {
      row = g_new0 (BgInviteRow, 1);
      row->id = g_steal_pointer (&id);
      g_ptr_array_add (table, row);
    }
  bg_key_to_base64 (view->key, key);
  g_free (row->signing_key);
  g_free (row->name);
  g_free (row->made_by);
  row->signing_key = g_strdup (key);
  row->name = g_strdup (view->name);
  row->made_by = g_strdup (view->made_by);
  row->created_at_s = (gint64) view->made_at;
  row->expires_at_s = (gint64) view->expires_at;
}

GPtrArray *
bg_invite_table_new (const GPtrArray *codes, const GArray *signed_ones)
{
  GPtrArray *table = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_invite_row_free);

  for (guint i = 0; codes && i < codes->len; i++)
    g_ptr_array_add (table, row_of_code (codes->pdata[i]));
  for (guint i = 0; signed_ones && i < signed_ones->len; i++)
    take_signed (table, &g_array_index (signed_ones, BgInviteView, i));
  return table;
}

const BgInviteRow *
bg_invite_table_find (const GPtrArray *table, const char *id)
{
  return row_called (table, id);
}

/* --- On the bus --- */

static GVariant *
describe (const BgInviteRow *row)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "id", "s", row->id);
  g_variant_dict_insert (&dict, "name", "s", row->name);
  g_variant_dict_insert (&dict, "made-by", "s", row->made_by);
  g_variant_dict_insert (&dict, "created", "x", row->created_at_s * G_USEC_PER_SEC);
  g_variant_dict_insert (&dict, "expires", "x", row->expires_at_s * G_USEC_PER_SEC);
  g_variant_dict_insert (&dict, "uses-left", "u", 1u);
  g_variant_dict_insert (&dict, "signed", "b", row->signing_key != NULL);
  return g_variant_dict_end (&dict);
}

GVariant *
bg_invite_table_describe (const GPtrArray *table)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < table->len; i++)
    g_variant_builder_add_value (&list, describe (table->pdata[i]));
  return g_variant_builder_end (&list);
}
