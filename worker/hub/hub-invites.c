/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-invites.h"
#include "common/invite-code.h"

#include <openssl/rand.h>

enum
{
  MAX_OPEN = 1024,
  MAX_KEPT = 4096,      /* with those that are used or expired */
  FORGET_S = 24 * 3600, /* until then a redeemer still learns that the code has expired */
  SALT_BYTES = 32,
};

static const char alphabet[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
G_STATIC_ASSERT (sizeof alphabet - 1 == 32); /* five bits of a byte choose without bias */

struct _BgHubInvites
{
  BgHubNetwork *network;
  BgHubWriter *writer;
  guchar salt[SALT_BYTES];
  GHashTable *table; /* digest of a code → its GList in `order` */
  GQueue order;      /* BgHubInvite, oldest first */
};

char *
bg_hub_invite_code_new (void)
{
  guchar random[BG_INVITE_CODE_SYMBOLS];
  GString *code;

  if (RAND_bytes (random, sizeof random) != 1)
    return NULL;
  code = g_string_sized_new (BG_INVITE_CODE_SYMBOLS + 1);
  for (int i = 0; i < BG_INVITE_CODE_SYMBOLS; i++)
    g_string_append_c (code, alphabet[random[i] & 31]);
  g_string_insert_c (code, BG_INVITE_CODE_SYMBOLS / 2, '-');
  return g_string_free (code, FALSE);
}

/* What the table is keyed by: how long a look-up takes tells nothing about the codes in it. */
static char *
digest_of (BgHubInvites *self, const char *code)
{
  return g_compute_hmac_for_string (G_CHECKSUM_SHA256, self->salt, sizeof self->salt, code, -1);
}

static BgHubInvite *
find (BgHubInvites *self, const char *code)
{
  g_autofree char *digest = digest_of (self, code);
  GList *link = g_hash_table_lookup (self->table, digest);

  return link != NULL ? link->data : NULL;
}

/* Takes `invite`. */
static void
keep (BgHubInvites *self, BgHubInvite *invite)
{
  g_queue_push_tail (&self->order, invite);
  g_hash_table_insert (self->table, digest_of (self, invite->code), self->order.tail);
}

static void
forget_oldest (BgHubInvites *self)
{
  BgHubInvite *invite = g_queue_pop_head (&self->order);
  g_autofree char *digest = digest_of (self, invite->code);

  g_hash_table_remove (self->table, digest);
  bg_hub_writer_put (self->writer, bg_hub_change_of_invite (invite, TRUE));
  bg_hub_invite_free (invite);
}

BgHubInvites *
bg_hub_invites_new (GPtrArray *invites, BgHubNetwork *network, BgHubWriter *writer)
{
  g_autoptr (GPtrArray) rows = invites;
  g_autoptr (BgHubInvites) self = g_new0 (BgHubInvites, 1);

  self->network = network;
  self->writer = writer;
  self->table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_queue_init (&self->order);
  if (RAND_bytes (self->salt, sizeof self->salt) != 1)
    return NULL;
  g_ptr_array_set_free_func (rows, NULL);
  for (guint i = 0; i < rows->len; i++)
    keep (self, rows->pdata[i]);
  return g_steal_pointer (&self);
}

void
bg_hub_invites_free (BgHubInvites *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->table);
  g_queue_clear_full (&self->order, (GDestroyNotify) bg_hub_invite_free);
  g_free (self);
}

guint
bg_hub_invites_count (BgHubInvites *self)
{
  return self->order.length;
}

static gboolean
is_open (const BgHubInvite *invite, gint64 now)
{
  return !invite->is_redeemed && invite->expires_at > now;
}

static guint
count_open (BgHubInvites *self, gint64 now)
{
  guint open = 0;

  for (GList *l = self->order.head; l != NULL; l = l->next)
    open += is_open (l->data, now);
  return open;
}

static gboolean
is_stale (BgHubInvites *self, gint64 now)
{
  const BgHubInvite *oldest = g_queue_peek_head (&self->order);

  return oldest != NULL && (oldest->expires_at < now - FORGET_S || self->order.length >= MAX_KEPT);
}

gboolean
bg_hub_invites_add (BgHubInvites *self, const char *code, const char *server_url, gint64 now,
                    guint lifetime)
{
  BgHubInvite *invite;

  if (count_open (self, now) >= MAX_OPEN || find (self, code) != NULL)
    return FALSE;
  while (is_stale (self, now))
    forget_oldest (self);
  invite = bg_hub_invite_new (code, server_url, now, now + (gint64) lifetime);
  keep (self, invite);
  bg_hub_writer_put (self->writer, bg_hub_change_of_invite (invite, FALSE));
  return TRUE;
}

/* What a key has redeemed it may redeem again, while its address is still its own. */
static gboolean
is_again (BgHubInvites *self, const BgHubInvite *invite, const char *public_key, gint64 now)
{
  return *public_key != '\0' && g_str_equal (invite->redeemed_by, public_key)
         && invite->expires_at > now
         && bg_hub_network_belongs_to (self->network, invite->address, public_key, now);
}

static void
use_up (BgHubInvites *self, BgHubInvite *invite, const char *public_key, const char *address)
{
  invite->is_redeemed = TRUE;
  g_free (invite->redeemed_by);
  invite->redeemed_by = g_strdup (public_key);
  g_free (invite->address);
  invite->address = g_strdup (address);
  bg_hub_writer_put (self->writer, bg_hub_change_of_invite (invite, FALSE));
}

BgHubRedeem
bg_hub_invites_redeem (BgHubInvites *self, const char *code, const char *public_key, gint64 now,
                       char **address, char **server_url)
{
  BgHubInvite *invite = find (self, code);
  const char *key = public_key != NULL ? public_key : "";

  *address = *server_url = NULL;
  if (invite == NULL || (invite->is_redeemed && !is_again (self, invite, key, now)))
    return BG_HUB_REDEEM_UNKNOWN;
  if (!invite->is_redeemed)
    {
      g_autofree char *reserved = NULL;

      if (invite->expires_at <= now)
        return BG_HUB_REDEEM_EXPIRED;
      reserved = bg_hub_network_reserve (self->network, key, BG_HUB_INVITED, now);
      if (reserved == NULL)
        return BG_HUB_REDEEM_NO_ADDRESS;
      use_up (self, invite, key, reserved);
    }
  *address = g_strdup (invite->address);
  *server_url = g_strdup (invite->server_url);
  return BG_HUB_REDEEM_DONE;
}
