/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/signaling-client.h"
#include "signaling/signaling-client-private.h"
#include "signaling/dial-pace.h"
#include "signaling/dialled-hub.h"
#include "signaling/hub-socket.h"
#include "signaling/members.h"
#include "signaling/server-pin.h"
#include "signaling/signaling-reason.h"
#include "signaling/upgrade-request.h"
#include "common/error.h"
#include "common/log.h"
#include "common/source.h"

#include <libsoup/soup.h>

static const BgSignalingTiming default_timing = {
  .dial_ms = 10 * 1000,
  .ping_s = 30,
  .silence_ms = 75 * 1000,
  .probe_ms = 3 * 1000,
  .patience_ms = 15 * 1000,
  .stable_ms = 30 * 1000,
  .spacing_ms = 1000,
  .rejoin_ms = 30 * 1000,
  .hold_ms = 3 * 1000,
  .backoff_permille = 1000,
};

enum
{
  PROBE_PING_S = 1, /* pings while bg_signaling_client_retry_now() waits for an answer */
  REFUSED_FAILURES =
    6, /* a hub that said 401 or 403 will hardly have changed its mind in a second */
  MAX_COMPLAINTS = 10, /* malformed frames logged per connection */
};

struct _BgSignalingClient
{
  GObject parent;

  /* where to, who */
  BgDialledHub hub;
  BgSignalPeer *peer;
  guint refusal; /* of the newest attempt or line; 0: none */
  char *moved;   /* where the hub of the newest attempt said that it is; NULL: nowhere else */

  /* what is going on */
  BgSignalingState state;
  BgWords *reason;
  BgSignalingTiming timing;

  /* one attempt */
  GCancellable *dial;
  GSource *dial_deadline;

  /* the line */
  SoupWebsocketConnection *socket;
  GInetAddress *hub_address; /* of the last line */
  BgMembers *members;        /* of the last line */
  GSource *silence;
  GSource *hold;      /* the join waits */
  GSource *heartbeat; /* NULL: the hub wants none */
  gint64 online_at;
  guint complaints;
  gboolean is_probing;

  /* the next attempt */
  BgDialPace pace;
  GSource *retry;
  gint64 retry_at; /* realtime */

  /* leaving and coming again */
  SoupWebsocketConnection *leaving;
  GSource *rejoin;
  gint64 rejoined_at;
};

G_DEFINE_FINAL_TYPE (BgSignalingClient, bg_signaling_client, G_TYPE_OBJECT)

enum
{
  SIGNAL_STATE_CHANGED,
  SIGNAL_MESSAGE,
  SIGNAL_DEVICES,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static void start_dialling (BgSignalingClient *self);
static void wait_for (BgSignalingClient *self, guint delay_ms, BgWords *reason);

static guint
ms_since (gint64 then)
{
  return (guint) CLAMP ((g_get_monotonic_time () - then) / 1000, 0, G_MAXINT);
}

const char *
bg_signaling_state_name (BgSignalingState state)
{
  static const char *const names[] = {
    [BG_SIGNALING_OFFLINE] = "offline",
    [BG_SIGNALING_CONNECTING] = "connecting",
    [BG_SIGNALING_ONLINE] = "online",
    [BG_SIGNALING_WAITING] = "waiting",
  };

  return names[state];
}

/* Takes `reason`. Emits last: the listener may call us. */
static void
set_state (BgSignalingClient *self, BgSignalingState state, BgWords *reason)
{
  g_autoptr (BgWords) old_reason = self->reason;
  BgSignalingState old = self->state;

  self->state = state;
  self->reason = reason;
  if (old == state && bg_words_equal (old_reason, reason))
    return;
  bg_log (BG_TOPIC_SIGNALING, INFO, NULL, "hub: %s -> %s%s%s", bg_signaling_state_name (old),
          bg_signaling_state_name (state), reason != NULL ? ": " : "", bg_words_get_text (reason));
  g_signal_emit (self, signals[SIGNAL_STATE_CHANGED], 0);
}

/* Losing the line */

static void
drop_line (BgSignalingClient *self, SoupWebsocketCloseCode code)
{
  g_cancellable_cancel (self->dial);
  g_clear_object (&self->dial);
  bg_source_drop (&self->dial_deadline);
  bg_source_drop (&self->silence);
  bg_source_drop (&self->hold);
  bg_source_drop (&self->heartbeat);
  bg_source_drop (&self->rejoin);
  self->is_probing = FALSE;
  if (self->leaving != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->leaving, self);
      bg_hub_socket_abandon (g_steal_pointer (&self->leaving), code);
    }
  if (self->socket != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->socket, self);
      bg_hub_socket_abandon (g_steal_pointer (&self->socket), code);
    }
}

