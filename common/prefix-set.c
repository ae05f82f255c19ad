/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/prefix-set.h"

#include <string.h>
#include <sys/socket.h>

#define MAX_LEN 128

struct _BgPrefixSet
{
  GHashTable *networks;             /* BgIpPrefix, masked */
  gboolean has_len[2][MAX_LEN + 1]; /* IPv4, IPv6 */
};

static gsize
n_bytes (const BgIpPrefix *prefix)
{
  return prefix->family == AF_INET ? 4 : sizeof prefix->addr;
}

static guint
hash (gconstpointer data)
{
  const BgIpPrefix *prefix = data;
  guint hash = prefix->len;

  for (gsize i = 0; i < n_bytes (prefix); i++)
    hash = hash * 31 + prefix->addr[i];
  return hash;
}

static gboolean
equal (gconstpointer a, gconstpointer b)
{
  return bg_ip_prefix_equal (a, b);
}

BgPrefixSet *
bg_prefix_set_new (void)
{
  BgPrefixSet *self = g_new0 (BgPrefixSet, 1);

  self->networks = g_hash_table_new_full (hash, equal, g_free, NULL);
  return self;
}

void
bg_prefix_set_free (BgPrefixSet *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->networks);
  g_free (self);
}

void
bg_prefix_set_add (BgPrefixSet *self, const BgIpPrefix *network)
{
  BgIpPrefix *masked = g_memdup2 (network, sizeof *network);

  bg_ip_prefix_mask (masked);
  self->has_len[masked->family == AF_INET6][masked->len] = TRUE;
  g_hash_table_add (self->networks, masked);
}

gboolean
bg_prefix_set_contains (const BgPrefixSet *self, const BgIpPrefix *prefix)
{
  const gboolean *has_len = self->has_len[prefix->family == AF_INET6];

  for (guint len = 0; len <= prefix->len; len++)
    {
      BgIpPrefix network = *prefix;

      if (!has_len[len])
        continue;
      network.len = (uint8_t) len;
      bg_ip_prefix_mask (&network);
      if (g_hash_table_contains (self->networks, &network))
        return TRUE;
    }
  return FALSE;
}
