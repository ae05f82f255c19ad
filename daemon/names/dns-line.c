/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/dns-line.h"

#include "common/error.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>

struct _BgDnsLine
{
  char *path;
  const BgDnsLineEvents *events;
  gpointer owner;
  GCancellable *cancellable;
  GSocketConnection *connection; /* NULL: not dialled, or lost */
  GDataInputStream *input;
  gboolean is_dialling;
  gboolean is_busy; /* an answer is waited for */
  char *next;       /* not sent yet */
};

static void send_next (BgDnsLine *self);

static gboolean
is_over (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
hang_up (BgDnsLine *self)
{
  g_clear_object (&self->input);
  g_clear_object (&self->connection);
  self->is_busy = FALSE;
}

static void
on_line_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (source),
                                                                result, NULL, &error);
  BgDnsLine *self = data;
  g_autoptr (GError) said = NULL;

  if (is_over (error))
    return;
  if (!line)
    {
      hang_up (self);
      self->events->lost (self->owner);
      return;
    }
  if (!g_str_equal (line, "ok"))
    said = bg_error_new_take (
      BG_ERROR_FAILED,
      bg_words_new_text (g_str_has_prefix (line, "failed ") ? line + strlen ("failed ") : line));
  self->is_busy = FALSE;
  g_data_input_stream_read_line_async (self->input, G_PRIORITY_DEFAULT, self->cancellable,
                                       on_line_read, self);
  if (self->next)
    send_next (self);
  else
    self->events->answered (self->owner, said);
}

/* What is wrong with the line, its reader says too. `data` are the bytes. */
static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree char *request = data;

  g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL);
}

static void
send_next (BgDnsLine *self)
{
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (self->connection));
  char *request = g_steal_pointer (&self->next);

  self->is_busy = TRUE;
  g_output_stream_write_all_async (output, request, strlen (request), G_PRIORITY_DEFAULT,
                                   self->cancellable, on_written, request);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result,
                                                                  &error);
  BgDnsLine *self = data;

  if (is_over (error))
    return;
  self->is_dialling = FALSE;
  if (!connection)
    {
      g_clear_pointer (&self->next, g_free);
      bg_error_wrap (&error, ABOUT, self->path);
      self->events->answered (self->owner, error);
      return;
    }
  self->connection = connection;
  self->input = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  g_data_input_stream_read_line_async (self->input, G_PRIORITY_DEFAULT, self->cancellable,
                                       on_line_read, self);
  send_next (self);
}

static void
dial (BgDnsLine *self)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (self->path);

  self->is_dialling = TRUE;
  g_socket_client_connect_async (client, G_SOCKET_CONNECTABLE (address), self->cancellable,
                                 on_connected, self);
}

void
bg_dns_line_ask (BgDnsLine *self, char *request)
{
  g_free (self->next);
  self->next = request;
  if (!self->connection && !self->is_dialling)
    dial (self);
  else if (self->connection && !self->is_busy)
    send_next (self);
}

BgDnsLine *
bg_dns_line_new (const char *path, const BgDnsLineEvents *events, gpointer owner)
{
  BgDnsLine *self = g_new0 (BgDnsLine, 1);

  self->path = g_strdup (path);
  self->events = events;
  self->owner = owner;
  self->cancellable = g_cancellable_new ();
  return self;
}

void
bg_dns_line_free (BgDnsLine *self)
{
  if (!self)
    return;
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  hang_up (self);
  g_free (self->next);
  g_free (self->path);
  g_free (self);
}
