/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The hub of this machine as long as the tunnel is up: started, tried again where it cannot be, restarted where the settings
 * want another, stopped. What is wrong with it is a concern. Main thread only. */

#include "app/config.h"
#include "app/health.h"
#include "app/hub-process.h"

G_BEGIN_DECLS

typedef struct _BgLocalHub BgLocalHub;

/* Nothing is under way any more: it runs, or rests, or waits for its next attempt. Told after every such end. */
typedef void (*BgLocalHubSettled) (gpointer owner);

/* `state_dir` and `socket` as BgHubProcessOptions says. */
BgLocalHub *bg_local_hub_new (const char *state_dir, const char *socket, BgHealth *health, BgLocalHubSettled settled,
                              gpointer owner);
/* Must rest. */
void bg_local_hub_free (BgLocalHub *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgLocalHub, bg_local_hub_free)

/* Brings it in line with `config`; NULL, or one without a hub: it is to rest. FALSE where there is nothing to do. */
gboolean bg_local_hub_want (BgLocalHub *self, const BgConfig *config);
/* The daemon ends: lets go of one that runs and can wait for the next daemon; it rests for us then. Any other stays. */
void bg_local_hub_leave (BgLocalHub *self);
/* Something happened that may help one that waits. */
void bg_local_hub_retry_now (BgLocalHub *self);
/* It neither runs nor wants to. */
gboolean bg_local_hub_rests (BgLocalHub *self);
/* NULL while it does not run. */
const BgHubInfo *bg_local_hub_get_info (BgLocalHub *self);

G_END_DECLS
