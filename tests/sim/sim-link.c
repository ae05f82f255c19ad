/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-link.h"
#include "split-mix.h"

#include <arpa/inet.h>
#include <string.h>

enum
{
  INNER_LEN = 100,
  POOL_PACKETS = 4096
};

/* Bytes on a wire. */
typedef struct
{
  guint64 due, serial;
  BgEndpoint from, to;
  gsize len;
  guint8 bytes[];
} Flight;

static guint64
draw (Sim *sim)
{
  return split_mix (&sim->seed);
}

static bool
sim_random (void *data, void *bytes, size_t len)
{
  guint8 *out = bytes;

  while (len-- > 0)
    *out++ = (guint8) draw (data);
  return true;
}

static BgEndpoint
outside (guint number)
{
  BgEndpoint endpoint = { 0 };

  endpoint.addr.in4.sin_family = AF_INET;
  endpoint.addr.in4.sin_port = htons (51820);
  endpoint.addr.in4.sin_addr.s_addr = htonl (0xc0000200 + number);
  return endpoint;
}

static guint32
inside (const SimHost *host)
{
  return htonl (0x0a000000 + host->number);
}

Sim *
sim_new (guint64 seed)
{
  Sim *sim = g_new0 (Sim, 1);

  sim->seed = seed;
  sim->now = SIM_SECOND;
  sim->delay = 20 * SIM_MS;
  sim->pool = bg_packet_pool_new (2048, POOL_PACKETS);
  sim->flights = g_sequence_new (g_free);
  sim->seen = g_hash_table_new (g_direct_hash, g_direct_equal);
  return sim;
}

static void
start_device (SimHost *host)
{
  host->dev = wg_device_new (host->sim->pool, sim_random, host->sim);
  g_assert_true (wg_device_set_private_key (host->dev, &host->secret));
  g_assert_true (wg_device_get_public_key (host->dev, &host->key));
  wg_device_set_realtime_offset (host->dev, G_GINT64_CONSTANT (1700000000000000000));
}

void
sim_free (Sim *sim)
{
  for (guint i = 0; i < sim->n_hosts; i++)
    {
      wg_device_free (sim->hosts[i]->dev);
      wg_sealer_free (sim->hosts[i]->sealer);
      g_free (sim->hosts[i]);
    }
  g_assert_cmpuint (bg_packet_pool_in_use (sim->pool), ==, 0);
  g_assert_true (bg_packet_pool_destroy (sim->pool));
  g_sequence_free (sim->flights);
  g_hash_table_unref (sim->seen);
  g_free (sim);
}

SimHost *
sim_add_host (Sim *sim)
{
  SimHost *host = g_new0 (SimHost, 1);

  g_assert_cmpuint (sim->n_hosts, <, SIM_HOSTS_MAX);
  sim->hosts[sim->n_hosts++] = host;
  host->sim = sim;
  host->number = sim->n_hosts;
  host->at = outside (host->number);
  host->sealer = wg_sealer_new ();
  sim_random (sim, &host->secret, sizeof host->secret);
  start_device (host);
  return host;
}

static void
add_peer (SimHost *host, SimHost *other)
{
  WgPeer *peer = wg_peer_add (host->dev, &other->key);
  guint32 addr = inside (other);

  g_assert_nonnull (peer);
  wg_peer_set_endpoint (peer, &other->at, true);
  g_assert_true (wg_allowed_ips_insert (host->dev, peer, AF_INET, &addr, 32));
}

void
sim_introduce (SimHost *a, SimHost *b)
{
  add_peer (a, b);
  add_peer (b, a);
}

void
sim_pair (Sim *sim, SimHost **a, SimHost **b)
{
  *a = sim_add_host (sim);
  *b = sim_add_host (sim);
  sim_introduce (*a, *b);
}

void
sim_restart (SimHost *host)
{
  wg_device_free (host->dev);
  start_device (host);
}

WgPeer *
sim_peer (SimHost *host, SimHost *other)
{
  return wg_peer_find (host->dev, &other->key);
}

void
sim_move (SimHost *host, guint number)
{
  host->at = outside (number);
}

