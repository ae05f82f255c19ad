/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What was asked of an ingress. The forwarding thread counts, anybody reads; counted references, any thread. */

enum { BG_UPGRADE_BOUNDS = 11 };
/* Of the times that answers took: in each class are those up to its bound, the last class has the rest. */
extern const guint bg_upgrade_bounds_ms[BG_UPGRADE_BOUNDS];

typedef struct
{
  guint64 handshakes;       /* done; */
  guint64 resumed;          /* of them, with a session of before */
  guint64 pool_hits;        /* connections that were ready when somebody wanted one, */
  guint64 pool_misses;      /* and that were not */
  guint64 upgrades[BG_UPGRADE_BOUNDS + 1]; /* answers to what was asked for, by how long they took; */
  guint64 upgrade_us;       /* all of that together */
} BgIngressCounters;

typedef struct _BgIngressTally BgIngressTally;

BgIngressTally *bg_ingress_tally_new (void);
BgIngressTally *bg_ingress_tally_ref (BgIngressTally *tally);
void bg_ingress_tally_unref (BgIngressTally *tally);

/* A handshake with it is done. */
void bg_ingress_tally_shook_hands (BgIngressTally *tally, gboolean is_resumed);
/* Somebody wanted a connection to it that waits. */
void bg_ingress_tally_wanted (BgIngressTally *tally, gboolean was_ready);
/* It said yes or no, `us` after it was asked. */
void bg_ingress_tally_answered (BgIngressTally *tally, gint64 us);
void bg_ingress_tally_read (BgIngressTally *tally, BgIngressCounters *out);
