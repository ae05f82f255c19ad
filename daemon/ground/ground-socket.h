/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Listening sockets of endpoints. */

#include "common/ip-prefix.h"

#include <glib.h>

G_BEGIN_DECLS

/* Accepts at this address and port; where `is_local`, from this machine alone (bound to loopback), else beside others of ours (SO_REUSEPORT); at :: those
 * of IPv4 too. -1, with errno in `*code`. */
int bg_ground_socket_listen (const BgIpPrefix *host, guint16 port, gboolean is_local, int *code);
/* The first address of an interface, of IPv4 where it has one; FALSE where it has none. */
gboolean bg_ground_socket_find_address (const char *link, BgIpPrefix *host);

G_END_DECLS
