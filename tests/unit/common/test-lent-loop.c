/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/lent-loop.h"

#include <poll.h>

typedef struct
{
  GMutex lock;
  GCond changed;
  GThread *thread; /* where it was called */
  guint calls;
} Call;

static gboolean
on_call (gpointer data)
{
  Call *call = data;

  g_mutex_lock (&call->lock);
  call->thread = g_thread_self ();
  call->calls++;
  g_cond_broadcast (&call->changed);
  g_mutex_unlock (&call->lock);
  return G_SOURCE_REMOVE;
}

static void
ask (GMainContext *context, Call *call, guint ms)
{
  g_autoptr (GSource) source = ms > 0 ? g_timeout_source_new (ms) : g_idle_source_new ();

  g_source_set_callback (source, on_call, call, NULL);
  g_source_attach (source, context);
  g_main_context_wakeup (context); /* who asks may be its owner */
}

static void
await (Call *call, guint calls)
{
  g_mutex_lock (&call->lock);
  while (call->calls < calls)
    g_cond_wait (&call->changed, &call->lock);
  g_mutex_unlock (&call->lock);
}

static void
visit_until (BgLentLoop *lent, Call *call, guint calls)
{
  struct pollfd fd = { .fd = bg_lent_loop_get_fd (lent), .events = POLLIN };

  while (call->calls < calls)
    if (!bg_lent_loop_visit (lent) && call->calls < calls)
      poll (&fd, 1, -1);
}

/* Whoever takes it runs it, and its own thread before and after that; what is asked for in between waits for whoever comes. */
static void
test_changes_hands (void)
{
  BgLentLoop *lent = bg_lent_loop_new ("own");
  BgContextLoop *loop = bg_lent_loop_get_loop (lent);
  GMainContext *context = bg_context_loop_add (loop);
  Call call = { 0 };
  GThread *own;

  ask (context, &call, 0);
  await (&call, 1);
  own = call.thread;
  g_assert_true (own != g_thread_self ());

  bg_lent_loop_take (lent);
  ask (context, &call, 0);
  visit_until (lent, &call, 2);
  g_assert_true (call.thread == g_thread_self ());

  ask (context, &call, 0);
  bg_lent_loop_give (lent);
  await (&call, 3);
  g_assert_true (call.thread == own);
  bg_context_loop_remove_take (loop, context);
}

/* The one who has it need not look at a clock: the descriptor tells. */
static void
test_timers_of_a_visitor (void)
{
  BgLentLoop *lent = bg_lent_loop_new ("own");
  GMainContext *one, *other;
  Call call = { 0 };

  bg_lent_loop_take (lent);
  one = bg_context_loop_add (bg_lent_loop_get_loop (lent));
  other = bg_context_loop_add (bg_lent_loop_get_loop (lent));
  ask (one, &call, 60);
  ask (other, &call, 20);
  visit_until (lent, &call, 1);
  visit_until (lent, &call, 2);
  bg_context_loop_remove_take (bg_lent_loop_get_loop (lent), one);
  bg_context_loop_remove_take (bg_lent_loop_get_loop (lent), other);
  bg_lent_loop_give (lent);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lent-loop/changes-hands", test_changes_hands);
  g_test_add_func ("/lent-loop/timers-of-a-visitor", test_timers_of_a_visitor);
  return g_test_run ();
}
