/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-address.h"
#include "worker/hub/hub-record.h"

G_BEGIN_DECLS

/* The database: what the hub reads when it starts, and writes behind itself. SQLite in WAL, every commit on the disk
 * before it returns. Blocks; one thread at a time. */
typedef struct _BgHubStore BgHubStore;

#define BG_HUB_DEFAULT_SUBNET "10.0.0.0/24"
#define BG_HUB_STORE_SCHEMA                                                                        \
  5 /* the version that we write; an earlier one becomes it, a later one is refused */

/* Opens or makes the database. `subnet` may be NULL: the one stored, or the default; another one
 * than the stored is an error once there are devices. */
BgHubStore *bg_hub_store_open (const char *path, const char *subnet, GError **error);
void bg_hub_store_close (BgHubStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubStore, bg_hub_store_close)

const BgIpPrefix *bg_hub_store_get_subnet (BgHubStore *store);

/* All rows of a table, of its type, in the order in which they came; the array owns them. NULL on error. */
GPtrArray *bg_hub_store_load (BgHubStore *store, BgHubTable table, GError **error);

/* Writes BgHubChange, all or none. */
gboolean bg_hub_store_apply (BgHubStore *store, GPtrArray *changes, GError **error);

G_END_DECLS
