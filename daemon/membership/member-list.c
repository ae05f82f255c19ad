/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "membership/member-list.h"

#include "common/key-hash.h"
#include "common/key-text.h"

#include <string.h>

typedef struct
{
  guint8 bytes[BG_ENTRY_KEY];
} Key;

/* While the log is read from its beginning: whose each key that signs is. */
typedef struct
{
  BgMembershipLog *log;
  GHashTable *owners;  /* Key -> Key: of the device */
  GHashTable *invites; /* the same, of who made it */
  GPtrArray *views;    /* by the number of the record's entry; NULL for other entries */
} Reading;

static GHashTable *
key_table (void)
{
  return g_hash_table_new_full (bg_key_hash, bg_key_equal, g_free, g_free);
}

static void
note (GHashTable *table, const guint8 key[BG_ENTRY_KEY], const guint8 device[BG_ENTRY_KEY])
{
  g_hash_table_replace (table, g_memdup2 (key, BG_ENTRY_KEY), g_memdup2 (device, BG_ENTRY_KEY));
}

static gboolean
read_entry (BgMembershipLog *log, guint32 number, BgEntry *entry)
{
  BgBytes bytes;

  bytes.bytes = g_bytes_get_data (bg_membership_log_get_entry (log, number), &bytes.len);
  return bg_entry_read (bytes, entry);
}

/* --- Devices --- */

static void
view_free (gpointer data)
{
  BgMemberView *view = data;

  g_free (view->signed_by);
  g_free (view);
}

static char *
name_of (Reading *reading, const guint8 *device)
{
  const BgMember *member =
    device ? bg_membership_find_key (bg_membership_log_get_state (reading->log), device) : NULL;

  return member ? g_strdup (member->record.name) : NULL;
}

static BgMemberView *
view_new (Reading *reading, const BgEntry *entry)
{
  BgMemberView *view = g_new0 (BgMemberView, 1);
  const guint8 *owner = g_hash_table_lookup (reading->owners, entry->signer),
               *inviter = g_hash_table_lookup (reading->invites, entry->signer);

  view->signed_at = entry->time;
  view->by_recovery = entry->type == BG_ENTRY_RECOVERY;
  view->by_invite = !owner && inviter;
  view->signed_by = name_of (reading, owner ? owner : inviter);
  return view;
}

static void
read_signers (Reading *reading, const BgEntry *entry)
{
  const guint8 *maker = g_hash_table_lookup (reading->owners, entry->signer);

  if (entry->type == BG_ENTRY_GENESIS)
    note (reading->owners, entry->signer, entry->record.key);
  else if (entry->type == BG_ENTRY_OWNER)
    note (reading->owners, entry->key, entry->device);
  else if (entry->type == BG_ENTRY_RECOVERY)
    note (reading->owners, entry->key, entry->record.key);
  else if (entry->type == BG_ENTRY_INVITE && maker)
    note (reading->invites, entry->key, maker);
}

static gboolean
has_record (const BgEntry *entry)
{
  return entry->type == BG_ENTRY_GENESIS || entry->type == BG_ENTRY_DEVICE
         || entry->type == BG_ENTRY_RECOVERY;
}

static void
read_all (Reading *reading)
{
  guint32 count = bg_membership_log_get_count (reading->log);
  BgEntry entry;

  g_ptr_array_set_size (reading->views, (gint) count);
  for (guint32 i = 0; i < count; i++)
    if (read_entry (reading->log, i, &entry))
      {
        read_signers (reading, &entry);
        if (has_record (&entry))
          reading->views->pdata[i] = view_new (reading, &entry);
      }
}

/* The entries of before that said something else of the same device are nobody's view. */
static GPtrArray *
views_of_members (Reading *reading)
{
  const BgMembership *state = bg_membership_log_get_state (reading->log);
  GPtrArray *views = g_ptr_array_new_with_free_func (view_free);

  for (guint32 i = 0; i < bg_membership_n_members (state); i++)
    {
      const BgMember *member = bg_membership_member (state, i);
      BgMemberView *view = g_steal_pointer (&reading->views->pdata[member->number]);

      if (!view)
        continue;
      view->member = member;
      view->is_owner = !member->is_revoked
                       && bg_membership_is_owners_device (state, member->record.key);
      g_ptr_array_add (views, view);
    }
  for (guint i = 0; i < reading->views->len; i++)
    if (reading->views->pdata[i])
      view_free (reading->views->pdata[i]);
  return views;
}

