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

static void
on_agent_closed (GObject *agent, GAsyncResult *result, gpointer data)
{
  g_object_unref (agent);
}

static void
close_agent (gpointer agent)
{
  nice_agent_close_async (agent, on_agent_closed, NULL);
}

void
bg_ice_closing_take_agent (NiceAgent *agent)
{
  bg_ice_thread_run (BG_ICE_CHECKS, close_agent, agent);
}
