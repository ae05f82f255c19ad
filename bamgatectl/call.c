/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/call.h"
#include "bamgatectl/agent.h"
#include "bamgatectl/progress.h"

#include "common/source.h"

#include <glib-unix.h>
#include <signal.h>

struct _Call
{
  Ctl *ctl;
  const char *goes_on;
  Progress *progress;
  GSource *interrupt;
  GCancellable *cancellable;
  GAsyncResult *answer;
  gboolean held;
};

/* A prompt for a password holds the terminal in a thread that cannot be called back. */
static gboolean
on_interrupt (gpointer data)
{
  Call *self = data;

  if (agent_is_asking ())
    agent_die_of (SIGINT);
  if (!self->held)
    g_cancellable_cancel (self->cancellable);
  return G_SOURCE_CONTINUE;
}

/* The daemon's reason, while the tunnel is on its way. */
static void
on_client_notify (BamgateClient *client, GParamSpec *pspec, Call *self)
{
  BamgateState state = bamgate_client_get_state (client);
  gboolean moves = state == BAMGATE_STATE_STARTING || state == BAMGATE_STATE_STOPPING;

  progress_explain (self->progress, moves ? bamgate_client_get_state_reason (client) : "");
}

Call *
call_new (Ctl *ctl, const char *what, const char *goes_on)
{
  Call *self = g_new0 (Call, 1);

  self->ctl = ctl;
  self->goes_on = goes_on;
  self->progress = what ? progress_new (what) : NULL;
  self->cancellable = g_cancellable_new ();
  self->interrupt = bg_source_attach (g_unix_signal_source_new (SIGINT), on_interrupt, self);
  if (ctl->client)
    {
      g_signal_connect (ctl->client, "notify::state", G_CALLBACK (on_client_notify), self);
      g_signal_connect (ctl->client, "notify::state-reason", G_CALLBACK (on_client_notify), self);
    }
  return self;
}

GCancellable *
call_cancellable (Call *self)
{
  return self->cancellable;
}

void
call_hold (Call *self)
{
  self->held = TRUE;
}

void
call_say (Call *self, const char *what)
{
  progress_say (self->progress, what);
}

void
call_explain (Call *self, const char *reason)
{
  progress_explain (self->progress, reason);
}

void
call_on_answer (GObject *source, GAsyncResult *result, gpointer call)
{
  g_set_object (&((Call *) call)->answer, result);
}

GAsyncResult *
call_wait (Call *self)
{
  while (!self->answer)
    g_main_context_iteration (NULL, TRUE);
  return self->answer;
}

void
call_go_on (Call *self)
{
  g_clear_object (&self->answer);
}

static gboolean
on_time_over (gpointer is_over)
{
  *(gboolean *) is_over = TRUE;
  return G_SOURCE_REMOVE;
}

gboolean
call_wait_until (Call *self, gboolean (*done) (Ctl *ctl), guint ms)
{
  gboolean is_over = FALSE;
  GSource *deadline = bg_source_attach (g_timeout_source_new (ms), on_time_over, &is_over);

  ctl_catch_up (self->ctl);
  while (!is_over && !call_is_interrupted (self) && !(done && done (self->ctl)))
    g_main_context_iteration (NULL, TRUE);
  bg_source_drop (&deadline);
  return !call_is_interrupted (self);
}

gboolean
call_is_interrupted (const Call *self)
{
  return g_cancellable_is_cancelled (self->cancellable);
}

CtlExit
call_fail (Call *self, const char *doing, GError *error)
{
  const char *goes_on = self->goes_on;
  gboolean interrupted = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  call_free (self);
  if (!interrupted)
    return ctl_fail (doing, error);
  g_error_free (error);
  return ctl_fail_with (CTL_INTERRUPTED, "%s", goes_on ? goes_on : _ ("interrupted"));
}

void
call_free (Call *self)
{
  if (self->ctl->client)
    g_signal_handlers_disconnect_by_data (self->ctl->client, self);
  bg_source_drop (&self->interrupt);
  progress_free (self->progress);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->answer);
  g_free (self);
}
