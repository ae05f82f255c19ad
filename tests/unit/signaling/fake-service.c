/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-service.h"

#include <string.h>

static void
set_text (char **place, const char *text)
{
  g_free (*place);
  *place = g_strdup (text);
}

static void
note_request (FakeService *self, SoupServerMessage *message, const char *path)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  self->requests++;
  set_text (&self->last_path, path);
  set_text (&self->last_method, soup_server_message_get_method (message));
  set_text (&self->authorization, soup_message_headers_get_one (headers, "Authorization"));
  set_text (&self->public_key, soup_message_headers_get_one (headers, "Bamgate-Public-Key"));
  set_text (&self->origin, soup_message_headers_get_one (headers, "Origin"));
  set_text (&self->extensions, soup_message_headers_get_list (headers, "Sec-WebSocket-Extensions"));
}

static void
note_body (FakeService *self, SoupServerMessage *message)
{
  g_autoptr (GBytes)
    bytes = soup_message_body_flatten (soup_server_message_get_request_body (message));

  g_free (self->last_body);
  self->last_body = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
answer (FakeService *self, SoupServerMessage *message, const char *body)
{
  soup_server_message_set_status (message, self->status, NULL);
  soup_server_message_set_response (message, "text/html", SOUP_MEMORY_COPY, body, strlen (body));
  if (self->retry_after != NULL)
    soup_message_headers_replace (soup_server_message_get_response_headers (message), "Retry-After",
                                  self->retry_after);
  if (self->status == 401)
    soup_message_headers_replace (soup_server_message_get_response_headers (message),
                                  "WWW-Authenticate", "Basic realm=\"x\"");
  if (self->status == 302)
    soup_message_headers_replace (soup_server_message_get_response_headers (message), "Location",
                                  self->url);
}

static void
on_connect_early (SoupServer *server, SoupServerMessage *message, const char *path,
                  GHashTable *query, gpointer data)
{
  FakeService *self = data;

  note_request (self, message, path);
  if (self->has_devices)
    soup_message_headers_append (soup_server_message_get_response_headers (message),
                                 "Bamgate-Devices", "1");
  if (self->heartbeat != NULL)
    soup_message_headers_replace (soup_server_message_get_response_headers (message),
                                  "Bamgate-Heartbeat", self->heartbeat);
  if (self->mode == FAKE_STATUS)
    answer (self, message, "<html><body>hello</body></html>");
  else if (self->mode == FAKE_HANG)
    {
      soup_server_message_set_status (message, 200, NULL);
      self->hanging = g_object_ref (message);
      soup_server_message_pause (message);
    }
}

static void
on_socket_message (SoupWebsocketConnection *socket, SoupWebsocketDataType type, GBytes *frame,
                   FakeService *self)
{
  set_text (&self->last_frame, g_bytes_get_data (frame, NULL));
  if (strstr (self->last_frame, "\"join\"") == NULL)
    return;
  self->joins++;
  if (self->mode == FAKE_HUB)
    soup_websocket_connection_send_text (socket, "{\"peers\":null,\"type\":\"peers\"}");
}

static void
on_socket_closed (SoupWebsocketConnection *socket, FakeService *self)
{
  self->closed++;
}

static void
on_connect (SoupServer *server, SoupServerMessage *message, const char *path,
            SoupWebsocketConnection *socket, gpointer data)
{
  FakeService *self = data;

  g_ptr_array_add (self->sockets, g_object_ref (socket));
  g_signal_connect (socket, "message", G_CALLBACK (on_socket_message), self);
  g_signal_connect (socket, "closed", G_CALLBACK (on_socket_closed), self);
  if (self->mode == FAKE_CLOSE_AT_ONCE)
    soup_websocket_connection_close (socket, 1011, "not today\x1b");
}

static void
on_other (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
          gpointer data)
{
  FakeService *self = data;

  note_request (self, message, path);
  note_body (self, message);
  if (self->prepare != NULL)
    self->prepare (self);
  answer (self, message, self->body);
}

static void
on_handshake_done (SoupServerMessage *message, FakeService *self)
{
  g_clear_weak_pointer (&self->in_handshake);
}

static void
on_request_started (SoupServer *server, SoupServerMessage *message, FakeService *self)
{
  if (!soup_server_is_https (server))
    return;
  g_set_weak_pointer (&self->in_handshake, message);
  g_signal_connect (message, "connected", G_CALLBACK (on_handshake_done), self);
  g_signal_connect (message, "disconnected", G_CALLBACK (on_handshake_done), self);
}

static FakeService *
service_new (guint16 port, GTlsCertificate *certificate, SoupServerListenOptions family)
{
  FakeService *self = g_new0 (FakeService, 1);
  GSList *uris;

  self->status = 200;
  self->body = "";
  self->sockets = g_ptr_array_new_with_free_func (g_object_unref);
  self->server = soup_server_new ("tls-certificate", certificate, NULL);
  g_signal_connect (self->server, "request-started", G_CALLBACK (on_request_started), self);
  soup_server_add_handler (self->server, NULL, on_other, self, NULL);
  soup_server_add_early_handler (self->server, "/connect", on_connect_early, self, NULL);
  soup_server_add_websocket_handler (self->server, "/connect", NULL, NULL, on_connect, self, NULL);
  if (!soup_server_listen_local (
        self->server, port, family | (certificate != NULL ? SOUP_SERVER_LISTEN_HTTPS : 0), NULL))
    {
      fake_service_free (self);
      return NULL;
    }
  uris = soup_server_get_uris (self->server);
  self->port = (guint16) g_uri_get_port (uris->data);
  self->url = g_strdup_printf ("%s://%s:%u/connect", certificate != NULL ? "wss" : "ws",
                               family == SOUP_SERVER_LISTEN_IPV6_ONLY ? "[::1]" : "127.0.0.1",
                               self->port);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return self;
}

FakeService *
fake_service_new (guint16 port, GTlsCertificate *certificate)
{
  FakeService *self = service_new (port, certificate, SOUP_SERVER_LISTEN_IPV4_ONLY);

  g_assert_nonnull (self);
  return self;
}

FakeService *
fake_service_new_ipv6 (GTlsCertificate *certificate)
{
  return service_new (0, certificate, SOUP_SERVER_LISTEN_IPV6_ONLY);
}

void
fake_service_free (FakeService *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->sockets->len; i++)
    g_signal_handlers_disconnect_by_data (self->sockets->pdata[i], self);
  g_ptr_array_unref (self->sockets);
  if (self->hanging != NULL)
    soup_server_message_unpause (self->hanging);
  g_clear_object (&self->hanging);
  wait_until (self->in_handshake == NULL); /* libsoup 3.6 would wake up with a dead connection */
  soup_server_disconnect (self->server);
  g_object_unref (self->server);
  g_free (self->url);
  g_free (self->last_frame);
  g_free (self->last_path);
  g_free (self->last_body);
  g_free (self->last_method);
  g_free (self->authorization);
  g_free (self->origin);
  g_free (self->public_key);
  g_free (self->extensions);
  g_free (self);
}

SoupWebsocketConnection *
fake_service_newest (FakeService *self)
{
  g_assert_cmpuint (self->sockets->len, >, 0);
  return self->sockets->pdata[self->sockets->len - 1];
}

void
fake_service_send (FakeService *self, const char *text)
{
  soup_websocket_connection_send_text (fake_service_newest (self), text);
}
