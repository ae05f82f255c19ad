/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a session may use of this machine's addresses, and of the peer's. Made by whoever knows the machine's networks
 * (net/outer-addresses.h chooses, net/local-networks.h judges); immutable, counted, any thread.
 *
 * For use: give an agent the texts with nice_agent_add_local_address() in their order before it gathers, ask for every remote
 * candidate whether its address may be tried, and for every local one (libnice finds reflexive ones by itself) whether it is to
 * be told. Candidates of either side go through a BgCandidateSet (candidate-set.h), which keeps the useful ones. An agent whose
 * list may grow past 100 pairs needs "max-connectivity-checks" of BG_ICE_PAIRS_MAX: libnice prunes the pairs of the lowest
 * priority, which are the relayed ones. */

#include "common/ip-prefix.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Above what two full candidate sets make. */
#define BG_ICE_PAIRS_MAX 1024

typedef struct _BgIceAddresses BgIceAddresses;

/* Both on any thread. */
typedef struct
{
  gboolean (*leads_inside) (gconstpointer data, const BgIpPrefix *host); /* packets to it get into a tunnel of ours */
  gboolean (*is_own) (gconstpointer data, const BgIpPrefix *host);       /* an address of this machine */
} BgIceAddressesJudge;

typedef enum
{
  BG_ICE_ADDRESS_FINE,
  BG_ICE_ADDRESS_INSIDE, /* in a tunnel of ours: packets of it would be packets of itself */
  BG_ICE_ADDRESS_OWN,    /* ours: who has it too is another machine with a bridge like ours, or behind another router */
} BgIceAddressVerdict;

/* `hosts`: those to gather, the best first; copied. `judge` is static, `data` goes with `free_data`. */
BgIceAddresses *bg_ice_addresses_new (const BgIpPrefix *hosts, guint n, const BgIceAddressesJudge *judge, gpointer data,
                                      GDestroyNotify free_data);
BgIceAddresses *bg_ice_addresses_ref (BgIceAddresses *self);
void bg_ice_addresses_unref (BgIceAddresses *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgIceAddresses, bg_ice_addresses_unref)

/* The addresses to gather, the best first, NULL-terminated and perhaps empty; borrowed. */
const char *const *bg_ice_addresses_get_texts (const BgIceAddresses *self);
/* May packets go to a host candidate at `address`? Reflexive and relayed ones may be "own" as well as not: the peer is
 * behind the same NAT, or this machine is the relay. */
BgIceAddressVerdict bg_ice_addresses_judge (const BgIceAddresses *self, GInetAddress *address);

G_END_DECLS
