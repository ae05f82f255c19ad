/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/data-thread.h"

/* Handshake messages on their way in: they wait in a bounded queue and are served after data, a few in a turn. Their
 * Diffie-Hellman is the worker's; without one it is ours, for a small part of the time. It is ours, too, while there is
 * hardly any data that could wait for it: to hand it over and back wakes two threads, and a thousand idle peers rekey
 * every few minutes. Where the queue is long, or they take more than their part, strangers have to show first that they
 * receive what is sent to them. */

#define MS UINT64_C (1000000)

enum
{
  BUDGET = 8,       /* messages begun in a turn */
  TURN_MS = 1,      /* and of our own time at most, and the last message */
  OWN_SHARE = 8,    /* an eighth of this thread's time, */
  WORKER_SHARE = 2, /* or half of the worker's, */
  BURST_MS = 100,   /* but a few hundred peers may rekey at once */
  /* beside a worker, while there is hardly any data: */
  QUIET_SHARE = 64,    /* a 64th of this thread's time, */
  QUIET_BURST_MS = 32, /* but a hundred peers may rekey at once */
  LOOK_MS = 10,        /* data is looked at so often */
};

void
bg_handshakes_set_worker (BgHandshakes *handshakes, BgHandshakeWorker *take)
{
  bg_handshake_worker_free (handshakes->worker);
  handshakes->worker = take;
  handshakes->credit_ns = BURST_MS * MS;
}

void
bg_handshakes_clear (BgHandshakes *handshakes)
{
  bg_packet_queue_clear (&handshakes->waiting);
  bg_handshakes_set_worker (handshakes, NULL);
}

/* --- What they may take --- */

static int64_t
saved (int64_t credit_ns, uint64_t more_ns, uint64_t most_ms)
{
  credit_ns += (int64_t) more_ns;
  return credit_ns < (int64_t) (most_ms * MS) ? credit_ns : (int64_t) (most_ms * MS);
}

static void
refill (BgHandshakes *handshakes, uint64_t now_ns)
{
  uint64_t passed = now_ns - handshakes->refilled_ns;

  handshakes->refilled_ns = now_ns;
  handshakes->credit_ns = saved (
    handshakes->credit_ns, passed / (handshakes->worker ? WORKER_SHARE : OWN_SHARE), BURST_MS);
  handshakes->own_ns = saved (handshakes->own_ns, passed / QUIET_SHARE, QUIET_BURST_MS);
}

/* A debt is no longer than what may be saved up: a flood is over when it is over. */
static void
charge (BgHandshakes *handshakes, uint64_t ns)
{
  handshakes->credit_ns -= (int64_t) ns;
  if (handshakes->credit_ns < -(int64_t) (BURST_MS * MS))
    handshakes->credit_ns = -(int64_t) (BURST_MS * MS);
}

static uint32_t
under_way (const BgHandshakes *handshakes)
{
  return handshakes->worker ? bg_handshake_worker_pending (handshakes->worker) : 0;
}

static uint64_t
counted (const _Atomic uint64_t *counter)
{
  return atomic_load_explicit (counter, memory_order_relaxed);
}

/* More than a packet in a millisecond is data that our own time would be taken from. */
static void
look_at_data (BgDataThread *self)
{
  BgHandshakes *handshakes = &self->handshakes;
  uint64_t packets = counted (&self->counters.rx_packets) + counted (&self->counters.tx_packets);
  uint64_t passed_ms = (self->now_ns - handshakes->looked_ns) / MS;

  if (passed_ms < LOOK_MS)
    return;
  handshakes->quiet = packets - handshakes->looked_packets <= passed_ms;
  handshakes->looked_packets = packets;
  handshakes->looked_ns = self->now_ns;
}

/* What is under way at the worker goes first: messages of a peer stay in order. */
static bool
is_ours (const BgHandshakes *handshakes)
{
  return !handshakes->worker
         || (handshakes->quiet && handshakes->own_ns > 0 && under_way (handshakes) == 0);
}

static bool
has_room (const BgHandshakes *handshakes)
{
  return !handshakes->worker || under_way (handshakes) < BG_HANDSHAKE_JOBS_MAX;
}

static bool
is_load (const BgHandshakes *handshakes)
{
  return handshakes->waiting.len + under_way (handshakes) > BG_HANDSHAKE_QUEUE_MAX / 8
         || handshakes->credit_ns < 0;
}

/* --- Their way --- */

