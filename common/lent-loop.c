/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lent-loop.h"

struct _BgLentLoop
{
  const char *name;
  BgContextLoop *loop;

  GMutex lock;
  GCond changed;
  gboolean is_used;    /* somebody has asked for the loop */
  gboolean is_taken;   /* also read without the lock */
  gboolean is_running; /* the own thread runs it */
  GThread *thread;     /* NULL: it was not needed yet */
};

static void
await_turn (BgLentLoop *self)
{
  g_mutex_lock (&self->lock);
  while (self->is_taken)
    g_cond_wait (&self->changed, &self->lock);
  self->is_running = TRUE;
  g_mutex_unlock (&self->lock);
}

static void
let_go (BgLentLoop *self)
{
  g_mutex_lock (&self->lock);
  self->is_running = FALSE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static gpointer
run (gpointer data)
{
  BgLentLoop *self = data;

  for (;;)
    {
      await_turn (self);
      bg_context_loop_enter (self->loop);
      while (!g_atomic_int_get (&self->is_taken))
        bg_context_loop_turn (self->loop, TRUE);
      bg_context_loop_leave (self->loop);
      let_go (self);
    }
  return NULL;
}

/* With the lock. */
static void
ensure_it_runs (BgLentLoop *self)
{
  if (self->is_used && !self->is_taken && !self->thread)
    self->thread = g_thread_new (self->name, run, self);
}

BgLentLoop *
bg_lent_loop_new (const char *name)
{
  BgLentLoop *self = g_new0 (BgLentLoop, 1);

  self->name = name;
  self->loop = bg_context_loop_new ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  return self;
}

BgContextLoop *
bg_lent_loop_get_loop (BgLentLoop *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->is_used = TRUE;
  ensure_it_runs (self);
  return self->loop;
}

int
bg_lent_loop_get_fd (BgLentLoop *self)
{
  return bg_context_loop_get_fd (self->loop);
}

void
bg_lent_loop_take (BgLentLoop *self)
{
  g_mutex_lock (&self->lock);
  g_assert (!self->is_taken);
  g_atomic_int_set (&self->is_taken, TRUE);
  bg_context_loop_wake (self->loop);
  while (self->is_running)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
  bg_context_loop_enter (self->loop);
}

gboolean
bg_lent_loop_visit (BgLentLoop *self)
{
  return bg_context_loop_visit (self->loop);
}

void
bg_lent_loop_give (BgLentLoop *self)
{
  bg_context_loop_leave (self->loop);
  g_mutex_lock (&self->lock);
  g_atomic_int_set (&self->is_taken, FALSE);
  ensure_it_runs (self);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}
