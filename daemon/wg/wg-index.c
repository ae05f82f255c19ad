/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wg/wg-index.h"

#include <stdlib.h>

enum
{
  FIRST_BUCKETS = 64,
  DRAWS_MAX = 64
};

static WgIndexEntry **
new_buckets (uint32_t n)
{
  WgIndexEntry **buckets = calloc (n, sizeof *buckets);

  if (!buckets)
    abort ();
  return buckets;
}

void
wg_index_init (WgIndexTable *table)
{
  table->n_entries = 0;
  table->n_buckets = FIRST_BUCKETS;
  table->buckets = new_buckets (FIRST_BUCKETS);
}

void
wg_index_clear (WgIndexTable *table)
{
  free (table->buckets);
  *table = (WgIndexTable){ 0 };
}

static WgIndexEntry **
bucket_of (const WgIndexTable *table, uint32_t index)
{
  return &table->buckets[index & (table->n_buckets - 1)];
}

static void
push (WgIndexTable *table, WgIndexEntry *entry)
{
  WgIndexEntry **bucket = bucket_of (table, entry->index);

  entry->next = *bucket;
  *bucket = entry;
}

static void
grow (WgIndexTable *table)
{
  WgIndexTable wider = { .n_buckets = table->n_buckets * 2, .n_entries = table->n_entries };

  wider.buckets = new_buckets (wider.n_buckets);
  for (uint32_t i = 0; i < table->n_buckets; i++)
    for (WgIndexEntry *entry = table->buckets[i], *next; entry; entry = next)
      {
        next = entry->next;
        push (&wider, entry);
      }
  free (table->buckets);
  *table = wider;
}

static void
link_entry (WgIndexTable *table, WgIndexEntry *entry)
{
  if (table->n_entries >= table->n_buckets && table->n_buckets < UINT32_C (1) << 31)
    grow (table);
  push (table, entry);
  entry->linked = true;
  table->n_entries++;
}

bool
wg_index_insert (WgIndexTable *table, WgIndexEntry *entry, WgIndexRandom random, void *random_data)
{
  wg_index_remove (table, entry);
  for (int draw = 0; draw < DRAWS_MAX; draw++)
    {
      if (!random (random_data, &entry->index, sizeof entry->index))
        return false;
      if (!wg_index_lookup (table, entry->index))
        {
          link_entry (table, entry);
          return true;
        }
    }
  return false;
}

void
wg_index_replace (WgIndexTable *table, WgIndexEntry *from, WgIndexEntry *to)
{
  wg_index_remove (table, to);
  wg_index_remove (table, from);
  to->index = from->index;
  link_entry (table, to);
}

void
wg_index_remove (WgIndexTable *table, WgIndexEntry *entry)
{
  WgIndexEntry **at;

  if (!entry->linked)
    return;
  for (at = bucket_of (table, entry->index); *at != entry; at = &(*at)->next)
    ;
  *at = entry->next;
  entry->next = NULL;
  entry->linked = false;
  table->n_entries--;
}

WgIndexEntry *
wg_index_lookup (const WgIndexTable *table, uint32_t index)
{
  WgIndexEntry *entry = *bucket_of (table, index);

  while (entry && entry->index != index)
    entry = entry->next;
  return entry;
}
