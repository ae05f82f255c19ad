/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-room.h"

#include <string.h>

#define LIST_HEAD "{\"peers\":["

struct _BgHubRoom
{
  BgRoom core;
  char *name;
  char *list_tail; /* the end of every list */
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
make_list_tail (const char *suffix)
{
  if (suffix == NULL)
    return g_strdup ("],\"type\":\"peers\"}");
  return g_strdup_printf ("],\"suffix\":\"%s\",\"type\":\"peers\"}", suffix);
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
  room->list_tail = make_list_tail (suffix);
  bg_room_init (&room->core, &host, BG_TEXT (LIST_HEAD), bytes_of (room->list_tail), scratch,
                max_members);
  return room;
}

void
bg_hub_room_free (BgHubRoom *room)
{
  if (room == NULL)
    return;
  g_warn_if_fail (room->core.count == 0);
  g_free (room->name);
  g_free (room->list_tail);
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

BgRoomJoin
bg_hub_room_join (BgHubRoom *room, BgHubMember *member, const BgSignalPeer *peer)
{
  BgRoomJoin verdict;

  member->room = room;
  member->peer = bg_signal_peer_copy (peer);
  member->entry = bg_signal_peer_to_json (peer);
  member->core.id = bytes_of (member->peer->id);
  member->core.key = bytes_of (member->peer->public_key);
  member->core.entry = bytes_of (member->entry);
  verdict = bg_room_join (&room->core, &member->core);
  if (verdict != BG_ROOM_JOINED)
    forget (member);
  return verdict;
}

static char *
farewell_of (const char *id)
{
  g_autoptr (BgSignalMessage) message = bg_signal_message_new (BG_SIGNAL_PEER_LEFT);

  message->peer_id = g_strdup (id);
  return bg_signal_message_to_json (message);
}

void
bg_hub_room_leave (BgHubMember *member)
{
  g_autofree char *farewell = NULL;

  if (member->room == NULL)
    return;
  farewell = farewell_of (member->peer->id);
  bg_room_leave (&member->room->core, &member->core, bytes_of (farewell));
  forget (member);
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
