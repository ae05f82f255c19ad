/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Entries that are to follow a log: made one behind the other, each judged as everybody will judge it, signed, and not in the log
 * yet. Pure. */

#include "membership/membership-log.h"

G_BEGIN_DECLS

typedef struct _BgEntryDraft BgEntryDraft;

/* Behind `state`, which is copied; at `now`, Unix seconds, or the time of the last entry where that is later. */
BgEntryDraft *bg_entry_draft_new (const BgMembership *state, guint64 now);
void bg_entry_draft_free (BgEntryDraft *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgEntryDraft, bg_entry_draft_free)

/* What there will be when all of it is in the log; borrowed until the next one is added. */
const BgMembership *bg_entry_draft_get_state (BgEntryDraft *self);
/* Adds `entry`, of which type and body are set, signed with `seed`; FALSE and the reason: it would be no part of the log. */
gboolean bg_entry_draft_add (BgEntryDraft *self, const BgEntry *entry, const guint8 seed[BG_SEED_BYTES], GError **error);
/* GBytes; borrowed. */
const GPtrArray *bg_entry_draft_get_entries (BgEntryDraft *self);

G_END_DECLS
