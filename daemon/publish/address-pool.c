/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/address-pool.h"

#include <string.h>
#include <sys/socket.h>

enum
{
  BITS = 32,
  FIRST_OF_NAMES = 2, /* behind the network's own and this machine's */
};

typedef struct
{
  char *name;
  guint32 address;
  gboolean is_live;
  gint64 used_at;
} Lease;

struct _BgAddressPool
{
  guint32 base, last;     /* the network's own and its broadcast address */
  guint32 fresh;          /* no address from here on was given to anybody, but for those restored */
  GHashTable *by_name;    /* → Lease, owned */
  GHashTable *by_address; /* → Lease */
};

static void
lease_free (gpointer data)
{
  Lease *lease = data;

  g_free (lease->name);
  g_free (lease);
}

static guint32
number_of (const guint8 bytes[4])
{
  guint32 number;

  memcpy (&number, bytes, sizeof number);
  return g_ntohl (number);
}

BgIpPrefix
bg_address_to_prefix (guint32 address)
{
  BgIpPrefix prefix = { .family = AF_INET, .len = BITS };
  guint32 number = g_htonl (address);

  memcpy (prefix.addr, &number, sizeof number);
  return prefix;
}

guint32
bg_address_of_prefix (const BgIpPrefix *host)
{
  return number_of (host->addr);
}

BgAddressPool *
bg_address_pool_new (const BgIpPrefix *subnet)
{
  BgAddressPool *self = g_new0 (BgAddressPool, 1);
  guint32 hosts = G_MAXUINT32 >> subnet->len;

  g_assert (subnet->family == AF_INET && subnet->len >= BG_ADDRESS_LEAST_BITS
            && subnet->len <= BG_ADDRESS_MOST_BITS);
  self->base = bg_address_of_prefix (subnet) & ~hosts;
  self->last = self->base | hosts;
  self->fresh = self->base + FIRST_OF_NAMES;
  self->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, lease_free);
  self->by_address = g_hash_table_new (NULL, NULL);
  return self;
}

void
bg_address_pool_free (BgAddressPool *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->by_address);
  g_hash_table_unref (self->by_name);
  g_free (self);
}

static Lease *
add (BgAddressPool *self, const char *name, guint32 address)
{
  Lease *lease = g_new0 (Lease, 1);

  lease->name = g_strdup (name);
  lease->address = address;
  g_hash_table_insert (self->by_name, lease->name, lease);
  g_hash_table_insert (self->by_address, GUINT_TO_POINTER (address), lease);
  return lease;
}

static gboolean
is_taken (const BgAddressPool *self, guint32 address)
{
  return g_hash_table_contains (self->by_address, GUINT_TO_POINTER (address));
}

gboolean
bg_address_pool_restore (BgAddressPool *self, const char *name, guint32 address, gint64 used_at)
{
  if (address < self->base + FIRST_OF_NAMES || address >= self->last || is_taken (self, address)
      || g_hash_table_contains (self->by_name, name))
    return FALSE;
  add (self, name, address)->used_at = used_at;
  return TRUE;
}

static gboolean
looks_like_no_host (guint32 address)
{
  return (address & 0xff) == 0 || (address & 0xff) == 0xff;
}

/* The lowest that nobody had; 0: there is none. */
static guint32
take_fresh (BgAddressPool *self)
{
  while (self->fresh < self->last
         && (looks_like_no_host (self->fresh) || is_taken (self, self->fresh)))
    self->fresh++;
  return self->fresh < self->last ? self->fresh++ : 0;
}

static gboolean
is_older (const Lease *a, const Lease *b)
{
  return b == NULL || a->used_at < b->used_at
         || (a->used_at == b->used_at && a->address < b->address);
}

/* The reservation that was not used for the longest time; NULL: none has rested long enough. */
static Lease *
find_rested (BgAddressPool *self, gint64 now)
{
  Lease *oldest = NULL, *lease;
  GHashTableIter iter;

  g_hash_table_iter_init (&iter, self->by_name);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &lease))
    if (!lease->is_live && now - lease->used_at >= BG_ADDRESS_REST_S && is_older (lease, oldest))
      oldest = lease;
  return oldest;
}

static guint32
take_rested (BgAddressPool *self, gint64 now)
{
  Lease *lease = find_rested (self, now);
  guint32 address;

  if (lease == NULL)
    return 0;
  address = lease->address;
  g_hash_table_remove (self->by_address, GUINT_TO_POINTER (address));
  g_hash_table_remove (self->by_name, lease->name);
  return address;
}

static Lease *
give (BgAddressPool *self, const char *name, gint64 now)
{
  guint32 address = take_fresh (self);

  if (address == 0)
    address = take_rested (self, now);
  return address != 0 ? add (self, name, address) : NULL;
}

guint32
bg_address_pool_take (BgAddressPool *self, const char *name, gint64 now)
{
  Lease *lease = g_hash_table_lookup (self->by_name, name);

  if (lease == NULL)
    lease = give (self, name, now);
  if (lease == NULL)
    return 0;
  if (!lease->is_live)
    lease->used_at = now;
  lease->is_live = TRUE;
  return lease->address;
}

void
bg_address_pool_release (BgAddressPool *self, const char *name, gint64 now)
{
  Lease *lease = g_hash_table_lookup (self->by_name, name);

  if (lease == NULL || !lease->is_live)
    return;
  lease->is_live = FALSE;
  lease->used_at = now;
}

guint32
bg_address_pool_get (const BgAddressPool *self, const char *name)
{
  const Lease *lease = g_hash_table_lookup (self->by_name, name);

  return lease != NULL ? lease->address : 0;
}

guint
bg_address_pool_count (const BgAddressPool *self, guint *live)
{
  const Lease *lease;
  GHashTableIter iter;

  *live = 0;
  g_hash_table_iter_init (&iter, self->by_name);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &lease))
    *live += lease->is_live ? 1 : 0;
  return g_hash_table_size (self->by_name);
}

void
bg_address_pool_foreach (BgAddressPool *self,
                         void (*each) (const BgAddressLease *lease, gpointer data), gpointer data)
{
  g_autoptr (GList)
    names = g_list_sort (g_hash_table_get_keys (self->by_name), (GCompareFunc) strcmp);

  for (const GList *l = names; l != NULL; l = l->next)
    {
      const Lease *lease = g_hash_table_lookup (self->by_name, l->data);

      each (&(BgAddressLease){ lease->name, lease->address, lease->is_live, lease->used_at }, data);
    }
}

guint32
bg_address_pool_get_own (const BgAddressPool *self)
{
  return self->base + 1;
}

/* Adds a number to the address that `host` has by now, the network's own: its low 32 bits are 0 where these are not the prefix's. */
static void
put_place (BgIpPrefix *host, guint32 place)
{
  guint8 *low = host->addr + (host->family == AF_INET ? 0 : sizeof host->addr - sizeof place);
  guint32 number = g_htonl (number_of (low) | place);

  memcpy (low, &number, sizeof number);
  host->len = host->family == AF_INET ? BITS : 8 * sizeof host->addr;
}

gboolean
bg_address_pool_mirror (const BgAddressPool *self, guint32 address, const BgIpPrefix *other,
                        BgIpPrefix *host)
{
  guint bits = (other->family == AF_INET ? BITS : 8 * sizeof other->addr) - other->len;
  guint32 place = address - self->base;

  if (bits < BITS && (guint64) place >= (G_GUINT64_CONSTANT (1) << bits) - 1)
    return FALSE; /* the last one is a broadcast address, of IPv4 */
  *host = *other;
  bg_ip_prefix_mask (host);
  put_place (host, place);
  return TRUE;
}
