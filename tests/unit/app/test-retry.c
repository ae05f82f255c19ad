/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is tried again, and when; and what is not. */
#include "app/failure.h"
#include "app/retry.h"
#include "common/error.h"
#include "peer/main-timer.h"

/* Time passes where we say so. */
static struct
{
  GSourceFunc callback;
  gpointer data;
  guint delay_ms;
  GSource *armed;
} timer;

void
bg_clear_source (GSource **source)
{
  g_clear_pointer (source, g_source_unref);
}

void
bg_arm_timer (GSource **source, guint delay_ms, GSourceFunc callback, gpointer data)
{
  bg_clear_source (source);
  *source = g_timeout_source_new (delay_ms);
  timer.armed = *source;
  timer.callback = callback;
  timer.data = data;
  timer.delay_ms = delay_ms;
}

static void
on_due (gpointer owner)
{
  ++*(guint *) owner;
}

static void
test_grows_up_to_half_a_minute (void)
{
  guint due = 0;
  g_autoptr (BgRetry) retry = bg_retry_new (on_due, &due);
  guint before = 0;

  for (guint i = 1; i <= 10; i++)
    {
      bg_retry_failed (retry);
      g_assert_true (bg_retry_is_waiting (retry));
      g_assert_cmpuint (timer.delay_ms, >=, 1000);
      g_assert_cmpuint (timer.delay_ms, <=, 30000);
      if (i == 1)
        g_assert_cmpuint (timer.delay_ms, <=, 1500);
      before = timer.delay_ms;
      timer.callback (timer.data);
      g_assert_cmpuint (due, ==, i);
      g_assert_false (bg_retry_is_waiting (retry));
    }
  g_assert_cmpuint (before, >=, 22500);
}

static void
test_success_of_a_moment_is_none (void)
{
  guint due = 0;
  g_autoptr (BgRetry) retry = bg_retry_new (on_due, &due);

  for (guint i = 0; i < 8; i++)
    {
      bg_retry_failed (retry);
      timer.callback (timer.data);
      bg_retry_succeeded (retry);
    }
  g_assert_cmpuint (timer.delay_ms, >=, 22500);
  bg_retry_cancel (retry);
  bg_retry_failed (retry);
  g_assert_cmpuint (timer.delay_ms, <=, 1500);
}

static void
test_at_once_only_where_it_waits (void)
{
  guint due = 0;
  g_autoptr (BgRetry) retry = bg_retry_new (on_due, &due);

  g_assert_false (bg_retry_now (retry));
  bg_retry_failed (retry);
  g_assert_true (bg_retry_now (retry));
  g_assert_cmpuint (timer.delay_ms, ==, 0);
  bg_retry_begin (retry);
  g_assert_false (bg_retry_is_waiting (retry));
  g_assert_false (bg_retry_now (retry));
}

static void
test_says_when (void)
{
  guint due = 0;
  g_autoptr (BgRetry) retry = bg_retry_new (on_due, &due);
  g_autoptr (BgWords) rests = bg_retry_describe (retry), waits = NULL;

  g_assert_null (rests);
  bg_retry_failed (retry);
  waits = bg_retry_describe (retry);
  g_assert_true (
    g_regex_match_simple ("^next attempt at \\d\\d:\\d\\d:\\d\\d$", waits->text, 0, 0));
}

static void
test_what_is_final (void)
{
  static const BgError final[] = { BG_ERROR_CONFIG, BG_ERROR_NOT_CONFIGURED, BG_ERROR_WRONG_STATE,
                                   BG_ERROR_NOT_AUTHORIZED, BG_ERROR_INVALID_ARGUMENT },
                       passing[] = { BG_ERROR_FAILED, BG_ERROR_EXISTS, BG_ERROR_NOT_FOUND,
                                     BG_ERROR_TIMEOUT, BG_ERROR_SERVICE };
  g_autoptr (GError) foreign = g_error_new (G_IO_ERROR, G_IO_ERROR_BUSY, "busy");

  for (gsize i = 0; i < G_N_ELEMENTS (final); i++)
    {
      g_autoptr (GError) error = g_error_new (BG_ERROR, (int) final[i], "x");

      g_assert_true (bg_failure_is_final (error));
    }
  for (gsize i = 0; i < G_N_ELEMENTS (passing); i++)
    {
      g_autoptr (GError) error = g_error_new (BG_ERROR, (int) passing[i], "x");

      g_assert_false (bg_failure_is_final (error));
    }
  g_assert_false (bg_failure_is_final (foreign));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/retry/grows-up-to-half-a-minute", test_grows_up_to_half_a_minute);
  g_test_add_func ("/retry/success-of-a-moment-is-none", test_success_of_a_moment_is_none);
  g_test_add_func ("/retry/at-once-only-where-it-waits", test_at_once_only_where_it_waits);
  g_test_add_func ("/retry/says-when", test_says_when);
  g_test_add_func ("/retry/what-is-final", test_what_is_final);
  return g_test_run ();
}
