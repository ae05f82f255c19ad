/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "secret-agent.h"

#include "secret-dialog.h"

#include "secrets/session-agent.h"

typedef struct
{
  BamgateClient *client;
  BgSessionAgent *agent;
} Follower;

static void
let_go (Follower *self)
{
  g_clear_pointer (&self->agent, bg_session_agent_free);
  g_clear_object (&self->client);
}

static void
follower_free (gpointer data, GClosure *closure)
{
  let_go (data);
  g_free (data);
}

static void
on_ask (BamgateSecretRequest *request, gpointer owner)
{
  applet_secret_dialog_open (gtk_application_get_active_window (owner), request);
}

/* It goes on to try where the daemon is not there. */
static void
on_registered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!bamgate_secret_agent_register_finish (BAMGATE_SECRET_AGENT (source), result, &error))
    g_warning ("the daemon does not ask here for secrets: %s", error->message);
}

static void
on_client (AppletApplication *application, GParamSpec *pspec, Follower *self)
{
  BamgateClient *client = applet_application_get_client (application);

  if (client == self->client)
    return;
  let_go (self);
  if (!client)
    return;
  self->client = g_object_ref (client);
  self->agent = bg_session_agent_new (client, "system", on_ask, NULL, application);
  bamgate_secret_agent_register (bg_session_agent_get (self->agent), NULL, on_registered, NULL);
}

static void
on_shutdown (GApplication *application, Follower *self)
{
  let_go (self);
}

void
applet_secret_agent_follow (AppletApplication *application)
{
  Follower *self = g_new0 (Follower, 1);

  g_signal_connect (application, "shutdown", G_CALLBACK (on_shutdown), self);
  g_signal_connect_data (application, "notify::client", G_CALLBACK (on_client), self, follower_free,
                         0);
  on_client (application, NULL, self);
}
