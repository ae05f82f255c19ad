/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Leaving a network: what setup and join wrote goes, secrets and settings together or not at all. The key goes too, so that
 * the next network cannot tell that it is the same machine; with static peers, who know this machine by key and address,
 * both stay. Settings that a person made stay. Main thread only. */

#include "app/config.h"
#include "common/words.h"
#include "app/secret-store.h"

G_BEGIN_DECLS

/* Is there a network to leave? */
gboolean bg_departure_is_possible (const BgConfig *config);
/* That it belongs to one already, which has to be left first: the caller says whether it may. */
BgWords *bg_departure_why_member (const BgConfig *config);
/* Writes it; the new settings, or NULL and everything is as it was. `kept` (transfer full): names of settings and secrets
 * of the network that stay for the static peers. */
BgConfig *bg_departure_commit (BgConfig *config, const char *config_path, BgSecretStore *secrets, char ***kept,
                               GError **error);
/* Removes what a hub that ran as a child of the daemon kept below `state_dir`; fine where there is nothing. */
gboolean bg_departure_remove_hub (const char *state_dir, GError **error);

G_END_DECLS
