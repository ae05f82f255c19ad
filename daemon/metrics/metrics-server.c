/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "metrics/metrics-server.h"

#include "common/error.h"
#include "common/listen-address.h"
#include "common/log.h"
#include "common/source.h"
#include "common/unix-socket.h"

#include <libsoup/soup.h>
#include <string.h>

struct _BgMetricsServer
{
  SoupServer *soup;
  GSocketService *service, *loopback; /* NULL: not there */
  char *path;
  struct stat bound;
  GQueue connections; /* Connection, oldest first */
  BgMetricsAsked asked;
  gpointer owner;
};

/* One that libsoup serves. */
typedef struct
{
  BgMetricsServer *server;
  GSocketConnection *stream; /* libsoup's */
  GSource *end;
} Connection;

struct _BgMetricsQuestion
{
  SoupServerMessage *message;
  gboolean is_over; /* whoever asked has left */
};

/* --- Connections --- */

static void
on_stream_gone (gpointer data, GObject *stream)
{
  Connection *connection = data;

  g_queue_remove (&connection->server->connections, connection);
  bg_source_drop (&connection->end);
  g_free (connection);
}

/* libsoup reads its end, and lets go of it. */
static void
cut (Connection *connection)
{
  (void) g_socket_shutdown (g_socket_connection_get_socket (connection->stream), TRUE, TRUE, NULL);
}

static gboolean
on_late (gpointer data)
{
  Connection *connection = data;

  bg_source_drop (&connection->end);
  cut (connection);
  return G_SOURCE_REMOVE;
}

static void
make_room (BgMetricsServer *self)
{
  Connection *oldest = g_queue_peek_head (&self->connections);

  if (self->connections.length < BG_METRICS_MAX_CONNECTIONS)
    return;
  cut (oldest);
  g_object_weak_unref (G_OBJECT (oldest->stream), on_stream_gone, oldest);
  on_stream_gone (oldest, NULL);
}

static void
add_connection (BgMetricsServer *self, GSocketConnection *stream)
{
  Connection *connection = g_new0 (Connection, 1);

  connection->server = self;
  connection->stream = stream;
  bg_source_arm (&connection->end, BG_METRICS_CONNECTION_MS, on_late, connection);
  g_object_weak_ref (G_OBJECT (stream), on_stream_gone, connection);
  g_queue_push_tail (&self->connections, connection);
}

static gboolean
on_incoming (GSocketService *service, GSocketConnection *stream, GObject *source,
             BgMetricsServer *self)
{
  g_autoptr (GSocketAddress) local = g_socket_connection_get_local_address (stream, NULL);
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (stream, NULL);
  g_autoptr (GError) error = NULL;

  make_room (self);
  add_connection (self, stream);
  if (!soup_server_accept_iostream (self->soup, G_IO_STREAM (stream), local, remote, &error))
    bg_log (BG_TOPIC_APP, INFO, NULL, "metrics: a connection is dropped: %s", error->message);
  return TRUE;
}

/* --- Requests --- */

static void
refuse (SoupServerMessage *message, guint status)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  soup_server_message_set_status (message, status, NULL);
  soup_message_headers_replace (headers, "Connection", "close");
  if (status == SOUP_STATUS_METHOD_NOT_ALLOWED)
    soup_message_headers_replace (headers, "Allow", "GET");
}

static gboolean
is_own_host (const char *host)
{
  g_autoptr (GInetAddress) address = host ? g_inet_address_new_from_string (host) : NULL;

  return address ? g_inet_address_get_is_loopback (address)
                 : host && g_ascii_strcasecmp (host, "localhost") == 0;
}

/* A Unix socket can be reached by nobody's page. */
static gboolean
may_ask (SoupServerMessage *message)
{
  GSocketAddress *local = soup_server_message_get_local_address (message);

  return !G_IS_INET_SOCKET_ADDRESS (local)
         || is_own_host (g_uri_get_host (soup_server_message_get_uri (message)));
}

static guint
judge (SoupServerMessage *message, const char *path)
{
  if (!may_ask (message))
    return SOUP_STATUS_FORBIDDEN;
  if (!g_str_equal (path, "/metrics"))
    return SOUP_STATUS_NOT_FOUND;
  return g_str_equal (soup_server_message_get_method (message), "GET")
           ? SOUP_STATUS_OK
           : SOUP_STATUS_METHOD_NOT_ALLOWED;
}

static void
on_over (SoupServerMessage *message, BgMetricsQuestion *question)
{
  question->is_over = TRUE;
}

