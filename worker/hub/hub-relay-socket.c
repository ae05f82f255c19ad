/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-relay-socket.h"
#include "worker/hub/hub-ping.h"
#include "worker/core/session.h"
#include "common/log.h"
#include "common/signal-message.h"

enum
{
  QUEUE_MAX = 256 * 1024,
  FRAME_MAX =
    16 * 1024
    - 64, /* with its header one record of TLS, and half of what a Go client reads as one frame */
  SHORT_FRAME = 125,
};

struct _BgHubRelaySocket
{
  SoupWebsocketConnection *socket;
  BgHubStream *stream;
  char *source;
  guint ping_interval_s;
  const BgHubRelaySocketOwner *owner;

  BgHubRelayQueue queue;
  gsize unwritten; /* bytes that libsoup has of it */
  BgHubBacklog *backlog;
  gsize waiting; /* as the backlog knows it */

  gint64 heard_at, useful_at;
  BgTokenBucket bad;
};

static gboolean
is_open (BgHubRelaySocket *self)
{
  return soup_websocket_connection_get_state (self->socket) == SOUP_WEBSOCKET_STATE_OPEN;
}

void
bg_hub_relay_socket_close (BgHubRelaySocket *self, SoupWebsocketCloseCode code, const char *reason)
{
  if (is_open (self))
    soup_websocket_connection_close (self->socket, code, reason);
}

static void
say_goodbye (BgHubRelaySocket *self, BgGoodbye why)
{
  const BgGoodbyeWords *words = bg_goodbye_words (why);

  bg_hub_relay_socket_close (self, words->code, words->reason);
}

/* Out */

static void
note_waiting (BgHubRelaySocket *self)
{
  bg_hub_backlog_set (self->backlog, &self->waiting,
                      bg_hub_relay_queue_get_len (&self->queue) + self->unwritten);
}

static gboolean
is_ready (BgHubRelaySocket *self)
{
  return self->unwritten == 0 && bg_hub_relay_queue_get_len (&self->queue) > 0;
}

void
bg_hub_relay_socket_send (BgHubRelaySocket *self, const BgBytes *parts, gsize n)
{
  gsize limit = MIN (bg_hub_backlog_allowance (self->backlog), QUEUE_MAX);

  if (!is_open (self))
    return;
  bg_hub_relay_queue_push (&self->queue, parts, n, limit);
  note_waiting (self);
  if (is_ready (self))
    self->owner->on_ready (self, self->owner->data);
}

/* With its header (RFC 6455, 5.2). */
static gsize
frame_len (gsize payload)
{
  return payload + (payload <= SHORT_FRAME ? 2 : 4);
}

void
bg_hub_relay_socket_flush (BgHubRelaySocket *self)
{
  g_autoptr (GBytes) frame = NULL;
  BgBytes batch;

  if (!is_open (self) || !is_ready (self))
    return;
  batch = bg_hub_relay_queue_take (&self->queue, FRAME_MAX);
  self->unwritten = frame_len (batch.len);
  /* libsoup makes its frame of it before it returns */
  frame = g_bytes_new_static (batch.bytes, batch.len);
  soup_websocket_connection_send_message (self->socket, SOUP_WEBSOCKET_DATA_BINARY, frame);
}

/* A ping or a pong among what was written lets the next frame come a little early. */
static void
on_written (gsize n, gpointer data)
{
  BgHubRelaySocket *self = data;

  if (self->unwritten == 0)
    return;
  self->unwritten -= MIN (n, self->unwritten);
  note_waiting (self);
  if (is_ready (self))
    self->owner->on_ready (self, self->owner->data);
}

/* In */

static void
heard_something (BgHubRelaySocket *self)
{
  self->heard_at = g_get_monotonic_time ();
  bg_hub_stream_reset_meter (self->stream);
}

static void
judge (BgHubRelaySocket *self, BgTurnVerdict verdict)
{
  if (verdict == BG_TURN_OVER_CEILING)
    say_goodbye (self, BG_GOODBYE_OVER_CEILING);
  if (verdict != BG_TURN_MALFORMED
      || bg_token_bucket_take (&self->bad, &bg_relay_useless_rate, self->heard_at))
    return;
  bg_log (BG_TOPIC_HUB, WARNING, NULL, "%s: sends the relay what it cannot use", self->source);
  say_goodbye (self, BG_GOODBYE_USELESS);
}

