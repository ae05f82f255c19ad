/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/ip-prefix.h"

#include <glib.h>

/* Networks, to ask which hosts are in one of them, at a price that does not grow with their number. */
typedef struct _BgPrefixSet BgPrefixSet;

BgPrefixSet *bg_prefix_set_new (void);
void bg_prefix_set_free (BgPrefixSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgPrefixSet, bg_prefix_set_free)
/* Host bits do not count. */
void bg_prefix_set_add (BgPrefixSet *set, const BgIpPrefix *network);
/* Is one of them `prefix`, or holds it? */
gboolean bg_prefix_set_contains (const BgPrefixSet *set, const BgIpPrefix *prefix);
