/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-memory.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* All that a network is, as rows of JSON, by which it goes to another hub (docs/devices.md, Moving). */

enum
{
  BG_HUB_ROWS_MAX = 65536,
  BG_HUB_ROWS_PAGE = 32 * 1024, /* bytes of rows that go at once */
};

/* Of JsonNode, each one object, in the order in which they are to be taken. */
GPtrArray *bg_hub_rows_export (const BgHubMemory *memory);
/* What they come to: SHA-256 in hexadecimal (transfer full) of all but when devices were heard of. */
char *bg_hub_rows_digest (GPtrArray *rows);
/* The rows from `from` on, at least one and at most a page, as an open array's elements; how many. */
guint bg_hub_rows_add_page (JsonBuilder *array, GPtrArray *rows, guint from);

/* Rows that came so far, checked one by one. */
typedef struct _BgHubArrival BgHubArrival;

/* `base`: where this hub is, for the invites. */
BgHubArrival *bg_hub_arrival_new (const char *base);
void bg_hub_arrival_free (BgHubArrival *arrival);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubArrival, bg_hub_arrival_free)
guint bg_hub_arrival_count (BgHubArrival *arrival);
/* Takes the rows of a list behind those that are there. NULL, or why one of them cannot be. */
const char *bg_hub_arrival_take (BgHubArrival *arrival, JsonArray *rows);
/* All of it, once every row is there; NULL where that is no network. `arrival` has nothing then. */
BgHubRows *bg_hub_arrival_end (BgHubArrival *arrival, BgIpPrefix *subnet);

G_END_DECLS
