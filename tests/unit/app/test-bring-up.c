/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/bring-up.h"

#include "common/error.h"
#include "common/log.h"

#include <string.h>

enum { N = 4 };

typedef enum
{
  AT_ONCE,
  LATER,
  WHEN_CANCELLED,
} Pace;

typedef struct
{
  BgBringUp *run;
  BgStep     steps[N];
  Pace       pace;
  int        fails_at;   /* -1: nowhere */
  int        stop_at;    /* bg_bring_up_stop() while this step is under way; -1: never */
  gboolean   is_up[N];
  int        order;      /* the step that came last, up or down */
  guint      settled_up, settled_down;
  GError    *error;
} Fixture;

static int
index_of_running (Fixture *f, BgBringUp *run, gboolean up)
{
  int n = 0;

  while (n < N && f->is_up[n])
    n++;
  return up ? n : n - 1;
}

static void
report_up (Fixture *f, int i)
{
  if (f->fails_at == i)
    {
      bg_bring_up_step_done (f->run, g_error_new (BG_ERROR, BG_ERROR_EXISTS, "no luck"));
      return;
    }
  f->is_up[i] = TRUE;
  bg_bring_up_step_done (f->run, NULL);
}

static gboolean
on_later_up (gpointer data)
{
  Fixture *f = data;

  report_up (f, index_of_running (f, f->run, TRUE));
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer data)
{
  Fixture *f = data;

  bg_bring_up_step_done (f->run, g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled"));
  return G_SOURCE_REMOVE;
}

static void
later (GSource *source, GSourceFunc callback, Fixture *f)
{
  g_source_set_callback (source, callback, f, NULL);
  g_source_attach (source, NULL);
  g_source_unref (source);
}

static void
up (gpointer owner, BgBringUp *run)
{
  Fixture *f = owner;
  int i = index_of_running (f, run, TRUE);

  g_assert_cmpint (i, <, N);
  if (f->pace == WHEN_CANCELLED && i == f->stop_at)
    later (g_cancellable_source_new (bg_bring_up_get_cancellable (run)), G_SOURCE_FUNC (on_cancelled), f);
  else if (f->pace == AT_ONCE)
    report_up (f, i);
  else
    later (g_idle_source_new (), on_later_up, f);
  if (i == f->stop_at)
    bg_bring_up_stop (run);
}

static gboolean
on_later_down (gpointer data)
{
  Fixture *f = data;
  int i = index_of_running (f, f->run, FALSE);

  g_assert_cmpint (i, >=, 0);
  f->is_up[i] = FALSE; /* backwards: the index says so */
  bg_bring_up_step_undone (f->run);
  return G_SOURCE_REMOVE;
}

static void
down (gpointer owner, BgBringUp *run)
{
  Fixture *f = owner;

  if (f->pace == AT_ONCE)
    on_later_down (f);
  else
    later (g_idle_source_new (), on_later_down, f);
}

static void
settled (gpointer owner, gboolean is_up, const GError *error)
{
  Fixture *f = owner;

  if (is_up)
    f->settled_up++;
  else
    f->settled_down++;
  g_clear_error (&f->error);
  if (error)
    f->error = g_error_copy (error);
}

static const char *const names[N] = { "one", "two", "three", "four" };

static void
set_up (Fixture *f, Pace pace, int fails_at, int stop_at)
{
  *f = (Fixture){ .pace = pace, .fails_at = fails_at, .stop_at = stop_at };
  for (int i = 0; i < N; i++)
    f->steps[i] = (BgStep){ names[i], up, down };
  f->run = bg_bring_up_new (f->steps, N, settled, f);
}

static void
tear_down (Fixture *f)
{
  for (int i = 0; i < N; i++)
    g_assert_false (f->is_up[i]);
  g_assert_true (bg_bring_up_is_down (f->run));
  bg_bring_up_free (f->run);
  g_clear_error (&f->error);
}

static void
wait_settled (Fixture *f)
{
  guint before = f->settled_up + f->settled_down;

  while (f->settled_up + f->settled_down == before)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_up_and_down (void)
{
  for (Pace pace = AT_ONCE; pace <= LATER; pace++)
    {
      Fixture f;

      set_up (&f, pace, -1, -1);
      for (guint round = 1; round <= 2; round++)
        {
          bg_bring_up_start (f.run);
          wait_settled (&f);
          g_assert_cmpuint (f.settled_up, ==, round);
          for (int i = 0; i < N; i++)
            g_assert_true (f.is_up[i]);
          bg_bring_up_stop (f.run);
          bg_bring_up_stop (f.run); /* twice is fine */
          wait_settled (&f);
          g_assert_no_error (f.error);
        }
      tear_down (&f);
    }
}

static void
test_failure_at_every_step (void)
{
  for (Pace pace = AT_ONCE; pace <= LATER; pace++)
    for (int i = 0; i < N; i++)
      {
        Fixture f;

        set_up (&f, pace, i, -1);
        bg_bring_up_start (f.run);
        wait_settled (&f);
        g_assert_cmpuint (f.settled_up, ==, 0);
        g_assert_error (f.error, BG_ERROR, BG_ERROR_EXISTS);
        g_assert_true (g_str_has_prefix (f.error->message, names[i]));
        tear_down (&f);
      }
}

static void
test_stop_during_every_step (void)
{
  for (Pace pace = AT_ONCE; pace <= WHEN_CANCELLED; pace++)
    for (int i = 0; i < N; i++)
      {
        Fixture f;

        set_up (&f, pace, -1, i);
        bg_bring_up_start (f.run);
        wait_settled (&f);
        g_assert_cmpuint (f.settled_up, ==, 0);
        g_assert_cmpuint (f.settled_down, ==, 1);
        g_assert_no_error (f.error);
        tear_down (&f);
      }
}

static void
test_failure_while_stopping (void)
{
  Fixture f;

  set_up (&f, LATER, 2, 2);
  bg_bring_up_start (f.run);
  wait_settled (&f);
  g_assert_no_error (f.error); /* it was asked to end, and did */
  tear_down (&f);
}

static void
test_stop_before_the_first_step (void)
{
  Fixture f;

  set_up (&f, LATER, -1, -1);
  bg_bring_up_stop (f.run); /* down already: nothing is said */
  bg_bring_up_start (f.run);
  bg_bring_up_stop (f.run);
  wait_settled (&f);
  g_assert_cmpuint (f.settled_up, ==, 0);
  tear_down (&f);
}

static void
test_steps_without_undo (void)
{
  Fixture f;

  set_up (&f, AT_ONCE, 3, -1);
  for (int i = 0; i < N; i++)
    f.steps[i].down = NULL;
  bg_bring_up_start (f.run);
  wait_settled (&f);
  g_assert_nonnull (f.error);
  memset (f.is_up, 0, sizeof f.is_up);
  tear_down (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bg_log_configure ("warning", NULL);
  g_test_add_func ("/bring-up/up-and-down", test_up_and_down);
  g_test_add_func ("/bring-up/failure-at-every-step", test_failure_at_every_step);
  g_test_add_func ("/bring-up/stop-during-every-step", test_stop_during_every_step);
  g_test_add_func ("/bring-up/failure-while-stopping", test_failure_while_stopping);
  g_test_add_func ("/bring-up/stop-before-the-first-step", test_stop_before_the_first_step);
  g_test_add_func ("/bring-up/steps-without-undo", test_steps_without_undo);
  return g_test_run ();
}