static gboolean
has_held (BgSignalingClient *self)
{
  return self->state == BG_SIGNALING_ONLINE && ms_since (self->online_at) >= self->timing.stable_ms;
}

/* Not before `least_ms` are over. Takes `reason`. */
static void
fail_for (BgSignalingClient *self, gboolean is_refused, guint least_ms, BgWords *reason)
{
  guint delay_ms = bg_dial_pace_failed_ms (&self->pace, &self->timing, has_held (self), is_refused,
                                           least_ms);

  drop_line (self, SOUP_WEBSOCKET_CLOSE_GOING_AWAY);
  wait_for (self, delay_ms, reason);
}

/* Takes `reason`. */
static void
fail (BgSignalingClient *self, gboolean is_refused, BgWords *reason)
{
  fail_for (self, is_refused, 0, reason);
}

/* Takes `reason`. */
static void
lose (BgSignalingClient *self, BgWords *reason)
{
  guint delay_ms = bg_dial_pace_lost_ms (&self->pace, &self->timing, has_held (self),
                                         bg_members_count (self->members));

  drop_line (self, SOUP_WEBSOCKET_CLOSE_GOING_AWAY);
  wait_for (self, delay_ms, reason);
}

static gboolean
on_retry_due (gpointer data)
{
  BgSignalingClient *self = data;

  bg_source_drop (&self->retry);
  start_dialling (self);
  return G_SOURCE_REMOVE;
}

static void
wait_for (BgSignalingClient *self, guint delay_ms, BgWords *reason)
{
  bg_source_arm (&self->retry, delay_ms, on_retry_due, self);
  self->retry_at = g_get_real_time () + (gint64) delay_ms * 1000;
  bg_log (BG_TOPIC_SIGNALING, DEBUG, NULL, "next attempt in %u ms", delay_ms);
  set_state (self, BG_SIGNALING_WAITING, reason);
}

/* There is no line, and it was not the hub that refused it. Takes `reason`. */
static void
dial_soon (BgSignalingClient *self, BgWords *reason)
{
  wait_for (self, bg_dial_pace_soon_ms (&self->pace, &self->timing), reason);
}

/* The live line */

static gboolean
on_silence_over (gpointer data)
{
  BgSignalingClient *self = data;

  if (self->is_probing)
    {
      drop_line (self, SOUP_WEBSOCKET_CLOSE_GOING_AWAY);
      dial_soon (self, bg_words (HUB_SILENT));
    }
  else
    fail (self, FALSE, bg_words (HUB_SILENT));
  return G_SOURCE_REMOVE;
}

static void
heard_something (BgSignalingClient *self)
{
  gint64 ready = g_get_monotonic_time () + (gint64) self->timing.silence_ms * 1000;

  /* What peers say comes in also where nothing gets out any more: only a pong answers. */
  if (self->is_probing)
    return;
  if (self->silence == NULL)
    self->silence = bg_source_attach (g_timeout_source_new (self->timing.silence_ms),
                                      on_silence_over, self);
  g_source_set_ready_time (self->silence, ready);
}

static void
end_probe (BgSignalingClient *self)
{
  if (!self->is_probing)
    return;
  self->is_probing = FALSE;
  soup_websocket_connection_set_keepalive_interval (self->socket, self->timing.ping_s);
}

static void
come_online (BgSignalingClient *self)
{
  if (self->state == BG_SIGNALING_ONLINE)
    return;
  bg_source_drop (&self->dial_deadline);
  self->online_at = g_get_monotonic_time ();
  self->retry_at = 0;
  set_state (self, BG_SIGNALING_ONLINE, NULL);
}

static gboolean
on_rejoin_due (gpointer data)
{
  BgSignalingClient *self = data;

  bg_source_drop (&self->rejoin);
  bg_signaling_client_rejoin (self);
  return G_SOURCE_REMOVE;
}

/* The hub lost our entry (spec 1.4); frames for us go nowhere until we join again. */
static void
schedule_rejoin (BgSignalingClient *self)
{
  guint since = ms_since (self->rejoined_at), delay = self->timing.spacing_ms;

  if (self->rejoin != NULL)
    return;
  if (self->rejoined_at != 0 && since < self->timing.rejoin_ms)
    delay = MAX (delay, self->timing.rejoin_ms - since);
  bg_log (BG_TOPIC_SIGNALING, MESSAGE, NULL, "the hub forgot us, joining again in %u ms", delay);
  bg_source_arm (&self->rejoin, delay, on_rejoin_due, self);
}

