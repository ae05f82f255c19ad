/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A script of inserts, removals and look-ups against a plain list: 7 bytes an operation. */
#include "fuzz-wg-pair.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum
{
  STEP = 7,
  PEERS = 4,
  ROWS_MAX = 256
};

typedef struct
{
  uint8_t addr[16], cidr;
  int family;
  WgPeer *peer;
} Row;

typedef struct
{
  Row rows[ROWS_MAX];
  unsigned n;
} List;

static bool
same_prefix (const uint8_t *a, const uint8_t *b, unsigned cidr)
{
  for (unsigned i = 0; i < cidr; i++)
    if ((a[i / 8] ^ b[i / 8]) & 0x80u >> i % 8)
      return false;
  return true;
}

static void
list_insert (List *list, const Row *row)
{
  for (unsigned i = 0; i < list->n; i++)
    {
      Row *old = &list->rows[i];

      if (old->family == row->family && old->cidr == row->cidr
          && same_prefix (old->addr, row->addr, row->cidr))
        {
          old->peer = row->peer;
          return;
        }
    }
  list->rows[list->n++] = *row;
}

static void
list_remove (List *list, const WgPeer *peer)
{
  unsigned kept = 0;

  for (unsigned i = 0; i < list->n; i++)
    if (list->rows[i].peer != peer)
      list->rows[kept++] = list->rows[i];
  list->n = kept;
}

static WgPeer *
list_lookup (const List *list, int family, const uint8_t *addr)
{
  WgPeer *found = NULL;
  int best = -1;

  for (unsigned i = 0; i < list->n; i++)
    if (list->rows[i].family == family && list->rows[i].cidr > best
        && same_prefix (list->rows[i].addr, addr, list->rows[i].cidr))
      {
        best = list->rows[i].cidr;
        found = list->rows[i].peer;
      }
  return found;
}

/* One step: what, which peer, prefix length, four bytes that make the address. */
static void
run_step (WgDevice *dev, WgPeer **peers, List *list, const uint8_t *step)
{
  WgPeer *peer = peers[step[1] % PEERS];
  Row row = { .family = step[0] & 1 ? AF_INET6 : AF_INET, .peer = peer };

  row.cidr = (uint8_t) (step[2] % (step[0] & 1 ? 129 : 33));
  memcpy (row.addr, step + 3, 2);
  memcpy (row.addr + (step[0] & 1 ? 14 : 2), step + 5, 2);
  if (step[0] % 16 == 0)
    {
      wg_allowed_ips_remove_peer (dev, peer);
      list_remove (list, peer);
    }
  else if (list->n < ROWS_MAX)
    {
      FUZZ_ASSERT (wg_allowed_ips_insert (dev, peer, row.family, row.addr, row.cidr));
      list_insert (list, &row);
    }
  FUZZ_ASSERT (wg_allowed_ips_lookup (dev, row.family, row.addr)
               == list_lookup (list, row.family, row.addr));
  row.addr[step[4] % 4] ^= step[6];
  FUZZ_ASSERT (wg_allowed_ips_lookup (dev, row.family, row.addr)
               == list_lookup (list, row.family, row.addr));
  FUZZ_ASSERT (wg_trie_count_nodes (&dev->allowed_ips) <= 2 * list->n);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  BgPacketPool *pool = bg_packet_pool_new (256, 1);
  WgDevice *dev = wg_device_new (pool, NULL, NULL);
  List list = { .n = 0 };
  WgPeer *peers[PEERS];

  for (uint8_t i = 0; i < PEERS; i++)
    {
      WgKey key = { { (uint8_t) (i + 1) } };

      peers[i] = wg_peer_add (dev, &key);
    }
  for (; size >= STEP; size -= STEP, data += STEP)
    run_step (dev, peers, &list, data);
  wg_device_free (dev);
  FUZZ_ASSERT (bg_packet_pool_destroy (pool));
  return 0;
}
