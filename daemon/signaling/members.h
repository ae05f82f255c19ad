/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/signal-message.h"

/* Who else is in the hub, as far as it said on this line. */
typedef struct BgMembers BgMembers;

BgMembers *bg_members_new (void);
void bg_members_free (BgMembers *self);

/* Makes a list what is to be read of it: `own_id` and repeated ids leave it, of two entries the first stays (spec 1.4). Notes
 * the rest, up to BG_SIGNAL_MAX_PEERS. */
void bg_members_take_list (BgMembers *self, const char *own_id, GPtrArray *peers);
void bg_members_remove (BgMembers *self, const char *id);
/* On a new line. */
void bg_members_clear (BgMembers *self);
guint bg_members_count (const BgMembers *self);