void
bg_handshakes_queue_take (BgDataThread *self, BgPacket *pkt)
{
  if (self->handshakes.waiting.len >= BG_HANDSHAKE_QUEUE_MAX)
    bg_data_thread_drop (self, pkt, BG_DROP_HANDSHAKE_QUEUE);
  else
    bg_packet_queue_push (&self->handshakes.waiting, pkt);
}

/* Behind the engine. */
static void
done_take (BgDataThread *self, BgPacket *pkt, WgVerdict verdict)
{
  BgDataPeer *peer = bg_data_peers_by_path (&self->peers, pkt->endpoint.path);

  if (verdict != WG_CONSUMED)
    {
      bg_data_thread_drop (self, pkt, bg_inbound_drop_for (verdict));
      return;
    }
  if (peer)
    bg_path_received (&peer->path, pkt->transport, self->now_ns);
  bg_packet_free (pkt);
}

/* An answer is made in here, and goes back the way that the question came. */
static WgVerdict
finish (BgDataThread *self, WgHandshakeJob *job)
{
  const BgPacket *pkt = wg_handshake_packet (job);
  BgDataPeer *peer = bg_data_peers_by_path (&self->peers, pkt->endpoint.path);

  if (peer && wg_message_kind (pkt->data, pkt->len) == WG_MSG_INITIATION)
    bg_path_initiation_received (&peer->path, pkt->transport);
  return wg_handshake_finish (self->dev, job, self->now_ns);
}

/* Goes on with a job whose last step was run. */
static void
go_on (BgDataThread *self, WgHandshakeJob *job)
{
  BgPacket *pkt = wg_handshake_packet (job);
  WgVerdict verdict = finish (self, job);

  if (verdict == WG_OK)
    bg_handshake_worker_put_take (self->handshakes.worker, job);
  else
    done_take (self, pkt, verdict);
}

static void
collect (BgDataThread *self)
{
  BgHandshakes *handshakes = &self->handshakes;
  WgHandshakeJob *job;
  uint64_t ns;

  for (uint32_t n = under_way (handshakes);
       n > 0 && (job = bg_handshake_worker_pop (handshakes->worker, &ns)); n--)
    {
      charge (handshakes, ns);
      go_on (self, job);
    }
}

static WgVerdict
run_here (BgDataThread *self, WgHandshakeJob *job)
{
  uint64_t start = bg_data_thread_clock (), ns;
  WgVerdict verdict;

  do
    {
      wg_device_run_handshake (self->dev, job);
      verdict = finish (self, job);
    }
  while (verdict == WG_OK);
  ns = bg_data_thread_clock () - start;
  if (self->handshakes.worker)
    {
      self->handshakes.own_ns -= (int64_t) ns;
      charge (&self->handshakes, ns);
    }
  return verdict;
}

static void
serve_take (BgDataThread *self, BgPacket *pkt)
{
  WgHandshakeJob *job = NULL;
  WgVerdict verdict = wg_handshake_begin (self->dev, pkt, self->now_ns, &job);

  if (verdict == WG_OK && !is_ours (&self->handshakes))
    {
      bg_handshake_worker_put_take (self->handshakes.worker, job);
      return;
    }
  if (verdict == WG_OK)
    verdict = run_here (self, job);
  done_take (self, pkt, verdict);
}

/* Without a worker all of it is charged, with one only what was done here. */
static void
serve (BgDataThread *self)
{
  BgHandshakes *handshakes = &self->handshakes;
  uint64_t start = bg_data_thread_clock (), now = start;
  BgPacket *pkt;

  for (int i = 0; i < BUDGET && now - start < TURN_MS * MS && has_room (handshakes); i++)
    {
      pkt = bg_packet_queue_pop (&handshakes->waiting);
      if (!pkt)
        break;
      serve_take (self, pkt);
      now = bg_data_thread_clock ();
    }
  if (!handshakes->worker)
    charge (handshakes, now - start);
}

void
bg_handshakes_serve (BgDataThread *self)
{
  BgHandshakes *handshakes = &self->handshakes;

  if (bg_handshakes_is_idle (handshakes) && under_way (handshakes) == 0)
    return;
  refill (handshakes, self->now_ns);
  look_at_data (self);
  collect (self);
  if (is_load (handshakes))
    wg_device_set_under_load (self->dev, self->now_ns);
  serve (self);
}

bool
bg_handshakes_is_idle (const BgHandshakes *handshakes)
{
  return handshakes->waiting.len == 0 || !has_room (handshakes);
}
