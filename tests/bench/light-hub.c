/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "light-hub.h"

#include "common/error.h"

#include <libsoup/soup.h>
#include <string.h>

enum
{
  LIST_MAX = 64, /* peers in one frame: well below BG_SIGNAL_MAX_FRAME */
};

struct LightHub
{
  SoupServer *server;
  SoupWebsocketConnection *socket; /* the guest's, once it joined */
  BgSignalPeer *guest;
  GPtrArray *lines;  /* BgSignalingClient, borrowed */
  GHashTable *by_id; /* id → line, borrowed */
  gboolean joined;
};

struct _BgSignalingClient
{
  GObject parent;
  LightHub *hub;
  BgSignalPeer *self;
  gboolean online;
};

G_DEFINE_FINAL_TYPE (BgSignalingClient, bg_signaling_client, G_TYPE_OBJECT)

static void
bg_signaling_client_class_init (BgSignalingClientClass *klass)
{
  g_signal_new ("state-changed", BG_TYPE_SIGNALING_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 0);
  g_signal_new ("message", BG_TYPE_SIGNALING_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void
bg_signaling_client_init (BgSignalingClient *self)
{
}

/* --- To the guest --- */

static void
tell_guest (LightHub *self, const BgSignalMessage *message)
{
  g_autofree char *text = bg_signal_message_to_json (message);

  if (self->socket
      && soup_websocket_connection_get_state (self->socket) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_text (self->socket, text);
}

/* The lines from `first` on, as many as there may be in one frame. */
static void
list_to_guest (LightHub *self, guint first, guint n)
{
  g_autoptr (BgSignalMessage) message = bg_signal_message_new (BG_SIGNAL_PEERS);

  for (guint i = first; i < first + n; i++)
    {
      BgSignalingClient *line = self->lines->pdata[i];

      g_ptr_array_add (message->peers, bg_signal_peer_copy (line->self));
    }
  tell_guest (self, message);
}

static void
list_all_to_guest (LightHub *self)
{
  guint n = self->joined ? self->lines->len : 0;

  for (guint first = 0; first == 0 || first < n; first += LIST_MAX)
    list_to_guest (self, first, MIN (n - first, LIST_MAX));
}

/* --- To members --- */

static void
list_to_line (BgSignalingClient *line)
{
  g_autoptr (BgSignalMessage) message = bg_signal_message_new (BG_SIGNAL_PEERS);

  if (line->hub->guest)
    g_ptr_array_add (message->peers, bg_signal_peer_copy (line->hub->guest));
  g_signal_emit_by_name (line, "message", message);
}

static void
lines_see_guest_leave (LightHub *self)
{
  g_autoptr (BgSignalMessage) message = bg_signal_message_new (BG_SIGNAL_PEER_LEFT);

  message->peer_id = g_strdup (self->guest->id);
  for (guint i = 0; i < self->lines->len && self->joined; i++)
    g_signal_emit_by_name (self->lines->pdata[i], "message", message);
}

static void
enter (BgSignalingClient *line)
{
  line->online = TRUE;
  g_signal_emit_by_name (line, "state-changed");
  list_to_line (line);
}

void
light_hub_join (LightHub *self)
{
  if (self->joined)
    return;
  self->joined = TRUE;
  for (guint i = 0; i < self->lines->len; i++)
    {
      list_to_guest (self, i, 1);
      enter (self->lines->pdata[i]);
    }
}

/* --- The guest --- */

static void
on_guest_joined (LightHub *self, SoupWebsocketConnection *socket, BgSignalMessage *message)
{
  if (message->peers->len == 0)
    return;
  g_clear_pointer (&self->guest, bg_signal_peer_free);
  self->guest = bg_signal_peer_copy (message->peers->pdata[0]);
  g_set_object (&self->socket, socket);
  list_all_to_guest (self);
  for (guint i = 0; i < self->lines->len && self->joined; i++)
    list_to_line (self->lines->pdata[i]);
}

static void
on_socket_message (SoupWebsocketConnection *socket, SoupWebsocketDataType type, GBytes *frame,
                   LightHub *self)
{
  gsize len;
  const char *text = g_bytes_get_data (frame, &len);
  g_autoptr (BgSignalMessage) message = bg_signal_message_parse (text, len, NULL);
  BgSignalingClient *line;

  if (!message)
    return;
  if (message->type == BG_SIGNAL_JOIN)
    {
      on_guest_joined (self, socket, message);
      return;
    }
  line = message->to ? g_hash_table_lookup (self->by_id, message->to) : NULL;
  if (line && line->online)
    g_signal_emit_by_name (line, "message", message);
}

static void
on_socket_closed (SoupWebsocketConnection *socket, LightHub *self)
{
  if (socket != self->socket)
    return;
  lines_see_guest_leave (self);
  g_clear_object (&self->socket);
  g_clear_pointer (&self->guest, bg_signal_peer_free);
}

static void
on_connect (SoupServer *server, SoupServerMessage *message, const char *path,
            SoupWebsocketConnection *socket, gpointer data)
{
  g_signal_connect (socket, "message", G_CALLBACK (on_socket_message), data);
  g_signal_connect (socket, "closed", G_CALLBACK (on_socket_closed), data);
  g_object_ref (socket);
}

LightHub *
light_hub_new (const char *address, guint16 port, GError **error)
{
  LightHub *self = g_new0 (LightHub, 1);
  g_autoptr (GSocketAddress) at = g_inet_socket_address_new_from_string (address, port);

  self->lines = g_ptr_array_new ();
  self->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  self->server = soup_server_new (NULL, NULL);
  soup_server_add_websocket_handler (self->server, "/connect", NULL, NULL, on_connect, self, NULL);
  return soup_server_listen (self->server, at, 0, error) ? self : NULL;
}

BgSignalingClient *
light_hub_line_new (LightHub *hub, const BgSignalPeer *self)
{
  BgSignalingClient *line = g_object_new (BG_TYPE_SIGNALING_CLIENT, NULL);

  line->hub = hub;
  line->self = bg_signal_peer_copy (self);
  g_ptr_array_add (hub->lines, line);
  g_hash_table_insert (hub->by_id, line->self->id, line);
  return line;
}

/* --- What peers ask of their line --- */

BgSignalingState
bg_signaling_client_get_state (BgSignalingClient *self)
{
  return self->online ? BG_SIGNALING_ONLINE : BG_SIGNALING_OFFLINE;
}

gboolean
bg_signaling_client_send (BgSignalingClient *self, const BgSignalMessage *message, GError **error)
{
  if (!self->online)
    {
      g_set_error_literal (error, BG_ERROR, BG_ERROR_WRONG_STATE, "not online");
      return FALSE;
    }
  tell_guest (self->hub, message);
  return TRUE;
}

/* This line never dies. */
void
bg_signaling_client_retry_now (BgSignalingClient *self)
{
}

void
bg_signaling_client_rejoin (BgSignalingClient *self)
{
  g_autoptr (BgSignalMessage) message = bg_signal_message_new (BG_SIGNAL_PEER_LEFT);

  message->peer_id = g_strdup (self->self->id);
  tell_guest (self->hub, message);
  for (guint i = 0; i < self->hub->lines->len; i++)
    if (self->hub->lines->pdata[i] == self)
      list_to_guest (self->hub, i, 1);
  list_to_line (self);
}
