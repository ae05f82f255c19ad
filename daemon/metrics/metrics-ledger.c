/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "metrics/metrics-ledger.h"

#include "common/key-hash.h"

#include <string.h>

/* What the data plane said last. */
typedef struct
{
  guint64 rx_bytes, tx_bytes, rx_packets, tx_packets;
  guint64 drops[BG_DROP_REASONS];
} Mark;

typedef struct
{
  WgKey key;
  BgPeerTally tally;
  Mark mark;
  gboolean is_connected;
  guint64 seen; /* in these figures last */
} Entry;

struct _BgMetricsLedger
{
  GHashTable *entries; /* WgKey of the entry -> Entry */
  BgTunnelTally tally;
  guint64 drops[BG_DROP_REASONS]; /* of the device, as said last */
  gboolean is_online;
  guint64 serial, round;
};

BgMetricsLedger *
bg_metrics_ledger_new (void)
{
  BgMetricsLedger *self = g_new0 (BgMetricsLedger, 1);

  self->entries = g_hash_table_new_full (bg_key_hash, bg_key_equal, NULL, g_free);
  return self;
}

void
bg_metrics_ledger_free (BgMetricsLedger *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->entries);
  g_free (self);
}

/* What came since `*mark`; a counter that fell began anew. */
static guint64
grown (guint64 *mark, guint64 now)
{
  guint64 more = now >= *mark ? now - *mark : now;

  *mark = now;
  return more;
}

static Entry *
open_entry (BgMetricsLedger *self, const WgKey *key)
{
  Entry *entry = g_hash_table_lookup (self->entries, key);

  if (entry)
    return entry;
  entry = g_new0 (Entry, 1);
  entry->key = *key;
  entry->tally.serial = ++self->serial;
  g_hash_table_insert (self->entries, &entry->key, entry);
  return entry;
}

static void
take_traffic (BgMetricsLedger *self, Entry *entry, const BgPeerStats *stats)
{
  const struct
  {
    guint64 *mark, now, *tally, *all;
  } counters[] = {
    { &entry->mark.rx_bytes, stats->rx_bytes, &entry->tally.rx_bytes, &self->tally.rx_bytes },
    { &entry->mark.tx_bytes, stats->tx_bytes, &entry->tally.tx_bytes, &self->tally.tx_bytes },
    { &entry->mark.rx_packets, stats->rx_packets, &entry->tally.rx_packets,
      &self->tally.rx_packets },
    { &entry->mark.tx_packets, stats->tx_packets, &entry->tally.tx_packets,
      &self->tally.tx_packets },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (counters); i++)
    {
      guint64 more = grown (counters[i].mark, counters[i].now);

      *counters[i].tally += more;
      *counters[i].all += more;
    }
}

static void
take_drops (BgMetricsLedger *self, guint64 *marks, const uint64_t *drops)
{
  for (guint why = 0; why < BG_DROP_REASONS; why++)
    self->tally.drops[why] += grown (&marks[why], drops[why]);
}

static void
take_peer (BgMetricsLedger *self, const BgPeerStats *stats)
{
  Entry *entry = open_entry (self, &stats->key);

  entry->seen = self->round;
  take_traffic (self, entry, stats);
  take_drops (self, entry->mark.drops, stats->drops);
}

static gboolean
is_gone (gpointer key, gpointer value, gpointer data)
{
  return ((Entry *) value)->seen != ((BgMetricsLedger *) data)->round;
}

static void
take_stats (BgMetricsLedger *self, const BgEvent *event)
{
  self->round++;
  for (guint i = 0; i < event->n_stats; i++)
    take_peer (self, &event->stats[i]);
  take_drops (self, self->drops, event->drops);
  if (g_hash_table_size (self->entries) > event->n_stats + BG_METRICS_LEDGER_ROOM)
    g_hash_table_foreach_remove (self->entries, is_gone, self);
}

void
bg_metrics_ledger_take_event (BgMetricsLedger *self, const BgEvent *event)
{
  if (event->type == BG_EVENT_STATS)
    take_stats (self, event);
  else if (event->type == BG_EVENT_SESSION)
    {
      self->tally.handshakes++;
      open_entry (self, &event->key)->tally.handshakes++;
    }
}

void
bg_metrics_ledger_begin_anew (BgMetricsLedger *self)
{
  GHashTableIter iter;
  Entry *entry;

  memset (self->drops, 0, sizeof self->drops);
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &entry))
    {
      entry->mark = (Mark){ 0 };
      entry->is_connected = FALSE;
    }
}

void
bg_metrics_ledger_note_peer (BgMetricsLedger *self, const WgKey *key, gboolean is_connected)
{
  Entry *entry = is_connected ? open_entry (self, key) : g_hash_table_lookup (self->entries, key);

  if (!entry)
    return;
  if (is_connected && !entry->is_connected)
    entry->tally.connects++;
  entry->is_connected = is_connected;
}

void
bg_metrics_ledger_note_hub (BgMetricsLedger *self, gboolean is_online)
{
  if (is_online && !self->is_online)
    self->tally.hub_connects++;
  self->is_online = is_online;
}

const BgPeerTally *
bg_metrics_ledger_find (BgMetricsLedger *self, const WgKey *key)
{
  const Entry *entry = g_hash_table_lookup (self->entries, key);

  return entry ? &entry->tally : NULL;
}

const BgTunnelTally *
bg_metrics_ledger_get (BgMetricsLedger *self)
{
  return &self->tally;
}
