/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Cryptokey routing (paper, 2): one path-compressed binary trie per family; a node is a prefix or the fork of two, so
 * a lookup visits at most as many nodes as the address has bits, and there are fewer than twice as many nodes as
 * prefixes. The door to it is wg_allowed_ips_insert() and its sisters in wg.h. */

struct WgPeer;

typedef struct
{
  uint64_t hi, lo; /* the address from its first bit on, host order; IPv4 in the top 32 bits */
} WgTrieKey;

typedef struct WgTrieNode WgTrieNode;
struct WgTrieNode
{
  WgTrieKey      key;
  struct WgPeer *peer;     /* NULL: only a fork */
  WgTrieNode    *child[2];
  WgTrieNode    *parent;
  WgTrieNode    *next_of_peer, **link_of_peer;
  uint8_t        cidr;
  uint8_t        bits; /* 32 or 128 */
};

typedef struct
{
  WgTrieNode *ip4, *ip6;
} WgTrie;

/* Frees all nodes. */
void wg_trie_clear (WgTrie *trie);
/* Nodes in the trie, forks included; for tests. */
uint32_t wg_trie_count_nodes (const WgTrie *trie);
