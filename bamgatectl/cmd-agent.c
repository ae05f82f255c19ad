/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/commands.h"
#include "bamgatectl/input.h"

#include "common/printable.h"
#include "secrets/session-agent.h"

#include <glib-unix.h>
#include <unistd.h>

typedef struct
{
  Ctl *ctl;
  GMainLoop *loop;
  CtlExit code;
} Session;

static void
print (Session *self, const char *event, const char *names, const char *text)
{
  Out *out = out_new (self->ctl->json, TRUE);
  g_autofree char *shown = bg_printable (text);

  out_text (out, "event", NULL, event);
  out_text (out, "secrets", NULL, names);
  out_note (out, "%s", shown);
  out_finish (out);
}

/* The daemon's words, with the names where it has none. */
static char *
words_of (BamgateSecretRequest *request)
{
  const char *label = bamgate_secret_request_get_label (request);

  return *label ? g_strdup (label)
                : g_strjoinv (", ", (char **) bamgate_secret_request_get_names (request));
}

static void
on_told (BamgateSecretRequest *request, const GError *error, gpointer data)
{
  static const char *const events[] = { "given", "kept", "deleted" };
  g_autofree char *names = g_strjoinv (", ", (char **) bamgate_secret_request_get_names (request));
  g_autofree char *words = words_of (request), *text = NULL;
  BamgateSecretRequestKind kind = bamgate_secret_request_get_kind (request);

  if (error)
    text = g_strdup_printf ("%s: %s", words, error->message);
  else if (kind == BAMGATE_SECRET_REQUEST_GET)
    text = g_strdup_printf (_ ("%s: given to the daemon"), words);
  else if (kind == BAMGATE_SECRET_REQUEST_SAVE)
    text = g_strdup_printf (_ ("%s: kept in the keyring"), words);
  else
    text = g_strdup_printf (_ ("%s: deleted from the keyring"), words);
  print (data, error ? "failed" : events[kind], names, text);
}

/* It is the person at this terminal. */
static void
on_ask (BamgateSecretRequest *request, gpointer data)
{
  const char *const *names = bamgate_secret_request_get_names (request);
  g_autofree char *words = words_of (request), *question = g_strdup_printf ("%s: ", words);
  g_autoptr (GError) error = NULL;
  GVariantBuilder secrets;

  g_variant_builder_init (&secrets, G_VARIANT_TYPE ("a{ss}"));
  for (; *names; names++)
    {
      char *secret = input_ask_secret (question);

      if (!secret)
        {
          g_variant_builder_clear (&secrets);
          error = g_error_new (BAMGATE_SECRET_ERROR, BAMGATE_SECRET_ERROR_CANCELED, "not typed");
          bamgate_secret_request_fail (request, error);
          return;
        }
      g_variant_builder_add (&secrets, "{ss}", *names, secret);
      input_free_secret (secret);
    }
  bamgate_secret_request_answer (request, g_variant_builder_end (&secrets));
}

static void
on_registered (BamgateSecretAgent *agent, GParamSpec *pspec, Session *self)
{
  if (bamgate_secret_agent_get_registered (agent))
    print (self, "ready", "", _ ("The daemon asks here for secrets of yours. Ctrl-C ends this."));
  else
    print (self, "waiting", "", _ ("The daemon is not running: waiting for it."));
}

static void
on_register_done (GObject *source, GAsyncResult *result, gpointer data)
{
  Session *self = data;
  GError *error = NULL;

  if (bamgate_secret_agent_register_finish (BAMGATE_SECRET_AGENT (source), result, &error))
    return;
  self->code = ctl_fail (_ ("agent"), error);
  g_main_loop_quit (self->loop);
}

static void
on_bus_closed (GDBusConnection *connection, gboolean vanished, GError *error, Session *self)
{
  self->code = ctl_fail_with (CTL_NOT_RUNNING, _ ("the bus has gone"));
  g_main_loop_quit (self->loop);
}

static gboolean
on_unix_signal (gpointer data)
{
  g_main_loop_quit (((Session *) data)->loop);
  return G_SOURCE_CONTINUE;
}

static GSource *
watch_unix_signal (Session *self, int number)
{
  GSource *source = g_unix_signal_source_new (number);

  g_source_set_callback (source, on_unix_signal, self, NULL);
  g_source_attach (source, NULL);
  return source;
}

static CtlExit
serve (Ctl *ctl)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Session self = { ctl, loop, CTL_OK };
  g_autoptr (GSource) interrupted = watch_unix_signal (&self, SIGINT);
  g_autoptr (GSource) terminated = watch_unix_signal (&self, SIGTERM);
  g_autoptr (BgSessionAgent) agent = bg_session_agent_new (
    ctl->client, "system", isatty (STDIN_FILENO) ? on_ask : NULL, on_told, &self);
  GDBusConnection *connection = bamgate_client_get_connection (ctl->client);

  g_signal_connect (bg_session_agent_get (agent), "notify::registered", G_CALLBACK (on_registered),
                    &self);
  g_signal_connect (connection, "closed", G_CALLBACK (on_bus_closed), &self);
  bamgate_secret_agent_register (bg_session_agent_get (agent), NULL, on_register_done, &self);
  g_main_loop_run (loop);
  g_signal_handlers_disconnect_by_data (connection, &self);
  g_signal_handlers_disconnect_by_data (bg_session_agent_get (agent), &self);
  g_source_destroy (interrupted);
  g_source_destroy (terminated);
  return self.code;
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  CtlExit code;

  if (!ctl_parse (ctl, &cmd_agent, NULL, 0, 0, &argc, &argv))
    return CTL_USAGE;
  code = ctl_connect (ctl);
  return code == CTL_OK ? serve (ctl) : code;
}

const Command cmd_agent = {
  "agent",
  run,
  NULL,
  N_ ("Answer for the secrets in your keyring"),
  N_ ("Stays, and gives the daemon what is yours when the tunnel comes up: secrets that\n"
      "“bamgatectl secrets move” put into your keyring, or that you type each time. One is\n"
      "enough for a session; the applet does the same.\n\n"
      "Example:\n"
      "  bamgatectl agent &"),
  CTL_EXITS_BUS,
};
