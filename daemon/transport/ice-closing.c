/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ice-closing.h"

#include "ice-thread.h"

static GMutex lock;
static GCond done;
static guint closing;

void
bg_ice_closing_begin (void)
{
  g_mutex_lock (&lock);
  closing++;
  g_mutex_unlock (&lock);
}

void
bg_ice_closing_end (void)
{
  g_mutex_lock (&lock);
  if (--closing == 0)
    g_cond_broadcast (&done);
  g_mutex_unlock (&lock);
}

void
bg_ice_closing_wait (void)
{
  g_mutex_lock (&lock);
  while (closing > 0)
    g_cond_wait (&done, &lock);
  g_mutex_unlock (&lock);
}

typedef struct
{
  NiceAgent *agent;
  GMainContext *context;
} Closing;

static void
on_agent_closed (GObject *agent, GAsyncResult *result, gpointer data)
{
  Closing *self = data;

  g_object_unref (self->agent);
  bg_ice_thread_drop_context (self->context);
  g_free (self);
}

static void
close_agent (gpointer data)
{
  Closing *self = data;

  nice_agent_close_async (self->agent, on_agent_closed, self);
}

void
bg_ice_closing_take_agent (NiceAgent *agent, GMainContext *context)
{
  Closing *self = g_new (Closing, 1);

  *self = (Closing){ agent, context };
  bg_ice_thread_run_in (context, close_agent, self);
}