guint64
sim_sessions (SimHost *host, SimHost *other)
{
  WgPeerStats stats;

  wg_peer_get_stats (sim_peer (host, other), &stats);
  return stats.sessions;
}

/* --- The wire --- */

static gint
compare_flights (gconstpointer a, gconstpointer b, gpointer data)
{
  const Flight *x = a, *y = b;

  return x->due != y->due ? (x->due < y->due ? -1 : 1)
                          : (x->serial < y->serial ? -1 : x->serial > y->serial);
}

static void
take_off (SimHost *from, const BgPacket *pkt)
{
  Sim *sim = from->sim;
  Flight *flight = g_malloc (sizeof *flight + pkt->len);

  flight->due = sim->now + sim->delay + (sim->jitter ? draw (sim) % sim->jitter : 0);
  flight->serial = sim->next_serial++;
  flight->from = from->at;
  flight->to = pkt->endpoint;
  flight->len = pkt->len;
  memcpy (flight->bytes, pkt->data, pkt->len);
  g_sequence_insert_sorted (sim->flights, flight, compare_flights, NULL);
}

static void
count_on_wire (SimHost *from, const BgPacket *pkt)
{
  WgMessageKind kind = wg_message_kind (pkt->data, pkt->len);

  g_assert_cmpint (kind, !=, WG_MSG_INVALID);
  from->wire_data += kind == WG_MSG_DATA && pkt->len > WG_DATA_OVERHEAD;
  from->wire_empty += kind == WG_MSG_DATA && pkt->len == WG_DATA_OVERHEAD;
  from->wire_cookies += kind == WG_MSG_COOKIE_REPLY;
  from->wire_handshakes += kind == WG_MSG_INITIATION || kind == WG_MSG_RESPONSE;
  from->last_wire = from->sim->now;
}

/* Takes `pkt`. */
static void
put_on_wire (SimHost *from, BgPacket *pkt)
{
  Sim *sim = from->sim;

  count_on_wire (from, pkt);
  if (!sim->filter || sim->filter (from, pkt->data, pkt->len, sim->filter_data))
    {
      if (draw (sim) % 1000 >= sim->loss_permille)
        take_off (from, pkt);
      if (draw (sim) % 1000 < sim->duplicate_permille)
        take_off (from, pkt);
    }
  bg_packet_free (pkt);
}

static void
seal_and_send (SimHost *host, BgPacket *pkt)
{
  g_assert_true (wg_seal (host->sealer, pkt, 1420));
  wg_send_finish (host->dev, &pkt, 1, host->sim->now);
  put_on_wire (host, pkt);
}

void
sim_pump (SimHost *host)
{
  BgPacket *pkt;
  WgEvent event;

  while ((pkt = wg_pop_packet (host->dev)))
    if (pkt->keypair)
      seal_and_send (host, pkt);
    else
      put_on_wire (host, pkt);
  while (wg_pop_event (host->dev, &event))
    host->events[event.type]++;
}

static void
deliver_inner (SimHost *to, const BgPacket *pkt)
{
  guint64 serial;

  g_assert_cmpuint (pkt->len, ==, INNER_LEN);
  memcpy (&serial, pkt->data + 20, sizeof serial);
  g_assert_true (g_hash_table_add (to->sim->seen, GSIZE_TO_POINTER (serial)));
  to->received++;
}

static WgVerdict
receive_data (SimHost *to, BgPacket *pkt)
{
  WgVerdict verdict = wg_receive_begin (to->dev, pkt, to->sim->now);

  if (verdict != WG_OK)
    return verdict;
  wg_open (to->sealer, pkt);
  verdict = wg_receive_finish (to->dev, pkt, to->sim->now);
  if (verdict == WG_OK)
    deliver_inner (to, pkt);
  to->control += verdict == WG_CONTROL;
  return verdict;
}

WgVerdict
sim_inject (SimHost *to, const guint8 *bytes, gsize len, const BgEndpoint *source)
{
  BgPacket *pkt = bg_packet_new (to->sim->pool);
  WgVerdict verdict;

  memcpy (pkt->data, bytes, len);
  pkt->len = (guint32) len;
  pkt->endpoint = *source;
  verdict = wg_message_kind (bytes, len) == WG_MSG_DATA
              ? receive_data (to, pkt)
              : wg_receive_handshake (to->dev, pkt, to->sim->now);
  to->verdicts[verdict]++;
  bg_packet_free (pkt);
  sim_pump (to);
  return verdict;
}

