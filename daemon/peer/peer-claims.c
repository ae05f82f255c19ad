/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/peer-claims.h"

#include <string.h>
#include <sys/socket.h>

typedef struct
{
  gpointer owner;
  BgClaimRank rank;
  guint64 age; /* smaller is older */
} Stake;

struct _BgPeerClaims
{
  GHashTable *stakes; /* BgClaim -> GArray of Stake, the one that goes first in front */
  GHashTable *owners; /* owner -> GArray of BgClaim */
  guint64 now;
};

/* --- What is claimed --- */

BgClaim
bg_claim_key (const WgKey *key, BgClaimRank rank)
{
  return (BgClaim){ .is_key = TRUE, .key = *key, .rank = rank };
}

BgClaim
bg_claim_prefix (const BgIpPrefix *prefix, BgClaimRank rank)
{
  return (BgClaim){ .prefix = *prefix, .rank = rank };
}

static guint
hash_claim (gconstpointer data)
{
  const BgClaim *claim = data;
  const guint8 *bytes = claim->is_key ? claim->key.bytes : claim->prefix.addr;
  gsize n = claim->is_key ? sizeof claim->key.bytes : sizeof claim->prefix.addr;
  guint hash = 5381 + claim->prefix.len;

  for (gsize i = 0; i < n; i++)
    hash = hash * 33 + bytes[i];
  return hash;
}

static gboolean
equal_claims (gconstpointer a, gconstpointer b)
{
  const BgClaim *left = a, *right = b;

  if (left->is_key != right->is_key)
    return FALSE;
  return left->is_key ? wg_key_equal (&left->key, &right->key)
                      : bg_ip_prefix_equal (&left->prefix, &right->prefix);
}

/* Bytes behind an IPv4 address mean nothing. */
static BgClaim
tidy (const BgClaim *claim)
{
  BgClaim tidied = *claim;

  if (!claim->is_key && claim->prefix.family == AF_INET)
    memset (tidied.prefix.addr + 4, 0, sizeof tidied.prefix.addr - 4);
  return tidied;
}

static gboolean
goes_before (const Stake *a, const Stake *b)
{
  return a->rank > b->rank || (a->rank == b->rank && a->age < b->age);
}

/* --- Life --- */

BgPeerClaims *
bg_peer_claims_new (void)
{
  BgPeerClaims *self = g_new0 (BgPeerClaims, 1);

  self->stakes = g_hash_table_new_full (hash_claim, equal_claims, g_free,
                                        (GDestroyNotify) g_array_unref);
  self->owners = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_array_unref);
  return self;
}

void
bg_peer_claims_free (BgPeerClaims *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->stakes);
  g_hash_table_unref (self->owners);
  g_free (self);
}

/* --- Stakes --- */

static GArray *
stakes_of (const BgPeerClaims *self, const BgClaim *claim)
{
  BgClaim tidied = tidy (claim);

  return g_hash_table_lookup (self->stakes, &tidied);
}

static GArray *
need_stakes (BgPeerClaims *self, const BgClaim *claim)
{
  GArray *stakes = stakes_of (self, claim);
  BgClaim tidied = tidy (claim);

  if (stakes)
    return stakes;
  stakes = g_array_new (FALSE, FALSE, sizeof (Stake));
  g_hash_table_insert (self->stakes, g_memdup2 (&tidied, sizeof tidied), stakes);
  return stakes;
}

static gpointer
first_of (const GArray *stakes)
{
  return stakes && stakes->len > 0 ? g_array_index (stakes, Stake, 0).owner : NULL;
}

/* TRUE where there was one, which is then in `taken`. */
static gboolean
take_out (GArray *stakes, gconstpointer owner, Stake *taken)
{
  for (guint i = 0; stakes && i < stakes->len; i++)
    if (g_array_index (stakes, Stake, i).owner == owner)
      {
        *taken = g_array_index (stakes, Stake, i);
        g_array_remove_index (stakes, i);
        return TRUE;
      }
  return FALSE;
}

