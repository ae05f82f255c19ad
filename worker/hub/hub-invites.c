/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-invites.h"
#include "worker/core/invite.h"
#include "worker/hub/hub-secret.h"

#include <openssl/rand.h>
#include <string.h>

#define DIGEST_MARK                                                                                \
  '#' /* of an invite that came from another hub, which has no code but what it is found by */

enum
{
  SALT_BYTES = 32,
  ID_DIGITS = 16,
};

struct _BgHubInvites
{
  BgHubNetwork *network;
  BgHubWriter *writer;
  char *salt;        /* in hexadecimal, as the Worker has it */
  GHashTable *table; /* digest of a code → its GList in `order` */
  GQueue order;      /* BgHubInvite, oldest first */
};

static BgBytes
bytes_of (const char *text)
{
  return (BgBytes){ (const guint8 *) text, strlen (text) };
}

char *
bg_hub_invite_code_new (void)
{
  guchar random[BG_INVITE_SYMBOLS];
  char code[BG_INVITE_TEXT];

  if (RAND_bytes (random, sizeof random) != 1)
    return NULL;
  bg_invite_make_code (random, code);
  return g_strdup (code);
}

char *
bg_hub_invite_code_read (const char *text)
{
  char code[BG_INVITE_TEXT];

  return bg_invite_read_code (bytes_of (text), code) ? g_strdup (code) : NULL;
}

