/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* When we may leave and join the hub on a peer's account: every peer of another make begins afresh by it (spec 2.9, rule 4), so
 * nobody gets it often, and those that never proved themselves once an hour, all together. Pure; times are monotonic. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BgRejoinBudget BgRejoinBudget;

BgRejoinBudget *bg_rejoin_budget_new (void);
void bg_rejoin_budget_free (BgRejoinBudget *self);

/* The earliest time for one that `id` is in need of; `is_proved`: it proved itself once. */
gint64 bg_rejoin_budget_due (BgRejoinBudget *self, const char *id, gboolean is_proved, gint64 now_us);
/* It is done. */
void bg_rejoin_budget_spend (BgRejoinBudget *self, const char *id, gboolean is_proved, gint64 now_us);

G_END_DECLS