static void
put_in (GArray *stakes, const Stake *stake)
{
  guint at = 0;

  while (at < stakes->len && goes_before (&g_array_index (stakes, Stake, at), stake))
    at++;
  g_array_insert_vals (stakes, at, stake, 1);
}

/* TRUE where the owner comes behind what it was. */
static gboolean
stake_out (BgPeerClaims *self, gpointer owner, const BgClaim *claim, GPtrArray *displaced)
{
  GArray *stakes = need_stakes (self, claim);
  gpointer first = first_of (stakes);
  Stake old = { 0 }, stake = { .owner = owner, .rank = claim->rank };
  gboolean had = take_out (stakes, owner, &old);

  stake.age = had ? old.age : ++self->now;
  put_in (stakes, &stake);
  if (displaced && first && first != owner && first_of (stakes) == owner)
    g_ptr_array_add (displaced, first);
  return had && old.rank > claim->rank;
}

static void
give_up (BgPeerClaims *self, gpointer owner, const BgClaim *claim)
{
  GArray *stakes = stakes_of (self, claim);
  BgClaim tidied = tidy (claim);
  Stake old;

  take_out (stakes, owner, &old);
  if (stakes && stakes->len == 0)
    g_hash_table_remove (self->stakes, &tidied);
}

static gboolean
is_among (const BgClaim *claim, const GArray *claims)
{
  for (guint i = 0; claims && i < claims->len; i++)
    if (equal_claims (claim, &g_array_index (claims, BgClaim, i)))
      return TRUE;
  return FALSE;
}

static gboolean
is_same_list (const GArray *a, const GArray *b)
{
  if ((a ? a->len : 0) != (b ? b->len : 0))
    return FALSE;
  for (guint i = 0; a && i < a->len; i++)
    if (!equal_claims (&g_array_index (a, BgClaim, i), &g_array_index (b, BgClaim, i))
        || g_array_index (a, BgClaim, i).rank != g_array_index (b, BgClaim, i).rank)
      return FALSE;
  return TRUE;
}

gboolean
bg_peer_claims_set (BgPeerClaims *self, gpointer owner, const GArray *claims, GPtrArray *displaced)
{
  GArray *held = g_hash_table_lookup (self->owners, owner);
  g_autoptr (GArray) before = held ? g_array_ref (held) : NULL;
  gboolean gave_up = FALSE;

  if (is_same_list (before, claims))
    return FALSE;
  for (guint i = 0; before && i < before->len; i++)
    if (!is_among (&g_array_index (before, BgClaim, i), claims))
      {
        give_up (self, owner, &g_array_index (before, BgClaim, i));
        gave_up = TRUE;
      }
  for (guint i = 0; claims && i < claims->len; i++)
    gave_up |= stake_out (self, owner, &g_array_index (claims, BgClaim, i), displaced);
  if (claims && claims->len > 0)
    g_hash_table_insert (self->owners, owner, g_array_copy ((GArray *) claims));
  else
    g_hash_table_remove (self->owners, owner);
  return gave_up;
}

/* --- Who goes first --- */

gpointer
bg_peer_claims_rival (const BgPeerClaims *self, const BgClaim *claim, gconstpointer owner)
{
  const GArray *stakes = stakes_of (self, claim);
  const Stake *first;

  if (!stakes || first_of (stakes) == owner)
    return NULL;
  first = &g_array_index (stakes, Stake, 0);
  return first->rank >= claim->rank ? first->owner : NULL;
}

gpointer
bg_peer_claims_keeper (const BgPeerClaims *self, const BgClaim *claim, gconstpointer owner)
{
  const GArray *stakes = stakes_of (self, claim);

  for (guint i = 0; stakes && i < stakes->len; i++)
    {
      const Stake *stake = &g_array_index (stakes, Stake, i);

      if (stake->rank == BG_CLAIM_KEPT && stake->owner != owner)
        return stake->owner;
    }
  return NULL;
}

gpointer
bg_peer_claims_holder (const BgPeerClaims *self, const BgClaim *claim)
{
  return first_of (stakes_of (self, claim));
}
