/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The devices of a log as people see them: who signed each, and when. Pure. */

#include "membership/membership-log.h"

G_BEGIN_DECLS

typedef struct
{
  const BgMember *member;      /* borrowed from the log's state */
  gboolean        is_owner;
  guint64         signed_at;   /* Unix seconds, as who signed says */
  char           *signed_by;   /* the name of the device that signed its record, or made the invite that did; NULL: nobody's any more */
  gboolean        by_invite, by_recovery;
} BgMemberView;

/* BgMemberView, in the order in which they came; until the log's next change. Free with g_ptr_array_unref(). */
GPtrArray *bg_member_list_new (BgMembershipLog *log);
/* Invites that may be used at `now` (Unix seconds), as BgInviteView; free with g_array_unref(). */
typedef struct
{
  guint8  key[BG_ENTRY_KEY];
  guint64 made_at, expires_at;
  BgGrantedOffer granted;
  char    name[BG_ENTRY_MAX_NAME + 1]; /* "": any */
  char    made_by[BG_ENTRY_MAX_NAME + 1]; /* the device that signed it, as it is called now; "": nobody's any more */
} BgInviteView;
GArray *bg_invite_list_new (BgMembershipLog *log, guint64 now);
/* What became of the invite whose public half begins with `hex` (16 lower-case digits), whatever the time. */
typedef enum
{
  BG_INVITE_NEVER_WAS,
  BG_INVITE_FATE_OPEN, /* until its time is over */
  BG_INVITE_FATE_USED,
  BG_INVITE_FATE_CANCELLED,
} BgInviteFate;
BgInviteFate bg_invite_fate (BgMembershipLog *log, const char *hex);

G_END_DECLS
