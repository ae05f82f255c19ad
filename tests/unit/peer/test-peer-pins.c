/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-world.h"

#include "common/error.h"
#include "peer/peer-pins.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct
{
  char *dir, *path;
} Place;

static void
set_up (Place *place, gconstpointer data)
{
  place->dir = g_dir_make_tmp ("bamgate-pins-XXXXXX", NULL);
  place->path = g_build_filename (place->dir, "known-peers", NULL);
}

static void
tear_down (Place *place, gconstpointer data)
{
  g_unlink (place->path);
  g_assert_cmpint (g_rmdir (place->dir), ==, 0);
  g_assert_cmpuint (fake_clock_pending (), ==, 0);
  g_free (place->dir);
  g_free (place->path);
}

static BgPeerPins *
load (Place *place)
{
  g_autoptr (GError) error = NULL;
  BgPeerPins *pins = bg_peer_pins_load (place->path, &error);

  g_assert_no_error (error);
  return pins;
}

static void
assert_pinned (BgPeerPins *pins, const char *id, guint8 byte)
{
  WgKey found, wanted = fake_key (byte);
  gint64 first_seen = 0;

  g_assert_true (bg_peer_pins_lookup (pins, id, &found, &first_seen));
  g_assert_true (wg_key_equal (&found, &wanted));
  g_assert_cmpint (first_seen, >, 1600000000);
}