static void
take_message (BgSignalingClient *self, BgSignalMessage *message)
{
  switch (message->type)
    {
    case BG_SIGNAL_PEERS:
      bg_members_take_list (self->members, self->peer->id, message->peers);
      come_online (self);
      if (message->left != NULL
          && g_strv_contains ((const char *const *) message->left, self->peer->id))
        schedule_rejoin (self);
      break;
    case BG_SIGNAL_PEER_LEFT:
      if (g_str_equal (message->peer_id, self->peer->id))
        {
          schedule_rejoin (self);
          return;
        }
      bg_members_remove (self->members, message->peer_id);
      break;
    case BG_SIGNAL_OFFER:
    case BG_SIGNAL_ANSWER:
    case BG_SIGNAL_CANDIDATE:
      if (!g_str_equal (message->to, self->peer->id) || g_str_equal (message->from, self->peer->id))
        return;
      break;
    case BG_SIGNAL_NETWORK:
    case BG_SIGNAL_MOVED:
      break;
    case BG_SIGNAL_UNKNOWN:
    case BG_SIGNAL_JOIN:
    default:
      return;
    }
  /* A listener may have stopped us on the way to being online. */
  if (self->state == BG_SIGNALING_ONLINE)
    g_signal_emit (self, signals[SIGNAL_MESSAGE], 0, message);
}