static void
land (Sim *sim, const Flight *flight)
{
  for (guint i = 0; i < sim->n_hosts; i++)
    if (sim->hosts[i]->at.addr.in4.sin_addr.s_addr == flight->to.addr.in4.sin_addr.s_addr)
      {
        sim_inject (sim->hosts[i], flight->bytes, flight->len, &flight->from);
        return;
      }
}

/* --- Time --- */

WgVerdict
sim_send (SimHost *from, SimHost *to)
{
  BgPacket *pkt = bg_packet_new (from->sim->pool);
  guint32 source = inside (from), destination = inside (to);
  guint64 serial = from->sim->next_serial++;
  WgVerdict verdict;

  g_assert_nonnull (pkt);
  memset (pkt->data, 0, INNER_LEN);
  pkt->data[0] = 0x45;
  pkt->data[3] = INNER_LEN;
  memcpy (pkt->data + 12, &source, 4);
  memcpy (pkt->data + 16, &destination, 4);
  memcpy (pkt->data + 20, &serial, sizeof serial);
  pkt->len = INNER_LEN;
  from->sent++;
  verdict = wg_send_begin (from->dev, pkt, from->sim->now);
  if (verdict == WG_OK)
    seal_and_send (from, pkt);
  else if (verdict != WG_STAGED)
    bg_packet_free (pkt);
  sim_pump (from);
  return verdict;
}

WgVerdict
sim_send_control (SimHost *from, SimHost *to)
{
  BgPacket *pkt = bg_packet_new (from->sim->pool);
  WgVerdict verdict;

  memset (pkt->data, 0xb0, INNER_LEN);
  pkt->len = INNER_LEN;
  pkt->urgent = true;
  verdict = wg_send_begin_to (sim_peer (from, to), pkt, from->sim->now);
  g_assert_cmpint (verdict, ==, WG_OK);
  seal_and_send (from, pkt);
  sim_pump (from);
  return verdict;
}

static guint64
next_moment (Sim *sim)
{
  guint64 next = WG_NEVER;

  if (!g_sequence_is_empty (sim->flights))
    next = ((Flight *) g_sequence_get (g_sequence_get_begin_iter (sim->flights)))->due;
  for (guint i = 0; i < sim->n_hosts; i++)
    next = MIN (next, wg_next_timer (sim->hosts[i]->dev));
  return next;
}

static void
land_due (Sim *sim)
{
  GSequenceIter *first;

  while (!g_sequence_iter_is_end (first = g_sequence_get_begin_iter (sim->flights))
         && ((Flight *) g_sequence_get (first))->due <= sim->now)
    {
      g_autofree Flight *flight = g_memdup2 (
        g_sequence_get (first), sizeof *flight + ((Flight *) g_sequence_get (first))->len);

      g_sequence_remove (first);
      land (sim, flight);
    }
}

static void
run_timers (SimHost *host)
{
  if (wg_next_timer (host->dev) > host->sim->now)
    return;
  host->wakeups++;
  wg_run_timers (host->dev, host->sim->now);
  g_assert_cmpuint (wg_next_timer (host->dev), >, host->sim->now);
  sim_pump (host);
}

void
sim_run (Sim *sim, guint64 duration)
{
  guint64 end = sim->now + duration, next;

  while ((next = next_moment (sim)) <= end)
    {
      sim->now = MAX (sim->now, next);
      land_due (sim);
      for (guint i = 0; i < sim->n_hosts; i++)
        run_timers (sim->hosts[i]);
    }
  sim->now = end;
}

void
sim_traffic (SimHost *from, SimHost *to, guint64 interval, guint64 duration, gboolean both)
{
  for (guint64 passed = 0; passed < duration; passed += interval)
    {
      sim_send (from, to);
      if (both)
        sim_send (to, from);
      sim_run (from->sim, interval);
    }
}
