/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/relay-line.h"
#include "relay/turn-framing.h"
#include "signaling/signaling-reason.h"
#include "signaling/upgrade-request.h"
#include "common/log.h"
#include "common/source.h"

#include <errno.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum
{
  DIAL_MS = 8 * 1000,  /* libnice waits for its allocation no longer */
  PING_S = 120,        /* so that routers on the way do not forget a line that rests */
  GONE_MS = 30 * 1000, /* without an acknowledgement: TCP_USER_TIMEOUT */
  UNSENT_BYTES = 128 * 1024,
  IN_BYTES = 64 * 1024,
  TURN_BYTES = 256 * 1024, /* from libnice before others have their turn */
  OUT_BYTES = 256 * 1024,
  FRAME_BYTES = 16 * 1024
                - 64, /* of messages that go together; with its header one record of TLS */
};

/* Either end takes several messages in a frame (docs/protocol.md, The relay). */
#define RELAY_HEADER "Bamgate-Relay"
#define RELAY_VERSION "1"

G_STATIC_ASSERT (IN_BYTES > 2 * BG_TURN_MAX_BYTES);

/* An atomic rc box: whoever made it has a reference, and it has one itself until it is gone. */
struct _BgRelayLine
{
  BgRelayServer *server;
  const BgRelayLineEvents *events;
  gpointer owner;

  GMainContext *context;
  BgContextLoop *runner; /* of `context` */
  BgContextLoop *carrier;
  GSource *leave;       /* ready when it is to go */
  _Atomic gboolean cut; /* at once */
  gboolean is_over;     /* it takes no part any more */

  /* libnice */
  int fd;
  GSource *readable, *writable;
  gsize have, at; /* in `in`: bytes, and those of them that went on */
  GByteArray *out;
  guint64 dropped;

  /* the hub */
  SoupSession *session; /* NULL: dialling is done */
  SoupMessage *request;
  GCancellable *dial;
  GSource *deadline;
  GSocket *tcp; /* under all that */
  SoupWebsocketConnection *socket;
  gboolean takes_many;           /* in a frame */
  GPollableOutputStream *stream; /* of `socket`, borrowed */
  GSource *room;

  BgTurnWatch watch;
  _Atomic gint64 used_at;
  guint8 *in; /* IN_BYTES, of which a line that rests has touched little */
};

static void watch_libnice (BgRelayLine *self);
static gboolean pump (BgRelayLine *self);

gint64
bg_relay_line_get_used_at (BgRelayLine *self)
{
  return atomic_load_explicit (&self->used_at, memory_order_relaxed);
}

static void
note_use (BgRelayLine *self)
{
  atomic_store_explicit (&self->used_at, g_get_monotonic_time (), memory_order_relaxed);
}

static void
line_clear (gpointer data)
{
  BgRelayLine *self = data;

  g_clear_object (&self->tcp);
  g_free (self->in);
  g_byte_array_unref (self->out);
  bg_relay_server_unref (self->server);
  g_source_unref (self->leave);
  g_main_context_unref (self->context);
}

void
bg_relay_line_unref (BgRelayLine *self)
{
  g_atomic_rc_box_release_full (self, line_clear);
}

static void
unref_line (gpointer line)
{
  bg_relay_line_unref (line);
}

/* In the line's context, in its own time. */
static void
post (BgRelayLine *self, GSourceFunc func)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, g_atomic_rc_box_acquire (self), unref_line);
  g_source_attach (source, self->context);
  g_main_context_wakeup (self->context); /* who posts may be its owner, in another context */
}

/* Ends */

static gboolean
on_gone (gpointer data)
{
  BgRelayLine *self = data;

  if (self->dropped > 0)
    bg_log (BG_TOPIC_ICE, DEBUG, NULL, "relay: %" G_GUINT64_FORMAT " messages dropped",
            self->dropped);
  g_source_destroy (self->leave);
  self->events->gone (self->owner, self);
  bg_context_loop_remove_take (self->runner, g_main_context_ref (self->context));
  bg_relay_line_unref (self);
  return G_SOURCE_REMOVE;
}

