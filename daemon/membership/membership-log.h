/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The log of who is in the network, as this machine has it: all entries, checked, with the state that they make; in memory and on
 * disk (log-file.h). Only what follows gets in. Main thread only. */

#include "membership/entry-crypto.h"
#include "common/words.h"
#include "worker/core/membership.h"

G_BEGIN_DECLS

typedef struct _BgMembershipLog BgMembershipLog;

/* Reads what is at `path`, and checks all of it anew; nothing is there: an empty log, of a network that is not signed. What a crash cut
 * off at the end goes, where it is known that nothing which was in the log is lost with it. BG_ERROR_CONFIG: it is damaged, and nothing
 * may be done with the network until it is put right. NULL: in memory only. */
BgMembershipLog *bg_membership_log_load (const char *path, GError **error);
void bg_membership_log_free (BgMembershipLog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgMembershipLog, bg_membership_log_free)
/* Removes what bg_membership_log_load() would read: the network is left. */
gboolean bg_membership_log_unlink (const char *path, GError **error);

/* What the entries say; borrowed until the next change. */
const BgMembership *bg_membership_log_get_state (BgMembershipLog *self);
guint32 bg_membership_log_get_count (BgMembershipLog *self);
/* Of the entry `number`, which is there. */
const guint8 *bg_membership_log_get_hash (BgMembershipLog *self, guint32 number);
/* All of them (transfer none), until the next change. */
const GPtrArray *bg_membership_log_get_entries (BgMembershipLog *self);
/* Its bytes (transfer none). */
GBytes *bg_membership_log_get_entry (BgMembershipLog *self, guint32 number);

/* Takes `entries` (GBytes), which follow, into memory and to the disk: all of them, or none and BG_ERROR_SERVICE (an entry that does
 * not follow), BG_ERROR_FAILED (the disk). */
gboolean bg_membership_log_append (BgMembershipLog *self, const GPtrArray *entries, GError **error);
/* The state that `entries` would make behind the first `keep` of ours, which is as long as the log where nothing is to be taken back;
 * NULL and BG_ERROR_SERVICE: they do not follow. Free with g_free(). */
BgMembership *bg_membership_log_try (BgMembershipLog *self, guint32 keep, const GPtrArray *entries, GError **error);
/* Puts another log in the place of this one, once all of it was checked from the first entry on: a person has said that it is the true
 * one. All of it, or none and the errors of bg_membership_log_append(); also where the machine goes down meanwhile. What is replaced is
 * kept beside it (log-file.h). */
gboolean bg_membership_log_replace (BgMembershipLog *self, const GPtrArray *entries, GError **error);
/* The same of a log that is not open, in two steps, where something else has to be done in between: `entries` are checked and on the disk,
 * and `head` is the hash of the last. Nothing has changed yet. */
gboolean bg_membership_log_stage (const char *path, const GPtrArray *entries, guint8 head[BG_ENTRY_HASH], GError **error);
/* What was staged, and ends in `head`, is the log at `path`; TRUE also where it is already. */
gboolean bg_membership_log_take_staged (const char *path, const guint8 head[BG_ENTRY_HASH], GError **error);
/* The entry whose hash people see as `text`; FALSE: it is in none. */
gboolean bg_membership_log_find_text (BgMembershipLog *self, const char *text, guint32 *number);
/* How many entries both begin with. */
guint32 bg_membership_log_common (BgMembershipLog *self, BgMembershipLog *other);

/* An entry of somebody else's, read, judged against `state` and checked: it is in effect then. BG_ERROR_SERVICE says why not. `hash`
 * of BG_ENTRY_HASH bytes, set where it is. */
gboolean bg_membership_take_entry (BgMembership *state, BgBytes bytes, guint8 *hash, GError **error);
/* A copy of a state; NULL: of an empty log. Free with g_free(). */
BgMembership *bg_membership_copy (const BgMembership *state);
/* Why an entry is no part of the log. */
BgWords *bg_verdict_words (BgVerdict verdict);

G_END_DECLS
