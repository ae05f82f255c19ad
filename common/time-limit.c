/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/time-limit.h"

#include "common/source.h"

static gboolean
on_over (gpointer data)
{
  BgTimeLimit *self = data;

  self->is_late = TRUE;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

static void
on_caller_cancelled (GCancellable *caller, GCancellable *cancellable)
{
  g_cancellable_cancel (cancellable);
}

void
bg_time_limit_begin (BgTimeLimit *self, guint ms, GCancellable *caller)
{
  self->cancellable = g_cancellable_new ();
  bg_source_arm (&self->timer, ms, on_over, self);
  if (!caller)
    return;
  self->caller = g_object_ref (caller);
  self->handler = g_cancellable_connect (caller, G_CALLBACK (on_caller_cancelled),
                                         g_object_ref (self->cancellable), g_object_unref);
}

void
bg_time_limit_end (BgTimeLimit *self)
{
  g_cancellable_disconnect (self->caller, self->handler);
  g_clear_object (&self->caller);
  bg_source_drop (&self->timer);
  g_clear_object (&self->cancellable);
}
