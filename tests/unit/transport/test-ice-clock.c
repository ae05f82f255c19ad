/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/ice-clock.h"

/* An agent's thread with a timer in it that counts. */

#define TICK_MS 5

typedef struct
{
  NiceAgent *agent;
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  BgIceClock *clock;
  GMutex lock;
  GCond changed;
  guint ticks;
  guint rest_at; /* the tick that lets the clock rest; 0: none */
} Fixture;

static gboolean
on_tick (gpointer data)
{
  Fixture *f = data;

  g_mutex_lock (&f->lock);
  f->ticks++;
  if (f->ticks == f->rest_at)
    bg_ice_clock_rest (f->clock, TRUE);
  g_cond_signal (&f->changed);
  g_mutex_unlock (&f->lock);
  return G_SOURCE_CONTINUE;
}

static gpointer
agent_thread (gpointer data)
{
  Fixture *f = data;

  g_main_loop_run (f->loop);
  return NULL;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GSource) timer = g_timeout_source_new (TICK_MS);

  g_mutex_init (&f->lock);
  g_cond_init (&f->changed);
  f->context = g_main_context_new ();
  f->loop = g_main_loop_new (f->context, FALSE);
  f->agent = nice_agent_new (f->context, NICE_COMPATIBILITY_RFC5245);
  f->clock = bg_ice_clock_new (f->agent);
  g_assert_nonnull (f->clock);
  g_source_set_callback (timer, on_tick, f, NULL);
  g_source_attach (timer, f->context);
  f->thread = g_thread_new ("agent", agent_thread, f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_main_loop_quit (f->loop);
  g_thread_join (f->thread);
  bg_ice_clock_free (f->clock);
  g_object_unref (f->agent);
  g_main_loop_unref (f->loop);
  g_main_context_unref (f->context);
  g_cond_clear (&f->changed);
  g_mutex_clear (&f->lock);
}

/* Under the lock. */
static void
wait_ticks (Fixture *f, guint n)
{
  guint until = f->ticks + n;

  while (f->ticks < until)
    g_cond_wait (&f->changed, &f->lock);
}

/* Under the lock. */
static void
let_rest (Fixture *f)
{
  f->rest_at = f->ticks + 2;
  wait_ticks (f, 2);
}

static void
assert_rests (Fixture *f)
{
  gint64 end = g_get_monotonic_time () + 10 * TICK_MS * G_TIME_SPAN_MILLISECOND;

  g_assert_false (g_cond_wait_until (&f->changed, &f->lock, end));
}

static void
test_rest (Fixture *f, gconstpointer data)
{
  g_mutex_lock (&f->lock);
  wait_ticks (f, 3);
  let_rest (f);
  assert_rests (f);
  bg_ice_clock_rest (f->clock, TRUE);
  assert_rests (f);
  bg_ice_clock_rest (f->clock, FALSE);
  wait_ticks (f, 3);
  g_mutex_unlock (&f->lock);
}

/* Whatever else there is to do gets its time, and the timers that it starts. */
static void
test_woken (Fixture *f, gconstpointer data)
{
  g_mutex_lock (&f->lock);
  let_rest (f);
  assert_rests (f);
  g_main_context_wakeup (f->context);
  wait_ticks (f, 3);
  g_mutex_unlock (&f->lock);
}

static void
test_freed_at_rest (Fixture *f, gconstpointer data)
{
  g_mutex_lock (&f->lock);
  let_rest (f);
  assert_rests (f);
  bg_ice_clock_free (g_steal_pointer (&f->clock));
  wait_ticks (f, 3);
  g_mutex_unlock (&f->lock);
}

/* The thread never comes to it. */
static void
test_freed_at_once (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GObject) agent = G_OBJECT (nice_agent_new (context, NICE_COMPATIBILITY_RFC5245));

  bg_ice_clock_free (bg_ice_clock_new (NICE_AGENT (agent)));
  g_assert_false (g_main_context_iteration (context, FALSE));
  bg_ice_clock_free (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/ice-clock/rest", Fixture, NULL, set_up, test_rest, tear_down);
  g_test_add ("/ice-clock/woken", Fixture, NULL, set_up, test_woken, tear_down);
  g_test_add ("/ice-clock/freed-at-rest", Fixture, NULL, set_up, test_freed_at_rest, tear_down);
  g_test_add_func ("/ice-clock/freed-at-once", test_freed_at_once);
  return g_test_run ();
}
