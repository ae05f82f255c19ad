/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transfers/transfer-item.h"

#include <string.h>

static const char *
text_of (GVariant *row, const char *key)
{
  const char *text = "";

  g_variant_lookup (row, key, "&s", &text);
  return text;
}

void
transfer_item_read (GVariant *list, gsize index, TransferItem *item)
{
  GVariant *row = g_variant_get_child_value (list, index);

  memset (item, 0, sizeof *item);
  item->row = row;
  item->id = text_of (row, "id");
  item->peer = text_of (row, "peer");
  item->name = text_of (row, "name");
  item->state = text_of (row, "state");
  item->reason = text_of (row, "reason");
  g_variant_lookup (row, "incoming", "b", &item->incoming);
  g_variant_lookup (row, "size", "t", &item->size);
  g_variant_lookup (row, "done", "t", &item->done);
}

gboolean
transfer_item_find (GVariant *list, const char *id, TransferItem *item)
{
  memset (item, 0, sizeof *item);
  for (gsize i = 0; list && i < g_variant_n_children (list); i++)
    {
      transfer_item_read (list, i, item);
      if (g_str_equal (item->id, id))
        return TRUE;
      transfer_item_clear (item);
    }
  return FALSE;
}

void
transfer_item_clear (TransferItem *item)
{
  g_clear_pointer (&item->row, g_variant_unref);
}

gboolean
transfer_item_is_offer (const TransferItem *item)
{
  return item->incoming && g_str_equal (item->state, "offered");
}

gboolean
transfer_state_is_over (const char *state)
{
  static const char *const over[] = { "done", "declined", "cancelled", "failed", NULL };

  return g_strv_contains (over, state);
}
