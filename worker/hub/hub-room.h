/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/signal-message.h"
#include "worker/core/room.h"

G_BEGIN_DECLS

/* Who is here, and what they are told of each other (spec 1.4, column RULE): the core's room with its words in JSON. Knows no
 * sockets: what leaves goes through the table of functions of a member, which must not call back into the room. */

typedef struct _BgHubRoom BgHubRoom;
typedef struct _BgHubMember BgHubMember;

typedef struct
{
  /* Queues one text frame. */
  void (*send) (BgHubMember *member, const char *text, gsize len);
  /* Another socket of the same device took its place: the member is out of the room, and is to
   * go. */
  void (*replaced) (BgHubMember *member);
} BgHubMemberOps;

/* The part of a session that the room sees. */
struct _BgHubMember
{
  BgRoomMember core; /* first: the core knows us by it; the room's */
  const BgHubMemberOps *ops;
  BgHubRoom *room;    /* NULL while not joined; the room's */
  BgSignalPeer *peer; /* NULL while not joined; the room's */
  char *entry, *name; /* `peer` as it stands in a list, its id as JSON text; NULL while not joined; the room's */
};

/* `suffix`: the domain that names are to end in, which every list says (a normalized name of the DNS); NULL: the members choose. */
BgHubRoom *bg_hub_room_new (const char *name, guint max_members, const char *suffix);
void bg_hub_room_free (BgHubRoom *room); /* empty */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubRoom, bg_hub_room_free)
const char *bg_hub_room_get_name (BgHubRoom *room);
guint bg_hub_room_count (BgHubRoom *room);
/* Adds the tunnel addresses of all members, as they say them; borrowed. */
void bg_hub_room_list_addresses (BgHubRoom *room, GPtrArray *addresses);

/* Tells `member` who is here, and all others, now or soon, that it came; `takes_left`: it understands lists that say who left.
 * Times are µs of g_get_monotonic_time(). */
BgRoomJoin bg_hub_room_join (BgHubRoom *room, BgHubMember *member, const BgSignalPeer *peer, gboolean takes_left,
                             gint64 now_us);
/* Takes a joined member out and tells the others, now or soon; does nothing for one that was replaced. */
void bg_hub_room_leave (BgHubMember *member, gint64 now_us);
/* Tells what waits, if it is time; the room's timer does that by itself. */
void bg_hub_room_tell (BgHubRoom *room, gint64 now_us);
/* Takes all members out and tells nobody: the hub goes, they do not, and a peer that hears of a departure ends its tunnel. */
void bg_hub_room_dissolve (BgHubRoom *room);
/* Passes an offer, answer or candidate on as it came. */
BgRoomRoute bg_hub_room_forward (BgHubMember *from, const BgSignalMessage *message,
                                  const char *text, gsize len);

G_END_DECLS
