/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/guests.h"

typedef struct
{
  char *account;
  guint n;
} Guest;

struct _BgGuests
{
  GHashTable *by_account; /* account in the guest → Guest */
  GHashTable *inside;     /* connection → Guest */
};

static void
guest_free (gpointer data)
{
  Guest *guest = data;

  g_free (guest->account);
  g_free (guest);
}

BgGuests *
bg_guests_new (void)
{
  BgGuests *self = g_new0 (BgGuests, 1);

  self->by_account = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, guest_free);
  self->inside = g_hash_table_new (NULL, NULL);
  return self;
}

void
bg_guests_free (BgGuests *self)
{
  g_hash_table_unref (self->inside);
  g_hash_table_unref (self->by_account);
  g_free (self);
}

static Guest *
need_guest (BgGuests *self, const char *account)
{
  Guest *guest = g_hash_table_lookup (self->by_account, account);

  if (guest)
    return guest;
  guest = g_new0 (Guest, 1);
  guest->account = g_strdup (account);
  g_hash_table_insert (self->by_account, guest->account, guest);
  return guest;
}

gboolean
bg_guests_enter (BgGuests *self, const char *account, guint most, gpointer connection)
{
  Guest *guest = need_guest (self, account);

  if (most > 0 && guest->n >= most)
    return FALSE;
  guest->n++;
  g_hash_table_insert (self->inside, connection, guest);
  return TRUE;
}

void
bg_guests_leave (BgGuests *self, gpointer connection)
{
  Guest *guest = NULL;

  if (!g_hash_table_steal_extended (self->inside, connection, NULL, (gpointer *) &guest))
    return;
  if (--guest->n == 0)
    g_hash_table_remove (self->by_account, guest->account);
}
