/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg/wg-allowed-ips.h"
#include "wg/wg-private.h"

#include <stdlib.h>
#include <sys/socket.h>

static uint64_t
get_be (const uint8_t *bytes, int n)
{
  uint64_t value = 0;

  for (int i = 0; i < n; i++)
    value = value << 8 | bytes[i];
  return value;
}

static void
put_be (uint8_t *bytes, int n, uint64_t value)
{
  for (int i = 0; i < n; i++)
    bytes[i] = (uint8_t) (value >> (8 * (n - 1 - i)));
}

static WgTrieKey
key_from_address (int bits, const void *addr)
{
  const uint8_t *bytes = addr;

  if (bits == 32)
    return (WgTrieKey){ .hi = get_be (bytes, 4) << 32 };
  return (WgTrieKey){ get_be (bytes, 8), get_be (bytes + 8, 8) };
}

static void
key_to_address (const WgTrieNode *node, uint8_t addr[16])
{
  if (node->bits == 32)
    put_be (addr, 4, node->key.hi >> 32);
  else
    {
      put_be (addr, 8, node->key.hi);
      put_be (addr + 8, 8, node->key.lo);
    }
}

static WgTrieKey
key_masked (WgTrieKey key, uint8_t cidr)
{
  if (cidr < 64)
    return (WgTrieKey){ .hi = cidr ? key.hi & ~UINT64_C (0) << (64 - cidr) : 0 };
  if (cidr < 128)
    key.lo = cidr > 64 ? key.lo & ~UINT64_C (0) << (128 - cidr) : 0;
  return key;
}

static int
key_bit (WgTrieKey key, uint8_t at)
{
  return (int) (at < 64 ? key.hi >> (63 - at) & 1 : key.lo >> (127 - at) & 1);
}

/* How many leading bits are equal. */
static uint8_t
key_common (WgTrieKey a, WgTrieKey b)
{
  if (a.hi != b.hi)
    return (uint8_t) __builtin_clzll (a.hi ^ b.hi);
  if (a.lo != b.lo)
    return (uint8_t) (64 + __builtin_clzll (a.lo ^ b.lo));
  return 128;
}

static bool
node_covers (const WgTrieNode *node, WgTrieKey key)
{
  return key_common (node->key, key) >= node->cidr;
}

static WgTrieNode **
trie_root (WgDevice *dev, uint8_t bits)
{
  return bits == 32 ? &dev->allowed_ips.ip4 : &dev->allowed_ips.ip6;
}

static uint8_t
family_bits (int family)
{
  return family == AF_INET ? 32 : family == AF_INET6 ? 128 : 0;
}

static WgTrieNode *
node_new (WgTrieKey key, uint8_t cidr, uint8_t bits)
{
  WgTrieNode *node = wg_new0 (sizeof *node);

  node->key = key_masked (key, cidr);
  node->cidr = cidr;
  node->bits = bits;
  return node;
}

static void
node_adopt (WgTrieNode *node, WgTrieNode *child)
{
  node->child[key_bit (child->key, node->cidr)] = child;
  child->parent = node;
}

/* Puts `to` (or nothing) where `from` hangs. */
static void
node_replace (WgDevice *dev, WgTrieNode *from, WgTrieNode *to)
{
  WgTrieNode *parent = from->parent;

  if (!parent)
    *trie_root (dev, from->bits) = to;
  else
    parent->child[parent->child[1] == from] = to;
  if (to)
    to->parent = parent;
}

static void
node_disown (WgTrieNode *node)
{
  if (!node->peer)
    return;
  *node->link_of_peer = node->next_of_peer;
  if (node->next_of_peer)
    node->next_of_peer->link_of_peer = node->link_of_peer;
  node->peer = NULL;
}

static void
node_give (WgTrieNode *node, WgPeer *peer)
{
  node_disown (node);
  node->peer = peer;
  node->next_of_peer = peer->allowed_ips;
  node->link_of_peer = &peer->allowed_ips;
  if (peer->allowed_ips)
    peer->allowed_ips->link_of_peer = &node->next_of_peer;
  peer->allowed_ips = node;
}

