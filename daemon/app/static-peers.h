/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The peers that the settings name, in the peer set: put there with their preshared keys, and brought in line when
 * settings or secrets have changed. Main thread only. */

#include "app/config.h"
#include "app/secret-store.h"
#include "peer/peer-set.h"

G_BEGIN_DECLS

typedef struct _BgStaticPeers BgStaticPeers;

/* Both must outlive it. */
BgStaticPeers *bg_static_peers_new (BgPeerSet *peers, BgSecretStore *secrets);
/* Leaves the peer set as it is. */
void bg_static_peers_free (BgStaticPeers *self);

/* Adds those of `config`, as far as the first that cannot be. */
gboolean bg_static_peers_add (BgStaticPeers *self, const BgConfig *config, GError **error);
/* From those of `old`, which were added, to those of `config`; what cannot be added is logged, and left out. */
void bg_static_peers_apply (BgStaticPeers *self, const BgConfig *old, const BgConfig *config);

G_END_DECLS
