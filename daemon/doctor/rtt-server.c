/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/rtt-private.h"
#include "doctor/stun-names.h"

#include "common/source.h"

#include <string.h>

enum
{
  AGAIN_MS = 500, /* RFC 8489, 6.2.1 */
  HEADER = 20,
  IN_MAX = 1500,
};

typedef struct
{
  BgRtt rtt;
  gboolean is_datagram, is_tls;
  gint64 began_us;
  GSocketConnection *connection;
  GSource *again;
  guint8 in[IN_MAX];
  gsize have;
} Server;

static void
server_free (gpointer data)
{
  Server *server = data;

  bg_source_drop (&server->again);
  g_clear_object (&server->connection);
  bg_rtt_clear (&server->rtt);
  g_free (server);
}

/* No callback comes from here on but that of what was cancelled. */
static void
fail (Server *server, GError *error)
{
  bg_source_drop (&server->again);
  bg_rtt_end (&server->rtt, -1, error);
}

/* Requests */

static gboolean
say (Server *server)
{
  const BgStunRequest *request = bg_rtt_next (&server->rtt);
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (server->connection));

  /* A datagram, or the first bytes of a connection: there is room for them. */
  return request
         && g_pollable_output_stream_write_nonblocking (G_POLLABLE_OUTPUT_STREAM (out),
                                                        request->bytes, request->len, NULL, NULL)
              > 0;
}

static gboolean
on_again (gpointer data)
{
  Server *server = data;

  if (say (server))
    return G_SOURCE_CONTINUE;
  bg_source_drop (&server->again);
  return G_SOURCE_REMOVE;
}

/* Answers */

static void hear (Server *server);

static gsize
size_of_message (const Server *server)
{
  if (server->is_datagram || server->have < HEADER)
    return MAX (server->have, HEADER);
  return HEADER + (gsize) ((guint) server->in[2] << 8 | server->in[3]);
}

/* FALSE: it is over. */
static gboolean
take (Server *server)
{
  gsize size = size_of_message (server);

  if (size > sizeof server->in)
    {
      fail (server, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "not STUN"));
      return FALSE;
    }
  if (server->have < size)
    return TRUE;
  if (bg_rtt_take (&server->rtt, server->in, size))
    return FALSE;
  server->have = 0;
  return TRUE;
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  Server *server = data;
  g_autoptr (GError) error = NULL;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  if (n <= 0)
    {
      fail (server, n < 0
                      ? g_steal_pointer (&error)
                      : g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "closed"));
      return;
    }
  server->have += (gsize) n;
  if (take (server))
    hear (server);
}

static void
hear (Server *server)
{
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (server->connection)),
                             server->in + server->have, sizeof server->in - server->have,
                             G_PRIORITY_DEFAULT, server->rtt.cancellable, on_read, server);
}

/* The connection */

static void
on_connected (GObject *source, GAsyncResult *result, gpointer data)
{
  Server *server = data;
  g_autoptr (GError) error = NULL;

  server->connection = g_socket_client_connect_to_host_finish (G_SOCKET_CLIENT (source), result,
                                                               &error);
  if (!server->connection)
    fail (server, g_steal_pointer (&error));
  else if (server->is_tls)
    bg_rtt_end (&server->rtt, g_get_monotonic_time () - server->began_us, NULL);
  else
    {
      say (server);
      if (server->is_datagram)
        bg_source_arm (&server->again, AGAIN_MS, on_again, server);
      hear (server);
    }
}

static void
dial (Server *server, const char *host, guint16 port)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();

  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_set_socket_type (client, server->is_datagram ? G_SOCKET_TYPE_DATAGRAM
                                                               : G_SOCKET_TYPE_STREAM);
  g_socket_client_set_protocol (client, server->is_datagram ? G_SOCKET_PROTOCOL_UDP
                                                            : G_SOCKET_PROTOCOL_TCP);
  server->began_us = g_get_monotonic_time ();
  g_socket_client_connect_to_host_async (client, host, port, server->rtt.cancellable, on_connected,
                                         server);
}

void
bg_rtt_probe_server_async (const char *url, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer data)
{
  Server *server = g_new0 (Server, 1);
  g_autofree char *host = NULL;
  guint16 port;

  bg_rtt_begin (&server->rtt, server_free, cancellable, callback, data);
  server->is_tls = g_str_has_prefix (url, "turns:");
  server->is_datagram = !server->is_tls && !strstr (url, "?transport=tcp");
  if (bg_stun_names_split (url, &host, &port))
    dial (server, host, port);
  else
    fail (server,
          g_error_new (G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s: no address of a server", url));
}