/* The node of a prefix, made where it is missing. */
static WgTrieNode *
node_make (WgDevice *dev, WgTrieKey key, uint8_t cidr, uint8_t bits)
{
  WgTrieNode *below = *trie_root (dev, bits), *above = NULL, *node, *fork;
  uint8_t common;

  while (below && below->cidr <= cidr && node_covers (below, key))
    {
      if (below->cidr == cidr)
        return below;
      above = below;
      below = below->child[key_bit (key, below->cidr)];
    }

  node = node_new (key, cidr, bits);
  if (!below)
    {
      if (above)
        node_adopt (above, node);
      else
        *trie_root (dev, bits) = node;
      return node;
    }
  common = key_common (below->key, node->key);
  if (common >= cidr)
    {
      node_replace (dev, below, node);
      node_adopt (node, below);
      return node;
    }
  fork = node_new (key, common, bits);
  node_replace (dev, below, fork);
  node_adopt (fork, below);
  node_adopt (fork, node);
  return node;
}

/* Frees a node that is no prefix any more, unless it is still a fork, and its parent if that forks no longer. */
static void
node_prune (WgDevice *dev, WgTrieNode *node)
{
  while (node && !node->peer && !(node->child[0] && node->child[1]))
    {
      WgTrieNode *parent = node->parent;

      node_replace (dev, node, node->child[0] ? node->child[0] : node->child[1]);
      free (node);
      node = parent;
    }
}

bool
wg_allowed_ips_insert (WgDevice *dev, WgPeer *peer, int family, const void *addr, uint8_t cidr)
{
  uint8_t bits = family_bits (family);
  WgTrieKey key;

  if (bits == 0 || cidr > bits)
    return false;
  key = key_masked (key_from_address (bits, addr), cidr);
  node_give (node_make (dev, key, cidr, bits), peer);
  return true;
}

void
wg_allowed_ips_remove_peer (WgDevice *dev, WgPeer *peer)
{
  WgTrieNode *node;

  while ((node = peer->allowed_ips))
    {
      node_disown (node);
      node_prune (dev, node);
    }
}

/* The longest prefix that holds the address. */
static const WgTrieNode *
find (const WgDevice *dev, int family, const void *addr)
{
  uint8_t bits = family_bits (family);
  const WgTrieNode *node, *found = NULL;
  WgTrieKey key;

  if (bits == 0)
    return NULL;
  key = key_from_address (bits, addr);
  node = bits == 32 ? dev->allowed_ips.ip4 : dev->allowed_ips.ip6;
  while (node && node_covers (node, key))
    {
      if (node->peer)
        found = node;
      if (node->cidr == bits)
        break;
      node = node->child[key_bit (key, node->cidr)];
    }
  return found;
}

WgPeer *
wg_allowed_ips_lookup (const WgDevice *dev, int family, const void *addr)
{
  const WgTrieNode *node = find (dev, family, addr);

  return node ? node->peer : NULL;
}

bool
wg_allowed_ips_hold (const WgDevice *dev, int family, const void *addr)
{
  const WgTrieNode *node = find (dev, family, addr);

  return node && node->cidr > 0;
}

void
wg_allowed_ips_foreach (const WgPeer *peer,
                        void (*each) (int family, const void *addr, uint8_t cidr, void *data),
                        void *data)
{
  uint8_t addr[16];

  for (const WgTrieNode *node = peer->allowed_ips; node; node = node->next_of_peer)
    {
      key_to_address (node, addr);
      each (node->bits == 32 ? AF_INET : AF_INET6, addr, node->cidr, data);
    }
}

static void
free_below (WgTrieNode *node)
{
  if (!node)
    return;
  free_below (node->child[0]);
  free_below (node->child[1]);
  free (node);
}

void
wg_trie_clear (WgTrie *trie)
{
  free_below (trie->ip4);
  free_below (trie->ip6);
  *trie = (WgTrie){ 0 };
}

static uint32_t
count_below (const WgTrieNode *node)
{
  return node ? 1 + count_below (node->child[0]) + count_below (node->child[1]) : 0;
}

uint32_t
wg_trie_count_nodes (const WgTrie *trie)
{
  return count_below (trie->ip4) + count_below (trie->ip6);
}