static void
on_socket_message (SoupWebsocketConnection *socket, SoupWebsocketDataType type, GBytes *frame,
                   BgSignalingClient *self)
{
  g_autoptr (BgSignalingClient) keep = g_object_ref (self);
  g_autoptr (BgSignalMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  heard_something (self);
  if (type != SOUP_WEBSOCKET_DATA_TEXT)
    return;
  message = bg_signal_message_parse (g_bytes_get_data (frame, NULL), g_bytes_get_size (frame),
                                     &error);
  if (message != NULL)
    take_message (self, message);
  else if (self->complaints++ < MAX_COMPLAINTS)
    bg_log (BG_TOPIC_SIGNALING, WARNING, NULL, "message dropped: %s", error->message);
}

static void
on_socket_pong (SoupWebsocketConnection *socket, GBytes *payload, BgSignalingClient *self)
{
  end_probe (self);
  heard_something (self);
}

static void
on_socket_error (SoupWebsocketConnection *socket, GError *error, BgSignalingClient *self)
{
  bg_log (BG_TOPIC_SIGNALING, INFO, NULL, "WebSocket: %s", error->message);
}

static void
on_socket_closed (SoupWebsocketConnection *socket, BgSignalingClient *self)
{
  guint code = soup_websocket_connection_get_close_code (socket);

  self->refusal = code == BG_SIGNALING_CLOSED_BY_RULE ? code : 0;
  lose (self,
        bg_signaling_reason_of_close (code, soup_websocket_connection_get_close_data (socket)));
}

static void
send_join (BgSignalingClient *self)
{
  g_autoptr (BgSignalMessage) message = bg_signal_message_new (BG_SIGNAL_JOIN);
  g_autofree char *text = NULL;

  g_ptr_array_add (message->peers, bg_signal_peer_copy (self->peer));
  message->presence = BG_SIGNAL_PRESENCE_LEFT;
  text = bg_signal_message_to_json (message);
  if (strlen (text) > BG_SIGNAL_MAX_JOIN)
    bg_log (BG_TOPIC_SIGNALING, WARNING, NULL,
            "our join has %zu bytes; some hubs keep only %d: advertise fewer routes", strlen (text),
            BG_SIGNAL_MAX_JOIN);
  soup_websocket_connection_send_text (self->socket, text);
}

static void
take_socket (BgSignalingClient *self, SoupWebsocketConnection *socket)
{
  self->socket = socket;
  self->complaints = 0;
  bg_members_clear (self->members);
  bg_hub_socket_bound_messages (socket, BG_SIGNAL_MAX_FRAME);
  soup_websocket_connection_set_keepalive_interval (socket, self->timing.ping_s);
  bg_hub_socket_set_patience (socket, self->timing.patience_ms);
  g_signal_connect (socket, "message", G_CALLBACK (on_socket_message), self);
  g_signal_connect (socket, "pong", G_CALLBACK (on_socket_pong), self);
  g_signal_connect (socket, "error", G_CALLBACK (on_socket_error), self);
  g_signal_connect (socket, "closed", G_CALLBACK (on_socket_closed), self);
  heard_something (self);
}

static gboolean
on_held_for_long (gpointer data)
{
  BgSignalingClient *self = data;

  bg_source_drop (&self->hold);
  send_join (self);
  return G_SOURCE_REMOVE;
}

void
bg_signaling_client_hold_join (BgSignalingClient *self)
{
  if (self->state == BG_SIGNALING_CONNECTING && self->socket != NULL)
    bg_source_arm (&self->hold, self->timing.hold_ms, on_held_for_long, self);
}

/* Whoever hears of devices may stop us, or ask us to wait. */
static void
join (BgSignalingClient *self, gboolean has_devices)
{
  if (has_devices)
    g_signal_emit (self, signals[SIGNAL_DEVICES], 0);
  if (self->socket != NULL && self->hold == NULL)
    send_join (self);
}

/* Dialling */

static gboolean
on_dial_deadline (gpointer data)
{
  BgSignalingClient *self = data;

  fail (self, FALSE,
        self->socket != NULL ? bg_words (HUB_IGNORES_JOIN) : bg_words (HUB_NOT_IN_TIME));
  return G_SOURCE_REMOVE;
}

typedef struct
{
  BgSignalingClient *self;
  SoupMessage *message;
  GCancellable *cancellable;
} Dial;

static void
dial_free (Dial *dial)
{
  g_object_unref (dial->self);
  g_object_unref (dial->message);
  g_object_unref (dial->cancellable);
  g_free (dial);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Dial, dial_free)

static void
fail_dial (BgSignalingClient *self, SoupMessage *message, const GError *error)
{
  guint status = soup_message_get_status (message);

  self->refusal = status == SOUP_STATUS_UNAUTHORIZED || status == SOUP_STATUS_FORBIDDEN ? status
                                                                                        : 0;
  self->moved = bg_upgrade_answer_dup_moved (message);
  if (status == SOUP_STATUS_NONE || status == SOUP_STATUS_SWITCHING_PROTOCOLS)
    fail (
      self, FALSE,
      bg_signaling_reason_of_error (error, soup_message_get_uri (message), self->hub.pin != NULL));
  else
    fail_for (self, self->refusal != 0, bg_upgrade_answer_patience_ms (message),
              bg_signaling_reason_of_status (status));
}

GInetAddress *
bg_signaling_client_get_hub_address (BgSignalingClient *self)
{
  return self->hub_address;
}

static void
on_session_connected (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Dial) dial = data;
  g_autoptr (GError) error = NULL;
  SoupWebsocketConnection *socket;

  socket = soup_session_websocket_connect_finish (SOUP_SESSION (source), result, &error);
  if (dial->self->dial != dial->cancellable) /* dropped meanwhile */
    {
      if (socket != NULL)
        bg_hub_socket_abandon (socket, SOUP_WEBSOCKET_CLOSE_GOING_AWAY);
      return;
    }
  g_clear_object (&dial->self->dial);
  bg_upgrade_answer_note_address (dial->message, &dial->self->hub_address);
  if (socket != NULL)
    {
      take_socket (dial->self, socket);
      bg_hub_socket_beat (socket, &dial->self->heartbeat,
                          bg_upgrade_answer_heartbeat_s (dial->message));
      join (dial->self, bg_upgrade_answer_has_devices (dial->message));
    }
  else
    fail_dial (dial->self, dial->message, error);
}

static void
start_dialling (BgSignalingClient *self)
{
  Dial *dial = g_new0 (Dial, 1);

  bg_source_drop (&self->retry);
  self->retry_at = 0;
  bg_dial_pace_note_dial (&self->pace);
  self->refusal = 0;
  g_clear_pointer (&self->moved, g_free);
  self->dial = g_cancellable_new ();
  bg_source_arm (&self->dial_deadline, self->timing.dial_ms, on_dial_deadline, self);
  dial->self = g_object_ref (self);
  dial->message = bg_dialled_hub_dial (&self->hub);
  dial->cancellable = g_object_ref (self->dial);
  soup_session_websocket_connect_async (self->hub.session, dial->message, NULL, NULL,
                                        G_PRIORITY_DEFAULT, dial->cancellable, on_session_connected,
                                        dial);
  set_state (self, BG_SIGNALING_CONNECTING, bg_words_ref (self->reason));
}

