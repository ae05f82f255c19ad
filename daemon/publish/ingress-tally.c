/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/ingress-tally.h"

#include "publish/counted.h"

struct _BgIngressTally
{
  guint refs;
  BgIngressCounters counters; /* __atomic, relaxed */
};

#define ADD(counter, n) __atomic_fetch_add (&(counter), (n), __ATOMIC_RELAXED)
#define READ(counter) __atomic_load_n (&(counter), __ATOMIC_RELAXED)

const guint bg_upgrade_bounds_ms[BG_UPGRADE_BOUNDS] = { 5,   10,   25,   50,   100,  250,
                                                        500, 1000, 2500, 5000, 10000 };

BgIngressTally *
bg_ingress_tally_new (void)
{
  BgIngressTally *tally = g_new0 (BgIngressTally, 1);

  bg_counted_begin (&tally->refs);
  return tally;
}

BgIngressTally *
bg_ingress_tally_ref (BgIngressTally *tally)
{
  bg_counted_ref (&tally->refs);
  return tally;
}

void
bg_ingress_tally_unref (BgIngressTally *tally)
{
  if (bg_counted_unref (&tally->refs))
    g_free (tally);
}

void
bg_ingress_tally_shook_hands (BgIngressTally *tally, gboolean is_resumed)
{
  ADD (tally->counters.handshakes, 1);
  if (is_resumed)
    ADD (tally->counters.resumed, 1);
}

void
bg_ingress_tally_wanted (BgIngressTally *tally, gboolean was_ready)
{
  if (was_ready)
    ADD (tally->counters.pool_hits, 1);
  else
    ADD (tally->counters.pool_misses, 1);
}

void
bg_ingress_tally_answered (BgIngressTally *tally, gint64 us)
{
  guint at = 0;

  while (at < BG_UPGRADE_BOUNDS && us > (gint64) bg_upgrade_bounds_ms[at] * 1000)
    at++;
  ADD (tally->counters.upgrades[at], 1);
  ADD (tally->counters.upgrade_us, (guint64) MAX (us, 0));
}

void
bg_ingress_tally_read (BgIngressTally *tally, BgIngressCounters *out)
{
  const BgIngressCounters *counters = &tally->counters;

  out->handshakes = READ (counters->handshakes);
  out->resumed = READ (counters->resumed);
  out->pool_hits = READ (counters->pool_hits);
  out->pool_misses = READ (counters->pool_misses);
  for (guint i = 0; i <= BG_UPGRADE_BOUNDS; i++)
    out->upgrades[i] = READ (counters->upgrades[i]);
  out->upgrade_us = READ (counters->upgrade_us);
}
