/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files/file-shelf.h"

#include <string.h>

#define MINUTE_US (60 * G_USEC_PER_SEC)

typedef struct
{
  gint64 since_us;
  guint n;
} Pace;

struct _BgFileShelf
{
  GHashTable *transfers; /* id → BgFileTransfer */
  GHashTable *paces;     /* peer → Pace, of its offers in the minute that runs */
  guint64 quota;
};

static void
let_go (gpointer data)
{
  bg_file_transfer_disown (data);
  bg_file_transfer_unref (data);
}

BgFileShelf *
bg_file_shelf_new (void)
{
  BgFileShelf *self = g_new0 (BgFileShelf, 1);

  self->transfers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, let_go);
  self->paces = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
bg_file_shelf_free (BgFileShelf *self)
{
  g_hash_table_unref (self->transfers);
  g_hash_table_unref (self->paces);
  g_free (self);
}

void
bg_file_shelf_set_quota (BgFileShelf *self, guint64 bytes)
{
  self->quota = bytes;
}

/* --- Who may offer how much --- */

static gboolean
is_too_fast (BgFileShelf *self, const char *peer, gint64 now_us)
{
  Pace *pace = g_hash_table_lookup (self->paces, peer);

  if (!pace)
    {
      pace = g_new0 (Pace, 1);
      pace->since_us = now_us;
      g_hash_table_insert (self->paces, g_strdup (peer), pace);
    }
  if (now_us - pace->since_us > MINUTE_US)
    *pace = (Pace){ .since_us = now_us };
  return ++pace->n > BG_FILES_NEW_A_MINUTE;
}

static void
add_up (BgFileShelf *self, const char *peer, guint *n, guint64 *bytes)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const BgFileTransfer *transfer = value;

      if (!transfer->incoming || bg_file_transfer_is_over (transfer)
          || !g_str_equal (transfer->peer, peer))
        continue;
      *n += 1;
      *bytes += transfer->size;
    }
}

BgFilePlace
bg_file_shelf_judge (BgFileShelf *self, const char *peer, guint64 size, gint64 now_us)
{
  guint64 bytes = 0;
  guint n = 0;

  if (size > self->quota)
    return BG_FILE_PLACE_TOO_LARGE;
  add_up (self, peer, &n, &bytes);
  return n >= BG_FILES_PER_PEER || bytes + size > self->quota || is_too_fast (self, peer, now_us)
           ? BG_FILE_PLACE_NO_ROOM
           : BG_FILE_PLACE_FINE;
}

gboolean
bg_file_shelf_has_room_to_send (BgFileShelf *self)
{
  GHashTableIter iter;
  gpointer value;
  guint n = 0;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    n += !((BgFileTransfer *) value)->incoming && !bg_file_transfer_is_over (value);
  return n < BG_FILES_OUTGOING;
}

/* --- What there is --- */

void
bg_file_shelf_add (BgFileShelf *self, BgFileTransfer *take)
{
  g_hash_table_insert (self->transfers, take->id, take);
}

BgFileTransfer *
bg_file_shelf_find (BgFileShelf *self, const char *id)
{
  return g_hash_table_lookup (self->transfers, id);
}

void
bg_file_shelf_remove (BgFileShelf *self, BgFileTransfer *transfer)
{
  g_hash_table_remove (self->transfers, transfer->id);
}

gboolean
bg_file_shelf_is_empty (BgFileShelf *self)
{
  return g_hash_table_size (self->transfers) == 0;
}

static int
compare_age (gconstpointer a, gconstpointer b)
{
  const BgFileTransfer *one = *(BgFileTransfer *const *) a, *two = *(BgFileTransfer *const *) b;

  if (one->began_us != two->began_us)
    return one->began_us < two->began_us ? -1 : 1;
  return strcmp (one->id, two->id);
}

GPtrArray *
bg_file_shelf_list (BgFileShelf *self)
{
  GPtrArray *list = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->transfers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (list, value);
  g_ptr_array_sort (list, compare_age);
  return list;
}

/* --- What goes --- */

static gboolean
is_silent (const BgFileTransfer *transfer, gint64 now_us)
{
  gint64 silent = now_us - transfer->heard_us;

  if (!transfer->incoming)
    return transfer->state != BG_FILE_RUNNING && now_us - transfer->began_us > BG_FILES_SENT_FOR_US;
  return silent > (transfer->uid == BG_FILE_NOBODY ? BG_FILES_OFFER_SILENT_US
                                                   : BG_FILES_RUNNING_SILENT_US);
}

static void
give_up (BgFileTransfer *transfer)
{
  bg_file_transfer_move (transfer, BG_FILE_FAILED,
                         transfer->incoming ? bg_words (FILES_SENDER_GONE, transfer->peer)
                                            : bg_words (FILES_NOBODY_TOOK, transfer->peer));
}

static guint
count_over (GPtrArray *list)
{
  guint n = 0;

  for (guint i = 0; i < list->len; i++)
    n += bg_file_transfer_is_over (list->pdata[i]);
  return n;
}

gboolean
bg_file_shelf_sweep (BgFileShelf *self, gint64 now_us)
{
  g_autoptr (GPtrArray) list = bg_file_shelf_list (self);
  guint over = count_over (list);
  gboolean changed = FALSE;

  for (guint i = 0; i < list->len; i++)
    {
      BgFileTransfer *transfer = list->pdata[i];

      if (!bg_file_transfer_is_over (transfer))
        {
          if (is_silent (transfer, now_us))
            give_up (transfer);
        }
      else if (now_us - transfer->ended_us > BG_FILES_KEPT_US || over > BG_FILES_OVER)
        {
          bg_file_shelf_remove (self, transfer);
          changed = TRUE;
          over--;
        }
    }
  return changed;
}
