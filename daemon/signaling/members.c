/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/members.h"

struct BgMembers
{
  GHashTable *ids;
};

BgMembers *
bg_members_new (void)
{
  BgMembers *self = g_new0 (BgMembers, 1);

  self->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
bg_members_free (BgMembers *self)
{
  g_hash_table_unref (self->ids);
  g_free (self);
}

static void
tidy (const char *own_id, GPtrArray *peers)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_hash_table_add (seen, g_strdup (own_id));
  for (guint i = 0; i < peers->len;)
    {
      BgSignalPeer *peer = g_ptr_array_index (peers, i);

      if (g_hash_table_add (seen, g_strdup (peer->id)))
        i++;
      else
        g_ptr_array_remove_index (peers, i);
    }
}

void
bg_members_take_list (BgMembers *self, const char *own_id, GPtrArray *peers)
{
  tidy (own_id, peers);
  for (guint i = 0; i < peers->len && bg_members_count (self) < BG_SIGNAL_MAX_PEERS; i++)
    {
      const BgSignalPeer *peer = g_ptr_array_index (peers, i);

      g_hash_table_add (self->ids, g_strdup (peer->id));
    }
}

void
bg_members_remove (BgMembers *self, const char *id)
{
  g_hash_table_remove (self->ids, id);
}

void
bg_members_clear (BgMembers *self)
{
  g_hash_table_remove_all (self->ids);
}

guint
bg_members_count (const BgMembers *self)
{
  return g_hash_table_size (self->ids);
}
