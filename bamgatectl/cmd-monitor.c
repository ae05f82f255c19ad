/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/bus-words.h"
#include "bamgatectl/commands.h"

#include "common/printable.h"

#include <glib-unix.h>

typedef struct
{
  Ctl *ctl;
  GMainLoop *loop;
  int left; /* events to come before the end; 0: no end */
  CtlExit code;
} Monitor;

/* What is worth a line; counters and latency are not. */
static const char *const tunnel_properties[] = { "name",       "addresses",       "interface",
                                                 "server-url", "signaling-state", NULL };
static const char *const peer_properties[] = { "state",           "path", "relayed", "addresses",
                                               "accepted-routes", NULL };

static void
print_clock (Out *out, GString *line)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *clock = g_date_time_format (now, "%H:%M:%S");

  g_string_append_printf (line, "%s  ", clock);
}

/* `peer` is NULL for the tunnel itself. */
static void
print_event (Monitor *self, const char *peer, const char *what, const char *value,
             const char *reason)
{
  Out *out = out_new (self->ctl->json, TRUE);
  g_autoptr (GString) line = g_string_new (NULL);
  g_autofree char *shown_peer = bg_printable (peer), *shown = bg_printable (value),
                  *shown_reason = bg_printable (reason);

  out_count (out, "time_us", NULL, g_get_real_time ());
  if (peer)
    out_text (out, "peer", NULL, peer);
  out_text (out, "event", NULL, what);
  out_text (out, "value", NULL, value);
  out_text (out, "reason", NULL, reason);
  print_clock (out, line);
  g_string_append_printf (line, "%s%s%s %s", shown_peer, peer ? ": " : "", what, shown);
  if (*shown_reason)
    g_string_append_printf (line, " (%s)", shown_reason);
  out_note (out, "%s", line->str);
  out_finish (out);
  if (self->left > 0 && --self->left == 0)
    g_main_loop_quit (self->loop);
}

static char *
property_text (gpointer object, const char *name)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_object_get_property (object, name, &value);
  if (G_VALUE_HOLDS (&value, G_TYPE_STRV))
    return g_strjoinv (", ", g_value_get_boxed (&value));
  if (G_VALUE_HOLDS_BOOLEAN (&value))
    return g_strdup (g_value_get_boolean (&value) ? "yes" : "no");
  if (G_VALUE_HOLDS (&value, BAMGATE_TYPE_PATH))
    return g_strdup (bus_word_path (g_value_get_enum (&value)));
  if (G_VALUE_HOLDS (&value, BAMGATE_TYPE_PEER_STATE))
    return g_strdup (bus_word_peer_state (g_value_get_enum (&value)));
  if (G_VALUE_HOLDS (&value, BAMGATE_TYPE_SIGNALING_STATE))
    return g_strdup (bus_word_signaling (g_value_get_enum (&value)));
  return g_value_dup_string (&value);
}

static void
on_peer_notify (BamgatePeer *peer, GParamSpec *pspec, Monitor *self)
{
  g_autofree char *value = NULL;

  if (!g_strv_contains (peer_properties, pspec->name))
    return;
  value = property_text (peer, pspec->name);
  print_event (self, bamgate_peer_get_id (peer), pspec->name, value,
               g_str_equal (pspec->name, "state") ? bamgate_peer_get_state_reason (peer) : "");
}

static void
on_client_notify (BamgateClient *client, GParamSpec *pspec, Monitor *self)
{
  g_autofree char *value = NULL;

  if (!bamgate_client_get_running (client) || !g_strv_contains (tunnel_properties, pspec->name))
    return;
  value = property_text (client, pspec->name);
  print_event (self, NULL, pspec->name, value, "");
}

static void
on_client_running (BamgateClient *client, GParamSpec *pspec, Monitor *self)
{
  print_event (self, NULL, "daemon", bamgate_client_get_running (client) ? "running" : "gone", "");
}

static void
on_client_state_changed (BamgateClient *client, BamgateState old, BamgateState now,
                         const char *reason, Monitor *self)
{
  print_event (self, NULL, "state", bus_word_state (now), reason);
}

static void
watch_peer (Monitor *self, BamgatePeer *peer)
{
  g_signal_connect (peer, "notify", G_CALLBACK (on_peer_notify), self);
}

static void
on_client_peer_added (BamgateClient *client, BamgatePeer *peer, Monitor *self)
{
  watch_peer (self, peer);
  print_event (self, bamgate_peer_get_id (peer), "added",
               bus_word_peer_state (bamgate_peer_get_state (peer)), "");
}

