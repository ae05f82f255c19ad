/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mapping/upnp-child.h"

#include "common/log.h"
#include "common/program-beside.h"
#include "common/source.h"

#include <arpa/inet.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#define PROGRAM "bamgate-upnp"

enum
{
  PATIENCE_S = 15, /* for one answer: discovery alone takes up to two */
};

struct _BgUpnpChild
{
  char *gateway, *client;
  BgUpnpAnswered answered;
  gpointer owner;
  GSubprocess *process; /* NULL: it does not run */
  GDataInputStream *answers;
  GCancellable *reading;
  GHashTable *mapped; /* ports that are */
  GQueue ports;       /* asked about, without an answer; GUINT_TO_POINTER */
  GSource *clock;     /* for the first of them */
  GSource *failed;    /* all of them, soon */
};

static void read_on (BgUpnpChild *self);

/* Its end */

static void
let_go (BgUpnpChild *self)
{
  bg_source_drop (&self->clock);
  g_cancellable_cancel (self->reading);
  g_clear_object (&self->reading);
  g_clear_object (&self->answers);
  g_clear_object (&self->process);
}

static gboolean
on_failed (gpointer data)
{
  BgUpnpChild *self = data;
  guint n = self->ports.length;

  bg_source_drop (&self->failed);
  for (guint i = 0; i < n; i++)
    self->answered (self->owner, (guint16) GPOINTER_TO_UINT (g_queue_pop_head (&self->ports)), NULL,
                    0);
  return G_SOURCE_REMOVE;
}

static void
fail (BgUpnpChild *self, const char *why)
{
  bg_log (BG_TOPIC_NET, INFO, NULL, "%s: %s", PROGRAM, why);
  if (self->process)
    g_subprocess_force_exit (self->process);
  let_go (self);
  g_hash_table_remove_all (self->mapped);
  if (!self->failed)
    self->failed = bg_source_attach (g_idle_source_new (), on_failed, self);
}

static gboolean
on_late (gpointer data)
{
  fail (data, "no answer");
  return G_SOURCE_REMOVE;
}

static void
set_clock (BgUpnpChild *self)
{
  bg_source_drop (&self->clock);
  if (self->ports.length > 0 && self->process)
    self->clock = bg_source_attach (g_timeout_source_new_seconds (PATIENCE_S), on_late, self);
}

/* What it says */

static gboolean
read_place (const char *text, BgOutside *outside, guint32 *lifetime_s)
{
  char address[INET_ADDRSTRLEN];
  guint port;

  if (sscanf (text, "%*u %15s %u %u", address, &port, lifetime_s) != 3 || port > G_MAXUINT16
      || inet_pton (AF_INET, address, outside->address) != 1)
    return FALSE;
  outside->port = (guint16) port;
  return TRUE;
}

static void
note_mapped (BgUpnpChild *self, guint port, gboolean is_mapped)
{
  if (is_mapped)
    g_hash_table_add (self->mapped, GUINT_TO_POINTER (port));
  else
    g_hash_table_remove (self->mapped, GUINT_TO_POINTER (port));
}

/* FALSE where that was not asked for. */
static gboolean
take_line (BgUpnpChild *self, const char *line)
{
  BgOutside outside = { 0 };
  guint32 lifetime_s = 0;
  guint64 port = g_ascii_strtoull (line, NULL, 10);
  gboolean has_place = read_place (line, &outside, &lifetime_s);

  if (self->ports.length == 0 || port != GPOINTER_TO_UINT (g_queue_peek_head (&self->ports)))
    return FALSE;
  g_queue_pop_head (&self->ports);
  note_mapped (self, (guint) port, has_place);
  set_clock (self);
  self->answered (self->owner, (guint16) port, has_place ? &outside : NULL, lifetime_s);
  return TRUE;
}

static void
on_line (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (source),
                                                                result, NULL, &error);
  BgUpnpChild *self = data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (!line || !take_line (self, line))
    fail (self, line ? "answers what nobody asked" : "ended");
  else
    read_on (self);
}

static void
read_on (BgUpnpChild *self)
{
  g_data_input_stream_read_line_async (self->answers, G_PRIORITY_DEFAULT, self->reading, on_line,
                                       self);
}

/* Its beginning */

char *
bg_upnp_child_find_program (void)
{
  return bg_program_beside (PROGRAM);
}

static void
start (BgUpnpChild *self)
{
  g_autofree char *program = bg_upnp_child_find_program ();
  g_autoptr (GError) error = NULL;

  self->process = program ? g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE
                                                | G_SUBPROCESS_FLAGS_STDOUT_PIPE
                                                | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                                              &error, program, self->gateway, self->client, NULL)
                          : NULL;
  if (!self->process)
    {
      fail (self, error ? error->message : "not found");
      return;
    }
  self->reading = g_cancellable_new ();
  self->answers = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  read_on (self);
}

/* A pipe holds more than a thousand such lines, and there are never so many without an answer. */
static void
say (BgUpnpChild *self, guint16 port, guint32 lifetime_s)
{
  g_autofree char *line = lifetime_s > 0 ? g_strdup_printf ("map %u %u\n", port, lifetime_s)
                                         : g_strdup_printf ("return %u\n", port);
  g_autoptr (GError) error = NULL;

  if (!g_output_stream_write_all (g_subprocess_get_stdin_pipe (self->process), line, strlen (line),
                                  NULL, NULL, &error))
    fail (self, error->message);
}

void
bg_upnp_child_ask (BgUpnpChild *self, guint16 port, guint32 lifetime_s)
{
  g_queue_push_tail (&self->ports, GUINT_TO_POINTER ((guint) port));
  if (!self->process)
    start (self);
  if (self->process)
    say (self, port, lifetime_s);
  if (self->ports.length == 1)
    set_clock (self);
}

gboolean
bg_upnp_child_is_idle (const BgUpnpChild *self)
{
  return self->ports.length == 0;
}

/* Life */

BgUpnpChild *
bg_upnp_child_new (const char *gateway, const char *client, BgUpnpAnswered answered, gpointer owner)
{
  BgUpnpChild *self = g_new0 (BgUpnpChild, 1);

  self->gateway = g_strdup (gateway);
  self->client = g_strdup (client);
  self->answered = answered;
  self->owner = owner;
  self->mapped = g_hash_table_new (NULL, NULL);
  g_queue_init (&self->ports);
  return self;
}

/* Its input ends with our end of the pipe; with nothing to give back it need not finish what it is at. */
static void
dismiss (BgUpnpChild *self)
{
  if (g_hash_table_size (self->mapped) > 0)
    g_output_stream_close (g_subprocess_get_stdin_pipe (self->process), NULL, NULL);
  else
    g_subprocess_force_exit (self->process);
}

void
bg_upnp_child_free (BgUpnpChild *self)
{
  if (!self)
    return;
  if (self->process)
    dismiss (self);
  let_go (self);
  bg_source_drop (&self->failed);
  g_queue_clear (&self->ports);
  g_hash_table_unref (self->mapped);
  g_free (self->gateway);
  g_free (self->client);
  g_free (self);
}
