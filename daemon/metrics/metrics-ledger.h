/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Counters that only grow, out of those of the data plane, which begin anew with the tunnel and with each peer that it is given. What was counted
 * there since it was asked last, and is gone with it, is not here. Main thread only. */

#include "dataplane/dataplane.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BgMetricsLedger BgMetricsLedger;

typedef struct
{
  guint64 rx_bytes, tx_bytes, rx_packets, tx_packets; /* inner packets */
  guint64 handshakes;
  guint64 connects; /* times that it came to be connected */
  guint64 serial;   /* of those that the ledger knows, by which was known first */
} BgPeerTally;

typedef struct
{
  guint64 rx_bytes, tx_bytes, rx_packets, tx_packets, handshakes;
  guint64 drops[BG_DROP_REASONS];
  guint64 hub_connects;
} BgTunnelTally;

/* Peers that were there once and are not any more are remembered up to so many. */
#define BG_METRICS_LEDGER_ROOM 1024

BgMetricsLedger *bg_metrics_ledger_new (void);
void bg_metrics_ledger_free (BgMetricsLedger *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgMetricsLedger, bg_metrics_ledger_free)
/* BG_EVENT_STATS or BG_EVENT_SESSION. */
void bg_metrics_ledger_take_event (BgMetricsLedger *self, const BgEvent *event);
/* The data plane that counted is gone: the next figures are those of one that began at zero. */
void bg_metrics_ledger_begin_anew (BgMetricsLedger *self);
/* What the peer is now; each change for TRUE is one connection. */
void bg_metrics_ledger_note_peer (BgMetricsLedger *self, const WgKey *key, gboolean is_connected);
/* The same of the line to the hub. */
void bg_metrics_ledger_note_hub (BgMetricsLedger *self, gboolean is_online);
/* NULL for a peer that nothing was heard of yet. Borrowed. */
const BgPeerTally *bg_metrics_ledger_find (BgMetricsLedger *self, const WgKey *key);
const BgTunnelTally *bg_metrics_ledger_get (BgMetricsLedger *self);

G_END_DECLS
