/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/path-history.h"

static void
assert_stay (BgPathHistory *history, guint n, gint64 since_us, BgTransportKind path, guint mtu,
             const char *remote)
{
  const BgPathStay *stay = bg_path_history_get (history, n);

  g_assert_cmpint (stay->since_us, ==, since_us);
  g_assert_cmpint (stay->path, ==, path);
  g_assert_cmpuint (stay->mtu, ==, mtu);
  g_assert_cmpstr (stay->remote, ==, remote);
}

static void
test_changes (void)
{
  g_autoptr (BgPathHistory) history = bg_path_history_new ();

  bg_path_history_note (history, 1, BG_TRANSPORT_NONE, FALSE, 0, NULL, NULL);
  g_assert_cmpuint (bg_path_history_length (history), ==, 0); /* never had one */
  bg_path_history_note (history, 2, BG_TRANSPORT_ICE, TRUE, 1152, "l", "r");
  bg_path_history_note (history, 3, BG_TRANSPORT_ICE, TRUE, 1400, "l", "r");
  bg_path_history_note (history, 4, BG_TRANSPORT_ICE, TRUE, 1400, "l", "elsewhere");
  bg_path_history_note (history, 5, BG_TRANSPORT_NONE, TRUE, 1400, "l", "elsewhere");
  bg_path_history_note (history, 6, BG_TRANSPORT_NONE, FALSE, 0, NULL, NULL);
  bg_path_history_note (history, 7, BG_TRANSPORT_DIRECT, FALSE, 1420, "l", "r");
  g_assert_cmpuint (bg_path_history_length (history), ==, 4);
  assert_stay (history, 0, 2, BG_TRANSPORT_ICE, 1400, "r");
  assert_stay (history, 1, 4, BG_TRANSPORT_ICE, 1400, "elsewhere");
  assert_stay (history, 2, 5, BG_TRANSPORT_NONE, 0, "");
  assert_stay (history, 3, 7, BG_TRANSPORT_DIRECT, 1420, "r");
}

static void
test_is_bounded (void)
{
  g_autoptr (BgPathHistory) history = bg_path_history_new ();

  for (gint64 i = 0; i < 1000; i++)
    bg_path_history_note (history, i, i % 2 == 0 ? BG_TRANSPORT_ICE : BG_TRANSPORT_DIRECT, FALSE, 1,
                          "l", "r");
  g_assert_cmpuint (bg_path_history_length (history), ==, BG_PATH_HISTORY_MAX);
  assert_stay (history, 0, 1000 - BG_PATH_HISTORY_MAX, BG_TRANSPORT_ICE, 1, "r");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/peer/path-history/changes", test_changes);
  g_test_add_func ("/peer/path-history/is-bounded", test_is_bounded);
  return g_test_run ();
}
