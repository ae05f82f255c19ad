/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-session.h"
#include "worker/hub/hub-ping.h"
#include "worker/core/session.h"
#include "common/log.h"
#include "common/printable.h"

#include <string.h>

enum
{
  MAX_COMPLAINTS = 10, /* log lines about one socket's frames */
};

G_STATIC_ASSERT (BG_SESSION_MAX_FRAME == BG_SIGNAL_MAX_FRAME);

struct _BgHubSession
{
  BgHubMember member; /* first: the room knows us by it */

  SoupWebsocketConnection *socket;
  BgHubStream *stream;
  char *source;
  char *device; /* NULL: none */

  BgHubRoom *room;
  BgHubNetwork *network;
  BgHubDevices *devices;
  const BgHubSessionLimits *limits;
  BgHubSessionFunc on_closed;
  gpointer data;

  BgSession bounds;
  gsize unread; /* bytes queued since its line was last empty */
  guint complaints;
  gboolean is_ending;
};

static const char *
name_of (BgHubSession *self)
{
  return self->member.peer != NULL ? self->member.peer->id : NULL;
}

static gboolean
may_complain (BgHubSession *self)
{
  return self->complaints++ < MAX_COMPLAINTS;
}

/* Leaves the room at once, whatever the socket still does. */
static void
end (BgHubSession *self)
{
  self->is_ending = TRUE;
  if (self->member.room == NULL)
    return;
  bg_log (BG_TOPIC_HUB, INFO, name_of (self), "left");
  bg_hub_room_leave (&self->member, g_get_monotonic_time ());
}