static void
test_survives (Place *place, gconstpointer data)
{
  const char *odd = "tab[le] ünï/%2e=x # y";
  g_autoptr (BgPeerPins) pins = load (place), again = NULL;
  WgKey a = fake_key (0xa1), b = fake_key (0xb2), other = fake_key (0xcc);
  struct stat st;

  g_assert_true (bg_peer_pins_add (pins, odd, &a));
  g_assert_true (bg_peer_pins_add (pins, "b", &b));
  g_assert_true (bg_peer_pins_add (pins, "b", &other)); /* the first stays */
  g_assert_false (g_file_test (place->path, G_FILE_TEST_EXISTS));
  fake_clock_advance (1000);
  g_assert_cmpint (g_stat (place->path, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 0777, ==, 0600);
  again = load (place);
  assert_pinned (again, odd, 0xa1);
  assert_pinned (again, "b", 0xb2);
}

static void
test_confirmed (Place *place, gconstpointer data)
{
  g_autoptr (BgPeerPins) pins = load (place), again = NULL;
  g_auto (GStrv) ids = NULL;
  WgKey a = fake_key (0xa1);

  bg_peer_pins_add (pins, "a", &a);
  bg_peer_pins_add (pins, "b", &a);
  g_assert_true (bg_peer_pins_confirm (pins, "a", NULL, NULL, NULL));
  g_assert_true (bg_peer_pins_confirm (pins, "nobody", NULL, NULL, NULL));
  again = load (place); /* saved at once */
  g_assert_true (bg_peer_pins_is_confirmed (again, "a"));
  g_assert_false (bg_peer_pins_is_confirmed (again, "b"));
  ids = bg_peer_pins_list (again);
  g_assert_cmpuint (g_strv_length (ids), ==, 1);
}

/* Each is what it was last; a file that knows of no IPv6 yet is none the worse. */
static void
test_addresses (Place *place, gconstpointer data)
{
  g_autoptr (BgPeerPins) pins = NULL, again = NULL;
  g_autofree char *key = fake_key_text (0xa1),
                  *old = g_strconcat ("[peer a]\npublic-key=", key,
                                      "\nfirst-seen=1700000000\nconfirmed=true\n"
                                      "address=10.0.0.2\naddress6=10.0.0.3\n",
                                      NULL);
  BgIpPrefix address6, wanted;

  g_assert_true (g_file_set_contents (place->path, old, -1, NULL));
  pins = load (place);
  g_assert_cmpint (bg_peer_pins_get (pins, "a")->address6.family, ==, 0);
  g_assert_true (bg_ip_prefix_parse ("fd00:ba::2", &address6));
  g_assert_true (bg_peer_pins_confirm (pins, "a", NULL, &address6, NULL));
  g_assert_true (bg_peer_pins_confirm (pins, "a", NULL, NULL, NULL)); /* says nothing of it */
  again = load (place);
  g_assert_true (bg_ip_prefix_equal (&bg_peer_pins_get (again, "a")->address6, &address6));
  g_assert_true (bg_ip_prefix_parse ("10.0.0.2", &wanted));
  g_assert_true (bg_ip_prefix_equal (&bg_peer_pins_get (again, "a")->address, &wanted));
}

/* A file that is written anew is another one. */
static guint
count_saves (Place *place, ino_t *last)
{
  struct stat st;
  gboolean is_new = g_stat (place->path, &st) == 0 && st.st_ino != *last;

  *last = is_new ? st.st_ino : *last;
  return is_new;
}

/* A network that comes up over seconds is written once a second, after the first of its peers. */
static void
test_storm (Place *place, gconstpointer data)
{
  g_autoptr (BgPeerPins) pins = load (place);
  WgKey key = fake_key (0xa1);
  ino_t last = 0;
  guint saves = 0;

  for (guint i = 0; i < 50; i++)
    {
      g_autofree char *id = g_strdup_printf ("p%u", i);

      bg_peer_pins_add (pins, id, &key);
      g_assert_true (bg_peer_pins_confirm (pins, id, NULL, NULL, NULL));
      saves += count_saves (place, &last);
      fake_clock_advance (100);
      saves += count_saves (place, &last);
    }
  g_assert_cmpuint (saves, >=, 8);
  g_assert_cmpuint (saves, <=, 8 + 5);
  fake_clock_advance (2000);
  g_assert_true (bg_peer_pins_is_confirmed (pins, "p49"));
}

static void
test_forget (Place *place, gconstpointer data)
{
  g_autoptr (BgPeerPins) pins = load (place), again = NULL;
  WgKey a = fake_key (0xa1), found;

  bg_peer_pins_add (pins, "a", &a);
  g_assert_true (bg_peer_pins_forget (pins, "a", NULL));
  g_assert_true (bg_peer_pins_forget (pins, "a", NULL));
  again = load (place);
  g_assert_false (bg_peer_pins_lookup (again, "a", &found, NULL));
}

static void
test_names_without_end (Place *place, gconstpointer data)
{
  g_autoptr (BgPeerPins) pins = load (place);
  WgKey key = fake_key (1), found;
  g_autofree char *last = g_strdup_printf ("n%d", BG_PEER_MAX_PINS * 2);

  bg_peer_pins_add (pins, "friend", &key);
  bg_peer_pins_confirm (pins, "friend", NULL, NULL, NULL);
  for (int i = 0; i <= BG_PEER_MAX_PINS * 2; i++)
    {
      g_autofree char *id = g_strdup_printf ("n%d", i);

      g_assert_true (bg_peer_pins_add (pins, id, &key));
    }
  g_assert_true (bg_peer_pins_lookup (pins, "friend", &found, NULL)); /* proved itself, stays */
  g_assert_true (bg_peer_pins_lookup (pins, last, &found, NULL));
}

static void
test_bad_file (Place *place, gconstpointer data)
{
  const char *texts[] = { "rubbish", "[peer a]\npublic-key=short\n", "[peer a]\n" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (place->path, texts[i], -1, NULL));
      g_assert_null (bg_peer_pins_load (place->path, &error));
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, "known-peers"));
    }
}

static void
test_save_fails (Place *place, gconstpointer data)
{
  g_autofree char *path = g_build_filename (place->dir, "missing", "known-peers", NULL);
  g_autoptr (BgPeerPins) pins = bg_peer_pins_load (path, NULL);
  g_autoptr (GError) error = NULL;
  WgKey a = fake_key (0xa1), found;

  bg_peer_pins_add (pins, "a", &a);
  g_assert_false (bg_peer_pins_confirm (pins, "a", NULL, NULL, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_false (bg_peer_pins_forget (pins, "a", &error));
  g_assert_true (bg_peer_pins_lookup (pins, "a", &found, NULL)); /* nothing changed */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/peer-pins/" name, Place, NULL, set_up, func, tear_down)
  ADD ("survives", test_survives);
  ADD ("confirmed", test_confirmed);
  ADD ("addresses", test_addresses);
  ADD ("storm", test_storm);
  ADD ("forget", test_forget);
  ADD ("names-without-end", test_names_without_end);
  ADD ("bad-file", test_bad_file);
  ADD ("save-fails", test_save_fails);
  return g_test_run ();
}
