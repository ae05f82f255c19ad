/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ice-thread.h"

#define SOON_MS 1000
#define STEP_MS 5000

static const char *const names[BG_ICE_THREADS] = {
  [BG_ICE_CHECKS] = "ice",
  [BG_ICE_DATA] = "ice-data",
};

static GMainContext *contexts[BG_ICE_THREADS];

/* To the end of the step in which it falls. */
static gint
step_of (gint timeout_ms)
{
  gint64 due_ms = g_get_monotonic_time () / G_TIME_SPAN_MILLISECOND + timeout_ms;

  return timeout_ms + (gint) (STEP_MS - 1 - due_ms % STEP_MS);
}

static gint
poll_in_steps (GPollFD *fds, guint n_fds, gint timeout_ms)
{
  return g_poll (fds, n_fds, timeout_ms > SOON_MS ? step_of (timeout_ms) : timeout_ms);
}

static gpointer
thread_main (gpointer data)
{
  GMainContext *context = data;
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);

  g_main_context_push_thread_default (context);
  g_main_loop_run (loop);
  g_main_context_pop_thread_default (context);
  return NULL;
}

static GMainContext *
start (BgIceThread thread)
{
  GMainContext *context = g_main_context_new ();

  if (thread == BG_ICE_CHECKS)
    g_main_context_set_poll_func (context, poll_in_steps);
  g_thread_unref (g_thread_new (names[thread], thread_main, context));
  return context;
}

GMainContext *
bg_ice_thread_get_context (BgIceThread thread)
{
  if (g_once_init_enter (&contexts[thread]))
    {
      GMainContext *context = start (thread);

      g_once_init_leave (&contexts[thread], context);
    }
  return contexts[thread];
}

typedef struct
{
  void (*func) (gpointer data);
  gpointer data;
} Task;

static gboolean
on_task (gpointer data)
{
  Task *task = data;

  task->func (task->data);
  return G_SOURCE_REMOVE;
}

void
bg_ice_thread_run (BgIceThread thread, void (*func) (gpointer data), gpointer data)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  Task *task = g_new (Task, 1);

  *task = (Task){ func, data };
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_task, task, g_free);
  g_source_attach (source, bg_ice_thread_get_context (thread));
}
