/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Entries that a peer has and this machine has not, asked of that peer part by part (docs/devices.md, Over the tunnel): of one at a time, and of
 * one that hands out nothing, or what does not follow, not again for a while. Main thread only. */

#include "membership/log-watch.h"

G_BEGIN_DECLS

/* Between two questions, and until one is asked again that found no answer; so often, and so long nothing more is asked of that peer. */
#define BG_PULL_PACE_MS 300
#define BG_PULL_WAIT_MS 1000
#define BG_PULL_TRIES 5
#define BG_PULL_SPARE_MS 60000

typedef struct
{
  /* Asks the peer `name` with that key for its log from byte `offset` of entry `entry` on; FALSE: it is not there. */
  gboolean (*ask) (gpointer owner, const char *name, const guint8 key[BG_ENTRY_KEY], guint32 entry, guint16 offset);
  /* It has handed out `entries` (GBytes), whole ones behind ours. FALSE: they are not taken. */
  gboolean (*take) (gpointer owner, const char *name, const GPtrArray *entries);
} BgLogPullOps;

typedef struct _BgLogPull BgLogPull;

/* `log` and `watch` must outlive it. */
BgLogPull *bg_log_pull_new (BgMembershipLog *log, BgLogWatch *watch, const BgLogPullOps *ops, gpointer owner);
void bg_log_pull_free (BgLogPull *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgLogPull, bg_log_pull_free)

/* Somebody has more than we, and the hub does not give it: begins, unless it is at it. */
void bg_log_pull_begin (BgLogPull *self);
/* The hub is there: what is under way ends. */
void bg_log_pull_end (BgLogPull *self);
/* The peer with that key hands out what its log has from there on; what was not asked for is passed over. */
void bg_log_pull_take_part (BgLogPull *self, const guint8 key[BG_ENTRY_KEY], guint32 entry, guint16 offset, BgBytes part);

/* What a log has from byte `offset` of entry `entry` on, at most `room` bytes of it; returns how many, 0 for a place that it has not. */
gsize bg_log_part_read (BgMembershipLog *log, guint32 entry, guint16 offset, guint8 *bytes, gsize room);

G_END_DECLS
