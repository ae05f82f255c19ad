/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The log of who is in the network, for as long as the daemon runs: kept in the state directory, followed while there is a hub, and an alarm
 * as a concern where it is not what it should be (docs/devices.md, The log). Main thread only. */

#include "app/health.h"
#include "membership/network-sync.h"
#include "membership/revoked-keys.h"
#include "signaling/service-hub.h"

G_BEGIN_DECLS

typedef struct _BgNetworkLog BgNetworkLog;

typedef struct
{
  /* It has other entries: what it says of peers may be something else now. */
  void (*grown) (gpointer owner);
  /* An alarm, or how many devices wait, is another. */
  void (*changed) (gpointer owner);
  /* Other keys were revoked, as the hub says. */
  void (*revoked) (gpointer owner);
  /* A peer is to be asked for a part of its log, as of BgLogPullOps. */
  gboolean (*ask) (gpointer owner, const char *name, const guint8 key[BG_ENTRY_KEY], guint32 entry, guint16 offset);
} BgNetworkLogEvents;

/* The hub, with what it lets this device in with; as of bg_application_open_hub_async(). */
typedef struct
{
  void (*open_async) (gpointer owner, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
  const BgServiceHub *(*open_finish) (gpointer owner, GAsyncResult *result, GError **error);
} BgNetworkLogDoor;

/* `health` must outlive it. What is on the disk is read at once; see bg_network_log_check(). */
BgNetworkLog *bg_network_log_new (const char *state_dir, BgHealth *health, const BgNetworkLogDoor *door,
                                  const BgNetworkLogEvents *events, gpointer owner);
void bg_network_log_free (BgNetworkLog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgNetworkLog, bg_network_log_free)

/* FALSE: the log on the disk is damaged, and whoever is in the network cannot be known. It is read once more. */
gboolean bg_network_log_check (BgNetworkLog *self, GError **error);
/* Another file is there, or none any more: the network is another, or was left. */
void bg_network_log_reload (BgNetworkLog *self);
/* Removes it: the network is left. */
gboolean bg_network_log_forget (BgNetworkLog *self, GError **error);
/* What came with a join (GBytes), held against ours. BG_ERROR_WRONG_STATE: ours is another network's, or says something else; BG_ERROR_SERVICE:
 * they are no log. */
typedef enum
{
  BG_LOG_FIT_KNOWN, /* ours has all of it */
  BG_LOG_FIT_MORE,
} BgLogFit;
gboolean bg_network_log_judge (BgNetworkLog *self, const GPtrArray *entries, BgLogFit *fit, GError **error);
/* They are to be the log: on the disk, and nothing has changed yet; then they are it. bg_membership_log_stage(). */
gboolean bg_network_log_stage (BgNetworkLog *self, const GPtrArray *entries, guint8 head[BG_ENTRY_HASH], GError **error);
gboolean bg_network_log_replace (BgNetworkLog *self, const guint8 head[BG_ENTRY_HASH], GError **error);
/* The same, and bg_network_log_forget(), before there is a daemon. */
gboolean bg_network_log_take_staged (const char *state_dir, const guint8 head[BG_ENTRY_HASH], GError **error);
gboolean bg_network_log_unlink (const char *state_dir, GError **error);

/* NULL while it is damaged. Borrowed: another one after bg_network_log_reload() and the like. */
BgMembershipLog *bg_network_log_get (BgNetworkLog *self);
/* What it says, the same. */
const BgMembership *bg_network_log_get_state (BgNetworkLog *self);
BgNetworkSync *bg_network_log_get_sync (BgNetworkLog *self);
gboolean bg_network_log_is_signed (BgNetworkLog *self);
BgAlarm bg_network_log_get_alarm (BgNetworkLog *self);
/* Devices that wait at the hub, as it says. */
guint bg_network_log_get_pending (BgNetworkLog *self);

/* The keys that were revoked, as the hub says; none of them while the network is signed. Borrowed for as long as this lives. */
BgRevokedKeys *bg_network_log_get_revoked (BgNetworkLog *self);

/* The line to the hub is there, or not. */
void bg_network_log_set_online (BgNetworkLog *self, gboolean online);
/* The hub says how many entries, waiting devices and revoked keys there are. */
void bg_network_log_take_numbers (BgNetworkLog *self, guint32 entries, guint32 pending, guint32 revoked);
/* It can be asked, where it could not before. */
void bg_network_log_retry (BgNetworkLog *self);
/* A peer says what its log is. */
void bg_network_log_take_head (BgNetworkLog *self, const char *name, const guint8 key[BG_ENTRY_KEY], guint32 count,
                               const guint8 hash[BG_ENTRY_HASH]);
/* It hands out a part of it, which was asked for. */
void bg_network_log_take_part (BgNetworkLog *self, const guint8 key[BG_ENTRY_KEY], guint32 entry, guint16 offset, BgBytes part);
/* A person has compared; bg_network_sync_trust_async(). */
void bg_network_log_trust_async (BgNetworkLog *self, const char *text, GAsyncReadyCallback callback, gpointer data);
gboolean bg_network_log_trust_finish (GAsyncResult *result, GError **error);

G_END_DECLS
