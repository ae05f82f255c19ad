/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/session.h"

#include <glib.h>

#define SECOND INT64_C (1000000)

static void
test_frames (void)
{
  BgSession session;
  guint taken = 0;

  bg_session_init (&session, 0);
  while (bg_session_take_frame (&session, 0))
    taken++;
  g_assert_cmpuint (taken, ==, 4096);
  for (taken = 0; bg_session_take_frame (&session, SECOND); taken++)
    ;
  g_assert_cmpuint (taken, ==, 256);
}

static BgGoodbye
overdue (const BgSession *session, bool is_joined, gint64 now)
{
  return bg_session_overdue (session, is_joined, 10, 30, now);
}

static void
test_overdue (void)
{
  BgSession session;

  bg_session_init (&session, SECOND);
  g_assert_cmpint (overdue (&session, false, 11 * SECOND), ==, BG_GOODBYE_NONE);
  g_assert_cmpint (overdue (&session, false, 11 * SECOND + 1), ==, BG_GOODBYE_NO_JOIN);
  g_assert_cmpint (overdue (&session, true, 11 * SECOND + 1), ==, BG_GOODBYE_NONE);
  g_assert_cmpint (overdue (&session, true, 76 * SECOND), ==, BG_GOODBYE_NONE);
  g_assert_cmpint (overdue (&session, true, 76 * SECOND + 1), ==, BG_GOODBYE_SILENT);
  bg_session_hear (&session, 70 * SECOND);
  g_assert_cmpint (overdue (&session, true, 76 * SECOND + 1), ==, BG_GOODBYE_NONE);
  g_assert_cmpint (overdue (&session, false, 0), ==, BG_GOODBYE_NONE); /* a clock that goes back */
}

static void
test_words (void)
{
  for (int why = BG_GOODBYE_SILENT; why <= BG_GOODBYE_TOKEN_OVER; why++)
    {
      const BgGoodbyeWords *words = bg_goodbye_words (why);

      g_assert_true (words->code == 1008 || words->code == 1009 || words->code == 1000);
      g_assert_cmpuint (strlen (words->reason), <=, 123); /* RFC 6455, 5.5 */
      g_assert_cmpuint (strlen (words->reason), >, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core-session/frames", test_frames);
  g_test_add_func ("/core-session/overdue", test_overdue);
  g_test_add_func ("/core-session/words", test_words);
  return g_test_run ();
}
