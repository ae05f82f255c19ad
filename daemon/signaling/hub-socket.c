/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/hub-socket.h"
#include "common/source.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static GIOStream *
stream_below (GIOStream *stream)
{
  const char *name = G_IS_TLS_CONNECTION (stream) ? "base-io-stream" : "base-iostream";
  GIOStream *below = NULL;

  if (g_object_class_find_property (G_OBJECT_GET_CLASS (stream), name))
    g_object_get (stream, name, &below, NULL);
  return below;
}

/* Below TLS and what libsoup puts there; (transfer full), or NULL. */
static GSocketConnection *
find_connection (SoupWebsocketConnection *line)
{
  GIOStream *stream = g_object_ref (soup_websocket_connection_get_io_stream (line));

  while (stream && !G_IS_SOCKET_CONNECTION (stream))
    {
      GIOStream *below = stream_below (stream);

      g_object_unref (stream);
      stream = below;
    }
  return stream ? G_SOCKET_CONNECTION (stream) : NULL;
}

void
bg_hub_socket_set_patience (SoupWebsocketConnection *line, guint ms)
{
  g_autoptr (GSocketConnection) connection = find_connection (line);

  if (connection)
    g_socket_set_option (g_socket_connection_get_socket (connection), IPPROTO_TCP, TCP_USER_TIMEOUT,
                         (int) ms, NULL);
}

/* Only what is there can be bound. */
static gboolean
is_there (GInetAddress *address)
{
  g_autoptr (GSocket) socket = g_socket_new (g_inet_address_get_family (address),
                                             G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
  g_autoptr (GSocketAddress) any_port = g_inet_socket_address_new (address, 0);
  struct sockaddr_storage native;

  if (!socket || g_inet_address_get_is_link_local (address)
      || !g_socket_address_to_native (any_port, &native, sizeof native, NULL))
    return TRUE;
  return bind (g_socket_get_fd (socket), (struct sockaddr *) &native,
               (socklen_t) g_socket_address_get_native_size (any_port))
           == 0
         || errno != EADDRNOTAVAIL;
}

gboolean
bg_hub_socket_has_address (SoupWebsocketConnection *line)
{
  g_autoptr (GSocketConnection) connection = find_connection (line);
  g_autoptr (GSocketAddress)
    local = connection ? g_socket_connection_get_local_address (connection, NULL) : NULL;

  return !G_IS_INET_SOCKET_ADDRESS (local)
         || is_there (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (local)));
}

void
bg_hub_socket_bound_messages (SoupWebsocketConnection *line, guint64 max)
{
  soup_websocket_connection_set_max_incoming_payload_size (line, max);
  /* Since libsoup 3.8; before, only single frames can be bounded. */
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (line), "max-total-message-size") != NULL)
    g_object_set (line, "max-total-message-size", max, NULL);
}

static void
on_abandoned_closed (SoupWebsocketConnection *line, gpointer data)
{
  g_object_unref (line);
}

void
bg_hub_socket_abandon (SoupWebsocketConnection *line, SoupWebsocketCloseCode code)
{
  g_signal_connect (line, "closed", G_CALLBACK (on_abandoned_closed), NULL);
  if (soup_websocket_connection_get_state (line) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close (line, code, NULL);
  else if (soup_websocket_connection_get_state (line) == SOUP_WEBSOCKET_STATE_CLOSED)
    on_abandoned_closed (line, NULL);
}

static gboolean
on_beat (gpointer line)
{
  if (soup_websocket_connection_get_state (line) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_text (line, "{\"type\":\"heartbeat\"}");
  return G_SOURCE_CONTINUE;
}

void
bg_hub_socket_beat (SoupWebsocketConnection *line, GSource **source, guint every_s)
{
  if (every_s > 0)
    bg_source_arm (source, every_s * 1000, on_beat, line);
}
