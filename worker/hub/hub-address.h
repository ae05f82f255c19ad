/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/ip-prefix.h"
#include "worker/core/subnet.h"

#include <gio/gio.h>

/* The subnet whose addresses a network hands out (spec 5.4). */

/* Reads a subnet; host bits are cleared. */
gboolean bg_hub_subnet_parse (const char *text, BgIpPrefix *subnet, GError **error);
/* The same, as the core has it. */
void bg_hub_subnet_to_core (const BgIpPrefix *subnet, BgSubnet *core);
