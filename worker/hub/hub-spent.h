/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-writer.h"
#include "worker/core/turn-ceiling.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* What the relay spent of its ceiling, as the hub writes it down, and as it says it. */

void bg_hub_spent_write (const BgTurnSpent *spent, BgHubWriter *writer);
/* What was written; nothing spent where nothing was, or something else. */
void bg_hub_spent_of_settings (GPtrArray *settings, BgTurnSpent *spent);
/* When nothing is relayed any more until then: a date of UTC. NULL where something is; free with g_free(). */
char *bg_hub_spent_until (const BgTurnSpent *spent, BgTurnPeriod reached);
/* Adds "ceiling", "reached", "spent" and "until" to the open object. */
void bg_hub_spent_add (JsonBuilder *builder, const BgTurnCeiling *ceiling, const BgTurnSpent *spent, BgTurnPeriod reached);

G_END_DECLS
