/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"

#include <errno.h>
#include <string.h>

static guint
count_arguments (const char *template)
{
  guint n = 0;

  for (const char *p = template; *p; p++)
    if (p[0] == '%' && p[1] == '%')
      p++;
    else if (p[0] == '%')
      n++;
  return n;
}

static void
test_table (void)
{
  g_autoptr (GHashTable) codes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < BG_SAYINGS; i++)
    {
      const char *many, *one;
      char *code = bg_words_dup_code ((BgSaying) i);
      guint n;

      one = bg_words_get_template ((BgSaying) i, BG_VOICE_TERMINAL, &many, &n);
      g_test_message ("%s", code);
      g_assert_cmpuint (count_arguments (one), ==, n);
      g_assert_cmpuint (many ? count_arguments (many) : n, ==, n);
      g_assert_cmpuint (strspn (code, "abcdefghijklmnopqrstuvwxyz0123456789-"), ==, strlen (code));
      g_assert_true (g_hash_table_add (codes, code));
    }
}

/* What only a terminal understands. */
static gboolean
names_command (const char *text)
{
  static const char pattern[] =
    "bamgatectl|systemctl|journalctl|sysctl|chown|chmod|unshare|--[a-z]|“force”|“setup”|“join”"
    "|\\b(device|ice|network|log)\\.[a-z]+-[a-z]";

  return g_regex_match_simple (pattern, text, 0, 0);
}

static void
test_window_names_no_command (void)
{
  for (guint i = 0; i < BG_SAYINGS; i++)
    {
      const char *many, *pressed;
      guint n;

      pressed = bg_words_get_template ((BgSaying) i, BG_VOICE_WINDOW, &many, &n);
      g_test_message ("%s", pressed);
      g_assert_false (names_command (pressed));
      g_assert_cmpuint (count_arguments (pressed), <=, n);
    }
}

static void
test_voices (void)
{
  g_autoptr (BgWords) words = bg_words (PEER_KEY_CHANGED, "2026-01-02", "attic"),
                      outer = bg_words (PEER_REFUSED, words);
  g_autofree char *pressed = bg_words_render (outer->wire, BG_VOICE_WINDOW, NULL);

  g_assert_cmpstr (
    outer->text, ==,
    "the peer is refused: its key is not the one known since 2026-01-02; if it was set up anew, "
    "run “bamgatectl peers forget attic”");
  g_assert_cmpstr (
    pressed, ==,
    "the peer is refused: its key is not the one known since 2026-01-02; if it was set up anew, "
    "press “Forget” on its page");
}

static void
assert_said (BgWords *take, const char *text, const char *wire)
{
  g_autoptr (BgWords) words = take;
  g_autofree char *printed = g_variant_print (words->wire, FALSE);

  g_assert_cmpstr (words->text, ==, text);
  g_assert_cmpstr (printed, ==, wire);
}

static void
test_arguments (void)
{
  g_autoptr (BgWords) inner = bg_words (HUB_LOST);
  g_autoptr (GError) error = bg_error (BG_ERROR_FAILED, NO_SUCH_INTERFACE, "eth7");

  assert_said (bg_words (HUB_UNRESOLVED, "hub.example"),
               "the hub cannot be reached: its name “hub.example” cannot be resolved",
               "('hub-unresolved', [<'hub.example'>])");
  assert_said (bg_words (ABOUT, "a%sb", inner), "a%sb: the connection to the hub was lost",
               "('about', [<'a%sb'>, <('hub-lost', @av [])>])");
  assert_said (bg_words (ABOUT, (char *) NULL, error), ": interface eth7 does not exist",
               "('about', [<''>, <('no-such-interface', [<'eth7'>])>])");
  assert_said (bg_words (ABOUT, "\xff", bg_arg_errno (ENOENT)),
               "\xef\xbf\xbd: No such file or directory", "('about', [<'\xef\xbf\xbd'>, <2>])");
  assert_said (bg_words (TOO_MANY_ROUTES, 1, 64u), "it offers 1 route; none is taken above 64",
               "('too-many-routes', [<uint64 1>, <uint64 64>])");
  assert_said (bg_words (TOO_MANY_ROUTES, 70, 64u), "it offers 70 routes; none is taken above 64",
               "('too-many-routes', [<uint64 70>, <uint64 64>])");
}

static void
test_times (void)
{
  g_autoptr (BgWords) near = bg_words (TEXT, bg_arg_time (g_get_real_time ())),
                      far = bg_words (TEXT, bg_arg_time (0));

  g_assert_true (g_regex_match_simple ("^\\d\\d:\\d\\d:\\d\\d$", near->text, 0, 0));
  g_assert_true (g_regex_match_simple ("^19(69-12-31|70-01-01)$", far->text, 0, 0));
}

