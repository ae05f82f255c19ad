/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The table of our own indices (paper, 5.4: sender and receiver): 32 random bits that name a handshake or a keypair.
 * Intrusive and chained. We draw the indices ourselves, so their low bits are hash enough. */

struct WgPeer;
struct WgKeypair;

typedef struct WgIndexEntry
{
  struct WgIndexEntry *next;
  struct WgPeer       *peer;
  struct WgKeypair    *keypair; /* NULL: the peer's handshake in flight */
  uint32_t             index;
  bool                 linked;
} WgIndexEntry;

typedef struct
{
  WgIndexEntry **buckets;
  uint32_t       n_buckets; /* a power of two */
  uint32_t       n_entries;
} WgIndexTable;

/* Fills `len` random bytes; false where it cannot. */
typedef bool (*WgIndexRandom) (void *data, void *bytes, size_t len);

void wg_index_init (WgIndexTable *table);
/* Every entry must have left. */
void wg_index_clear (WgIndexTable *table);
/* Gives `entry` a fresh index and links it; a linked one loses its old index. False without randomness. */
bool wg_index_insert (WgIndexTable *table, WgIndexEntry *entry, WgIndexRandom random, void *random_data);
/* Puts `to` in the place of `from`, which leaves the table. */
void wg_index_replace (WgIndexTable *table, WgIndexEntry *from, WgIndexEntry *to);
/* Fine for an entry that is not linked. */
void wg_index_remove (WgIndexTable *table, WgIndexEntry *entry);
/* NULL where nobody has it. */
WgIndexEntry *wg_index_lookup (const WgIndexTable *table, uint32_t index);
