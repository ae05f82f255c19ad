/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "names/dns-message.h"
#include "names/zone.h"

G_BEGIN_DECLS

/* How long others may remember what the zone says, and that it says nothing, in seconds: a machine that was added is found at once. */
#define BG_ZONE_TTL_S 30
#define BG_ZONE_NEGATIVE_TTL_S 5

/* What the zone says to the question; NULL where the name is not its own. */
GBytes *bg_zone_answer (const BgZone *zone, const BgDnsQuery *query, gboolean udp);

G_END_DECLS