/* Leaving and joining again */

static void
on_leaving_socket_closed (SoupWebsocketConnection *socket, BgSignalingClient *self)
{
  g_signal_handlers_disconnect_by_data (socket, self);
  g_clear_object (&self->leaving);
  wait_for (self, self->timing.spacing_ms, bg_words (JOINING_AGAIN));
}

void
bg_signaling_client_rejoin (BgSignalingClient *self)
{
  SoupWebsocketConnection *socket;

  if (self->socket == NULL
      || soup_websocket_connection_get_state (self->socket) != SOUP_WEBSOCKET_STATE_OPEN)
    return; /* a join is due anyway */
  socket = g_steal_pointer (&self->socket);
  g_signal_handlers_disconnect_by_data (socket, self);
  drop_line (self, SOUP_WEBSOCKET_CLOSE_NORMAL);
  self->rejoined_at = g_get_monotonic_time ();

  /* Only when the old socket is gone: the hubs in use forget whoever is in their list under the
   * id of a socket that closes (spec 1.4). libsoup bounds the wait. */
  self->leaving = socket;
  g_signal_connect (socket, "closed", G_CALLBACK (on_leaving_socket_closed), self);
  soup_websocket_connection_close (socket, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  set_state (self, BG_SIGNALING_WAITING, bg_words (JOINING_AGAIN));
}

gboolean
bg_signaling_client_has_server (BgSignalingClient *self)
{
  return self->hub.url != NULL;
}

static void
probe (BgSignalingClient *self)
{
  if (self->is_probing)
    return;
  self->is_probing = TRUE;
  soup_websocket_connection_set_keepalive_interval (self->socket, PROBE_PING_S);
  g_source_set_ready_time (self->silence,
                           g_get_monotonic_time () + (gint64) self->timing.probe_ms * 1000);
}

void
bg_signaling_client_retry_now (BgSignalingClient *self)
{
  gboolean is_old = bg_dial_pace_is_old (&self->pace, &self->timing);

  if (self->state == BG_SIGNALING_WAITING && self->leaving == NULL)
    dial_soon (self, bg_words_ref (self->reason));
  else if ((self->state == BG_SIGNALING_ONLINE && !bg_hub_socket_has_address (self->socket))
           || (self->state == BG_SIGNALING_CONNECTING && is_old))
    {
      drop_line (self, SOUP_WEBSOCKET_CLOSE_GOING_AWAY);
      dial_soon (self, bg_words (HUB_SILENT));
    }
  else if (self->state == BG_SIGNALING_ONLINE)
    probe (self);
}

/* The rest of the door */

void
bg_signaling_client_start (BgSignalingClient *self)
{
  g_return_if_fail (self->peer != NULL);

  if (self->state != BG_SIGNALING_OFFLINE || self->hub.url == NULL)
    return;
  self->pace.failures = 0;
  g_clear_pointer (&self->reason, bg_words_unref);
  start_dialling (self);
}

void
bg_signaling_client_stop (BgSignalingClient *self)
{
  bg_source_drop (&self->retry);
  self->retry_at = 0;
  drop_line (self, SOUP_WEBSOCKET_CLOSE_GOING_AWAY);
  set_state (self, BG_SIGNALING_OFFLINE, bg_words (LINE_STOPPED));
}

gboolean
bg_signaling_client_send (BgSignalingClient *self, const BgSignalMessage *message, GError **error)
{
  g_autofree char *text = NULL;

  if (self->state != BG_SIGNALING_ONLINE
      || soup_websocket_connection_get_state (self->socket) != SOUP_WEBSOCKET_STATE_OPEN)
    {
      bg_error_set (error, BG_ERROR_WRONG_STATE, LINE_OFFLINE);
      return FALSE;
    }
  text = bg_signal_message_to_json (message);
  if (strlen (text) > BG_SIGNAL_MAX_FRAME)
    {
      bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, LINE_MESSAGE_TOO_LONG, strlen (text));
      return FALSE;
    }
  soup_websocket_connection_send_text (self->socket, text);
  return TRUE;
}

void
bg_signaling_client_set_self (BgSignalingClient *self, const BgSignalPeer *peer)
{
  BgSignalPeer *copy = bg_signal_peer_copy (peer);

  bg_signal_peer_free (self->peer);
  self->peer = copy;
}

BgSignalingState
bg_signaling_client_get_state (BgSignalingClient *self)
{
  return self->state;
}

BgWords *
bg_signaling_client_get_reason (BgSignalingClient *self)
{
  return self->reason;
}

