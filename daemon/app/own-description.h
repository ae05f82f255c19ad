/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "app/config.h"
#include "common/signal-message.h"
#include "wg/wg.h"

G_BEGIN_DECLS

/* All that this machine offers the others, as the settings say; as an exit in the families `exits` (BG_FAMILY_4 | BG_FAMILY_6). */
BgPeerOffer *bg_own_offer_new (const BgConfig *config, guint exits);
/* `offer`, of `config`, as `peer` is told of it: with what is published for this one; NULL: with what is for all. */
BgPeerOffer *bg_own_offer_for (const BgPeerOffer *offer, const BgConfig *config, const char *peer);
/* Who may use what is published, as a text that differs where an offer tells somebody something else. Free with g_free(). */
char *bg_own_services_describe (const BgConfig *config);
/* What the others learn of this machine from the hub: name, public key, first address, what it offers, and a second address
 * in the metadata. `addresses`: one or two. */
BgSignalPeer *bg_own_description_new (const char *id, const BgPeerOffer *offer, const WgKey *public_key, const BgIpPrefix *addresses,
                                      guint n_addresses);

G_END_DECLS
