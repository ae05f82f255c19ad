/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/guests.h"

struct _BgGuests
{
  GHashTable *counts; /* account → how many are inside, GUINT_TO_POINTER() */
  GHashTable *inside; /* connection → its account */
};

BgGuests *
bg_guests_new (void)
{
  BgGuests *self = g_new0 (BgGuests, 1);

  self->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->inside = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return self;
}

void
bg_guests_free (BgGuests *self)
{
  g_hash_table_unref (self->inside);
  g_hash_table_unref (self->counts);
  g_free (self);
}

static guint
count (BgGuests *self, const char *account)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, account));
}

static void
set_count (BgGuests *self, const char *account, guint n)
{
  if (n > 0)
    g_hash_table_insert (self->counts, g_strdup (account), GUINT_TO_POINTER (n));
  else
    g_hash_table_remove (self->counts, account);
}

gboolean
bg_guests_enter (BgGuests *self, const char *account, guint most, gpointer connection)
{
  guint n = count (self, account);

  if (n >= most)
    return FALSE;
  set_count (self, account, n + 1);
  g_hash_table_insert (self->inside, connection, g_strdup (account));
  return TRUE;
}

void
bg_guests_leave (BgGuests *self, gpointer connection)
{
  g_autofree char *account = NULL;

  if (g_hash_table_steal_extended (self->inside, connection, NULL, (gpointer *) &account))
    set_count (self, account, count (self, account) - 1);
}
