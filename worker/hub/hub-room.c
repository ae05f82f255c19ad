/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-room.h"
#include "common/source.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define US_PER_MS 1000
#define REST                                                                                       \
  4 /* so many times as long as telling took: other things are done too on a machine that is too busy */

struct _BgHubRoom
{
  BgRoom core;
  char *name;
  char *suffix; /* as JSON text, "": none */
  GSource *telling;
};

/* What the core writes in; the hub has rooms in its main thread only. */
static guint8 scratch[BG_ROOM_FRAME];

G_STATIC_ASSERT (BG_ROOM_FRAME == BG_SIGNAL_MAX_FRAME);

static BgBytes
bytes_of (const char *text)
{
  return (BgBytes){ (const guint8 *) text, strlen (text) };
}

static BgHubMember *
member_of (BgRoomMember *core)
{
  return (BgHubMember *) core;
}

static char *
text_to_json (const char *text)
{
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), text);

  return json_to_string (node, FALSE);
}

/* What the core asks of us */

static void
send_frame (void *data, BgRoomMember *core, BgBytes frame)
{
  BgHubMember *member = member_of (core);

  member->ops->send (member, (const char *) frame.bytes, frame.len);
}

/* Its words are no longer needed. */
static void
forget (BgHubMember *member)
{
  g_clear_pointer (&member->peer, bg_signal_peer_free);
  g_clear_pointer (&member->entry, g_free);
  g_clear_pointer (&member->name, g_free);
  member->room = NULL;
}

static void
on_replaced (void *data, BgRoomMember *core)
{
  forget (member_of (core));
  member_of (core)->ops->replaced (member_of (core));
}

BgHubRoom *
bg_hub_room_new (const char *name, guint max_members, const char *suffix)
{
  static const BgRoomHost host = { .send = send_frame, .replaced = on_replaced };
  BgHubRoom *room = g_new0 (BgHubRoom, 1);

  room->name = g_strdup (name);
  room->suffix = suffix != NULL ? text_to_json (suffix) : g_strdup ("");
  bg_room_init (&room->core, &host, bytes_of (room->suffix), scratch, max_members);
  return room;
}

void
bg_hub_room_free (BgHubRoom *room)
{
  if (room == NULL)
    return;
  g_warn_if_fail (room->core.count == 0);
  g_free (room->name);
  bg_source_drop (&room->telling);
  g_free (room->suffix);
  g_free (room);
}

const char *
bg_hub_room_get_name (BgHubRoom *room)
{
  return room->name;
}

guint
bg_hub_room_count (BgHubRoom *room)
{
  return room->core.count;
}

void
bg_hub_room_list_addresses (BgHubRoom *room, GPtrArray *addresses)
{
  for (BgRoomMember *member = room->core.first; member != NULL; member = member->next)
    if (member_of (member)->peer->address != NULL)
      g_ptr_array_add (addresses, member_of (member)->peer->address);
}

static gboolean
on_telling (gpointer data)
{
  BgHubRoom *room = data;

  bg_source_drop (&room->telling);
  bg_hub_room_tell (room, g_get_monotonic_time ());
  return G_SOURCE_REMOVE;
}

/* Sees to it that what waits is told in time; it was dealt with the room since `began_us` of the real clock. */
static void
watch (BgHubRoom *room, gint64 now_us, gint64 began_us)
{
  gint64 due, took_us = g_get_monotonic_time () - began_us;

  bg_room_rest (&room->core, now_us, now_us + (1 + REST) * took_us);
  due = bg_room_due (&room->core);
  if (due == INT64_MAX)
    bg_source_drop (&room->telling);
  else if (room->telling == NULL)
    bg_source_arm (&room->telling, (guint) (MAX (due - now_us, 0) / US_PER_MS + 1), on_telling,
                   room);
}

void
bg_hub_room_tell (BgHubRoom *room, gint64 now_us)
{
  gint64 began_us = g_get_monotonic_time ();

  bg_room_tell (&room->core, now_us);
  watch (room, now_us, began_us);
}

BgRoomJoin
bg_hub_room_join (BgHubRoom *room, BgHubMember *member, const BgSignalPeer *peer,
                  gboolean takes_left, gint64 now_us)
{
  gint64 began_us = g_get_monotonic_time ();
  BgRoomJoin verdict;

  member->room = room;
  member->peer = bg_signal_peer_copy (peer);
  member->entry = bg_signal_peer_to_json (peer);
  member->core.id = bytes_of (member->peer->id);
  member->core.key = bytes_of (member->peer->public_key);
  member->core.entry = bytes_of (member->entry);
  member->name = text_to_json (member->peer->id);
  member->core.name = bytes_of (member->name);
  member->core.takes_left = takes_left;
  verdict = bg_room_join (&room->core, &member->core, now_us);
  if (verdict != BG_ROOM_JOINED)
    forget (member);
  watch (room, now_us, began_us);
  return verdict;
}

void
bg_hub_room_leave (BgHubMember *member, gint64 now_us)
{
  gint64 began_us = g_get_monotonic_time ();
  BgHubRoom *room = member->room;

  if (room == NULL)
    return;
  bg_room_leave (&room->core, &member->core, now_us);
  forget (member);
  watch (room, now_us, began_us);
}

void
bg_hub_room_dissolve (BgHubRoom *room)
{
  BgRoomMember *member;

  while ((member = room->core.first) != NULL)
    {
      bg_room_take_out (&room->core, member);
      forget (member_of (member));
    }
  bg_source_drop (&room->telling);
}

BgRoomRoute
bg_hub_room_forward (BgHubMember *from, const BgSignalMessage *message, const char *text, gsize len)
{
  BgRoomMember *to;
  BgRoomRoute verdict = bg_room_route (&from->room->core, &from->core, bytes_of (message->from),
                                       bytes_of (message->to), &to);

  if (verdict == BG_ROOM_PASS_ON)
    member_of (to)->ops->send (member_of (to), text, len);
  return verdict;
}
