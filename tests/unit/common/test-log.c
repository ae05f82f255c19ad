/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/log.h"
#include "common/printable.h"

static void
assert_printable (const char *text, const char *expected)
{
  g_autofree char *out = bg_printable (text);

  g_assert_cmpstr (out, ==, expected);
}

static void
test_printable (void)
{
  assert_printable (NULL, "");
  assert_printable ("näme 日本", "näme 日本");
  assert_printable ("a\x1b[2Jb\nc\x7f", "a\\x1b[2Jb\\x0ac\\x7f");
  assert_printable ("\xc2\x9b"
                    "31m",
                    "\\u{9b}31m"); /* C1 CSI */
  assert_printable ("\xe2\x80\xae"
                    "abc",
                    "\\u{202e}abc"); /* right-to-left override */
  assert_printable ("bad\xff\xc3", "bad\\xff\\xc3");
}

static void
assert_start (const char *text, gsize max, const char *expected)
{
  g_autofree char *out = bg_printable_start (text, max);

  g_assert_cmpstr (out, ==, expected);
}

static void
test_printable_start (void)
{
  assert_start (NULL, 4, "");
  assert_start ("abcd", 4, "abcd");
  assert_start ("abcde", 4, "abcd");
  assert_start ("abcé", 5, "abcé");
  assert_start ("abcé", 4, "abc"); /* not half of the é */
  assert_start ("日本", 5, "日");
  assert_start ("\n\n", 5, "\\x0a\\");
}

static void
test_levels (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (bg_log_configure ("warning,ice=debug", &error));
  g_assert_no_error (error);
  g_assert_false (bg_log_levels[BG_TOPIC_PEER] & G_LOG_LEVEL_INFO);
  g_assert_true (bg_log_levels[BG_TOPIC_PEER] & G_LOG_LEVEL_WARNING);
  g_assert_true (bg_log_levels[BG_TOPIC_ICE] & G_LOG_LEVEL_DEBUG);

  g_assert_false (bg_log_configure ("info,nosuch=debug", &error));
  g_assert_nonnull (strstr (error->message, "nosuch=debug"));
  g_assert_false (bg_log_levels[BG_TOPIC_PEER] & G_LOG_LEVEL_INFO); /* nothing half-applied */
}

static void
test_line (void)
{
  if (g_test_subprocess ())
    {
      bg_log_init ("test-log");
      bg_log (BG_TOPIC_PEER, WARNING, "al\x1bpha", "moved %d\nbogus line", 3);
      bg_log (BG_TOPIC_PEER, DEBUG, "alpha", "must not show");
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*warning peer: peer 'al?x1bpha': moved 3?x0abogus line\n");
  g_test_trap_assert_stderr_unmatched ("*must not show*");
}

static GLogWriterOutput
keep_message (GLogLevelFlags level, const GLogField *fields, gsize n, gpointer data)
{
  char **kept = data;

  for (gsize i = 0; i < n; i++)
    {
      int which = g_str_equal (fields[i].key, "MESSAGE")   ? 0
                  : g_str_equal (fields[i].key, "BG_PEER") ? 1
                                                           : -1;

      if (which >= 0)
        {
          g_free (kept[which]);
          kept[which] = g_strdup (fields[i].value);
        }
    }
  return G_LOG_WRITER_HANDLED;
}

/* What the journal gets: the text names the peer, the field has the name as it is. */
static void
test_journal (void)
{
  static char *kept[2];

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      return;
    }
  g_log_set_writer_func (keep_message, kept, NULL);
  bg_log (BG_TOPIC_PEER, INFO, "laptop", "path: %s", "direct");
  g_assert_cmpstr (kept[0], ==, "peer laptop: path: direct");
  g_assert_cmpstr (kept[1], ==, "laptop");
  bg_log (BG_TOPIC_PEER, INFO, "a: x", "said \x1b[31m%s", "\n");
  g_assert_cmpstr (kept[0], ==, "peer 'a: x': said \\x1b[31m\\x0a");
  g_assert_cmpstr (kept[1], ==, "a: x");
  bg_log (BG_TOPIC_APP, INFO, NULL, "up");
  g_assert_cmpstr (kept[0], ==, "up");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log/printable", test_printable);
  g_test_add_func ("/log/printable-start", test_printable_start);
  g_test_add_func ("/log/levels", test_levels);
  g_test_add_func ("/log/line", test_line);
  g_test_add_func ("/log/journal", test_journal);
  return g_test_run ();
}
