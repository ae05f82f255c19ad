/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A hub that keeps the log, and lies as it is told; and a machine that follows it. */

#include "log-fixture.h"
#include "membership/network-sync.h"

typedef struct
{
  GPtrArray *entries; /* what it hands out */
  gint count;         /* what it says that it has; -1: as many */
  guint page;         /* at most so many at once; 0: all */
  guint n_fetches, n_posts;
  guint elsewhere;       /* so often somebody else was faster */
  gboolean loses_answer; /* the next post is taken, and nobody hears so */
  gboolean keeps_none;   /* what is posted is taken, and forgotten */
} Hub;

typedef struct
{
  Hub hub;
  BgMembershipLog *log;
  BgLogWatch *watch;
  BgNetworkSync *sync;
  guint n_grown, n_alarms;
  /* What a peer was asked for last. */
  guint n_asked;
  char asked[BG_ENTRY_MAX_NAME + 1];
  guint8 asked_key[BG_ENTRY_KEY];
  guint32 asked_entry;
  guint16 asked_offset;
  gboolean is_alone; /* no peer is there */
} World;

gboolean world_follows (Hub *hub, const GPtrArray *entries);
void world_set_up (World *world, gconstpointer data);
void world_tear_down (World *world, gconstpointer data);
void world_on_done (GObject *source, GAsyncResult *result, gpointer data);
GAsyncResult *world_wait_for (GAsyncResult **result);
gboolean world_fetch (World *world, GError **error);
gboolean world_sign (World *world, BgEntryWish *take, GError **error);
gboolean world_trust (World *world, const char *text, GError **error);
gboolean world_trust_entry (World *world, const GPtrArray *entries, guint number);
BgEntryWish *world_wish (BgWishKind kind, guint8 seed_byte);
BgEntryWish *world_wish_record (guint number);
BgEntryWish *world_wish_revoke (guint number);
guint world_count (World *world);
void world_assert_in (World *world, guint number, gboolean is_in);
extern const BgNetworkHubOps hub_ops;
extern const BgNetworkSyncEvents world_events;
