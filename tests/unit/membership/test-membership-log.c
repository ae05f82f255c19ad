/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log on disk: what is kept, what a crash leaves, and what is damage. */
#include "common/error.h"
#include "log-fixture.h"
#include "membership/log-file.h"
#include "membership/trust-text.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  char *dir, *path, *mark;
} Place;

static void
place_set_up (Place *place, gconstpointer data)
{
  place->dir = g_dir_make_tmp ("bamgate-log-XXXXXX", NULL);
  place->path = g_build_filename (place->dir, "network-log", NULL);
  place->mark = g_strconcat (place->path, "-mark", NULL);
}

static void
place_tear_down (Place *place, gconstpointer data)
{
  bg_membership_log_unlink (place->path, NULL);
  g_rmdir (place->dir);
  g_free (place->mark);
  g_free (place->path);
  g_free (place->dir);
}

static BgMembershipLog *
load (Place *place)
{
  g_autoptr (GError) error = NULL;
  BgMembershipLog *log = bg_membership_log_load (place->path, &error);

  g_assert_no_error (error);
  return log;
}

static void
assert_damaged (Place *place, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (bg_membership_log_load (place->path, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, word));
}

static void
assert_holds (Place *place, const GPtrArray *entries, guint n)
{
  g_autoptr (BgMembershipLog) log = load (place);

  g_assert_cmpuint (bg_membership_log_get_count (log), ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_true (g_bytes_equal (bg_membership_log_get_entry (log, i), entries->pdata[i]));
}

static void
save (Place *place, const GPtrArray *entries)
{
  g_autoptr (BgMembershipLog) log = load (place);
  g_autoptr (GError) error = NULL;

  g_assert_true (bg_membership_log_append (log, entries, &error));
  g_assert_no_error (error);
}

/* Appends bytes to the file, as a crash may leave them. */
static void
leave (Place *place, const void *bytes, gsize len)
{
  FILE *file = g_fopen (place->path, "ab");

  g_assert_cmpuint (fwrite (bytes, 1, len, file), ==, len);
  fclose (file);
}

static goffset
size_of (Place *place)
{
  GStatBuf about;

  g_assert_cmpint (g_stat (place->path, &about), ==, 0);
  return about.st_size;
}

static void
test_kept (Place *place, gconstpointer data)
{
  g_autoptr (GPtrArray) entries = fixture_network (20);

  assert_holds (place, entries, 0);
  g_assert_false (g_file_test (place->path, G_FILE_TEST_EXISTS));
  save (place, entries);
  assert_holds (place, entries, 20);
  g_assert_true (bg_membership_log_unlink (place->path, NULL));
  g_assert_true (bg_membership_log_unlink (place->path, NULL));
  assert_holds (place, entries, 0);
}

/* Also where the mark was not written any more. */
static void
test_behind_the_mark (Place *place, gconstpointer data)
{
  g_autoptr (GPtrArray) entries = fixture_network (3), first = fixture_network (2);
  gsize len;
  const void *third = g_bytes_get_data (entries->pdata[2], &len);

  save (place, first);
  leave (place, third, len);
  assert_holds (place, entries, 3);
  g_unlink (place->mark);
  assert_holds (place, entries, 3);
  g_assert_true (g_file_test (place->mark, G_FILE_TEST_EXISTS));
}

/* At every byte of the last entry. */
static void
test_cut_short (Place *place, gconstpointer data)
{
  g_autoptr (GPtrArray) entries = fixture_network (3), first = fixture_network (2);
  gsize len;
  const void *third = g_bytes_get_data (entries->pdata[2], &len);
  goffset size;

  save (place, first);
  size = size_of (place);
  for (gsize part = 1; part < len; part++)
    {
      leave (place, third, part);
      assert_holds (place, entries, 2);
      g_assert_cmpint (size_of (place), ==, size);
    }
}

static void
test_zeroes (Place *place, gconstpointer data)
{
  static const guint8 zeroes[4096];
  g_autoptr (GPtrArray) entries = fixture_network (2);

  save (place, entries);
  leave (place, zeroes, sizeof zeroes);
  assert_holds (place, entries, 2);
}

/* Of the very first write nothing may be left but the mark. */
static void
test_first_write (Place *place, gconstpointer data)
{
  g_autoptr (GPtrArray) entries = fixture_network (1);
  gsize len;
  const void *bytes = g_bytes_get_data (entries->pdata[0], &len);

  save (place, entries);
  g_assert_true (bg_log_mark_write (place->path, &(BgLogMark){ .count = 0 }, NULL));
  g_assert_true (bg_log_file_truncate (place->path, 0, NULL));
  leave (place, bytes, len - 1);
  assert_holds (place, entries, 0);
}

/* --- Damage --- */

static void
test_every_byte (Place *place, gconstpointer data)
{
  g_autoptr (GPtrArray) entries = fixture_network (3);
  g_autofree char *good = NULL;
  gsize len;

  save (place, entries);
  g_assert_true (g_file_get_contents (place->path, &good, &len, NULL));
  for (gsize i = 0; i < len; i += 7)
    {
      g_autofree char *bad = g_memdup2 (good, len);

      bad[i] ^= 1 << i % 8;
      g_assert_true (g_file_set_contents (place->path, bad, (gssize) len, NULL));
      assert_damaged (place, place->path);
    }
  g_assert_true (g_file_set_contents (place->path, good, (gssize) len, NULL));
  assert_holds (place, entries, 3);
}

static void
test_missing (Place *place, gconstpointer data)
{
  g_autoptr (GPtrArray) entries = fixture_network (3);

  save (place, entries);
  g_assert_true (bg_log_file_truncate (place->path, 0, NULL));
  assert_damaged (place, "missing");
  g_unlink (place->path);
  assert_damaged (place, "missing");
}

static void
test_without_mark (Place *place, gconstpointer data)
{
  g_autoptr (GPtrArray) entries = fixture_network (3);

  save (place, entries);
  g_unlink (place->mark);
  leave (place, "\1", 1);
  assert_damaged (place, "cut short");
  g_assert_true (g_file_set_contents (place->mark, "[log]\ncount=3\n", -1, NULL));
  assert_damaged (place, place->mark);
  g_assert_true (g_file_set_contents (place->mark, "\xff", 1, NULL));
  assert_damaged (place, place->mark);
}

/* Another log of as many entries is no log of ours. */
static void
test_swapped (Place *place, gconstpointer data)
{
  g_autoptr (GPtrArray) entries = fixture_network (2),
                        others = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  BgEntry genesis = fixture_genesis (TRUE), device = fixture_device (1);

  save (place, entries);
  fixture_add (others, &genesis, FIXTURE_OWNER_SEED);
  fixture_add (others, &device, FIXTURE_OWNER_SEED);
  g_assert_true (bg_log_file_append (place->path, 0, others, NULL));
  assert_damaged (place, place->path);
}

static void
test_no_file (Place *place, gconstpointer data)
{
  g_mkdir (place->path, 0700);
  assert_damaged (place, place->path);
  g_rmdir (place->path);
}

/* --- What follows --- */

static void
test_all_or_nothing (Place *place, gconstpointer data)
{
  g_autoptr (GPtrArray) first = fixture_network (2), all = fixture_network (4),
                        rest = g_ptr_array_new ();
  g_autoptr (BgMembershipLog) log = load (place);
  g_autoptr (GError) error = NULL;
  BgEntry device = fixture_device (9);
  g_autoptr (GBytes) stranger = NULL;
  g_autofree BgMembership *state = fixture_state (all);

  g_assert_true (bg_membership_log_append (log, first, NULL));
  stranger = fixture_sign (state, &device, 99);
  g_ptr_array_add (rest, all->pdata[2]);
  g_ptr_array_add (rest, all->pdata[3]);
  g_ptr_array_add (rest, stranger);
  g_assert_false (bg_membership_log_append (log, rest, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_SERVICE);
  g_assert_nonnull (strstr (error->message, "entry 4"));
  g_assert_cmpuint (bg_membership_log_get_count (log), ==, 2);
  assert_holds (place, all, 2);
  g_ptr_array_set_size (rest, 2);
  g_assert_true (bg_membership_log_append (log, rest, NULL));
  assert_holds (place, all, 4);
}

/* Its first two entries are those of a network of four. */
static GPtrArray *
other_log (void)
{
  GPtrArray *other = fixture_network (2);

  for (guint i = 10; i < 15; i++)
    {
      BgEntry device = fixture_device (i);

      fixture_add (other, &device, FIXTURE_OWNER_SEED);
    }
  return other;
}

static void
test_replaced (Place *place, gconstpointer data)
{
  g_autoptr (GPtrArray) all = fixture_network (4), other = other_log ();
  g_autoptr (BgMembershipLog) log = load (place);
  g_autofree char *aside = bg_log_file_aside (place->path), *kept = NULL;
  BgMemberRecord third = fixture_record (3);
  g_autoptr (GBytes) old = NULL;
  gsize len;

  g_assert_true (bg_membership_log_append (log, all, NULL));
  old = bg_log_file_read (place->path, NULL);
  g_assert_true (bg_membership_log_replace (log, other, NULL));
  g_assert_cmpuint (bg_membership_log_get_count (log), ==, 7);
  g_assert_null (bg_membership_find_key (bg_membership_log_get_state (log), third.key));
  assert_holds (place, other, 7);
  g_assert_true (g_file_get_contents (aside, &kept, &len, NULL));
  g_assert_cmpmem (kept, len, g_bytes_get_data (old, NULL), g_bytes_get_size (old));
  g_assert_true (bg_membership_log_replace (log, all, NULL));
  assert_holds (place, all, 4);
  g_assert_true (bg_membership_log_unlink (place->path, NULL));
  g_assert_false (g_file_test (aside, G_FILE_TEST_EXISTS));
}

/* One entry of it is nobody's: nothing is touched. */
static void
test_replaced_by_nonsense (Place *place, gconstpointer data)
{
  g_autoptr (GPtrArray) all = fixture_network (4), other = other_log ();
  g_autoptr (BgMembershipLog) log = load (place);
  g_autoptr (GError) error = NULL;
  g_autofree char *aside = bg_log_file_aside (place->path);

  g_assert_true (bg_membership_log_append (log, all, NULL));
  g_ptr_array_remove_index (other, 4);
  g_assert_false (bg_membership_log_replace (log, other, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_SERVICE);
  g_assert_cmpuint (bg_membership_log_get_count (log), ==, 4);
  assert_holds (place, all, 4);
  g_assert_false (g_file_test (aside, G_FILE_TEST_EXISTS));
}

/* As a kill -9 leaves it, at each step: one of the two, and whole. */
static void
test_replacing_is_killed (Place *place, gconstpointer data)
{
  g_autoptr (GPtrArray) all = fixture_network (4), other = other_log ();

  save (place, all);
  g_assert_true (bg_log_file_prepare (place->path, other, NULL));
  assert_holds (place, all, 4);
  g_assert_true (bg_log_mark_write (place->path, &(BgLogMark){ .count = 0 }, NULL));
  assert_holds (place, all, 4);
  g_assert_true (bg_log_mark_write (place->path, &(BgLogMark){ .count = 0 }, NULL));
  g_assert_true (bg_log_file_switch (place->path, NULL));
  assert_holds (place, other, 7);
  assert_holds (place, other, 7);
  g_assert_true (bg_membership_log_unlink (place->path, NULL));
}

static void
test_alike (Place *place, gconstpointer data)
{
  g_autoptr (GPtrArray) all = fixture_network (4), other = other_log ();
  g_autoptr (BgMembershipLog) log = load (place), its = bg_membership_log_load (NULL, NULL);
  g_autofree char *text = NULL;
  guint32 entry;

  g_assert_cmpuint (bg_membership_log_common (log, its), ==, 0);
  g_assert_true (bg_membership_log_append (log, all, NULL));
  g_assert_true (bg_membership_log_append (its, other, NULL));
  g_assert_cmpuint (bg_membership_log_common (log, its), ==, 2);
  g_assert_cmpuint (bg_membership_log_common (log, log), ==, 4);
  text = bg_hash_text (bg_membership_log_get_hash (its, 5));
  g_assert_true (bg_membership_log_find_text (its, text, &entry));
  g_assert_cmpuint (entry, ==, 5);
  g_assert_false (bg_membership_log_find_text (log, text, &entry));
}

/* A few thousand entries load in well under a second. */
static void
test_time (Place *place, gconstpointer data)
{
  g_autoptr (GPtrArray) entries = fixture_network (3000);
  gint64 begun_us, took_us;

  save (place, entries);
  begun_us = g_get_monotonic_time ();
  assert_holds (place, entries, 3000);
  took_us = g_get_monotonic_time () - begun_us;
  g_test_message ("3000 entries, %" G_GINT64_FORMAT " bytes: %" G_GINT64_FORMAT " ms",
                  (gint64) size_of (place), took_us / 1000);
  g_assert_cmpint (took_us, <, 10 * G_USEC_PER_SEC); /* whatever else the machine does */
}

#define ADD(name, function)                                                                        \
  g_test_add ("/membership-log/" name, Place, NULL, place_set_up, function, place_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_FLAG_FATAL); /* what is cut is a warning */
  ADD ("kept", test_kept);
  ADD ("behind-the-mark", test_behind_the_mark);
  ADD ("cut-short", test_cut_short);
  ADD ("zeroes", test_zeroes);
  ADD ("first-write", test_first_write);
  ADD ("every-byte", test_every_byte);
  ADD ("missing", test_missing);
  ADD ("without-mark", test_without_mark);
  ADD ("swapped", test_swapped);
  ADD ("no-file", test_no_file);
  ADD ("all-or-nothing", test_all_or_nothing);
  ADD ("replaced", test_replaced);
  ADD ("replaced-by-nonsense", test_replaced_by_nonsense);
  ADD ("replacing-is-killed", test_replacing_is_killed);
  ADD ("alike", test_alike);
  ADD ("time", test_time);
  return g_test_run ();
}
