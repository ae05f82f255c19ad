/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ice-thread.h"

#include "common/context-loop.h"

static const char *const names[BG_ICE_THREADS] = {
  [BG_ICE_CHECKS] = "ice",
  [BG_ICE_DATA] = "ice-data",
};

static BgContextLoop *checks; /* of BG_ICE_CHECKS */
static GMainContext *contexts[BG_ICE_THREADS];

static gpointer
run_checks (gpointer unused)
{
  for (;;)
    bg_context_loop_turn (checks, TRUE);
  return NULL;
}

static gpointer
run_data (gpointer context)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);

  g_main_context_push_thread_default (context);
  g_main_loop_run (loop);
  g_main_context_pop_thread_default (context);
  return NULL;
}

static GMainContext *
start (BgIceThread thread)
{
  GMainContext *context;

  if (thread == BG_ICE_CHECKS)
    {
      checks = bg_context_loop_new ();
      context = bg_context_loop_add (checks);
    }
  else
    context = g_main_context_new ();
  g_thread_unref (
    g_thread_new (names[thread], thread == BG_ICE_CHECKS ? run_checks : run_data, context));
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

GMainContext *
bg_ice_thread_new_context (void)
{
  bg_ice_thread_get_context (BG_ICE_CHECKS); /* the loop with it */
  return bg_context_loop_add (checks);
}

void
bg_ice_thread_drop_context (GMainContext *take)
{
  bg_context_loop_remove_take (checks, take);
}

BgLentLoop *
bg_ice_thread_get_relayed (void)
{
  static BgLentLoop *relayed;

  if (g_once_init_enter (&relayed))
    g_once_init_leave (&relayed, bg_lent_loop_new ("ice-relayed"));
  return relayed;
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
bg_ice_thread_run_in (GMainContext *context, void (*func) (gpointer data), gpointer data)
{
  g_autoptr (GMainContext) kept = g_main_context_ref (context); /* `func` may drop it */
  g_autoptr (GSource) source = g_idle_source_new ();
  Task *task = g_new (Task, 1);

  *task = (Task){ func, data };
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_task, task, g_free);
  g_source_attach (source, kept);
  g_main_context_wakeup (kept);
}

void
bg_ice_thread_run (BgIceThread thread, void (*func) (gpointer data), gpointer data)
{
  bg_ice_thread_run_in (bg_ice_thread_get_context (thread), func, data);
}

void
bg_ice_thread_let_go (gpointer agent)
{
  bg_ice_thread_run (BG_ICE_CHECKS, g_object_unref, agent);
}
