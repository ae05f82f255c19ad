/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which servers are asked about which domains, as an immutable snapshot. The longest domain that a name is in decides, also
 * where that has no server: then nobody is asked. Pure; main thread only, but for references. */

#include "common/ip-prefix.h"

#include <glib.h>

G_BEGIN_DECLS

/* Of one domain; those behind the first are left out. */
#define BG_FORWARD_MAX_SERVERS 4

typedef struct _BgForwardTable BgForwardTable;

/* Borrowed from the table. */
typedef struct
{
  const char *domain;        /* "": every name that is in no other */
  const BgIpPrefix *servers; /* hosts, in the order in which they are to be asked */
  guint n_servers;
} BgForwardRoute;

BgForwardTable *bg_forward_table_new (void);
/* `domain` as bg_dns_name_normalize() gives it, or "" for every other name. Again: more servers for it. */
void bg_forward_table_add (BgForwardTable *table, const char *domain, const BgIpPrefix *servers, guint n_servers);
BgForwardTable *bg_forward_table_ref (BgForwardTable *table);
void bg_forward_table_unref (BgForwardTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgForwardTable, bg_forward_table_unref)

/* `name` as bg_dns_query_get_name() gives it. FALSE: it is in none of them. */
gboolean bg_forward_table_find (const BgForwardTable *table, const char *name, BgForwardRoute *route);

G_END_DECLS