/* Turns the order round, and would read beyond the arguments. */
static const char *
find_foreign (const char *one, const char *many, gulong n)
{
  if (many)
    return n == 5 ? "%2$s<%1$s" : "other";
  return strstr (one, "overrides") ? "%3$s %1$s %2$s %% %9$s%d%" : one;
}

static char *
render (const char *wire)
{
  g_autoptr (GVariant) parsed = g_variant_new_parsed (wire);

  return bg_words_render (parsed, BG_VOICE_TERMINAL, find_foreign);
}

static void
test_translation (void)
{
  g_autofree char *turned = render ("('overridden', [<'a'>, <'b'>, <'c'>])"),
                  *plural = render ("('too-many-routes', [<uint64 5>, <uint64 64>])");

  g_assert_cmpstr (turned, ==, "c a b % %d%");
  g_assert_cmpstr (plural, ==, "64<5");
}

static void
test_what_is_not_known (void)
{
  static const char *const wires[] = { "('no-such-code', @av [])", "('HUB_LOST', @av [])",
                                       "('hub-lost', [<'too many'>])", "('', @av [])" };
  g_autofree char *inner = render ("('about', [<'x'>, <('no-such-code', @av [])>])"),
                  *odd = render ("('text', [<[1, 2]>])");

  for (gsize i = 0; i < G_N_ELEMENTS (wires); i++)
    g_assert_null (render (wires[i]));
  g_assert_cmpstr (inner, ==, "x: ?");
  g_assert_cmpstr (odd, ==, "[1, 2]");
}

static void
test_depth (void)
{
  BgWords *words = bg_words_new_text ("end");
  g_autofree char *text = NULL;

  for (guint i = 0; i < 20; i++)
    {
      BgWords *next = bg_words (ABOUT, "x", words);

      bg_words_unref (words);
      words = next;
    }
  text = bg_words_render (words->wire, BG_VOICE_TERMINAL, NULL);
  g_assert_true (g_str_has_suffix (text, "x: ?"));
  bg_words_unref (words);
}

static void
test_errors (void)
{
  g_autoptr (GError) error = bg_error (BG_ERROR_EXISTS, UDP_PORT_IN_USE, 51820),
                     copy = g_error_copy (error);
  g_autoptr (BgWords) words = bg_error_dup_words (copy), changed = NULL;

  g_assert_error (copy, BG_ERROR, BG_ERROR_EXISTS);
  assert_said (bg_words_ref (words), "UDP port 51820 is in use",
               "('udp-port-in-use', [<uint64 51820>])");
  bg_error_wrap (&error, ABOUT, "data plane");
  g_assert_error (error, BG_ERROR, BG_ERROR_EXISTS);
  assert_said (bg_error_dup_words (error), "data plane: UDP port 51820 is in use",
               "('about', [<'data plane'>, <('udp-port-in-use', [<uint64 51820>])>])");
  g_prefix_error (&copy, "and ");
  changed = bg_error_dup_words (copy);
  assert_said (g_steal_pointer (&changed), "and UDP port 51820 is in use",
               "('text', [<'and UDP port 51820 is in use'>])");
  bg_error_wrap ((GError **) NULL, ABOUT, "nobody listens");
}

static void
test_lists (void)
{
  g_autoptr (GPtrArray) list = bg_words_list_take (bg_words (HUB_LOST)),
                        other = bg_words_list_new ();
  g_autofree char *one = bg_words_list_get_text (list), *none = bg_words_list_get_text (NULL),
                  *two = NULL;

  g_assert_cmpstr (none, ==, "");
  g_assert_cmpstr (one, ==, "the connection to the hub was lost");
  g_assert_false (bg_words_list_equal (list, other));
  g_assert_true (bg_words_list_equal (NULL, other));
  g_ptr_array_add (other, bg_words (HUB_LOST));
  g_assert_true (bg_words_list_equal (list, other));
  g_ptr_array_add (list, bg_words_new_text ("more"));
  two = bg_words_list_get_text (list);
  g_assert_cmpstr (two, ==, "the connection to the hub was lost; more");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/words/table", test_table);
  g_test_add_func ("/words/window-names-no-command", test_window_names_no_command);
  g_test_add_func ("/words/voices", test_voices);
  g_test_add_func ("/words/arguments", test_arguments);
  g_test_add_func ("/words/times", test_times);
  g_test_add_func ("/words/translation", test_translation);
  g_test_add_func ("/words/what-is-not-known", test_what_is_not_known);
  g_test_add_func ("/words/depth", test_depth);
  g_test_add_func ("/words/errors", test_errors);
  g_test_add_func ("/words/lists", test_lists);
  return g_test_run ();
}
