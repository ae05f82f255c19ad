/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is wrong with the tunnel, as a state and a reason. */
#include "app/health.h"

static void
on_health_changed (gpointer owner)
{
  ++*(guint *) owner;
}

static void
assert_described (BgHealth *health, const char *expected)
{
  g_autoptr (GPtrArray) said = bg_health_describe (health);
  g_autofree char *text = bg_words_list_get_text (said);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_nothing_is_wrong (void)
{
  guint told = 0;
  g_autoptr (BgHealth) health = bg_health_new (on_health_changed, &told);

  g_assert_false (bg_health_is_degraded (health));
  assert_described (health, "");
  bg_health_set (health, BG_CONCERN_HUB, NULL);
  g_assert_cmpuint (told, ==, 0);
}

static void
test_texts_stand_by_rank (void)
{
  guint told = 0;
  g_autoptr (BgHealth) health = bg_health_new (on_health_changed, &told);

  bg_health_set (health, BG_CONCERN_SIGNALING, bg_words_new_text ("the hub does not answer"));
  bg_health_set (health, BG_CONCERN_INTERFACE, bg_words_new_text ("bamgate0 was taken away"));
  g_assert_true (bg_health_is_degraded (health));
  assert_described (health, "bamgate0 was taken away; the hub does not answer");
  bg_health_set (health, BG_CONCERN_INTERFACE, NULL);
  assert_described (health, "the hub does not answer");
  g_assert_true (bg_health_is_degraded (health));
  bg_health_set (health, BG_CONCERN_SIGNALING, NULL);
  g_assert_false (bg_health_is_degraded (health));
  g_assert_cmpuint (told, ==, 4);
}

static void
test_a_remark_does_not_degrade (void)
{
  guint told = 0;
  g_autoptr (BgHealth) health = bg_health_new (on_health_changed, &told);

  bg_health_set (health, BG_CONCERN_ROUTES, bg_words_new_text ("routes: one is not taken"));
  g_assert_false (bg_health_is_degraded (health));
  assert_described (health, "routes: one is not taken");
}

static void
test_the_same_text_is_told_once (void)
{
  guint told = 0;
  g_autoptr (BgHealth) health = bg_health_new (on_health_changed, &told);

  for (int i = 0; i < 3; i++)
    bg_health_set (health, BG_CONCERN_HUB, bg_words_new_text ("port 8443 is taken"));
  g_assert_cmpuint (told, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/health/nothing-is-wrong", test_nothing_is_wrong);
  g_test_add_func ("/health/texts-stand-by-rank", test_texts_stand_by_rank);
  g_test_add_func ("/health/a-remark-does-not-degrade", test_a_remark_does_not_degrade);
  g_test_add_func ("/health/the-same-text-is-told-once", test_the_same_text_is_told_once);
  return g_test_run ();
}
