/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "publish/socket-address.h"

/* Who sends datagrams to which door, for as long as something goes back and forth: one table for all doors, bounded in all and for each
 * peer. Time comes from whoever asks; no I/O. One thread. */

enum
{
  BG_UDP_FLOWS_MAX = 2048,   /* of all doors; then the one that rested longest goes */
  BG_UDP_FLOWS_OF_PEER = 64, /* of one account (bg_callers_account()); then its own that rested longest goes */
};
#define BG_UDP_IDLE_US (G_GINT64_CONSTANT (120) * G_USEC_PER_SEC)

typedef struct _BgUdpFlows BgUdpFlows;
typedef struct _BgUdpFlow BgUdpFlow;
/* It is out of the table, and gone when this returns. */
typedef void (*BgUdpFlowFunc) (gpointer data);

BgUdpFlows *bg_udp_flows_new (BgUdpFlowFunc dropped);
/* Drops all; fine on NULL. */
void bg_udp_flows_free (BgUdpFlows *flows);
guint bg_udp_flows_count (const BgUdpFlows *flows);

/* NULL: there is none. */
BgUdpFlow *bg_udp_flows_find (BgUdpFlows *flows, guint64 door, const BgSocketAddress *peer);
/* There must be none. It is counted under `account`. May drop others. */
BgUdpFlow *bg_udp_flows_add (BgUdpFlows *flows, guint64 door, const BgSocketAddress *peer, const char *account, gpointer data, gint64 now);
gpointer bg_udp_flow_get_data (const BgUdpFlow *flow);
const BgSocketAddress *bg_udp_flow_get_peer (const BgUdpFlow *flow);
/* Something passed. */
void bg_udp_flows_touch (BgUdpFlows *flows, BgUdpFlow *flow, gint64 now);
void bg_udp_flows_drop (BgUdpFlows *flows, BgUdpFlow *flow);
void bg_udp_flows_drop_door (BgUdpFlows *flows, guint64 door);
/* Drops what has rested for BG_UDP_IDLE_US; gives when to ask again, 0 where nothing is left. */
gint64 bg_udp_flows_expire (BgUdpFlows *flows, gint64 now);
