/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a machine offers the others beside itself, as it stands on the wire: texts that whoever uses them has to judge. */

#include "common/ip-prefix.h"

#include <glib.h>

G_BEGIN_DECLS

#define BG_OFFER_MAX_DNS 16
#define BG_OFFER_MAX_SEARCH 32
#define BG_OFFER_MAX_EXIT 8
/* Of docs/files.md. */
#define BG_OFFER_FILES 1
#define BG_OFFER_MAX_SERVICES 32

/* Lists end with NULL and are never NULL themselves. */
typedef struct
{
  char **routes; /* networks behind it */
  char **dns;    /* name servers that are reached through it */
  char **search; /* the domains that these know */
  char **exit;   /* "4", "6": it passes on packets to everywhere */
  guint files;   /* version of how it takes files (BG_OFFER_FILES); 0: it takes none */
  char **services; /* that it has at its own addresses (common/service-item.h) */
} BgPeerOffer;

/* Nothing. */
BgPeerOffer *bg_peer_offer_new (void);
/* NULL for NULL. */
BgPeerOffer *bg_peer_offer_copy (const BgPeerOffer *offer);
void bg_peer_offer_free (BgPeerOffer *offer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgPeerOffer, bg_peer_offer_free)
/* Either may be NULL, which differs from an offer of nothing. */
gboolean bg_peer_offer_equal (const BgPeerOffer *a, const BgPeerOffer *b);
/* BG_FAMILY_4 | BG_FAMILY_6 of "4", "6"; other words count for nothing. */
guint bg_families_of_texts (char *const *texts);
/* The other way round; free with g_strfreev(). */
char **bg_families_to_texts (guint families);

G_END_DECLS
