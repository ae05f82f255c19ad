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

typedef struct _BgLogWatch BgLogWatch;

/* `log` must outlive it. */
BgLogWatch *bg_log_watch_new (BgMembershipLog *log);
void bg_log_watch_free (BgLogWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgLogWatch, bg_log_watch_free)

/* The peer `name` says that its log has `count` entries, the last one with that hash. TRUE: it has more than we. */
gboolean bg_log_watch_take_head (BgLogWatch *self, const char *name, const guint8 key[BG_ENTRY_KEY], guint32 count,
                                 const guint8 hash[BG_ENTRY_HASH], gint64 now_us);
/* What it said counts no more: it is no peer any more. */
void bg_log_watch_forget (BgLogWatch *self, const guint8 key[BG_ENTRY_KEY]);
/* The line to the hub is there, or not: nothing is withheld by a hub that is away. */
void bg_log_watch_set_online (BgLogWatch *self, gboolean online, gint64 now_us);
/* What the hub handed out does not follow, for that reason (taken); NULL: it does. */
void bg_log_watch_set_broken (BgLogWatch *self, BgWords *take);
/* Our log has other entries than before. */
void bg_log_watch_note_log (BgLogWatch *self, gint64 now_us);
/* When bg_log_watch_get_alarm() may be another by itself; G_MAXINT64: never. */
gint64 bg_log_watch_next_us (BgLogWatch *self);
/* The worst there is; borrowed until the next change. */
BgAlarm bg_log_watch_get_alarm (BgLogWatch *self, gint64 now_us);
/* A person has compared, and ours is right: what is an alarm now is none any more, until those who said it say what ours says too. */
void bg_log_watch_dismiss (BgLogWatch *self);

/* Forks, as a text that is kept over restarts; NULL: there is none. Free with g_free(). */
char *bg_log_watch_save (BgLogWatch *self);
/* What cannot be read is passed over. */
void bg_log_watch_restore (BgLogWatch *self, const char *text);

G_END_DECLS
