/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Keeps this machine's log in line with the network's: fetches what the hub has more, puts into it what somebody wants said, and says
 * when something is wrong with it (log-watch.h). Whatever the hub answers, only what follows is taken. Main thread only. */

#include "membership/entry-wish.h"
#include "membership/log-pull.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* As many as a hub takes at once. */
#define BG_SYNC_POST_MAX 16

typedef enum
{
  BG_POST_FAILED,
  BG_POST_TAKEN,
  BG_POST_ELSEWHERE, /* the log has gone on meanwhile, or contradicts them */
} BgPostOutcome;

/* The hub; each question has one answer. */
typedef struct
{
  void          (*fetch_async) (gpointer hub, guint32 from, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  /* GBytes (transfer full), and how many it has in all. */
  GPtrArray    *(*fetch_finish) (gpointer hub, GAsyncResult *result, guint32 *count, GError **error);
  void          (*post_async) (gpointer hub, const GPtrArray *entries, GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer data);
  BgPostOutcome (*post_finish) (gpointer hub, GAsyncResult *result, GError **error);
} BgNetworkHubOps;

typedef struct
{
  /* The log has other entries; what it says may be something else now. */
  void (*grown) (gpointer owner);
  /* bg_network_sync_get_alarm() may be another. */
  void (*alarm_changed) (gpointer owner);
  /* As of BgLogPullOps; NULL: peers are asked for nothing. */
  gboolean (*ask) (gpointer owner, const char *name, const guint8 key[BG_ENTRY_KEY], guint32 entry, guint16 offset);
} BgNetworkSyncEvents;

typedef struct _BgNetworkSync BgNetworkSync;

/* `log` and `watch` must outlive it; `hub` is handed to `ops`, and outlives it too. */
BgNetworkSync *bg_network_sync_new (BgMembershipLog *log, BgLogWatch *watch, const BgNetworkHubOps *ops, gpointer hub,
                                    const BgNetworkSyncEvents *events, gpointer owner);
/* Who waits for something is told that it was cancelled. */
void bg_network_sync_free (BgNetworkSync *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgNetworkSync, bg_network_sync_free)

/* The line to the hub is there, or not (any more). */
void bg_network_sync_set_online (BgNetworkSync *self, gboolean online);
/* The hub says that its log has `count` entries. */
void bg_network_sync_take_count (BgNetworkSync *self, guint32 count);
/* A peer says what its log is. */
void bg_network_sync_take_head (BgNetworkSync *self, const char *name, const guint8 key[BG_ENTRY_KEY], guint32 count,
                                const guint8 hash[BG_ENTRY_HASH]);
/* It hands out a part of it, as of bg_log_pull_take_part(). Asked for where the hub is away, or gives less than peers have for a minute; what
 * gets into ours is judged as what the hub hands out is. */
void bg_network_sync_take_part (BgNetworkSync *self, const guint8 key[BG_ENTRY_KEY], guint32 entry, guint16 offset, BgBytes part);
/* The worst there is; borrowed until the next change. */
BgAlarm bg_network_sync_get_alarm (BgNetworkSync *self);
/* A person has compared, and names an entry (bg_hash_text()) of the log that is right. One that ours has: ours stays, and the alarm is over.
 * Else the hub's log is read whole and, when it has that entry, takes the place of ours. "": ours, of any alarm but a fork. Also after ours was
 * said to be right. BG_ERROR_INVALID_ARGUMENT: it is in neither, BG_ERROR_WRONG_STATE: there is no alarm, BG_ERROR_SERVICE: the hub's log is
 * none; nothing has changed then. */
void bg_network_sync_trust_async (BgNetworkSync *self, const char *text, GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer data);
gboolean bg_network_sync_trust_finish (GAsyncResult *result, GError **error);

/* Asks the hub for what there is more. */
void bg_network_sync_fetch_async (BgNetworkSync *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
gboolean bg_network_sync_fetch_finish (BgNetworkSync *self, GAsyncResult *result, GError **error);
/* Has it said in the log what `wish` (taken) wants; done when it is in ours too. One after the other. */
void bg_network_sync_sign_async (BgNetworkSync *self, BgEntryWish *wish, GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer data);
gboolean bg_network_sync_sign_finish (BgNetworkSync *self, GAsyncResult *result, GError **error);

G_END_DECLS