static void
on_socket_message (SoupWebsocketConnection *socket, SoupWebsocketDataType type, GBytes *frame,
                   BgHubRelaySocket *self)
{
  gsize len;
  const guint8 *bytes = g_bytes_get_data (frame, &len);

  heard_something (self);
  if (is_open (self) && type == SOUP_WEBSOCKET_DATA_BINARY)
    judge (self, self->owner->on_message (self, bytes, len, self->owner->data));
}

static void
on_done (gpointer data)
{
  BgHubRelaySocket *self = data;

  self->owner->on_done (self, self->owner->data);
}

static void
on_socket_pong (SoupWebsocketConnection *socket, GBytes *payload, BgHubRelaySocket *self)
{
  heard_something (self);
}

static void
on_socket_error (SoupWebsocketConnection *socket, GError *error, BgHubRelaySocket *self)
{
  bg_log (BG_TOPIC_HUB, INFO, NULL, "%s: relay: %s", self->source, error->message);
}

static void
on_socket_closed (SoupWebsocketConnection *socket, BgHubRelaySocket *self)
{
  self->owner->on_closed (self, self->owner->data);
}

/* Life */

void
bg_hub_relay_socket_tick (BgHubRelaySocket *self, gint64 now_us, gboolean is_of_use)
{
  gint64 silence = (gint64) self->ping_interval_s * G_USEC_PER_SEC * 5 / 2;

  if (is_of_use)
    self->useful_at = now_us;
  if (bg_hub_relay_queue_get_len (&self->queue) == 0)
    bg_hub_relay_queue_clear (&self->queue);
  if (now_us - self->heard_at > silence)
    bg_hub_stream_cut (self->stream);
  else if (now_us - self->useful_at > (gint64) BG_RELAY_USELESS_S * G_USEC_PER_SEC)
    say_goodbye (self, BG_GOODBYE_NO_ALLOCATION);
}

guint64
bg_hub_relay_socket_get_dropped (BgHubRelaySocket *self)
{
  return self->queue.dropped;
}

const char *
bg_hub_relay_socket_get_source (BgHubRelaySocket *self)
{
  return self->source;
}

BgHubRelaySocket *
bg_hub_relay_socket_new (SoupWebsocketConnection *socket, BgHubStream *stream, const char *source,
                         guint ping_interval_s, BgHubBacklog *backlog,
                         const BgHubRelaySocketOwner *owner)
{
  BgHubRelaySocket *self = g_new0 (BgHubRelaySocket, 1);

  self->socket = g_object_ref (socket);
  self->stream = g_object_ref (stream);
  self->source = g_strdup (source);
  self->ping_interval_s = ping_interval_s;
  self->backlog = backlog;
  self->owner = owner;
  heard_something (self);
  self->useful_at = self->heard_at;
  bg_token_bucket_init (&self->bad, &bg_relay_useless_rate, self->heard_at);
  bg_hub_stream_settle (stream);
  bg_hub_stream_carry (stream, on_written, on_done, self);

  soup_websocket_connection_set_max_incoming_payload_size (socket, BG_SIGNAL_MAX_FRAME);
  bg_hub_ping_begin (socket, ping_interval_s);
  g_signal_connect (socket, "message", G_CALLBACK (on_socket_message), self);
  g_signal_connect (socket, "pong", G_CALLBACK (on_socket_pong), self);
  g_signal_connect (socket, "error", G_CALLBACK (on_socket_error), self);
  g_signal_connect (socket, "closed", G_CALLBACK (on_socket_closed), self);
  return self;
}

void
bg_hub_relay_socket_free (BgHubRelaySocket *self)
{
  bg_hub_stream_carry_no_more (self->stream);
  g_signal_handlers_disconnect_by_data (self->socket, self);
  bg_hub_backlog_set (self->backlog, &self->waiting, 0);
  bg_hub_relay_queue_clear (&self->queue);
  g_object_unref (self->socket);
  g_object_unref (self->stream);
  g_free (self->source);
  g_free (self);
}
