/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-room.h"

#include <string.h>

/* A list leaves in several frames rather than in one above what clients take; they treat each as
 * news. */
enum
{
  LIST_FRAME = BG_SIGNAL_MAX_FRAME - 1024
};

#define LIST_HEAD "{\"peers\":["

struct _BgHubRoom
{
  char *name;
  char *list_tail; /* the end of every list */
  guint max_members;
  GHashTable *members; /* id → BgHubMember; keys belong to the members' peers */
};

static char *
make_list_tail (const char *suffix)
{
  if (suffix == NULL)
    return g_strdup ("],\"type\":\"peers\"}");
  return g_strdup_printf ("],\"suffix\":\"%s\",\"type\":\"peers\"}", suffix);
}

BgHubRoom *
bg_hub_room_new (const char *name, guint max_members, const char *suffix)
{
  BgHubRoom *room = g_new0 (BgHubRoom, 1);

  room->name = g_strdup (name);
  room->list_tail = make_list_tail (suffix);
  room->max_members = max_members;
  room->members = g_hash_table_new (g_str_hash, g_str_equal);
  return room;
}

void
bg_hub_room_free (BgHubRoom *room)
{
  if (room == NULL)
    return;
  g_warn_if_fail (g_hash_table_size (room->members) == 0);
  g_hash_table_unref (room->members);
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
  return g_hash_table_size (room->members);
}

void
bg_hub_room_list_addresses (BgHubRoom *room, GPtrArray *addresses)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, room->members);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((BgHubMember *) value)->peer->address != NULL)
      g_ptr_array_add (addresses, ((BgHubMember *) value)->peer->address);
}

static void
broadcast (BgHubRoom *room, const char *text, const BgHubMember *except)
{
  gsize len = strlen (text);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, room->members);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      BgHubMember *member = value;

      if (member != except)
        member->ops->send (member, text, len);
    }
}

static void
broadcast_arrival (BgHubMember *newcomer)
{
  g_autofree char *text = g_strconcat (LIST_HEAD, newcomer->entry, newcomer->room->list_tail, NULL);

  broadcast (newcomer->room, text, newcomer);
}

static void
broadcast_departure (BgHubRoom *room, const char *id)
{
  g_autoptr (BgSignalMessage) message = bg_signal_message_new (BG_SIGNAL_PEER_LEFT);
  g_autofree char *text = NULL;

  message->peer_id = g_strdup (id);
  text = bg_signal_message_to_json (message);
  broadcast (room, text, NULL);
}

/* Ends `list`, sends it, and starts it again. */
static void
send_piece (BgHubMember *newcomer, GString *list)
{
  g_string_append (list, newcomer->room->list_tail);
  newcomer->ops->send (newcomer, list->str, list->len);
  g_string_assign (list, LIST_HEAD);
}

/* Everyone but the newcomer, to the newcomer; one empty list where there is nobody. */
static void
send_list (BgHubMember *newcomer)
{
  g_autoptr (GString) list = g_string_new (LIST_HEAD);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, newcomer->room->members);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      BgHubMember *member = value;

      if (member == newcomer)
        continue;
      if (list->len + strlen (member->entry) > LIST_FRAME)
        send_piece (newcomer, list);
      if (list->len > strlen (LIST_HEAD))
        g_string_append_c (list, ',');
      g_string_append (list, member->entry);
    }
  send_piece (newcomer, list);
}

/* Out of the table, without a word to anybody. */
static void
take_out (BgHubMember *member)
{
  g_hash_table_remove (member->room->members, member->peer->id);
  g_clear_pointer (&member->peer, bg_signal_peer_free);
  g_clear_pointer (&member->entry, g_free);
  member->room = NULL;
}

BgHubJoin
bg_hub_room_join (BgHubRoom *room, BgHubMember *member, const BgSignalPeer *peer)
{
  BgHubMember *old = g_hash_table_lookup (room->members, peer->id);

  if (old != NULL && !g_str_equal (old->peer->public_key, peer->public_key))
    return BG_HUB_NAME_TAKEN;
  if (old == NULL && bg_hub_room_count (room) >= room->max_members)
    return BG_HUB_ROOM_FULL;
  if (old != NULL)
    take_out (old);

  member->room = room;
  member->peer = bg_signal_peer_copy (peer);
  member->entry = bg_signal_peer_to_json (peer);
  g_hash_table_insert (room->members, member->peer->id, member);
  send_list (member);
  broadcast_arrival (member);
  if (old != NULL)
    old->ops->replaced (old);
  return BG_HUB_JOINED;
}

void
bg_hub_room_leave (BgHubMember *member)
{
  BgHubRoom *room = member->room;
  g_autofree char *id = NULL;

  if (room == NULL)
    return;
  id = g_strdup (member->peer->id);
  take_out (member);
  broadcast_departure (room, id);
}

void
bg_hub_room_dissolve (BgHubRoom *room)
{
  g_autofree gpointer *ids = g_hash_table_get_keys_as_array (room->members, NULL);

  for (gpointer *id = ids; *id != NULL; id++)
    take_out (g_hash_table_lookup (room->members, *id));
}

BgHubForward
bg_hub_room_forward (BgHubMember *from, const BgSignalMessage *message, const char *text, gsize len)
{
  BgHubMember *to;

  if (!g_str_equal (message->from, from->peer->id))
    return BG_HUB_SPOOFED;
  to = g_hash_table_lookup (from->room->members, message->to);
  if (to == NULL)
    return BG_HUB_NOBODY;
  to->ops->send (to, text, len);
  return BG_HUB_FORWARDED;
}