GPtrArray *
bg_member_list_new (BgMembershipLog *log)
{
  g_autoptr (GHashTable) owners = key_table (), invites = key_table ();
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  Reading reading = { log, owners, invites, all };

  read_all (&reading);
  return views_of_members (&reading);
}

/* --- Invites --- */

static void
drop_invite (GArray *invites, const guint8 key[BG_ENTRY_KEY])
{
  for (guint i = 0; i < invites->len; i++)
    if (bg_key_equal (g_array_index (invites, BgInviteView, i).key, key))
      {
        g_array_remove_index (invites, i);
        return;
      }
}

static void
drop_expired (GArray *invites, guint64 now)
{
  for (guint i = invites->len; i > 0; i--)
    if (g_array_index (invites, BgInviteView, i - 1).expires_at < now)
      g_array_remove_index (invites, i - 1);
}

/* Of the device that signs with this key; NULL: none. */
static const BgMember *
owner_of (const BgMembership *state, const guint8 signing_key[BG_ENTRY_KEY])
{
  for (guint32 i = 0; i < bg_membership_n_owners (state); i++)
    if (bg_key_equal (bg_membership_owner (state, i)->key, signing_key))
      return bg_membership_find_key (state, bg_membership_owner (state, i)->device);
  return NULL;
}

static void
add_invite (GArray *invites, const BgMembership *state, const BgEntry *entry)
{
  const BgMember *maker = owner_of (state, entry->signer);
  BgInviteView view = { .made_at = entry->time,
                        .expires_at = entry->expires_at,
                        .granted = entry->granted };

  memcpy (view.key, entry->key, BG_ENTRY_KEY);
  memcpy (view.name, entry->name, sizeof view.name);
  if (maker)
    memcpy (view.made_by, maker->record.name, sizeof view.made_by);
  g_array_append_val (invites, view);
}

GArray *
bg_invite_list_new (BgMembershipLog *log, guint64 now)
{
  GArray *invites = g_array_new (FALSE, FALSE, sizeof (BgInviteView));
  BgEntry entry;

  for (guint32 i = 0; i < bg_membership_log_get_count (log); i++)
    {
      if (!read_entry (log, i, &entry))
        continue;
      drop_expired (invites, entry.time);
      if (entry.type == BG_ENTRY_INVITE)
        add_invite (invites, bg_membership_log_get_state (log), &entry);
      else if (entry.type == BG_ENTRY_CANCEL)
        drop_invite (invites, entry.key);
      else if (entry.type == BG_ENTRY_DEVICE)
        drop_invite (invites, entry.signer);
    }
  drop_expired (invites, now);
  return invites;
}

static gboolean
begins_with (const guint8 key[BG_ENTRY_KEY], const char *hex)
{
  char text[BG_KEY_HEX_LEN + 1];

  bg_key_to_hex (key, text);
  return g_str_has_prefix (text, hex);
}

BgInviteFate
bg_invite_fate (BgMembershipLog *log, const char *hex)
{
  BgInviteFate fate = BG_INVITE_NEVER_WAS;
  BgEntry entry;

  for (guint32 i = 0; i < bg_membership_log_get_count (log); i++)
    {
      if (!read_entry (log, i, &entry))
        continue;
      if (entry.type == BG_ENTRY_INVITE && begins_with (entry.key, hex))
        fate = BG_INVITE_FATE_OPEN;
      else if (entry.type == BG_ENTRY_CANCEL && begins_with (entry.key, hex))
        fate = BG_INVITE_FATE_CANCELLED;
      else if (entry.type == BG_ENTRY_DEVICE && fate == BG_INVITE_FATE_OPEN
               && begins_with (entry.signer, hex))
        fate = BG_INVITE_FATE_USED;
    }
  return fate;
}