gint64
bg_signaling_client_get_retry_at (BgSignalingClient *self)
{
  return self->retry_at;
}

void
bg_signaling_client_set_timing (BgSignalingClient *self, const BgSignalingTiming *timing)
{
  self->timing = *timing;
}

const BgSignalingTiming *
bg_signaling_client_get_timing (BgSignalingClient *self)
{
  return &self->timing;
}

gboolean
bg_signaling_client_set_server (BgSignalingClient *self, const char *url, const char *token,
                                const char *pin, GError **error)
{
  g_autofree char *normal = bg_server_url_normalize (url, error);

  if (normal == NULL || !bg_server_pin_check (pin, normal, error))
    return FALSE;
  if (token != NULL && !bg_dialled_hub_is_token (token))
    {
      bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, TOKEN_BAD);
      return FALSE;
    }
  if (bg_dialled_hub_is (&self->hub, normal, token, pin))
    return TRUE;
  drop_line (self, SOUP_WEBSOCKET_CLOSE_GOING_AWAY);
  bg_dialled_hub_set (&self->hub, g_steal_pointer (&normal), token, pin);
  g_clear_pointer (&self->moved, g_free);
  self->pace.failures = 0;
  if (self->state != BG_SIGNALING_OFFLINE)
    wait_for (self, 0, bg_words (GOING_TO_ANOTHER_HUB));
  return TRUE;
}

gboolean
bg_signaling_client_set_token (BgSignalingClient *self, const char *token)
{
  const char *wanted = token != NULL && *token != '\0' ? token : NULL;

  if (g_strcmp0 (self->hub.token, wanted) == 0)
    return TRUE;
  if (wanted != NULL && !bg_dialled_hub_is_token (wanted))
    return FALSE;
  bg_dialled_hub_set_token (&self->hub, wanted);
  if (self->hold != NULL)
    {
      drop_line (self, SOUP_WEBSOCKET_CLOSE_NORMAL);
      start_dialling (self);
    }
  if (self->state == BG_SIGNALING_WAITING && self->leaving == NULL)
    dial_soon (self, bg_words_ref (self->reason));
  return TRUE;
}

const char *
bg_signaling_client_get_moved (BgSignalingClient *self)
{
  return self->moved;
}

guint
bg_signaling_client_get_refusal (BgSignalingClient *self, const char **token)
{
  *token = self->hub.dialled_token;
  return self->refusal;
}

BgSignalingClient *
bg_signaling_client_new (const char *url, const char *token, const char *pin, GError **error)
{
  g_autoptr (BgSignalingClient) self = g_object_new (BG_TYPE_SIGNALING_CLIENT, NULL);

  if (url != NULL && !bg_signaling_client_set_server (self, url, token, pin, error))
    return NULL;
  return g_steal_pointer (&self);
}

static void
bg_signaling_client_dispose (GObject *object)
{
  BgSignalingClient *self = BG_SIGNALING_CLIENT (object);

  bg_source_drop (&self->retry);
  drop_line (self, SOUP_WEBSOCKET_CLOSE_GOING_AWAY);
  g_clear_pointer (&self->moved, g_free);
  bg_dialled_hub_clear (&self->hub);
  G_OBJECT_CLASS (bg_signaling_client_parent_class)->dispose (object);
}

static void
bg_signaling_client_finalize (GObject *object)
{
  BgSignalingClient *self = BG_SIGNALING_CLIENT (object);

  bg_words_unref (self->reason);
  g_clear_object (&self->hub_address);
  bg_members_free (self->members);
  bg_signal_peer_free (self->peer);
  G_OBJECT_CLASS (bg_signaling_client_parent_class)->finalize (object);
}

static void
bg_signaling_client_class_init (BgSignalingClientClass *class)
{
  G_OBJECT_CLASS (class)->dispose = bg_signaling_client_dispose;
  G_OBJECT_CLASS (class)->finalize = bg_signaling_client_finalize;
  signals[SIGNAL_STATE_CHANGED] = g_signal_new ("state-changed", BG_TYPE_SIGNALING_CLIENT,
                                                G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                                0);
  signals[SIGNAL_DEVICES] = g_signal_new ("devices", BG_TYPE_SIGNALING_CLIENT, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_MESSAGE] = g_signal_new ("message", BG_TYPE_SIGNALING_CLIENT, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void
bg_signaling_client_init (BgSignalingClient *self)
{
  self->timing = default_timing;
  self->members = bg_members_new ();
}
