/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/rtt-private.h"

#include "common/source.h"

#include <string.h>

static gboolean
on_limit (gpointer data)
{
  BgRtt *self = data;

  bg_source_drop (&self->limit);
  self->is_late = TRUE;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer data)
{
  BgRtt *self = data;

  bg_source_drop (&self->cancelled);
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

void
bg_rtt_begin (BgRtt *self, GDestroyNotify free_rtt, GCancellable *cancellable,
              GAsyncReadyCallback callback, gpointer data)
{
  self->task = g_task_new (NULL, cancellable, callback, data);
  g_task_set_task_data (self->task, self, free_rtt);
  self->cancellable = g_cancellable_new ();
  self->talk = bg_stun_talk_new ();
  bg_source_arm (&self->limit, BG_RTT_PATIENCE_MS, on_limit, self);
  if (cancellable)
    self->cancelled = bg_source_attach (g_cancellable_source_new (cancellable),
                                        G_SOURCE_FUNC (on_cancelled), self);
}

void
bg_rtt_clear (BgRtt *self)
{
  bg_source_drop (&self->limit);
  bg_source_drop (&self->cancelled);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->talk, bg_stun_talk_free);
}

const BgStunRequest *
bg_rtt_next (BgRtt *self)
{
  guint n = self->n_sent;

  if (n >= BG_RTT_SENDS || !bg_stun_talk_write (self->talk, BG_STUN_SAME, &self->requests[n]))
    return NULL;
  self->sent_us[n] = g_get_monotonic_time ();
  self->n_sent++;
  return &self->requests[n];
}

gboolean
bg_rtt_take (BgRtt *self, const guint8 *data, gsize len)
{
  BgStunAnswer answer;

  bg_stun_talk_read (self->talk, data, len, &answer);
  if (answer.kind != BG_STUN_ANSWERED && answer.kind != BG_STUN_REFUSED)
    return FALSE;
  for (guint i = 0; i < self->n_sent; i++)
    if (memcmp (self->requests[i].id, answer.id, BG_STUN_ID) == 0)
      {
        bg_rtt_end (self, g_get_monotonic_time () - self->sent_us[i], NULL);
        return TRUE;
      }
  return FALSE;
}

void
bg_rtt_end (BgRtt *self, gint64 rtt_us, GError *error)
{
  g_autoptr (GTask) task = self->task;
  g_autoptr (GError) why = error;

  bg_source_drop (&self->limit);
  bg_source_drop (&self->cancelled);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (rtt_us >= 0)
    g_task_return_int (task, rtt_us);
  else if (why && !self->is_late)
    g_task_return_error (task, g_steal_pointer (&why));
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "no answer");
}

gint64
bg_rtt_probe_finish (GAsyncResult *result, GError **error)
{
  GError *local = NULL;
  gssize rtt_us = g_task_propagate_int (G_TASK (result), &local);

  if (!local)
    return rtt_us;
  g_propagate_error (error, local);
  return -1;
}
