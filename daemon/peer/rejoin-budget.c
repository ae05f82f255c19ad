/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/rejoin-budget.h"

#define INTERVAL_US (60 * (gint64) G_USEC_PER_SEC)
#define LONGEST_US (3600 * (gint64) G_USEC_PER_SEC)
#define FORGET_US (6 * LONGEST_US)
#define MAX_ACCOUNTS 1024
#define STRANGERS "" /* nobody's id */

typedef struct
{
  gint64 last_us;
  guint spent; /* since it was last forgotten */
} Account;

struct _BgRejoinBudget
{
  GHashTable *accounts; /* id -> Account */
  gint64 last_us;       /* of anybody; 0 never */
};

BgRejoinBudget *
bg_rejoin_budget_new (void)
{
  BgRejoinBudget *self = g_new0 (BgRejoinBudget, 1);

  self->accounts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
bg_rejoin_budget_free (BgRejoinBudget *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->accounts);
  g_free (self);
}

static gboolean
is_over (gpointer id, gpointer account, gpointer now_us)
{
  return *(const gint64 *) now_us - ((const Account *) account)->last_us >= FORGET_US;
}

gint64
bg_rejoin_budget_due (BgRejoinBudget *self, const char *id, gboolean is_proved, gint64 now_us)
{
  const Account *account;
  gint64 due_us = self->last_us == 0 ? now_us : MAX (now_us, self->last_us + INTERVAL_US);
  gint64 pause_us;

  g_hash_table_foreach_remove (self->accounts, is_over, &now_us);
  account = g_hash_table_lookup (self->accounts, is_proved ? id : STRANGERS);
  if (!account)
    return due_us;
  pause_us = is_proved ? INTERVAL_US << MIN (account->spent - 1, 6) : LONGEST_US;
  return MAX (due_us, account->last_us + MIN (pause_us, LONGEST_US));
}

void
bg_rejoin_budget_spend (BgRejoinBudget *self, const char *id, gboolean is_proved, gint64 now_us)
{
  const char *key = is_proved ? id : STRANGERS;
  Account *account = g_hash_table_lookup (self->accounts, key);

  self->last_us = now_us;
  if (!account && g_hash_table_size (self->accounts) >= MAX_ACCOUNTS)
    return;
  if (!account)
    g_hash_table_insert (self->accounts, g_strdup (key), account = g_new0 (Account, 1));
  account->last_us = now_us;
  account->spent++;
}
