/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the log says of a name and a WireGuard key that somebody comes with. Pure. */

#include "common/ip-prefix.h"
#include "common/peer-offer.h"
#include "membership/membership-log.h"

G_BEGIN_DECLS

typedef enum
{
  BG_STANDING_OPEN,        /* the network is not signed: everybody may be in it */
  BG_STANDING_MEMBER,      /* the log has it */
  BG_STANDING_UNSIGNED,    /* no entry has it, and the log lets such devices in */
  BG_STANDING_UNKNOWN,     /* no entry has it, and that is not enough */
  BG_STANDING_REVOKED,     /* the key was put out, for good */
  BG_STANDING_OTHER_KEY,   /* the log has another key for that name */
  BG_STANDING_OTHER_NAME,  /* the log has another name for that key */
} BgStanding;

/* `member`: its record, where it is one, borrowed from `state`; else NULL. */
BgStanding bg_standing_of (const BgMembership *state, const char *name, const guint8 key[BG_ENTRY_KEY], const BgMember **member);
/* One that may be in the network. */
gboolean bg_standing_is_good (BgStanding standing);
/* Who has that name by the log (its key is what the name stands for), NULL for nobody. */
const BgMember *bg_standing_find_name (const BgMembership *state, const char *name);
/* "", "signed", "unsigned": what clients are told of a peer that is taken. */
const char *bg_standing_name (BgStanding standing);

/* The first address of a family (AF_INET, AF_INET6) of a record, as a host; FALSE: it has none. */
gboolean bg_record_get_address (const BgMemberRecord *record, int family, BgIpPrefix *host);
/* From one form of a prefix to the other, and back. */
BgEntryPrefix bg_entry_prefix (const BgIpPrefix *prefix);
BgIpPrefix bg_entry_prefix_get (const BgEntryPrefix *prefix);
/* What of `offer` the grant covers; `left_out` (transfer full, NULL-terminated): the routes that it does not. The rest of the offer is as it
 * was. */
BgPeerOffer *bg_grant_filter (const BgGrantedOffer *granted, const BgPeerOffer *offer, char ***left_out);

G_END_DECLS
