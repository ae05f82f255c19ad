/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "metrics/metrics-families.h"

#include "metrics/metrics-endpoints.h"

/* --- Of the daemon and the tunnel --- */

static void
add_build (BgMetricsText *text, const BgMetricsView *view)
{
  bg_metrics_text_add (text, 1, "version", BG_VERSION, NULL);
}

static void
add_state (BgMetricsText *text, const BgMetricsView *view)
{
  for (guint state = BG_STATE_OFF; state <= BG_STATE_FAILED; state++)
    bg_metrics_text_add (text, state == view->info->state, "state", bg_state_name (state), NULL);
}

static void
add_up_since (BgMetricsText *text, const BgMetricsView *view)
{
  if (view->info->up_since_us > 0)
    bg_metrics_text_add_us (text, view->info->up_since_us, NULL);
}

#define TUNNEL_COUNTER(member)                                                                     \
  static void add_##member (BgMetricsText *text, const BgMetricsView *view)                        \
  {                                                                                                \
    bg_metrics_text_add (text, bg_metrics_ledger_get (view->ledger)->member, NULL);                \
  }

TUNNEL_COUNTER (rx_bytes)
TUNNEL_COUNTER (tx_bytes)
TUNNEL_COUNTER (rx_packets)
TUNNEL_COUNTER (tx_packets)
TUNNEL_COUNTER (handshakes)
TUNNEL_COUNTER (hub_connects)

static void
add_drops (BgMetricsText *text, const BgMetricsView *view)
{
  const BgTunnelTally *tally = bg_metrics_ledger_get (view->ledger);

  for (guint why = 0; why < BG_DROP_REASONS; why++)
    bg_metrics_text_add (text, tally->drops[why], "reason", bg_drop_name (why), NULL);
}

/* --- Of the hub --- */

static void
add_hub (BgMetricsText *text, const BgMetricsView *view)
{
  for (guint state = BG_SIGNALING_OFFLINE; state <= BG_SIGNALING_WAITING; state++)
    {
      const char *name = bg_signaling_state_name (state);

      bg_metrics_text_add (text, g_str_equal (name, view->info->signaling_state), "state", name,
                           NULL);
    }
}

static void
add_relay (BgMetricsText *text, const BgMetricsView *view)
{
  bg_metrics_text_add (text, view->figures->has_relay, NULL);
}

/* --- Of names and settings --- */

static void
add_questions (BgMetricsText *text, const BgMetricsView *view)
{
  const BgResolverCounts *names = &view->figures->names;

  bg_metrics_text_add (text, names->here, "answer", "own", NULL);
  bg_metrics_text_add (text, names->forwarded, "answer", "forwarded", NULL);
  bg_metrics_text_add (text, names->refused, "answer", "refused", NULL);
}

static void
add_whole (BgMetricsText *text, const BgMetricsView *view)
{
  bg_metrics_text_add (text, view->figures->is_file_whole, NULL);
}

static void
add_pending (BgMetricsText *text, const BgMetricsView *view)
{
  bg_metrics_text_add (text, g_strv_length ((char **) view->info->pending_restart), NULL);
}

static void
add_reloads (BgMetricsText *text, const BgMetricsView *view)
{
  bg_metrics_text_add (text, view->figures->reloads_taken, "result", "taken", NULL);
  bg_metrics_text_add (text, view->figures->reloads_refused, "result", "refused", NULL);
}

/* --- Of peers --- */

enum
{
  N_STATES = BG_PEER_PUBLIC_IDLE + 1,
  N_PATHS = BG_TRANSPORT_KINDS,
};

static const char *
path_of (guint kind)
{
  return kind == BG_TRANSPORT_NONE ? "none" : bg_transport_kind_name (kind);
}

static gboolean
is_connected (const BgPeerInfo *peer)
{
  return peer->state == BG_PEER_PUBLIC_CONNECTED;
}

