/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who holds which key, tunnel address and route. Several may claim the same; the higher rank goes before, then the older
 * claim. Owners are opaque. Pure; every look-up is one of a hash table. */

#include "common/ip-prefix.h"
#include "wg/wg.h"

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BG_CLAIM_KEPT,   /* for a peer that proved itself once, and is away or refused */
  BG_CLAIM_NAMED,  /* the hub says so */
  BG_CLAIM_PROVED, /* of a peer that is here, and proved itself with it before */
  BG_CLAIM_FIXED,  /* of the configuration */
} BgClaimRank;

typedef struct
{
  gboolean    is_key;
  WgKey       key;    /* of a key, else zero */
  BgIpPrefix  prefix; /* of anything else: an address is a prefix of full length */
  BgClaimRank rank;
} BgClaim;

typedef struct _BgPeerClaims BgPeerClaims;

BgPeerClaims *bg_peer_claims_new (void);
void bg_peer_claims_free (BgPeerClaims *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgPeerClaims, bg_peer_claims_free)

/* To be put into a list for bg_peer_claims_set(). */
BgClaim bg_claim_key (const WgKey *key, BgClaimRank rank);
BgClaim bg_claim_prefix (const BgIpPrefix *prefix, BgClaimRank rank);

/* `claims` (BgClaim; NULL for none) is all that `owner` claims from now on; what it claimed before keeps its age. Owners that
 * come second now where they came first are added to `displaced`. TRUE where something was given up that others may want. */
gboolean bg_peer_claims_set (BgPeerClaims *self, gpointer owner, const GArray *claims, GPtrArray *displaced);
/* Who goes before `owner` with what it claims, or would claim; NULL for nobody. */
gpointer bg_peer_claims_rival (const BgPeerClaims *self, const BgClaim *claim, gconstpointer owner);
/* For whom it is kept, if that is somebody else than `owner`. */
gpointer bg_peer_claims_keeper (const BgPeerClaims *self, const BgClaim *claim, gconstpointer owner);
/* Who comes first with it, whatever `claim` says of a rank; NULL for nobody. */
gpointer bg_peer_claims_holder (const BgPeerClaims *self, const BgClaim *claim);

G_END_DECLS
