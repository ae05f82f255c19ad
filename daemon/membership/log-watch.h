/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether this machine's log is the one that the others have (docs/devices.md, Over the tunnel): what peers say of theirs, and how the hub
 * behaves, against ours. Pure: the caller has the clock (µs, monotonic), and fetches. */

#include "membership/membership-log.h"

G_BEGIN_DECLS

/* A peer has had more entries for so long, while the hub was there. */
#define BG_WITHHELD_US (60 * G_USEC_PER_SEC)

typedef enum
{
  BG_ALARM_NONE,
  BG_ALARM_FORKED,   /* a peer has another hash for an entry that we have too */
  BG_ALARM_BROKEN,   /* what the hub hands out does not follow */
  BG_ALARM_WITHHELD, /* a peer has more, and the hub does not give it */
} BgAlarmKind;

typedef struct
{
  BgAlarmKind   kind;
  const char   *peer;                  /* who said it; NULL: BROKEN */
  const guint8 *key;                   /* its WireGuard key */
  guint32       entry;                 /* FORKED: the number of the entry; WITHHELD: how many the peer has */
  const guint8 *theirs;                /* FORKED: its hash there */
  BgWords      *why;                   /* BROKEN */
} BgAlarm;

/* What is to be done about what a peer says. */
typedef enum
{
  BG_HEAD_OLD,   /* nothing: it has said so before, or what it said before waits still */
  BG_HEAD_WAITS, /* nothing yet: it says much, and is looked at when bg_log_watch_next_us() says */
  BG_HEAD_NEWS,  /* the alarm may be another */
  BG_HEAD_AHEAD, /* the same, and it has more than we */
} BgHeadNews;

typedef struct _BgLogWatch BgLogWatch;

/* `log` must outlive it. */
BgLogWatch *bg_log_watch_new (BgMembershipLog *log);
void bg_log_watch_free (BgLogWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgLogWatch, bg_log_watch_free)

/* The peer `name` says that its log has `count` entries, the last one with that hash. A few times it is looked at at once, then every ten
 * seconds, at the last that it said. */
BgHeadNews bg_log_watch_take_head (BgLogWatch *self, const char *name, const guint8 key[BG_ENTRY_KEY], guint32 count,
                                   const guint8 hash[BG_ENTRY_HASH], gint64 now_us);
/* Looks at what waits, as far as it is time. TRUE: somebody has more than we. */
gboolean bg_log_watch_settle (BgLogWatch *self, gint64 now_us);
/* The line to the hub is there, or not: nothing is withheld by a hub that is away. */
void bg_log_watch_set_online (BgLogWatch *self, gboolean online, gint64 now_us);
/* What the hub handed out does not follow, for that reason (taken); NULL: it does. */
void bg_log_watch_set_broken (BgLogWatch *self, BgWords *take);
/* Our log has other entries than before. */
void bg_log_watch_note_log (BgLogWatch *self, gint64 now_us);
/* When bg_log_watch_settle() has something to do, or bg_log_watch_get_alarm() may be another by itself; G_MAXINT64: never. */
gint64 bg_log_watch_next_us (BgLogWatch *self);
/* The worst there is; borrowed until the next change. */
BgAlarm bg_log_watch_get_alarm (BgLogWatch *self, gint64 now_us);
/* A peer has more than we, which nobody has looked into. */
gboolean bg_log_watch_lacks_entries (BgLogWatch *self);

/* Somebody who has more than we, who is a member, and whom nobody has found wrong; not one that is spared. FALSE: there is nobody. `name` is
 * borrowed until the next change. */
gboolean bg_log_watch_find_ahead (BgLogWatch *self, gint64 now_us, const char **name, guint8 key[BG_ENTRY_KEY]);
/* The peer with that key has more than we, as it says. */
gboolean bg_log_watch_is_ahead (BgLogWatch *self, const guint8 key[BG_ENTRY_KEY]);
/* It is not found again before `until_us`, or before it says something else. */
void bg_log_watch_spare (BgLogWatch *self, const guint8 key[BG_ENTRY_KEY], gint64 until_us);

/* A person has compared, and ours is right up to `entry` (of FORKED): what is an alarm of that kind is none any more. One by a peer comes
 * back when it has said in between what ours says, BROKEN when the hub hands out something else. */
void bg_log_watch_dismiss (BgLogWatch *self, BgAlarmKind kind, guint32 entry);
/* Something is so. */
gboolean bg_log_watch_has_dismissed (BgLogWatch *self);
/* Before and after another log takes the place of ours: those who said what ours said before are not believed. */
void bg_log_watch_begin_replacement (BgLogWatch *self);
void bg_log_watch_end_replacement (BgLogWatch *self, gint64 now_us);

/* The peer with that key has another log, and nobody has looked into it. */
gboolean bg_log_watch_is_forker (BgLogWatch *self, const guint8 key[BG_ENTRY_KEY]);
/* One of these is put out in `state`. */
gboolean bg_log_watch_ends_fork (BgLogWatch *self, const BgMembership *state);

/* Forks, and what a person said, as a text that is kept over restarts; NULL: there is none. Free with g_free(). */
char *bg_log_watch_save (BgLogWatch *self);
/* What cannot be read is passed over. */
void bg_log_watch_restore (BgLogWatch *self, const char *text);

G_END_DECLS