void
bg_hub_session_close (BgHubSession *self, SoupWebsocketCloseCode code, const char *reason)
{
  end (self);
  if (soup_websocket_connection_get_state (self->socket) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close (self->socket, code, reason);
}

void
bg_hub_session_part (BgHubSession *self, BgGoodbye why)
{
  const BgGoodbyeWords *words = bg_goodbye_words (why);

  bg_hub_session_close (self, words->code, words->reason);
}

/* What waits for it */

static void
look_at_line (BgHubSession *self)
{
  if (bg_hub_stream_get_unsent (self->stream) == 0)
    bg_hub_backlog_set (self->limits->backlog, &self->unread, 0);
}

/* What the room asks of us. Nothing here may call back into it: a line that is cut ends in
 * on_socket_closed(), later. */

static void
member_send (BgHubMember *member, const char *text, gsize len)
{
  BgHubSession *self = (BgHubSession *) member;
  g_autoptr (GBytes) frame = NULL;

  if (soup_websocket_connection_get_state (self->socket) != SOUP_WEBSOCKET_STATE_OPEN)
    return;
  look_at_line (self);
  bg_hub_backlog_set (self->limits->backlog, &self->unread, self->unread + len);
  if (self->unread > bg_hub_backlog_allowance (self->limits->backlog))
    {
      if (may_complain (self))
        bg_log (BG_TOPIC_HUB, WARNING, name_of (self), "does not read what it is sent: cut off");
      bg_hub_stream_cut (self->stream);
      return;
    }
  frame = g_bytes_new (text, len);
  soup_websocket_connection_send_message (self->socket, SOUP_WEBSOCKET_DATA_TEXT, frame);
}

static void
member_replaced (BgHubMember *member)
{
  bg_hub_session_part ((BgHubSession *) member,
                       BG_GOODBYE_REPLACED); /* it is out of the room: nothing calls back */
}

static const BgHubMemberOps member_ops = { member_send, member_replaced };

/* Joining */

static void
record_device (BgHubSession *self, const BgSignalPeer *peer)
{
  g_autofree char *address = bg_printable (peer->address);

  switch (bg_hub_network_record_device (self->network, bg_hub_room_get_name (self->room),
                                        peer->address, peer->id, peer->public_key,
                                        g_get_real_time () / G_USEC_PER_SEC))
    {
    case BG_RECORD_FOREIGN:
      bg_log (BG_TOPIC_HUB, WARNING, peer->id,
              "claims %s, which belongs to a device with another key", address);
      break;
    case BG_RECORD_FULL:
      bg_log (BG_TOPIC_HUB, WARNING, peer->id, "not recorded: too many devices");
      break;
    case BG_RECORD_KEPT:
    case BG_RECORD_WRITE:
    case BG_RECORD_UNFIT:
    default:
      break;
    }
}

void
bg_hub_session_tell_network (BgHubSession *self)
{
  g_autofree char *news = NULL;

  if (self->device == NULL || self->member.room == NULL)
    return;
  news = bg_hub_devices_get_news (self->devices);
  member_send (&self->member, news, strlen (news));
}

void
bg_hub_session_tell (BgHubSession *self, const char *frame)
{
  if (self->member.room != NULL)
    member_send (&self->member, frame, strlen (frame));
}

static void
come_in (BgHubSession *self, const BgSignalPeer *peer)
{
  bg_log (BG_TOPIC_HUB, INFO, peer->id, "joined room %s from %s, %u here",
          bg_hub_room_get_name (self->room), self->source, bg_hub_room_count (self->room));
  record_device (self, peer);
  if (self->device == NULL)
    return;
  bg_hub_devices_see (self->devices, self->device, g_get_real_time () / G_USEC_PER_SEC);
  bg_hub_session_tell_network (self);
}

static BgGoodbye
goodbye_of (BgRoomJoin verdict)
{
  static const BgGoodbye goodbyes[] = { [BG_ROOM_JOINED] = BG_GOODBYE_NONE,
                                        [BG_ROOM_NAME_TAKEN] = BG_GOODBYE_NAME_TAKEN,
                                        [BG_ROOM_FULL] = BG_GOODBYE_ROOM_FULL,
                                        [BG_ROOM_TOO_LONG] = BG_GOODBYE_JOIN_TOO_BIG };

  return goodbyes[verdict];
}

static BgGoodbye
enter (BgHubSession *self, const BgSignalMessage *message)
{
  return goodbye_of (
    bg_hub_room_join (self->room, &self->member, g_ptr_array_index (message->peers, 0),
                      message->presence >= BG_SIGNAL_PRESENCE_LEFT, self->bounds.heard_at));
}

static BgGoodbye
judge (BgHubSession *self, const BgSignalPeer *peer, gsize frame_len)
{
  if (frame_len > BG_SESSION_MAX_JOIN)
    return BG_GOODBYE_JOIN_TOO_BIG;
  return bg_hub_devices_judge_join (self->devices, self->device, bg_hub_room_get_name (self->room),
                                    peer->id, peer->public_key, peer->address);
}

static void
join (BgHubSession *self, const BgSignalMessage *message, gsize frame_len)
{
  const BgSignalPeer *peer = g_ptr_array_index (message->peers, 0);
  g_autofree char *id = bg_printable (peer->id);
  BgGoodbye why = judge (self, peer, frame_len);

  if (why == BG_GOODBYE_NONE)
    why = enter (self, message);
  if (why == BG_GOODBYE_NONE)
    {
      come_in (self, peer);
      return;
    }
  bg_log (BG_TOPIC_HUB, WARNING, NULL, "%s: join of “%s” (%zu bytes) refused: %s", self->source, id,
          frame_len, bg_goodbye_words (why)->reason);
  bg_hub_session_part (self, why);
}

/* Frames */

static void
forward (BgHubSession *self, const BgSignalMessage *message, const char *text, gsize len)
{
  g_autofree char *to = bg_printable (message->to);
  g_autofree char *from = bg_printable (message->from);

  switch (bg_hub_room_forward (&self->member, message, text, len))
    {
    case BG_ROOM_NOBODY:
      bg_log (BG_TOPIC_HUB, DEBUG, name_of (self), "nobody is called “%s”", to);
      break;
    case BG_ROOM_SPOOFED:
      if (may_complain (self))
        bg_log (BG_TOPIC_HUB, WARNING, name_of (self), "speaks as “%s”: dropped", from);
      break;
    case BG_ROOM_PASS_ON:
      break;
    }
}

static void
take_message (BgHubSession *self, const BgSignalMessage *message, const char *text, gsize len)
{
  gboolean is_joined = self->member.room != NULL;

  switch (message->type)
    {
    case BG_SIGNAL_JOIN:
      if (!is_joined)
        join (self, message, len);
      break;
    case BG_SIGNAL_OFFER:
    case BG_SIGNAL_ANSWER:
    case BG_SIGNAL_CANDIDATE:
      if (is_joined)
        forward (self, message, text, len);
      break;
    case BG_SIGNAL_PEERS:
    case BG_SIGNAL_PEER_LEFT:
    case BG_SIGNAL_NETWORK:
    case BG_SIGNAL_UNKNOWN:
    default:
      break;
    }
}

static void
heard_something (BgHubSession *self)
{
  bg_session_hear (&self->bounds, g_get_monotonic_time ());
  bg_hub_stream_reset_meter (self->stream);
}

static void
on_socket_message (SoupWebsocketConnection *socket, SoupWebsocketDataType type, GBytes *frame,
                   BgHubSession *self)
{
  gsize len;
  const char *text = g_bytes_get_data (frame, &len);
  g_autoptr (BgSignalMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  heard_something (self);
  if (self->is_ending)
    return;
  if (!bg_session_take_frame (&self->bounds, self->bounds.heard_at))
    {
      bg_log (BG_TOPIC_HUB, WARNING, name_of (self), "%s: too many messages", self->source);
      bg_hub_session_part (self, BG_GOODBYE_TOO_MANY);
      return;
    }
  if (type != SOUP_WEBSOCKET_DATA_TEXT)
    return;
  message = bg_signal_message_parse (text, len, &error);
  if (message != NULL)
    take_message (self, message, text, len);
  else if (may_complain (self))
    bg_log (BG_TOPIC_HUB, INFO, name_of (self), "%s: message dropped: %s", self->source,
            error->message);
}

static void
on_socket_pong (SoupWebsocketConnection *socket, GBytes *payload, BgHubSession *self)
{
  heard_something (self);
}

static void
on_socket_error (SoupWebsocketConnection *socket, GError *error, BgHubSession *self)
{
  if (may_complain (self))
    bg_log (BG_TOPIC_HUB, INFO, name_of (self), "%s: %s", self->source, error->message);
}

static void
on_socket_closed (SoupWebsocketConnection *socket, BgHubSession *self)
{
  end (self);
  if (self->device != NULL)
    bg_hub_devices_see (self->devices, self->device, g_get_real_time () / G_USEC_PER_SEC);
  self->on_closed (self, self->data);
}

void
bg_hub_session_tick (BgHubSession *self, gint64 now_us)
{
  BgGoodbye why = bg_session_overdue (&self->bounds, self->member.room != NULL || self->is_ending,
                                      self->limits->join_timeout_s, self->limits->ping_interval_s,
                                      now_us);

  look_at_line (self);
  if (why == BG_GOODBYE_SILENT)
    {
      bg_log (BG_TOPIC_HUB, INFO, name_of (self), "%s: fell silent, cut off", self->source);
      end (self);
      bg_hub_stream_cut (self->stream);
    }
  else if (why != BG_GOODBYE_NONE)
    bg_hub_session_part (self, why);
}

BgHubSession *
bg_hub_session_new (SoupWebsocketConnection *socket, BgHubStream *stream,
                    const BgHubVisitor *visitor, BgHubRoom *room, BgHubNetwork *network,
                    BgHubDevices *devices, const BgHubSessionLimits *limits,
                    BgHubSessionFunc on_closed, gpointer data)
{
  BgHubSession *self = g_new0 (BgHubSession, 1);

  self->member.ops = &member_ops;
  self->socket = g_object_ref (socket);
  self->stream = g_object_ref (stream);
  self->source = g_strdup (visitor->source);
  self->device = g_strdup (visitor->device);
  self->room = room;
  self->network = network;
  self->devices = devices;
  self->limits = limits;
  self->on_closed = on_closed;
  self->data = data;
  bg_session_init (&self->bounds, g_get_monotonic_time ());
  bg_hub_stream_settle (stream);
  heard_something (self);

  soup_websocket_connection_set_max_incoming_payload_size (socket, BG_SIGNAL_MAX_FRAME);
  bg_hub_ping_begin (socket, limits->ping_interval_s);
  g_signal_connect (socket, "message", G_CALLBACK (on_socket_message), self);
  g_signal_connect (socket, "pong", G_CALLBACK (on_socket_pong), self);
  g_signal_connect (socket, "error", G_CALLBACK (on_socket_error), self);
  g_signal_connect (socket, "closed", G_CALLBACK (on_socket_closed), self);
  return self;
}

void
bg_hub_session_free (BgHubSession *self)
{
  end (self);
  bg_hub_backlog_set (self->limits->backlog, &self->unread, 0);
  g_signal_handlers_disconnect_by_data (self->socket, self);
  g_object_unref (self->socket);
  g_object_unref (self->stream);
  g_free (self->source);
  g_free (self->device);
  g_free (self);
}

BgHubRoom *
bg_hub_session_get_room (BgHubSession *self)
{
  return self->room;
}

const char *
bg_hub_session_get_device (BgHubSession *self)
{
  return self->device;
}

const char *
bg_hub_session_get_key (BgHubSession *self)
{
  return self->member.peer != NULL ? self->member.peer->public_key : NULL;
}
