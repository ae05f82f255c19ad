/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files/file-shelf.h"

#define GIB ((guint64) 1 << 30)

static void
count (gpointer n)
{
  ++*(guint *) n;
}

static BgFileTransfer *
put (BgFileShelf *shelf, const char *peer, guint number, guint64 size, gboolean incoming)
{
  g_autofree char *id = g_strdup_printf ("%032x", number);
  static guint changes;
  BgFileTransfer *transfer = bg_file_transfer_new (id, peer, "a.txt", size, count, &changes);

  transfer->incoming = incoming;
  bg_file_shelf_add (shelf, transfer);
  return transfer;
}

static BgFileShelf *
shelf_new (void)
{
  BgFileShelf *shelf = bg_file_shelf_new ();

  bg_file_shelf_set_quota (shelf, 10 * GIB);
  return shelf;
}

static void
test_quota (void)
{
  BgFileShelf *shelf = shelf_new ();
  BgFileTransfer *first = put (shelf, "a", 1, 6 * GIB, TRUE);

  g_assert_cmpint (bg_file_shelf_judge (shelf, "a", 11 * GIB, 1), ==, BG_FILE_PLACE_TOO_LARGE);
  g_assert_cmpint (bg_file_shelf_judge (shelf, "a", 5 * GIB, 1), ==, BG_FILE_PLACE_NO_ROOM);
  g_assert_cmpint (bg_file_shelf_judge (shelf, "a", 4 * GIB, 1), ==, BG_FILE_PLACE_FINE);
  g_assert_cmpint (bg_file_shelf_judge (shelf, "b", 5 * GIB, 1), ==, BG_FILE_PLACE_FINE);
  bg_file_transfer_move (first, BG_FILE_DECLINED, NULL);
  g_assert_cmpint (bg_file_shelf_judge (shelf, "a", 5 * GIB, 1), ==, BG_FILE_PLACE_FINE);
  bg_file_shelf_free (shelf);
}

static void
test_count (void)
{
  BgFileShelf *shelf = shelf_new ();

  for (guint i = 0; i < BG_FILES_PER_PEER; i++)
    {
      g_assert_cmpint (bg_file_shelf_judge (shelf, "a", 1, 1), ==, BG_FILE_PLACE_FINE);
      put (shelf, "a", i, 1, TRUE);
    }
  put (shelf, "a", 1000, 1, FALSE); /* ours do not count */
  g_assert_cmpint (bg_file_shelf_judge (shelf, "a", 1, 1), ==, BG_FILE_PLACE_NO_ROOM);
  g_assert_cmpint (bg_file_shelf_judge (shelf, "b", 1, 1), ==, BG_FILE_PLACE_FINE);
  bg_file_shelf_free (shelf);
}

/* Offered and withdrawn, over and over. */
static void
test_pace (void)
{
  BgFileShelf *shelf = shelf_new ();
  guint fine = 0;

  for (guint i = 0; i < 200; i++)
    fine += bg_file_shelf_judge (shelf, "a", 1, 1) == BG_FILE_PLACE_FINE;
  g_assert_cmpuint (fine, ==, BG_FILES_NEW_A_MINUTE);
  g_assert_cmpint (bg_file_shelf_judge (shelf, "a", 1, 61 * G_USEC_PER_SEC), ==,
                   BG_FILE_PLACE_FINE);
  bg_file_shelf_free (shelf);
}

static void
test_sweep (void)
{
  BgFileShelf *shelf = shelf_new ();
  BgFileTransfer *offer = put (shelf, "a", 1, 1, TRUE), *taken = put (shelf, "a", 2, 1, TRUE);
  gint64 now = offer->heard_us;

  taken->uid = 1000;
  bg_file_transfer_move (taken, BG_FILE_RUNNING, NULL);
  bg_file_shelf_sweep (shelf, now + BG_FILES_OFFER_SILENT_US - G_USEC_PER_SEC);
  g_assert_cmpint (offer->state, ==, BG_FILE_OFFERED);
  bg_file_shelf_sweep (shelf, now + BG_FILES_OFFER_SILENT_US + G_USEC_PER_SEC);
  g_assert_cmpint (offer->state, ==, BG_FILE_FAILED);
  g_assert_cmpint (taken->state, ==, BG_FILE_RUNNING);
  g_assert_true (bg_file_shelf_sweep (shelf, offer->ended_us + BG_FILES_KEPT_US + 1));
  g_assert_null (bg_file_shelf_find (shelf, "00000000000000000000000000000001"));
  g_assert_nonnull (bg_file_shelf_find (shelf, "00000000000000000000000000000002"));
  bg_file_shelf_free (shelf);
}

static void
test_states (void)
{
  guint changes = 0;
  g_autoptr (BgFileTransfer) transfer = bg_file_transfer_new ("00000000000000000000000000000001",
                                                              "a", "a.txt", 1, count, &changes);

  transfer->incoming = TRUE;
  g_assert_true (bg_file_transfer_is_free (transfer));
  g_assert_false (bg_file_transfer_is_of (transfer, 1000) || bg_file_transfer_is_of (transfer, 0));
  transfer->uid = 1000;
  g_assert_false (bg_file_transfer_is_free (transfer));
  g_assert_true (bg_file_transfer_is_of (transfer, 1000) && bg_file_transfer_is_of (transfer, 0));
  g_assert_false (bg_file_transfer_is_of (transfer, 1001));
  bg_file_transfer_move (transfer, BG_FILE_RUNNING, NULL);
  bg_file_transfer_move (transfer, BG_FILE_RUNNING, NULL);
  g_assert_cmpuint (changes, ==, 1);
  bg_file_transfer_move (transfer, BG_FILE_CANCELLED, NULL);
  bg_file_transfer_move (transfer, BG_FILE_RUNNING, NULL);
  g_assert_cmpint (transfer->state, ==, BG_FILE_CANCELLED);
  g_assert_cmpuint (changes, ==, 2);
  g_assert_true (g_cancellable_is_cancelled (transfer->cancellable));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/file-shelf/quota", test_quota);
  g_test_add_func ("/file-shelf/count", test_count);
  g_test_add_func ("/file-shelf/pace", test_pace);
  g_test_add_func ("/file-shelf/sweep", test_sweep);
  g_test_add_func ("/file-shelf/states", test_states);
  return g_test_run ();
}
