/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "app/config.h"
#include "common/signal-message.h"
#include "wg/wg.h"

G_BEGIN_DECLS

/* What the others learn of this machine from the hub: name, public key, first address, routes, and a second address
 * in the metadata. `addresses`: one or two. */
BgSignalPeer *bg_own_description_new (const char *id, const BgConfig *config, const WgKey *public_key, const BgIpPrefix *addresses,
                                      guint n_addresses);

G_END_DECLS