static void
add_peers (BgMetricsText *text, const BgMetricsView *view)
{
  guint counts[N_STATES] = { 0 };

  for (guint i = 0; i < view->n_peers; i++)
    counts[view->peers[i]->state]++;
  for (guint state = 0; state < N_STATES; state++)
    bg_metrics_text_add (text, counts[state], "state", bg_peer_public_state_name (state), NULL);
}

static void
add_paths (BgMetricsText *text, const BgMetricsView *view)
{
  guint counts[N_PATHS][2] = { { 0 } };

  for (guint i = 0; i < view->n_peers; i++)
    if (is_connected (view->peers[i]))
      counts[view->peers[i]->path][view->peers[i]->relayed != FALSE]++;
  for (guint path = 0; path < N_PATHS; path++)
    for (guint relayed = 0; relayed < 2; relayed++)
      bg_metrics_text_add (text, counts[path][relayed], "path", path_of (path), "relayed",
                           relayed ? "true" : "false", NULL);
}

static void
add_omitted (BgMetricsText *text, const BgMetricsView *view)
{
  bg_metrics_text_add (text, view->n_peers - view->n_named, NULL);
}

static void
add_connected (BgMetricsText *text, const BgMetricsView *view)
{
  for (guint i = 0; i < view->n_named; i++)
    bg_metrics_text_add (text, is_connected (view->named[i]), "peer", view->named[i]->id, NULL);
}

/* Zeros for a static peer that nothing was heard of. */
static const BgPeerTally *
tally_of (const BgMetricsView *view, const BgPeerInfo *peer)
{
  static const BgPeerTally none;
  const BgPeerTally *tally = bg_metrics_ledger_find (view->ledger, &peer->key);

  return tally ? tally : &none;
}

#define PEER_COUNTER(member)                                                                       \
  static void add_peer_##member (BgMetricsText *text, const BgMetricsView *view)                   \
  {                                                                                                \
    for (guint i = 0; i < view->n_named; i++)                                                      \
      bg_metrics_text_add (text, tally_of (view, view->named[i])->member, "peer",                  \
                           view->named[i]->id, NULL);                                              \
  }

PEER_COUNTER (rx_bytes)
PEER_COUNTER (tx_bytes)
PEER_COUNTER (rx_packets)
PEER_COUNTER (tx_packets)
PEER_COUNTER (handshakes)
PEER_COUNTER (connects)

static void
add_last_handshake (BgMetricsText *text, const BgMetricsView *view)
{
  for (guint i = 0; i < view->n_named; i++)
    if (view->named[i]->last_handshake_us > 0)
      bg_metrics_text_add_us (text, view->named[i]->last_handshake_us, "peer", view->named[i]->id,
                              NULL);
}

static void
add_latency (BgMetricsText *text, const BgMetricsView *view)
{
  for (guint i = 0; i < view->n_named; i++)
    if (is_connected (view->named[i]) && view->named[i]->latency_us >= 0)
      bg_metrics_text_add_us (text, view->named[i]->latency_us, "peer", view->named[i]->id, NULL);
}

/* --- Of the process --- */

#define PROCESS_FIGURE(member, adder)                                                              \
  static void add_process_##member (BgMetricsText *text, const BgMetricsView *view)                \
  {                                                                                                \
    adder (text, view->process->member, NULL);                                                     \
  }

PROCESS_FIGURE (cpu_us, bg_metrics_text_add_us)
PROCESS_FIGURE (resident_bytes, bg_metrics_text_add)
PROCESS_FIGURE (virtual_bytes, bg_metrics_text_add)
PROCESS_FIGURE (open_fds, bg_metrics_text_add)
PROCESS_FIGURE (max_fds, bg_metrics_text_add)
PROCESS_FIGURE (threads, bg_metrics_text_add)
PROCESS_FIGURE (start_us, bg_metrics_text_add_us)

/* --- The table --- */

#define GAUGE BG_METRIC_GAUGE
#define COUNTER BG_METRIC_COUNTER

