/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/ip-prefix.h"

#include <gio/gio.h>

/* Which tunnel addresses a network hands out (spec 5.4). IPv4, /8 to /30. */

/* Reads a subnet; host bits are cleared. */
gboolean bg_hub_subnet_parse (const char *text, BgIpPrefix *subnet, GError **error);
/* Is `address` ("10.0.0.2/24") a host of `subnet` that could have been handed out? */
gboolean bg_hub_subnet_has_host (const BgIpPrefix *subnet, const char *address);
/* The lowest host number from 1 that is not in `used` (texts with or without a prefix length;
 * foreign ones do not count), with the subnet's prefix length; NULL where the subnet is full. */
char *bg_hub_subnet_next_address (const BgIpPrefix *subnet, GPtrArray *used);
