/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dataplane/access-rules.h"

/* Who of the peers may reach what of this machine and the networks behind it. What this machine began is answered whatever the
 * rules say: who began a conversation is remembered of every one that passes, also while there are no rules, so that rules that
 * come hold for what is under way. Bounded; what peers begin never displaces what this machine began. One thread. */

typedef struct BgAccess BgAccess;

enum { BG_ACCESS_FLOWS_MAX = 16384 };

BgAccess *bg_access_new (void);
/* Fine on NULL. */
void bg_access_free (BgAccess *self);
/* NULL: all may pass. */
void bg_access_set_rules_take (BgAccess *self, BgAccessRules *rules);
/* Peers are others than before, or other addresses are theirs: what was decided is decided anew. */
void bg_access_forget_peers (BgAccess *self);
/* An inner packet goes to a peer. */
void bg_access_note (BgAccess *self, const uint8_t *bytes, size_t len, uint64_t now_ns);
/* May an inner packet of `peer` pass, whose key is `key`? */
bool bg_access_admit (BgAccess *self, const void *peer, const WgKey *key, const uint8_t *bytes, size_t len, uint64_t now_ns);
