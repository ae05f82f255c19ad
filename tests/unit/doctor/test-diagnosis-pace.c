/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Some diagnoses begin at once, further ones at a bounded rate. */
#include "doctor/diagnosis-pace.h"

static void
test_burst_then_rate (void)
{
  BgDiagnosisPace pace = { 0 };
  gint64 now_ms = 1000000;

  for (guint i = 0; i < BG_DIAGNOSIS_BURST; i++)
    g_assert_cmpuint (bg_diagnosis_pace_take (&pace, now_ms), ==, 0);
  for (guint i = 0; i < 100; i++)
    {
      guint wait_ms = bg_diagnosis_pace_take (&pace, now_ms);

      g_assert_cmpuint (wait_ms, ==, BG_DIAGNOSIS_STEP_MS);
      now_ms += wait_ms;
    }
  g_assert_cmpuint (bg_diagnosis_pace_take (&pace, now_ms + 1000), ==, BG_DIAGNOSIS_STEP_MS - 1000);
}

static void
test_rest_brings_it_back (void)
{
  BgDiagnosisPace pace = { 0 };
  gint64 now_ms = 5;

  for (guint i = 0; i < BG_DIAGNOSIS_BURST; i++)
    g_assert_cmpuint (bg_diagnosis_pace_take (&pace, now_ms), ==, 0);
  now_ms += BG_DIAGNOSIS_STEP_MS;
  g_assert_cmpuint (bg_diagnosis_pace_take (&pace, now_ms), ==, 0);
  g_assert_cmpuint (bg_diagnosis_pace_take (&pace, now_ms), ==, BG_DIAGNOSIS_STEP_MS);
  now_ms += G_GINT64_CONSTANT (1) << 40; /* no more than at first */
  for (guint i = 0; i < BG_DIAGNOSIS_BURST; i++)
    g_assert_cmpuint (bg_diagnosis_pace_take (&pace, now_ms), ==, 0);
  g_assert_cmpuint (bg_diagnosis_pace_take (&pace, now_ms), ==, BG_DIAGNOSIS_STEP_MS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/doctor/pace/burst-then-rate", test_burst_then_rate);
  g_test_add_func ("/doctor/pace/rest-brings-it-back", test_rest_brings_it_back);
  return g_test_run ();
}
