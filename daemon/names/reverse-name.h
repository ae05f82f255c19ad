/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Names of addresses: "2.0.0.10.in-addr.arpa" (RFC 1035, 3.5), and a digit of sixteen a label in "ip6.arpa" (RFC 3596, 2.5). */

#include "common/ip-prefix.h"

#include <glib.h>

G_BEGIN_DECLS

/* Of the first `len` bits of an address; `len` must end a label. Free with g_free(). */
char *bg_reverse_name (const BgIpPrefix *address, guint len);
/* The domains that hold the names of the network's addresses and no others: 1 to 128. (transfer full) */
char **bg_reverse_domains (const BgIpPrefix *network);

G_END_DECLS
