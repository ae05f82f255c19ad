/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/network-tables.h"

/* The kernel's tables from text that reads as ip(8) prints it, a line each:
 *   link 2 wlan0 [down|idle] [kind bridge]
 *   addr 192.168.1.20/24 dev 2 [peer 10.1.1.2/32] [proto 182] [temporary] [tentative] [optimistic] [dadfailed] [deprecated]
 *   route [unreachable] 192.168.1.0/24|default dev 2 [via 192.168.1.1] [metric 600] [table 7] [proto 182] [linkdown]
 *   rule 32766 table 254 [from P] [to P] [fwmark 1] [not] [suppress 0] [uid] */
BgNetworkTables *network_tables_of_text (const char *text);
