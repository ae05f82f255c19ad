/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The invites that are open, as people are told of them: codes, which the hub knows, and what the log has of them where it is signed; of each
 * invite one row. A code that the log has nothing of lets a machine wait, and an invite without a code lets nobody register. Pure. */

#include "membership/member-list.h"
#include "signaling/service-invites.h"

G_BEGIN_DECLS

typedef struct
{
  char   *id;           /* before people: 16 hexadecimal digits, of the key where there is one, else the hub's */
  char   *hub_id;       /* NULL: the hub has no code of it, or does not say */
  char   *signing_key;  /* base64; NULL: the log has nothing of it, or no more */
  char   *name;         /* "": any */
  char   *made_by;      /* the device that made it; "": not known */
  gint64  created_at_s, expires_at_s; /* Unix seconds; 0: not known */
} BgInviteRow;

void bg_invite_row_free (BgInviteRow *row);

/* Of BgInviteRow, free with g_ptr_array_unref(). `codes` of BgServiceInvite; NULL: the hub does not answer. `signed_ones` of BgInviteView; NULL: the network
 * is not signed. */
GPtrArray *bg_invite_table_new (const GPtrArray *codes, const GArray *signed_ones);
/* What the invite with this public half is called: 16 hexadecimal digits. */
char *bg_invite_id_of_key (const guint8 key[BG_ENTRY_KEY]);
/* aa{sv} as of ListInvites on the bus, floating. */
GVariant *bg_invite_table_describe (const GPtrArray *table);
/* NULL: none is called so. Borrowed. */
const BgInviteRow *bg_invite_table_find (const GPtrArray *table, const char *id);

G_END_DECLS