/* What the table is keyed by: how long a look-up takes tells nothing about the codes in it. */
static char *
digest_of (BgHubInvites *self, const char *code)
{
  if (*code == DIGEST_MARK)
    return g_strdup (code + 1);
  return g_compute_hmac_for_string (G_CHECKSUM_SHA256, (const guchar *) self->salt,
                                    strlen (self->salt), code, -1);
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

/* Kept, since what invites are called comes of it. FALSE where there are no random numbers. */
static gboolean
take_salt (BgHubInvites *self, const char *kept)
{
  self->salt = kept != NULL ? g_strdup (kept) : bg_hub_secret_new ("", SALT_BYTES);
  if (self->salt != NULL && kept == NULL)
    bg_hub_writer_put (self->writer, bg_hub_change_of_setting (BG_HUB_INVITE_SALT, self->salt));
  return self->salt != NULL;
}

BgHubInvites *
bg_hub_invites_new (GPtrArray *invites, GPtrArray *settings, BgHubNetwork *network,
                    BgHubWriter *writer)
{
  g_autoptr (GPtrArray) rows = invites;
  g_autoptr (BgHubInvites) self = g_new0 (BgHubInvites, 1);

  self->network = network;
  self->writer = writer;
  self->table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_queue_init (&self->order);
  if (!take_salt (self, bg_hub_settings_find (settings, BG_HUB_INVITE_SALT)))
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
  g_free (self->salt);
  g_free (self);
}

GPtrArray *
bg_hub_invites_list (BgHubInvites *self)
{
  GPtrArray *list = g_ptr_array_new ();

  for (GList *l = self->order.head; l != NULL; l = l->next)
    g_ptr_array_add (list, l->data);
  return list;
}

char *
bg_hub_invites_digest (BgHubInvites *self, const BgHubInvite *invite)
{
  return digest_of (self, invite->code);
}

const char *
bg_hub_invites_get_salt (BgHubInvites *self)
{
  return self->salt;
}

char *
bg_hub_invite_code_of_digest (const char *digest)
{
  return g_strdup_printf ("%c%s", DIGEST_MARK, digest);
}

guint
bg_hub_invites_count (BgHubInvites *self)
{
  return self->order.length;
}

/* As the core sees it. */
static BgInvite
view_of (const BgHubInvite *invite)
{
  return (BgInvite){ invite->expires_at, invite->is_redeemed, bytes_of (invite->redeemed_by) };
}

static guint
count_open (BgHubInvites *self, gint64 now)
{
  guint open = 0;

  for (GList *l = self->order.head; l != NULL; l = l->next)
    {
      BgInvite view = view_of (l->data);

      open += bg_invite_is_open (&view, now);
    }
  return open;
}

static gboolean
is_stale (BgHubInvites *self, gint64 now)
{
  const BgHubInvite *oldest = g_queue_peek_head (&self->order);

  return oldest != NULL && bg_invites_forget (oldest->expires_at, self->order.length, now);
}

gboolean
bg_hub_invites_add (BgHubInvites *self, const char *code, const char *server_url,
                    const char *signing_key, const char *made_by, gint64 now, guint lifetime)
{
  BgHubInvite *invite;

  if (!bg_invites_have_room (count_open (self, now)) || find (self, code) != NULL)
    return FALSE;
  while (is_stale (self, now))
    forget_oldest (self);
  invite = bg_hub_invite_new (code, server_url, now, now + (gint64) lifetime);
  g_free (invite->signing_key);
  invite->signing_key = g_strdup (signing_key);
  g_free (invite->made_by);
  invite->made_by = g_strdup (made_by);
  keep (self, invite);
  bg_hub_writer_put (self->writer, bg_hub_change_of_invite (invite, FALSE));
  return TRUE;
}

/* Listing, cancelling */

GPtrArray *
bg_hub_invites_list_open (BgHubInvites *self, gint64 now)
{
  GPtrArray *list = g_ptr_array_new ();

  for (GList *l = self->order.head; l != NULL; l = l->next)
    {
      BgInvite view = view_of (l->data);

      if (bg_invite_is_open (&view, now))
        g_ptr_array_add (list, l->data);
    }
  return list;
}

char *
bg_hub_invites_id (BgHubInvites *self, const BgHubInvite *invite)
{
  g_autofree char *digest = digest_of (self, invite->code);

  return g_strndup (digest, ID_DIGITS);
}

static BgHubInvite *
find_id (BgHubInvites *self, const char *id)
{
  for (GList *l = self->order.head; l != NULL; l = l->next)
    {
      g_autofree char *own = bg_hub_invites_id (self, l->data);

      if (g_str_equal (own, id))
        return l->data;
    }
  return NULL;
}

BgHubCancel
bg_hub_invites_cancel (BgHubInvites *self, const char *id, gint64 now)
{
  BgHubInvite *invite = find_id (self, id);

  if (invite == NULL)
    return BG_HUB_CANCEL_UNKNOWN;
  if (invite->is_redeemed)
    return *invite->address != '\0' ? BG_HUB_CANCEL_USED : BG_HUB_CANCEL_DONE;
  if (invite->expires_at <= now)
    return BG_HUB_CANCEL_EXPIRED;
  invite->is_redeemed = TRUE; /* for nobody, with no address */
  bg_hub_writer_put (self->writer, bg_hub_change_of_invite (invite, FALSE));
  return BG_HUB_CANCEL_DONE;
}

static BgInviteVerdict
judge (BgHubInvites *self, const BgHubInvite *invite, const char *public_key, gint64 now)
{
  BgInvite view;

  if (invite == NULL)
    return BG_INVITE_UNKNOWN;
  view = view_of (invite);
  return bg_invite_judge (
    &view, bytes_of (public_key),
    bg_hub_network_belongs_to (self->network, invite->address, public_key, now), now);
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

/* FALSE where no address is left. */
static gboolean
grant (BgHubInvites *self, BgHubInvite *invite, const char *public_key, gint64 now)
{
  g_autofree char *address = bg_hub_network_reserve (self->network, public_key, BG_INVITED, now);

  if (address == NULL)
    return FALSE;
  use_up (self, invite, public_key, address);
  return TRUE;
}

BgHubRedeem
bg_hub_invites_judge (BgHubInvites *self, const char *code, const char *public_key, gint64 now)
{
  BgInviteVerdict verdict = judge (self, find (self, code), public_key, now);

  if (verdict == BG_INVITE_UNKNOWN)
    return BG_HUB_REDEEM_UNKNOWN;
  return verdict == BG_INVITE_EXPIRED ? BG_HUB_REDEEM_EXPIRED : BG_HUB_REDEEM_DONE;
}

BgHubRedeem
bg_hub_invites_redeem (BgHubInvites *self, const char *code, const char *public_key, gint64 now,
                       char **address, char **server_url)
{
  BgHubInvite *invite = find (self, code);
  const char *key = public_key != NULL ? public_key : "";
  BgInviteVerdict verdict = judge (self, invite, key, now);

  *address = *server_url = NULL;
  if (verdict == BG_INVITE_UNKNOWN)
    return BG_HUB_REDEEM_UNKNOWN;
  if (verdict == BG_INVITE_EXPIRED)
    return BG_HUB_REDEEM_EXPIRED;
  if (verdict == BG_INVITE_GRANT && !grant (self, invite, key, now))
    return BG_HUB_REDEEM_NO_ADDRESS;
  *address = g_strdup (invite->address);
  *server_url = g_strdup (invite->server_url);
  return BG_HUB_REDEEM_DONE;
}