/* Once; not at once, since the context may be on its way to another loop. */
static void
go_when_done (BgRelayLine *self)
{
  if (self->is_over && !self->session && !self->socket)
    post (self, on_gone);
}

static void
move_to_carrier (BgRelayLine *self)
{
  if (self->runner == self->carrier)
    return;
  bg_context_loop_move (self->runner, self->context, self->carrier);
  self->runner = self->carrier;
}

static void
drop_dial (BgRelayLine *self)
{
  g_cancellable_cancel (self->dial);
  g_clear_object (&self->dial);
  if (self->request)
    g_signal_handlers_disconnect_by_data (self->request, self);
  g_clear_object (&self->request);
  bg_source_drop (&self->deadline);
}

static void
on_left_socket_closed (SoupWebsocketConnection *socket, BgRelayLine *self)
{
  g_signal_handlers_disconnect_by_data (socket, self);
  g_clear_object (&self->socket);
  go_when_done (self);
}

/* It is closed when the hub has answered. */
static void
drop_socket (BgRelayLine *self)
{
  bg_source_drop (&self->room);
  self->stream = NULL;
  if (!self->socket)
    return;
  g_signal_handlers_disconnect_by_data (self->socket, self);
  g_signal_connect (self->socket, "closed", G_CALLBACK (on_left_socket_closed), self);
  if (soup_websocket_connection_get_state (self->socket) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close (self->socket, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  else if (soup_websocket_connection_get_state (self->socket) == SOUP_WEBSOCKET_STATE_CLOSED)
    {
      g_signal_handlers_disconnect_by_data (self->socket, self);
      g_clear_object (&self->socket);
    }
}

static void
drop_libnice (BgRelayLine *self)
{
  bg_source_drop (&self->readable);
  bg_source_drop (&self->writable);
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

static void
finish (BgRelayLine *self)
{
  self->is_over = TRUE;
  drop_dial (self);
  drop_socket (self);
  drop_libnice (self);
  move_to_carrier (self);
  go_when_done (self);
}

/* Takes `reason`. */
static void
end (BgRelayLine *self, guint status, BgWords *reason)
{
  g_autoptr (BgWords) kept = reason;

  if (self->is_over)
    return;
  self->events->ended (self->owner, self, status, kept);
  finish (self);
}

static gboolean
on_leave (gpointer data)
{
  BgRelayLine *self = data;

  g_source_set_ready_time (self->leave, -1);
  if (!self->is_over)
    finish (self);
  if (atomic_load (&self->cut) && self->tcp)
    g_socket_shutdown (self->tcp, TRUE, TRUE, NULL);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_leave (GSource *source, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

void
bg_relay_line_cut (BgRelayLine *self)
{
  atomic_store (&self->cut, TRUE);
  g_source_set_ready_time (self->leave, 0);
}

void
bg_relay_line_leave (BgRelayLine *self)
{
  g_source_set_ready_time (self->leave, 0);
}

static gboolean
is_open (BgRelayLine *self)
{
  return soup_websocket_connection_get_state (self->socket) == SOUP_WEBSOCKET_STATE_OPEN;
}

/* From the hub to libnice */

static void
note_heard (BgRelayLine *self, const guint8 *message, gsize len)
{
  guint code = 0;
  BgTurnVerdict verdict;

  if (bg_turn_carries_data (message))
    {
      note_use (self);
      return;
    }
  verdict = bg_turn_watch_heard (&self->watch, message, len, &code);
  if (verdict != BG_TURN_NOTHING)
    self->events->told (self->owner, self, verdict, code);
}

/* FALSE: the connection is gone, which its reading end finds out. */
static gsize
send_now (BgRelayLine *self, const guint8 *bytes, gsize len)
{
  ssize_t n = send (self->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);

  if (n >= 0)
    return (gsize) n;
  return errno == EAGAIN || errno == EINTR ? 0 : len;
}

static gboolean
on_libnice_writable (int fd, GIOCondition condition, gpointer data)
{
  BgRelayLine *self = data;

  g_byte_array_remove_range (self->out, 0,
                             (guint) send_now (self, self->out->data, self->out->len));
  if (self->out->len > 0)
    return G_SOURCE_CONTINUE;
  bg_source_drop (&self->writable);
  return G_SOURCE_REMOVE;
}

static void
keep (BgRelayLine *self, const guint8 *bytes, gsize len)
{
  g_byte_array_append (self->out, bytes, (guint) len);
  if (!self->writable)
    self->writable = bg_source_attach (g_unix_fd_source_new (self->fd, G_IO_OUT),
                                       G_SOURCE_FUNC (on_libnice_writable), self);
}

static void
give_libnice (BgRelayLine *self, const guint8 *bytes, gsize len, guint padding)
{
  static const guint8 zeros[4];
  gsize sent = 0;

  if (self->out->len + len + padding > OUT_BYTES)
    {
      self->dropped++;
      return;
    }
  if (self->out->len == 0)
    sent = send_now (self, bytes, len);
  if (sent < len || padding > 0)
    {
      keep (self, bytes + sent, len - sent);
      g_byte_array_append (self->out, zeros, padding);
    }
}

/* Of a frame that was checked: the last one may lack its padding. */
static void
note_all_heard (BgRelayLine *self, const guint8 *bytes, gsize len)
{
  gsize size;

  for (gsize at = 0; at < len && !self->is_over; at += size)
    {
      bg_turn_next (bytes + at, len - at, &size);
      note_heard (self, bytes + at, MIN (size, len - at));
    }
}

static void
on_socket_message (SoupWebsocketConnection *socket, SoupWebsocketDataType type, GBytes *frame,
                   BgRelayLine *self)
{
  gsize len;
  const guint8 *bytes = g_bytes_get_data (frame, &len);
  guint padding;

  if (type != SOUP_WEBSOCKET_DATA_BINARY || !bg_turn_frame_check (bytes, len, &padding))
    {
      self->dropped++;
      return;
    }
  give_libnice (self, bytes, len, padding);
  note_all_heard (self, bytes, len);
}

/* From libnice to the hub */

static gboolean
on_room (GObject *stream, gpointer data)
{
  BgRelayLine *self = data;

  bg_source_drop (&self->room);
  watch_libnice (self);
  pump (self);
  return G_SOURCE_REMOVE;
}

static void
wait_for_room (BgRelayLine *self)
{
  bg_source_drop (&self->readable);
  if (self->room)
    return;
  self->room = bg_source_attach (g_pollable_output_stream_create_source (self->stream, NULL),
                                 G_SOURCE_FUNC (on_room), self);
}

static void
note_sent (BgRelayLine *self, const guint8 *message, gsize len)
{
  if (bg_turn_carries_data (message))
    note_use (self);
  else
    bg_turn_watch_sent (&self->watch, message, len);
}

/* The bytes of the whole messages that go in one frame: nothing waits for others to come. 0: `framing` says why. */
static gsize
gather (BgRelayLine *self, BgTurnFraming *framing)
{
  gsize len = 0, size;

  while ((*framing = bg_turn_next (self->in + self->at + len, self->have - self->at - len, &size))
           == BG_TURN_WHOLE
         && (len == 0 || (self->takes_many && len + size <= FRAME_BYTES)))
    len += size;
  return len;
}

static void
give_hub (BgRelayLine *self, const guint8 *messages, gsize len)
{
  gsize size;

  for (gsize at = 0; at < len; at += size)
    {
      bg_turn_next (messages + at, len - at, &size);
      note_sent (self, messages + at, size);
    }
  soup_websocket_connection_send_binary (self->socket, messages, len);
}

/* What libsoup is given it writes at once, or keeps without a bound: it is given nothing while the line is full. One that ended
 * meanwhile takes nothing and will have no room: its socket is closed before it says so. */
static BgTurnFraming
pass_on (BgRelayLine *self)
{
  gsize len;
  BgTurnFraming framing;

  while ((len = gather (self, &framing)) > 0)
    {
      if (!is_open (self))
        return BG_TURN_NONSENSE;
      if (!g_pollable_output_stream_is_writable (self->stream))
        return BG_TURN_WHOLE;
      give_hub (self, self->in + self->at, len);
      self->at += len;
    }
  memmove (self->in, self->in + self->at, self->have - self->at);
  self->have -= self->at;
  self->at = 0;
  return framing;
}

/* > 0: bytes came; 0: none for now; < 0: it is over. */
static ssize_t
read_libnice (BgRelayLine *self)
{
  ssize_t n = recv (self->fd, self->in + self->have, IN_BYTES - self->have, MSG_DONTWAIT);

  if (n > 0)
    self->have += (gsize) n;
  else if (n == 0 || (errno != EAGAIN && errno != EINTR))
    return -1;
  return MAX (n, 0);
}

/* FALSE: nothing is to be read for now, or any more. What was read has always gone on, or waits for room: the socket tells of what is in it, and
 * of nothing else. */
static gboolean
pump (BgRelayLine *self)
{
  gsize taken = 0;
  ssize_t n = 1;

  while (n > 0)
    switch (pass_on (self))
      {
      case BG_TURN_WHOLE:
        wait_for_room (self);
        return FALSE;
      case BG_TURN_PARTIAL:
        n = taken < TURN_BYTES ? read_libnice (self) : 0;
        taken += (gsize) MAX (n, 0);
        break;
      case BG_TURN_NONSENSE:
      default:
        n = -1;
        break;
      }
  if (n >= 0)
    return TRUE;
  end (self, 0, NULL);
  return FALSE;
}

static gboolean
on_libnice_readable (int fd, GIOCondition condition, gpointer data)
{
  return pump (data) ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* Nothing runs a loop within this one: so GLib need not wake it, as it does where it takes the descriptor out meanwhile. */
static void
watch_libnice (BgRelayLine *self)
{
  self->readable = bg_source_attach (g_unix_fd_source_new (self->fd, G_IO_IN),
                                     G_SOURCE_FUNC (on_libnice_readable), self);
  g_source_set_can_recurse (self->readable, TRUE);
}

/* The hub */

static void
on_socket_closed (SoupWebsocketConnection *socket, BgRelayLine *self)
{
  g_autoptr (BgWords)
    reason = bg_signaling_reason_of_close (soup_websocket_connection_get_close_code (socket),
                                           soup_websocket_connection_get_close_data (socket));

  bg_log (BG_TOPIC_ICE, INFO, NULL, "relay: an allocation ended: %s", reason->text);
  end (self, 0, NULL);
}

static void
take_socket (BgRelayLine *self, SoupWebsocketConnection *socket)
{
  GIOStream *stream = soup_websocket_connection_get_io_stream (socket);

  self->socket = socket;
  self->stream = G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (stream));
  bg_source_drop (&self->deadline);
  soup_websocket_connection_set_max_incoming_payload_size (socket, BG_TURN_MAX_BYTES);
  soup_websocket_connection_set_keepalive_interval (socket, PING_S);
  g_signal_connect (socket, "message", G_CALLBACK (on_socket_message), self);
  g_signal_connect (socket, "closed", G_CALLBACK (on_socket_closed), self);
  watch_libnice (self);
  move_to_carrier (self);
}

static gboolean
on_deadline (gpointer data)
{
  end (data, 0, bg_words (HUB_NOT_IN_TIME));
  return G_SOURCE_REMOVE;
}

static void
fail_dial (BgRelayLine *self, SoupMessage *request, const GError *error)
{
  guint status = soup_message_get_status (request);

  if (status == SOUP_STATUS_NONE || status == SOUP_STATUS_SWITCHING_PROTOCOLS)
    end (self, 0,
         bg_signaling_reason_of_error (error, soup_message_get_uri (request),
                                       self->server->pin != NULL));
  else
    end (self, status, bg_signaling_reason_of_status (status));
}

/* The one callback of a dial, which comes also where it was cancelled. */
static void
on_session_connected (GObject *source, GAsyncResult *result, gpointer data)
{
  BgRelayLine *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (SoupMessage) request = g_steal_pointer (&self->request);
  SoupWebsocketConnection *socket = soup_session_websocket_connect_finish (SOUP_SESSION (source),
                                                                           result, &error);

  g_clear_object (&self->session);
  if (self->is_over)
    {
      g_clear_object (&socket);
      go_when_done (self);
    }
  else if (socket)
    {
      self->takes_many = bg_upgrade_answer_says (request, RELAY_HEADER, RELAY_VERSION);
      take_socket (self, socket);
    }
  else
    fail_dial (self, request, error);
  bg_relay_line_unref (self);
}

static void
set_option (GSocket *socket, int option, int value)
{
  g_autoptr (GError) error = NULL;

  if (!g_socket_set_option (socket, IPPROTO_TCP, option, value, &error))
    bg_log (BG_TOPIC_ICE, DEBUG, NULL, "relay: option %d: %s", option, error->message);
}

/* A dead line is known as such soon, and what waits in the kernel delays what comes after it. */
static void
on_request_network_event (SoupMessage *message, GSocketClientEvent event, GIOStream *stream,
                          BgRelayLine *self)
{
  if (event != G_SOCKET_CLIENT_CONNECTED || !G_IS_SOCKET_CONNECTION (stream))
    return;
  g_set_object (&self->tcp, g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream)));
  set_option (self->tcp, TCP_USER_TIMEOUT, GONE_MS);
  set_option (self->tcp, TCP_NOTSENT_LOWAT, UNSENT_BYTES);
}

static gboolean
on_start (gpointer data)
{
  BgRelayLine *self = data;
  const BgRelayServer *server = self->server;

  if (self->is_over)
    {
      g_clear_object (&self->session);
      go_when_done (self);
      return G_SOURCE_REMOVE;
    }
  self->request = bg_upgrade_request_new (server->url, server->token, server->pin);
  soup_message_headers_replace (soup_message_get_request_headers (self->request), RELAY_HEADER,
                                RELAY_VERSION);
  g_signal_connect (self->request, "network-event", G_CALLBACK (on_request_network_event), self);
  self->dial = g_cancellable_new ();
  self->deadline = bg_source_attach (g_timeout_source_new (DIAL_MS), on_deadline, self);
  soup_session_websocket_connect_async (self->session, self->request, NULL, NULL,
                                        G_PRIORITY_DEFAULT, self->dial, on_session_connected,
                                        g_atomic_rc_box_acquire (self));
  return G_SOURCE_REMOVE;
}

/* One source for all who say it: none is left behind in a context that is not run any more. */
static void
await_leave (BgRelayLine *self)
{
  static GSourceFuncs funcs = { .dispatch = dispatch_leave };

  self->leave = g_source_new (&funcs, sizeof (GSource));
  g_source_set_callback (self->leave, on_leave, self, NULL);
  g_source_attach (self->leave, self->context);
}

BgRelayLine *
bg_relay_line_new (int fd, const BgRelayLineConfig *config)
{
  BgRelayLine *self = g_atomic_rc_box_new0 (BgRelayLine);

  self->fd = fd;
  self->session = g_object_ref (config->session);
  self->server = bg_relay_server_ref (config->server);
  self->runner = config->home;
  self->carrier = config->carrier;
  self->events = config->events;
  self->owner = config->owner;
  self->in = g_malloc (IN_BYTES);
  self->out = g_byte_array_new ();
  note_use (self);
  self->context = bg_context_loop_add (config->home);
  await_leave (self);
  g_atomic_rc_box_acquire (self); /* until it is gone */
  post (self, on_start);
  return self;
}
