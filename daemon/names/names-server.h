/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Our resolver on the network: port 53 of addresses of this machine, for this machine. What comes through the tunnel is refused,
 * what comes from anywhere else finds nobody (names-port.h). Everything is bounded: questions in a second, connections, what waits.
 *
 * Main thread: a question costs some ten microseconds, and after a few of them others have their turn. */

#include "names/forward-table.h"
#include "names/resolver.h"
#include "names/zone.h"

G_BEGIN_DECLS

enum
{
  BG_NAMES_MAX_ADDRESSES   = 4,
  /* Questions in a second that are answered; more by UDP are dropped, and by TCP wait. */
  BG_NAMES_PER_SECOND      = 2000,
  /* And of those that are refused. */
  BG_NAMES_REFUSED_PER_SECOND = 50,
  BG_NAMES_MAX_CONNECTIONS = 32,
  /* Questions on one connection that wait at once. */
  BG_NAMES_MAX_PIPELINED   = 16,
  BG_NAMES_IDLE_MS         = 10 * 1000,
};

typedef struct _BgNamesServer BgNamesServer;

/* `interface`: the tunnel's, by name; it need not be there yet. `port` and `to_port`, where other servers are asked, are 53 but in
 * tests. */
BgNamesServer *bg_names_server_new (const char *interface, guint16 port, guint16 to_port);
void bg_names_server_free (BgNamesServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgNamesServer, bg_names_server_free)
/* Answers at `addresses` (hosts) from now on, as far as they can be had, and where none can at `fallback`. `refusing`: what comes there through the tunnel
 * gets an error; else nothing. Called again with the same ones it tries what failed, and
 * takes an interface that was made anew. */
void bg_names_server_listen (BgNamesServer *self, const BgIpPrefix *addresses, guint n_addresses, gboolean refusing,
                             const BgIpPrefix *fallback);
/* The addresses at which it answers, in that order; borrowed until the next call. */
const BgIpPrefix *bg_names_server_get_addresses (const BgNamesServer *self, guint *n);
/* The first one at which it does not answer, and why (errno); FALSE: there is none. */
gboolean bg_names_server_get_failure (const BgNamesServer *self, BgIpPrefix *address, int *error);
/* The first one at which it answers by UDP alone, and why (errno); FALSE: there is none. */
gboolean bg_names_server_lacks_tcp (const BgNamesServer *self, BgIpPrefix *address, int *error);
/* From the next question on. */
void bg_names_server_set_zone (BgNamesServer *self, BgZone *zone);
void bg_names_server_set_table (BgNamesServer *self, BgForwardTable *table);
/* See bg_forwarder_set_quiet(). */
void bg_names_server_set_quiet (BgNamesServer *self, gboolean quiet);
/* Of its resolver. */
const BgResolverCounts *bg_names_server_get_counts (const BgNamesServer *self);

G_END_DECLS
