/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Addresses and ports that were given out, as texts that outlive a restart: one JSON object each, names in order, two blanks to a step. Pure. */

#include "publish/address-pool.h"
#include "publish/port-pool.h"

G_BEGIN_DECLS

/* {"api.example": "10.107.0.2"}, live ones and reservations. Free with g_free(). */
char *bg_address_pool_to_text (BgAddressPool *pool);
/* {"api.example": 1800000000}: when each was last live. Free with g_free(). */
char *bg_address_pool_times_to_text (BgAddressPool *pool);
/* Puts back what stands there; a name of which `times` says nothing (or it is NULL, or no such text) was used `now`. Names, in their order, whose
 * address is none of the subnet's, or another's, are left out and put into `left` (of char *). FALSE, and nothing is put back, where `text` is no such text. */
gboolean bg_address_pool_from_text (BgAddressPool *pool, const char *text, const char *times, gint64 now, GPtrArray *left);

/* {"api.example:80": 9080}. Free with g_free(). */
char *bg_port_pool_to_text (BgPortPool *pool);
/* The same for ports: a key whose port is another's, or no port, goes to `left`. */
gboolean bg_port_pool_from_text (BgPortPool *pool, const char *text, GPtrArray *left);

G_END_DECLS
