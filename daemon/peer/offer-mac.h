/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* "bamgate.mac", "bamgate.proof" and "bamgate.seal" of an offer or answer: that it comes from who has the key, and was changed by nobody (docs/protocol.md).
 * Main thread only. */

#include "common/signal-message.h"
#include "wg/wg.h"

#include <glib.h>

G_BEGIN_DECLS

#define BG_OFFER_MAC_LEN 32
/* The `control` from which on the longer form counts, and no other. */
#define BG_OFFER_MAC_LONG_FROM 3
/* And that from which on the one with published services does. */
#define BG_OFFER_MAC_SEAL_FROM 5

typedef struct _BgOfferMac BgOfferMac;

/* For our static key, of which a copy is kept. NULL where OpenSSL fails. */
BgOfferMac *bg_offer_mac_new (const WgKey *private_key);
/* Wipes the key; fine on NULL. */
void bg_offer_mac_free (BgOfferMac *self);

/* Sets `message->mac`, `proof` and `seal`, when everything else of it is set; it stays without where `peer` is no usable key. */
void bg_offer_mac_sign (BgOfferMac *self, const WgKey *peer, BgSignalMessage *message);
/* Does the one that counts fit? Constant time; FALSE where there is none. */
gboolean bg_offer_mac_verify (BgOfferMac *self, const WgKey *peer, const BgSignalMessage *message);

G_END_DECLS
