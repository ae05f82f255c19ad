/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-listener.h"
#include "common/error.h"
#include "common/log.h"

#include <sys/socket.h>

enum
{
  SETTLE_MS = 30 * 1000,
  MAX_UNSETTLED = 256,
  BACKLOG =
    512, /* every device comes back at once when a hub restarts; GLib's 10 would make them wait seconds */
  SEND_BUFFER = 128 * 1024, /* the kernel's share of what may wait for a slow reader */
};

#define STREAM_KEY "bg-hub-stream"

struct _BgHubListener
{
  SoupServer *server;
  GSocketService *service;
  GTlsCertificate *certificate;
  GSocketAddress *address;
  GQueue unsettled; /* BgHubStream, borrowed, oldest first */
  GCancellable *cancellable;
};

/* One connection on its way to libsoup */

static void
on_stream_gone (gpointer listener, GObject *stream)
{
  g_queue_remove (&((BgHubListener *) listener)->unsettled, stream);
}

static void
forget_settled (BgHubListener *self)
{
  for (GList *l = self->unsettled.head, *next; l != NULL; l = next)
    {
      next = l->next;
      if (bg_hub_stream_is_settled (l->data))
        {
          g_object_weak_unref (l->data, on_stream_gone, self);
          g_queue_delete_link (&self->unsettled, l);
        }
    }
}

static void
make_room (BgHubListener *self)
{
  forget_settled (self);
  if (self->unsettled.length < MAX_UNSETTLED)
    return;
  bg_hub_stream_cut (self->unsettled.head->data);
  g_object_weak_unref (self->unsettled.head->data, on_stream_gone, self);
  g_queue_pop_head (&self->unsettled);
}

static void
hand_over (BgHubListener *self, BgHubStream *stream, GSocketConnection *connection)
{
  g_autoptr (GSocketAddress) local = g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, NULL);
  g_autoptr (GError) error = NULL;

  if (local == NULL || remote == NULL)
    return; /* gone already */

  /* The address object is the one thing of ours that libsoup hands back with a request. */
  g_object_set_data (G_OBJECT (remote), STREAM_KEY, stream);
  if (!soup_server_accept_iostream (self->server, G_IO_STREAM (stream), local, remote, &error))
    bg_log (BG_TOPIC_HUB, INFO, NULL, "connection dropped: %s", error->message);
}

BgHubStream *
bg_hub_listener_get_stream (SoupServerMessage *message)
{
  return g_object_get_data (G_OBJECT (soup_server_message_get_remote_address (message)),
                            STREAM_KEY);
}

typedef struct
{
  BgHubListener *self;
  GCancellable *cancellable;
  BgHubStream *stream;
  GSocketConnection *connection;
} Handshake;

static void
handshake_free (Handshake *handshake)
{
  g_object_unref (handshake->cancellable);
  g_object_unref (handshake->stream);
  g_object_unref (handshake->connection);
  g_free (handshake);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Handshake, handshake_free)

static void
on_handshake_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Handshake) handshake = data;
  g_autoptr (GError) error = NULL;

  if (!g_tls_connection_handshake_finish (G_TLS_CONNECTION (source), result, &error))
    bg_log (BG_TOPIC_HUB, DEBUG, NULL, "TLS handshake: %s", error->message);
  else if (!g_cancellable_is_cancelled (handshake->cancellable)) /* else the listener is no more */
    hand_over (handshake->self, handshake->stream, handshake->connection);
}

static void
start_handshake (BgHubListener *self, GIOStream *tls, BgHubStream *stream,
                 GSocketConnection *connection)
{
  Handshake *handshake = g_new0 (Handshake, 1);

  handshake->self = self;
  handshake->cancellable = g_object_ref (self->cancellable);
  handshake->stream = g_object_ref (stream);
  handshake->connection = g_object_ref (connection);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (tls), G_PRIORITY_DEFAULT, self->cancellable,
                                    on_handshake_done, handshake);
}

