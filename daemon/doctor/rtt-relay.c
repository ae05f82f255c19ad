/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/rtt-private.h"

#include "common/error.h"
#include "signaling/server-pin.h"
#include "signaling/signaling-reason.h"
#include "signaling/upgrade-request.h"

typedef struct
{
  BgRtt rtt;
  BgRelayServer *relay;
  SoupSession *session;
  SoupMessage *request;
  SoupWebsocketConnection *socket;
} Relay;

static void
relay_free (gpointer data)
{
  Relay *relay = data;

  if (relay->socket)
    g_signal_handlers_disconnect_by_data (relay->socket, relay);
  g_clear_object (&relay->socket);
  g_clear_object (&relay->request);
  g_clear_object (&relay->session);
  bg_relay_server_unref (relay->relay);
  g_signal_handlers_disconnect_by_data (relay->rtt.cancellable, relay);
  bg_rtt_clear (&relay->rtt);
  g_free (relay);
}

static void
on_message (SoupWebsocketConnection *socket, SoupWebsocketDataType type, GBytes *frame,
            Relay *relay)
{
  gsize len;
  const guint8 *bytes = g_bytes_get_data (frame, &len);

  g_object_ref (socket);
  if (type == SOUP_WEBSOCKET_DATA_BINARY && bg_rtt_take (&relay->rtt, bytes, len))
    soup_websocket_connection_close (socket, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  g_object_unref (socket);
}

static void
on_closed (SoupWebsocketConnection *socket, Relay *relay)
{
  g_signal_handlers_disconnect_by_data (socket, relay);
  bg_rtt_end (&relay->rtt, -1,
              bg_error_new_take (
                BG_ERROR_SERVICE,
                bg_signaling_reason_of_close (soup_websocket_connection_get_close_code (socket),
                                              soup_websocket_connection_get_close_data (socket))));
}

/* The time is over; a dial that is cancelled says so by itself. */
static void
on_given_up (GCancellable *cancellable, Relay *relay)
{
  if (relay->socket)
    bg_rtt_end (&relay->rtt, -1, NULL);
}

static void
ask (Relay *relay)
{
  const BgStunRequest *request = bg_rtt_next (&relay->rtt);

  g_signal_connect (relay->socket, "message", G_CALLBACK (on_message), relay);
  g_signal_connect (relay->socket, "closed", G_CALLBACK (on_closed), relay);
  if (request)
    soup_websocket_connection_send_binary (relay->socket, request->bytes, request->len);
}

static GError *
error_of_dial (Relay *relay, const GError *error)
{
  guint status = soup_message_get_status (relay->request);

  if (status == SOUP_STATUS_NONE || status == SOUP_STATUS_SWITCHING_PROTOCOLS)
    return bg_error_new_take (
      BG_ERROR_SERVICE, bg_signaling_reason_of_error (error, soup_message_get_uri (relay->request),
                                                      relay->relay->pin != NULL));
  return bg_error_new_take (BG_ERROR_SERVICE, bg_signaling_reason_of_status (status));
}

static void
on_dialled (GObject *source, GAsyncResult *result, gpointer data)
{
  Relay *relay = data;
  g_autoptr (GError) error = NULL;

  relay->socket = soup_session_websocket_connect_finish (SOUP_SESSION (source), result, &error);
  if (!relay->socket)
    bg_rtt_end (&relay->rtt, -1, error_of_dial (relay, error));
  else
    ask (relay);
}

void
bg_rtt_probe_relay_async (BgRelayServer *server, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer data)
{
  Relay *relay = g_new0 (Relay, 1);

  relay->relay = bg_relay_server_ref (server);
  bg_rtt_begin (&relay->rtt, relay_free, cancellable, callback, data);
  relay->session = bg_server_pin_session_new (server->pin);
  relay->request = bg_upgrade_request_new (server->url, server->token, server->pin);
  g_signal_connect (relay->rtt.cancellable, "cancelled", G_CALLBACK (on_given_up), relay);
  soup_session_websocket_connect_async (relay->session, relay->request, NULL, NULL,
                                        G_PRIORITY_DEFAULT, relay->rtt.cancellable, on_dialled,
                                        relay);
}