const BgMetricsFamily bg_metrics_families[] = {
  { "bamgate_build_info", GAUGE, "The version of bamgated.", add_build },
  { "bamgate_tunnel_state", GAUGE, "1 for the state that the tunnel is in.", add_state },
  { "bamgate_tunnel_start_time_seconds", GAUGE,
    "When the tunnel came up, in Unix time; none while it is down.", add_up_since },
  { "bamgate_received_bytes", COUNTER, "Bytes of packets out of the tunnel, of all peers.",
    add_rx_bytes },
  { "bamgate_transmitted_bytes", COUNTER, "Bytes of packets into the tunnel, of all peers.",
    add_tx_bytes },
  { "bamgate_received_packets", COUNTER, "Packets out of the tunnel, of all peers.",
    add_rx_packets },
  { "bamgate_transmitted_packets", COUNTER, "Packets into the tunnel, of all peers.",
    add_tx_packets },
  { "bamgate_handshakes", COUNTER, "WireGuard handshakes that made a session, of all peers.",
    add_handshakes },
  { "bamgate_dropped_packets", COUNTER, "Packets that were not passed on, by reason.", add_drops },
  { "bamgate_hub_connection_state", GAUGE, "1 for the state of the line to the hub.", add_hub },
  { "bamgate_hub_connects", COUNTER, "Times that the line to the hub came to be there.",
    add_hub_connects },
  { "bamgate_hub_relay_available", GAUGE, "1 while the hub's relay can be used.", add_relay },
  { "bamgate_dns_questions", COUNTER, "Questions to the resolver, by who answers.", add_questions },
  { "bamgate_settings_valid", GAUGE,
    "1 while the settings in effect are those of the file, 0 while that is wrong.", add_whole },
  { "bamgate_settings_reloads", COUNTER, "Times that the settings were read again, by result.",
    add_reloads },
  { "bamgate_settings_pending", GAUGE,
    "Settings that are in effect only when the tunnel comes up next.", add_pending },
  { "bamgate_peers", GAUGE, "Peers by state.", add_peers },
  { "bamgate_peers_connected", GAUGE, "Connected peers by path.", add_paths },
  { "bamgate_peers_unnamed", GAUGE, "Peers that are not told by name.", add_omitted },
  { "bamgate_peer_connected", GAUGE, "1 while the peer is connected.", add_connected },
  { "bamgate_peer_received_bytes", COUNTER, "Bytes of packets from the peer.", add_peer_rx_bytes },
  { "bamgate_peer_transmitted_bytes", COUNTER, "Bytes of packets to the peer.", add_peer_tx_bytes },
  { "bamgate_peer_received_packets", COUNTER, "Packets from the peer.", add_peer_rx_packets },
  { "bamgate_peer_transmitted_packets", COUNTER, "Packets to the peer.", add_peer_tx_packets },
  { "bamgate_peer_handshakes", COUNTER, "WireGuard handshakes with the peer.",
    add_peer_handshakes },
  { "bamgate_peer_connects", COUNTER, "Times that the peer came to be connected.",
    add_peer_connects },
  { "bamgate_peer_last_handshake_timestamp_seconds", GAUGE,
    "When the last handshake was, in Unix time; none before the first.", add_last_handshake },
  { "bamgate_peer_latency_seconds", GAUGE, "The last round trip that was measured.", add_latency },
  { "bamgate_endpoints", GAUGE, "Endpoints by state.", bg_metrics_add_endpoints },
  { "bamgate_endpoint_ready", GAUGE, "1 while the endpoint is ready.",
    bg_metrics_add_endpoint_ready },
  { "bamgate_endpoint_open_connections", GAUGE, "Connections to the endpoint that are open.",
    bg_metrics_add_endpoint_open },
  { "bamgate_endpoint_connections", COUNTER, "Connections to the endpoint.",
    bg_metrics_add_endpoint_total },
  { "bamgate_endpoint_refused_connections", COUNTER, "Connections from where nobody may come in.",
    bg_metrics_add_endpoint_refused },
  { "bamgate_endpoint_transmitted_bytes", COUNTER, "Bytes to the endpoint.",
    bg_metrics_add_endpoint_up },
  { "bamgate_endpoint_received_bytes", COUNTER, "Bytes from the endpoint.",
    bg_metrics_add_endpoint_down },
  { "bamgate_endpoint_errors", COUNTER, "Connections that were not carried, by class.",
    bg_metrics_add_endpoint_errors },
  { "bamgate_endpoint_source_running", GAUGE, "1 while the account is there.",
    bg_metrics_add_source_running },
  { "bamgate_endpoint_source_certificate_end_timestamp_seconds", GAUGE,
    "When the certificate ends, in Unix time; none without one.",
    bg_metrics_add_source_certificate },
  { "bamgate_endpoint_source_last_poll_timestamp_seconds", GAUGE,
    "When the list was read last, in Unix time; none before the first time.",
    bg_metrics_add_source_polled },
  { "bamgate_endpoint_source_answers", COUNTER,
    "Answers of the account's API by HTTP status, none where there was none.",
    bg_metrics_add_source_answers },
  { "bamgate_endpoint_source_pool_takes", COUNTER,
    "Connections that wanted one to the ingress, by whether one was ready.",
    bg_metrics_add_source_pool },
  { "bamgate_endpoint_source_upgrade_seconds", BG_METRIC_HISTOGRAM,
    "How long the ingress took to answer which endpoint a connection is for.",
    bg_metrics_add_source_upgrades },
  { "process_cpu_seconds", COUNTER, "Processor time of bamgated, of all its threads.",
    add_process_cpu_us },
  { "process_resident_memory_bytes", GAUGE, "Memory of bamgated that is in RAM.",
    add_process_resident_bytes },
  { "process_virtual_memory_bytes", GAUGE, "Address space of bamgated.",
    add_process_virtual_bytes },
  { "process_open_fds", GAUGE, "Open descriptors.", add_process_open_fds },
  { "process_max_fds", GAUGE, "Descriptors that may be open.", add_process_max_fds },
  { "process_threads", GAUGE, "Threads.", add_process_threads },
  { "process_start_time_seconds", GAUGE, "When bamgated was started, in Unix time.",
    add_process_start_us },
  { NULL },
};