static gboolean
on_service_incoming (GSocketService *service, GSocketConnection *connection, GObject *source,
                     BgHubListener *self)
{
  GSocket *socket = g_socket_connection_get_socket (connection);
  g_autoptr (GIOStream) base = NULL;
  g_autoptr (BgHubStream) stream = NULL;
  g_autoptr (GError) error = NULL;

  g_socket_set_option (socket, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER, NULL);
  if (self->certificate != NULL)
    base = g_tls_server_connection_new (G_IO_STREAM (connection), self->certificate, &error);
  else
    base = G_IO_STREAM (g_object_ref (connection));
  if (base == NULL)
    {
      bg_log (BG_TOPIC_HUB, WARNING, NULL, "TLS: %s", error->message);
      return TRUE;
    }

  make_room (self);
  stream = bg_hub_stream_new (base, socket);
  bg_hub_stream_expire (stream, SETTLE_MS);
  g_queue_push_tail (&self->unsettled, stream);
  g_object_weak_ref (G_OBJECT (stream), on_stream_gone, self);
  if (self->certificate != NULL)
    start_handshake (self, base, stream, connection);
  else
    hand_over (self, stream, connection);
  return TRUE;
}

/* The listener */

static gboolean
listen_at (BgHubListener *self, const char *address, guint16 port, GError **error)
{
  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new_from_string (address, port);

  if (wanted == NULL)
    {
      g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT, "“%s” is no IP address", address);
      return FALSE;
    }
  g_clear_object (&self->address);
  return g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), wanted,
                                        G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL,
                                        &self->address, error);
}

static gboolean
listen_anywhere (BgHubListener *self, guint16 port, GError **error)
{
  g_autoptr (GError) no_ipv6 = NULL;

  /* A socket of IPv6 takes IPv4 too, unless the machine knows no IPv6. */
  if (listen_at (self, "::", port, &no_ipv6))
    return TRUE;
  if (g_error_matches (no_ipv6, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
    {
      g_propagate_error (error, g_steal_pointer (&no_ipv6));
      return FALSE;
    }
  return listen_at (self, "0.0.0.0", port, error);
}

BgHubListener *
bg_hub_listener_new (SoupServer *server, const char *address, guint16 port,
                     GTlsCertificate *certificate, GError **error)
{
  g_autoptr (BgHubListener) self = g_new0 (BgHubListener, 1);
  gboolean ok;

  self->server = g_object_ref (server);
  self->service = g_socket_service_new ();
  g_socket_listener_set_backlog (G_SOCKET_LISTENER (self->service), BACKLOG);
  self->certificate = certificate != NULL ? g_object_ref (certificate) : NULL;
  self->cancellable = g_cancellable_new ();
  g_queue_init (&self->unsettled);
  if (g_str_equal (address, "*"))
    ok = listen_anywhere (self, port, error);
  else
    ok = listen_at (self, address, port, error);
  if (!ok)
    {
      g_prefix_error (error, "listen at %s port %u: ", address, port);
      return NULL;
    }
  g_signal_connect (self->service, "incoming", G_CALLBACK (on_service_incoming), self);
  g_socket_service_start (self->service);
  return g_steal_pointer (&self);
}

void
bg_hub_listener_stop (BgHubListener *self)
{
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
}

void
bg_hub_listener_free (BgHubListener *self)
{
  if (self == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  bg_hub_listener_stop (self);
  g_signal_handlers_disconnect_by_data (self->service, self);
  for (GList *l = self->unsettled.head; l != NULL; l = l->next)
    g_object_weak_unref (l->data, on_stream_gone, self);
  g_queue_clear (&self->unsettled);
  g_clear_object (&self->service);
  g_clear_object (&self->server);
  g_clear_object (&self->certificate);
  g_clear_object (&self->address);
  g_clear_object (&self->cancellable);
  g_free (self);
}

guint16
bg_hub_listener_get_port (BgHubListener *self)
{
  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (self->address));
}

gboolean
bg_hub_listener_is_loopback (BgHubListener *self)
{
  GInetAddress *address = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (self->address));

  return g_inet_address_get_is_loopback (address);
}
