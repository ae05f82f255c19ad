/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which name has which address of a subnet of our own. A name that went keeps its address as a reservation, so that it has the same one
 * when it comes again; another name gets it only where no address is left that nobody had, the longest unused first, and not before
 * BG_ADDRESS_REST_S. No two names ever share one. Pure: addresses are numbers in the order of the host, times are Unix seconds and come from
 * the caller. */

#include "common/ip-prefix.h"

#include <glib.h>

G_BEGIN_DECLS

enum
{
  BG_ADDRESS_REST_S = 10 * 60, /* programs remember addresses for some minutes */
  BG_ADDRESS_LEAST_BITS = 8,   /* of the subnet's prefix */
  BG_ADDRESS_MOST_BITS = 30,
};

typedef struct _BgAddressPool BgAddressPool;

typedef struct
{
  const char *name; /* borrowed */
  guint32 address;
  gboolean is_live;
  gint64 used_at; /* when it was last live; while it is, when that began */
} BgAddressLease;

/* `subnet` is of IPv4, with a prefix of 8 to 30 bits. Its first address is its own network's, the second this machine's. */
BgAddressPool *bg_address_pool_new (const BgIpPrefix *subnet);
void bg_address_pool_free (BgAddressPool *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgAddressPool, bg_address_pool_free)

/* Adds a reservation of before. FALSE where the name or the address has one already, or the address is none of the subnet's that a name may have. */
gboolean bg_address_pool_restore (BgAddressPool *self, const char *name, guint32 address, gint64 used_at);
/* The name is live. Its address, which it has already or gets now; 0: every address is live, or was a moment ago. New addresses do not end in 0 or
 * 255, which some programs take for no host's. */
guint32 bg_address_pool_take (BgAddressPool *self, const char *name, gint64 now);
/* It is not live any more. Nothing where it was not. */
void bg_address_pool_release (BgAddressPool *self, const char *name, gint64 now);

/* That of a name, live or reserved; 0: none. */
guint32 bg_address_pool_get (const BgAddressPool *self, const char *name);
/* How many names have one, and how many of them are live. */
guint bg_address_pool_count (const BgAddressPool *self, guint *live);
/* Calls `each` for all, in the order of their names. */
void bg_address_pool_foreach (BgAddressPool *self, void (*each) (const BgAddressLease *lease, gpointer data), gpointer data);

/* This machine's own address in the subnet. */
guint32 bg_address_pool_get_own (const BgAddressPool *self);
/* The address of the same place in `other`, a subnet of either family: of an IPv6 prefix beside the pool's, or of loopback. FALSE where it has no such place. */
gboolean bg_address_pool_mirror (const BgAddressPool *self, guint32 address, const BgIpPrefix *other, BgIpPrefix *host);
/* As a prefix of 32 bits; and the other way round, of one of IPv4. */
BgIpPrefix bg_address_to_prefix (guint32 address);
guint32 bg_address_of_prefix (const BgIpPrefix *host);

G_END_DECLS