/* --- All of it --- */

static int
compare_serials (gconstpointer a, gconstpointer b, gpointer ledger)
{
  const BgPeerTally *one = bg_metrics_ledger_find (ledger, &(*(const BgPeerInfo **) a)->key);
  const BgPeerTally *other = bg_metrics_ledger_find (ledger, &(*(const BgPeerInfo **) b)->key);
  guint64 first = one ? one->serial : 0, second = other ? other->serial : 0;

  return first < second ? -1 : first > second;
}

GPtrArray *
bg_metrics_choose_named (BgMetricsLedger *ledger, const BgPeerInfo *const *peers, guint n_peers)
{
  GPtrArray *named = g_ptr_array_new ();

  for (guint i = 0; i < n_peers; i++)
    if (peers[i]->is_static
        || (peers[i]->has_key && bg_metrics_ledger_find (ledger, &peers[i]->key)))
      g_ptr_array_add (named, (gpointer) peers[i]);
  g_ptr_array_sort_with_data (named, compare_serials, ledger);
  if (named->len > BG_METRICS_MAX_PEERS)
    g_ptr_array_set_size (named, BG_METRICS_MAX_PEERS);
  return named;
}

char *
bg_metrics_write (const BgMetricsView *view, BgMetricsFormat format)
{
  BgMetricsText *text = bg_metrics_text_new (format);

  for (const BgMetricsFamily *family = bg_metrics_families; family->name; family++)
    {
      bg_metrics_text_begin (text, family->name, family->type, family->help);
      family->add (text, view);
    }
  return bg_metrics_text_finish (text);
}