/* What comes behind the head is of no interest. */
static void
on_head (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
         gpointer data)
{
  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
}

static void
on_request (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer data)
{
  BgMetricsServer *self = data;
  guint status = judge (message, path);
  BgMetricsQuestion *question;

  if (status != SOUP_STATUS_OK)
    {
      refuse (message, status);
      return;
    }
  question = g_new0 (BgMetricsQuestion, 1);
  question->message = g_object_ref (message);
  g_signal_connect (message, "finished", G_CALLBACK (on_over), question);
  g_signal_connect (message, "disconnected", G_CALLBACK (on_over), question);
  soup_server_message_pause (message);
  self->asked (self->owner, question);
}

BgMetricsFormat
bg_metrics_question_get_format (const BgMetricsQuestion *question)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (question->message);

  return bg_metrics_format_choose (soup_message_headers_get_list (headers, "Accept"));
}

void
bg_metrics_question_answer (BgMetricsQuestion *question, char *text)
{
  SoupServerMessage *message = question->message;
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  const char *type = bg_metrics_format_get_type (bg_metrics_question_get_format (question));

  g_signal_handlers_disconnect_by_data (message, question);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, type, SOUP_MEMORY_TAKE, text, strlen (text));
  soup_message_headers_replace (headers, "Cache-Control", "no-store");
  soup_message_headers_replace (headers, "Connection", "close");
  if (!question->is_over)
    soup_server_message_unpause (message);
  g_object_unref (message);
  g_free (question);
}

/* --- Doors --- */

static void
close_service (BgMetricsServer *self, GSocketService **service)
{
  if (!*service)
    return;
  g_signal_handlers_disconnect_by_data (*service, self);
  g_socket_service_stop (*service);
  g_socket_listener_close (G_SOCKET_LISTENER (*service));
  g_clear_object (service);
}

static GSocketService *
begin_service (BgMetricsServer *self, GSocketService *service)
{
  g_signal_connect (service, "incoming", G_CALLBACK (on_incoming), self);
  g_socket_service_start (service);
  return service;
}

gboolean
bg_metrics_server_open_socket (BgMetricsServer *self, const char *path, mode_t mode, GError **error)
{
  g_autoptr (GSocket)
    socket = bg_unix_socket_listen (path, mode, BG_METRICS_MAX_CONNECTIONS, &self->bound, error);
  g_autoptr (GSocketService) service = g_socket_service_new ();

  if (!socket || !g_socket_listener_add_socket (G_SOCKET_LISTENER (service), socket, NULL, error))
    return FALSE;
  self->path = g_strdup (path);
  self->service = begin_service (self, g_steal_pointer (&service));
  return TRUE;
}

gboolean
bg_metrics_server_listen (BgMetricsServer *self, const char *address, GError **error)
{
  g_auto (BgListenAddress) parsed = { 0 };
  g_autoptr (GSocketAddress) at = NULL;
  g_autoptr (GSocketService) service = NULL;

  close_service (self, &self->loopback);
  if (!address)
    return TRUE;
  if (!bg_listen_address_parse (address, &parsed, error))
    return FALSE;
  service = g_socket_service_new ();
  at = g_inet_socket_address_new_from_string (parsed.address, parsed.port);
  if (!g_socket_listener_add_address (G_SOCKET_LISTENER (service), at, G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_TCP, NULL, NULL, error))
    return FALSE;
  self->loopback = begin_service (self, g_steal_pointer (&service));
  return TRUE;
}

/* --- Life --- */

BgMetricsServer *
bg_metrics_server_new (BgMetricsAsked asked, gpointer owner)
{
  BgMetricsServer *self = g_new0 (BgMetricsServer, 1);

  self->asked = asked;
  self->owner = owner;
  self->soup = soup_server_new (NULL, NULL);
  soup_server_add_early_handler (self->soup, NULL, on_head, self, NULL);
  soup_server_add_handler (self->soup, NULL, on_request, self, NULL);
  return self;
}

void
bg_metrics_server_free (BgMetricsServer *self)
{
  Connection *connection;

  if (!self)
    return;
  close_service (self, &self->service);
  close_service (self, &self->loopback);
  if (self->path)
    bg_unix_socket_remove (self->path, &self->bound);
  while ((connection = g_queue_peek_head (&self->connections)))
    {
      g_object_weak_unref (G_OBJECT (connection->stream), on_stream_gone, connection);
      on_stream_gone (connection, NULL);
    }
  soup_server_disconnect (self->soup);
  g_object_unref (self->soup);
  g_free (self->path);
  g_free (self);
}