static void
on_client_peer_removed (BamgateClient *client, BamgatePeer *peer, Monitor *self)
{
  g_signal_handlers_disconnect_by_data (peer, self);
  print_event (self, bamgate_peer_get_id (peer), "removed", "", "");
}

static void
on_bus_closed (GDBusConnection *connection, gboolean vanished, GError *error, Monitor *self)
{
  self->code = ctl_fail_with (CTL_NOT_RUNNING, _ ("the bus has gone"));
  out_finish (out_new (self->ctl->json, TRUE)); /* a line, as all the others */
  g_main_loop_quit (self->loop);
}

static gboolean
on_unix_signal (gpointer data)
{
  g_main_loop_quit (((Monitor *) data)->loop);
  return G_SOURCE_CONTINUE;
}

static GSource *
watch_unix_signal (Monitor *self, int number)
{
  GSource *source = g_unix_signal_source_new (number);

  g_source_set_callback (source, on_unix_signal, self, NULL);
  g_source_attach (source, NULL);
  return source;
}

static void
print_snapshot (Monitor *self)
{
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (self->ctl->client);

  print_event (self, NULL, "state", bus_word_state (bamgate_client_get_state (self->ctl->client)),
               bamgate_client_get_state_reason (self->ctl->client));
  for (guint i = 0; i < peers->len; i++)
    {
      watch_peer (self, peers->pdata[i]);
      print_event (self, bamgate_peer_get_id (peers->pdata[i]), "state",
                   bus_word_peer_state (bamgate_peer_get_state (peers->pdata[i])),
                   bamgate_peer_get_state_reason (peers->pdata[i]));
    }
}

static void
unwatch (Monitor *self)
{
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (self->ctl->client);

  for (guint i = 0; i < peers->len; i++)
    g_signal_handlers_disconnect_by_data (peers->pdata[i], self);
  g_signal_handlers_disconnect_by_data (self->ctl->client, self);
  g_signal_handlers_disconnect_by_data (bamgate_client_get_connection (self->ctl->client), self);
}

static CtlExit
monitor (Ctl *ctl, int events)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Monitor self = { ctl, loop, events, CTL_OK };
  g_autoptr (GSource) interrupted = watch_unix_signal (&self, SIGINT);
  g_autoptr (GSource) terminated = watch_unix_signal (&self, SIGTERM);

  g_signal_connect (ctl->client, "notify", G_CALLBACK (on_client_notify), &self);
  g_signal_connect (ctl->client, "notify::running", G_CALLBACK (on_client_running), &self);
  g_signal_connect (ctl->client, "state-changed", G_CALLBACK (on_client_state_changed), &self);
  g_signal_connect (ctl->client, "peer-added", G_CALLBACK (on_client_peer_added), &self);
  g_signal_connect (ctl->client, "peer-removed", G_CALLBACK (on_client_peer_removed), &self);
  g_signal_connect (bamgate_client_get_connection (ctl->client), "closed",
                    G_CALLBACK (on_bus_closed), &self);
  print_snapshot (&self);
  if (events == 0 || self.left > 0)
    g_main_loop_run (loop);
  unwatch (&self);
  g_source_destroy (interrupted);
  g_source_destroy (terminated);
  return self.code;
}

static CtlExit
run (Ctl *ctl, int argc, char **argv)
{
  int events = 0;
  const GOptionEntry entries[] = {
    { "events", 'n', 0, G_OPTION_ARG_INT, &events, N_ ("End after so many lines"), "N" },
    { NULL },
  };
  CtlExit code;

  if (!ctl_parse (ctl, &cmd_monitor, entries, 0, 0, &argc, &argv))
    return CTL_USAGE;
  if (events < 0)
    return ctl_fail_with (CTL_USAGE, _ ("monitor: no negative number of lines"));
  code = ctl_connect (ctl);
  return code == CTL_OK ? monitor (ctl, events) : code;
}

const Command cmd_monitor = {
  "monitor",
  run,
  NULL,
  N_ ("Print changes as they come"),
  N_ ("Prints how things are, then one line for every change of the tunnel and its peers,\n"
      "until Ctrl-C. With --json every line is one object with time_us, event, value,\n"
      "reason, and peer where it is about one.\n\n"
      "Examples:\n"
      "  bamgatectl monitor\n"
      "  bamgatectl monitor --json | jq 'select(.event == \"state\")'"),
  CTL_EXITS_BUS,
};
