/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "metrics/metrics-ledger.h"

static const WgKey one = { { 1 } };

static void
take (BgMetricsLedger *ledger, const WgKey *key, guint64 rx_bytes, guint64 drops)
{
  BgPeerStats stats = { .key = *key, .rx_bytes = rx_bytes, .tx_packets = rx_bytes / 100 };
  BgEvent event = { .type = BG_EVENT_STATS, .stats = &stats, .n_stats = 1 };

  stats.drops[BG_DROP_REPLAY] = drops;
  event.drops[BG_DROP_NO_PEER] = drops;
  bg_metrics_ledger_take_event (ledger, &event);
}

static void
test_only_grows (void)
{
  g_autoptr (BgMetricsLedger) ledger = bg_metrics_ledger_new ();
  const BgTunnelTally *all = bg_metrics_ledger_get (ledger);

  g_assert_null (bg_metrics_ledger_find (ledger, &one));
  take (ledger, &one, 1000, 2);
  take (ledger, &one, 1500, 3);
  g_assert_cmpuint (bg_metrics_ledger_find (ledger, &one)->rx_bytes, ==, 1500);
  take (ledger, &one, 200, 3); /* another place in the data plane */
  g_assert_cmpuint (bg_metrics_ledger_find (ledger, &one)->rx_bytes, ==, 1700);
  bg_metrics_ledger_begin_anew (ledger); /* another data plane, which was faster */
  take (ledger, &one, 300, 1);
  g_assert_cmpuint (bg_metrics_ledger_find (ledger, &one)->rx_bytes, ==, 2000);
  g_assert_cmpuint (bg_metrics_ledger_find (ledger, &one)->tx_packets, ==, 20);
  g_assert_cmpuint (all->rx_bytes, ==, 2000);
  g_assert_cmpuint (all->drops[BG_DROP_REPLAY], ==, 4);
  g_assert_cmpuint (all->drops[BG_DROP_NO_PEER], ==, 4);
}

static void
test_sessions_and_connections (void)
{
  g_autoptr (BgMetricsLedger) ledger = bg_metrics_ledger_new ();
  BgEvent session = { .type = BG_EVENT_SESSION, .key = one };

  bg_metrics_ledger_note_peer (ledger, &one, FALSE);
  g_assert_null (bg_metrics_ledger_find (ledger, &one));
  bg_metrics_ledger_take_event (ledger, &session);
  bg_metrics_ledger_take_event (ledger, &session);
  for (guint i = 0; i < 4; i++)
    bg_metrics_ledger_note_peer (ledger, &one, i != 2);
  g_assert_cmpuint (bg_metrics_ledger_find (ledger, &one)->handshakes, ==, 2);
  g_assert_cmpuint (bg_metrics_ledger_find (ledger, &one)->connects, ==, 2);
  g_assert_cmpuint (bg_metrics_ledger_get (ledger)->handshakes, ==, 2);
  bg_metrics_ledger_note_hub (ledger, TRUE);
  bg_metrics_ledger_note_hub (ledger, TRUE);
  bg_metrics_ledger_note_hub (ledger, FALSE);
  bg_metrics_ledger_note_hub (ledger, TRUE);
  g_assert_cmpuint (bg_metrics_ledger_get (ledger)->hub_connects, ==, 2);
}

/* Keys that come and go do not fill the memory. */
static void
test_is_bounded (void)
{
  g_autoptr (BgMetricsLedger) ledger = bg_metrics_ledger_new ();
  WgKey key = { { 0 } };

  for (guint i = 0; i < BG_METRICS_LEDGER_ROOM + 2; i++)
    {
      key.bytes[0] = (guint8) i;
      key.bytes[5] = (guint8) (i >> 8);
      take (ledger, &key, 1, 0);
    }
  g_assert_nonnull (bg_metrics_ledger_find (ledger, &key));
  key.bytes[0] = key.bytes[5] = 0;
  g_assert_null (bg_metrics_ledger_find (ledger, &key));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metrics-ledger/only-grows", test_only_grows);
  g_test_add_func ("/metrics-ledger/sessions-and-connections", test_sessions_and_connections);
  g_test_add_func ("/metrics-ledger/is-bounded", test_is_bounded);
  return g_test_run ();
}
