/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ice-clock.h"

#include <stdatomic.h>

#define BUSY_MS 10000 /* of normal time after a wake-up by anything but a timer */

struct BgIceClock
{
  gatomicrefcount refs;
  GMainContext *context;
  GSource *first; /* on its thread */
  _Atomic gboolean rests;
  gint64 busy_until; /* the agent's thread; monotonic, microseconds */
};

static void
clock_unref (gpointer data)
{
  BgIceClock *self = data;

  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_main_context_unref (self->context);
  g_free (self);
}

/* GPollFunc has no place for it. */
static GPrivate clock_of_thread = G_PRIVATE_INIT (clock_unref);

static gint
poll_or_rest (GPollFD *fds, guint n_fds, gint timeout_ms)
{
  BgIceClock *self = g_private_get (&clock_of_thread);
  gint n;

  if (self && timeout_ms > 0 && atomic_load_explicit (&self->rests, memory_order_acquire)
      && g_get_monotonic_time () + timeout_ms * G_TIME_SPAN_MILLISECOND >= self->busy_until)
    timeout_ms = -1;
  n = g_poll (fds, n_fds, timeout_ms);
  if (self && n > 0)
    self->busy_until = g_get_monotonic_time () + BUSY_MS * G_TIME_SPAN_MILLISECOND;
  return n;
}

static gboolean
on_thread (gpointer data)
{
  BgIceClock *self = data;

  g_atomic_ref_count_inc (&self->refs);
  g_private_set (&clock_of_thread, self);
  g_main_context_set_poll_func (self->context, poll_or_rest);
  return G_SOURCE_REMOVE;
}

BgIceClock *
bg_ice_clock_new (NiceAgent *agent)
{
  GMainContext *context = NULL;
  BgIceClock *self;

  g_object_get (agent, "main-context", &context, NULL);
  if (!context)
    return NULL;
  self = g_new0 (BgIceClock, 1);
  g_atomic_ref_count_init (&self->refs);
  self->context = g_main_context_ref (context);
  g_atomic_ref_count_inc (&self->refs);
  self->first = g_idle_source_new ();
  g_source_set_callback (self->first, on_thread, self, clock_unref);
  g_source_attach (self->first, context);
  return self;
}

void
bg_ice_clock_rest (BgIceClock *self, gboolean rest)
{
  if (atomic_exchange_explicit (&self->rests, rest, memory_order_acq_rel) && !rest)
    g_main_context_wakeup (self->context);
}

void
bg_ice_clock_free (BgIceClock *self)
{
  if (!self)
    return;
  bg_ice_clock_rest (self, FALSE);
  g_source_destroy (self->first);
  g_source_unref (self->first);
  clock_unref (self);
}
