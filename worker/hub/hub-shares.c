/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-shares.h"

#include <string.h>

enum
{
  MAX_SOURCES = 4096, /* on each level */
  IPV4_MAX_BITS = 32,
  IPV6_MAX_BITS = 64,
};

#define IPV4_MARK (G_GUINT64_CONSTANT (0xffff) << 32) /* ::/16 is nobody's */

typedef struct
{
  guint64 network;
  BgTokenBucket bucket;
  GList link; /* in `by_use` */
} Source;

typedef struct
{
  GHashTable *sources; /* &network → Source */
  GQueue by_use;       /* Source, the one unused for the longest time first */
} Level;

struct _BgHubShares
{
  const BgHubShareLevel *rules;
  guint n_levels;
  Level levels[];
};

static guint64
leading_bits (guint64 value, guint width, guint bits)
{
  return bits == 0 ? 0 : value >> (width - bits) << (width - bits);
}

guint64
bg_hub_source_network (GInetAddress *source, guint ipv4_bits, guint ipv6_bits)
{
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };
  const guint8 *bytes = g_inet_address_to_bytes (source);
  guint64 wide;
  guint32 narrow;

  if (g_inet_address_get_family (source) == G_SOCKET_FAMILY_IPV6)
    {
      if (memcmp (bytes, mapped, sizeof mapped) != 0)
        {
          memcpy (&wide, bytes, sizeof wide);
          return leading_bits (GUINT64_FROM_BE (wide), IPV6_MAX_BITS,
                               MIN (ipv6_bits, IPV6_MAX_BITS));
        }
      bytes += sizeof mapped;
    }
  memcpy (&narrow, bytes, sizeof narrow);
  return IPV4_MARK
         | leading_bits (GUINT32_FROM_BE (narrow), IPV4_MAX_BITS, MIN (ipv4_bits, IPV4_MAX_BITS));
}

BgHubShares *
bg_hub_shares_new (const BgHubShareLevel *rules, guint n_levels)
{
  BgHubShares *self = g_malloc0 (sizeof *self + n_levels * sizeof (Level));

  self->rules = rules;
  self->n_levels = n_levels;
  for (guint i = 0; i < n_levels; i++)
    {
      self->levels[i].sources = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
      g_queue_init (&self->levels[i].by_use);
    }
  return self;
}

void
bg_hub_shares_free (BgHubShares *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->n_levels; i++)
    g_hash_table_unref (self->levels[i].sources);
  g_free (self);
}

guint
bg_hub_shares_count (BgHubShares *self)
{
  guint count = 0;

  for (guint i = 0; i < self->n_levels; i++)
    count += g_hash_table_size (self->levels[i].sources);
  return count;
}

static Source *
find_source (BgHubShares *self, guint i, GInetAddress *address)
{
  guint64 network = bg_hub_source_network (address, self->rules[i].ipv4_bits,
                                           self->rules[i].ipv6_bits);

  return g_hash_table_lookup (self->levels[i].sources, &network);
}

static Source *
add_source (BgHubShares *self, guint i, GInetAddress *address, gint64 now_us)
{
  Level *level = &self->levels[i];
  Source *source;

  if (level->by_use.length >= MAX_SOURCES)
    {
      source = g_queue_pop_head_link (&level->by_use)->data;
      g_hash_table_remove (level->sources, &source->network);
    }
  source = g_new0 (Source, 1);
  source->network = bg_hub_source_network (address, self->rules[i].ipv4_bits,
                                           self->rules[i].ipv6_bits);
  source->link.data = source;
  bg_token_bucket_init (&source->bucket, &self->rules[i].rate, now_us);
  g_hash_table_insert (level->sources, &source->network, source);
  g_queue_push_tail_link (&level->by_use, &source->link);
  return source;
}

static void
note_use (Level *level, Source *source)
{
  g_queue_unlink (&level->by_use, &source->link);
  g_queue_push_tail_link (&level->by_use, &source->link);
}

static void
give_back_below (BgHubShares *self, GInetAddress *address, guint end)
{
  for (guint i = 0; i < end; i++)
    {
      Source *source = find_source (self, i, address);

      if (source != NULL)
        bg_token_bucket_give_back (&source->bucket, &self->rules[i].rate);
    }
}

gboolean
bg_hub_shares_take (BgHubShares *self, GInetAddress *address, gint64 now_us, guint *wait_s)
{
  for (guint i = 0; i < self->n_levels; i++)
    {
      Source *source = find_source (self, i, address);

      if (source == NULL)
        source = add_source (self, i, address, now_us);
      note_use (&self->levels[i], source);
      if (bg_token_bucket_take (&source->bucket, &self->rules[i].rate, now_us))
        continue;
      *wait_s = bg_token_bucket_wait_s (&source->bucket, &self->rules[i].rate);
      give_back_below (self, address, i);
      return FALSE;
    }
  return TRUE;
}

void
bg_hub_shares_give_back (BgHubShares *self, GInetAddress *address)
{
  give_back_below (self, address, self->n_levels);
}
