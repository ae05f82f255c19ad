/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/data-thread.h"

#include "transport/transport-udp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND UINT64_C (1000000000)
#define REFINE_NS UINT64_C (10000000)

enum
{
  READY_MAIL = 1 << 0,
  READY_INBOX = 1 << 1,
  READY_TUN = 1 << 2,
  READY_UDP = 1 << 3,    /* and the bit above for the second socket */
  READY_DIRECT = 1 << 5, /* the upper half of the mark is the peer's path id */
  READY_CRYPTO = 1 << 6,
  READY_HANDSHAKES = 1 << 7,
  READY_ALARM = 1 << 8,
  READY_GUEST = 1 << 9,
  READY_FDS = 32,
  PATH_SHIFT = 32,
};

uint64_t
bg_data_thread_clock (void)
{
  struct timespec now;

  /* Sessions age while the machine sleeps. */
  clock_gettime (CLOCK_BOOTTIME, &now);
  return (uint64_t) now.tv_sec * SECOND + (uint64_t) now.tv_nsec;
}

static void
read_clocks (BgDataThread *self)
{
  struct timespec real;

  self->now_ns = bg_data_thread_clock ();
  clock_gettime (CLOCK_REALTIME, &real);
  wg_device_set_realtime_offset (self->dev, (int64_t) real.tv_sec * (int64_t) SECOND + real.tv_nsec
                                              - (int64_t) self->now_ns);
}

/* --- Drops, events --- */

BgDataPeer *
bg_data_thread_peer_of (const BgPacket *pkt)
{
  return pkt->peer ? wg_peer_data (pkt->peer) : NULL;
}

void
bg_data_thread_count_drop (BgDataThread *self, BgDataPeer *peer, BgDrop why, uint64_t n)
{
  bg_count_drop (&self->counters, why, n);
  if (peer)
    bg_count_drop (&peer->counters, why, n);
}

void
bg_data_thread_drop (BgDataThread *self, BgPacket *pkt, BgDrop why)
{
  bg_data_thread_count_drop (self, bg_data_thread_peer_of (pkt), why, 1);
  if (pkt->keypair)
    wg_send_finish (self->dev, &pkt, 1, self->now_ns);
  bg_packet_free (pkt);
}

void
bg_data_thread_drop_all (BgDataThread *self, BgPacketQueue *victims, BgDrop why)
{
  BgPacket *pkt;

  while ((pkt = bg_packet_queue_pop (victims)))
    bg_data_thread_drop (self, pkt, why);
}

static BgEvent
describe_news (const BgDataThread *self, const BgDataPeer *peer, BgEventType type)
{
  int64_t latency_ns = bg_data_peer_latency_ns (peer);

  return (BgEvent){
    .type = type,
    .key = peer->key,
    .kind = bg_data_peer_kind (peer),
    .mtu = bg_data_peer_mtu (peer, self->tun_mtu),
    .latency_us = latency_ns < 0 ? -1 : latency_ns / 1000,
  };
}

/* Once `event` is told. */
static bool
is_settled (const BgDataPeer *peer, const BgEvent *event)
{
  return (event->type == BG_EVENT_SESSION || event->type == BG_EVENT_PATH) && peer->path_id > 0
         && event->kind != BG_TRANSPORT_NONE && bg_data_peer_has_session (peer);
}

void
bg_data_thread_announce (BgDataThread *self, BgDataPeer *peer, BgEventType type)
{
  BgEvent event = describe_news (self, peer, type);

  peer->settled = is_settled (peer, &event);
  bg_event_queue_push_take (self->events, &event);
}

int64_t
bg_data_thread_to_realtime_us (uint64_t boottime_ns)
{
  struct timespec now;

  if (boottime_ns == 0)
    return 0;
  clock_gettime (CLOCK_REALTIME, &now);
  return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000
         - (int64_t) ((bg_data_thread_clock () - boottime_ns) / 1000);
}

/* New keys of a session that goes on, in two minutes each, are nothing to wake anybody for. */
static void
announce_session (BgDataThread *self, BgDataPeer *peer)
{
  BgEvent event = describe_news (self, peer, BG_EVENT_SESSION);
  WgPeerStats stats;

  wg_peer_get_stats (peer->wg, &stats);
  event.session_us = bg_data_thread_to_realtime_us (stats.last_handshake_ns);
  if (!peer->path_id && stats.has_endpoint)
    event.endpoint = stats.endpoint;
  event.is_rekey = peer->settled;
  if (event.is_rekey)
    bg_event_queue_push_patient (self->events, &event);
  else
    bg_event_queue_push_take (self->events, &event);
  peer->settled = is_settled (peer, &event);
}

static void
announce_failure (BgDataThread *self, int error)
{
  BgEvent event = { .type = BG_EVENT_FAILED, .latency_us = -1, .error = error };

  bg_event_queue_push_take (self->events, &event);
}

static void
announce_tun_gone (BgDataThread *self, int error)
{
  BgEvent event = {
    .type = BG_EVENT_TUN_GONE, .latency_us = -1, .error = error, .cookie = self->tun_number
  };

  bg_event_queue_push_take (self->events, &event);
}

void
bg_data_thread_announce_refusals (BgDataThread *self)
{
  static const char *const kinds[BG_OFFLOADS][2] = {
    [BG_OFFLOAD_TCP4] = { "TCP over IPv4, the last segment shorter", "TCP over IPv4" },
    [BG_OFFLOAD_TCP6] = { "TCP over IPv6, the last segment shorter", "TCP over IPv6" },
    [BG_OFFLOAD_UDP4] = { "UDP over IPv4, the last segment shorter", "UDP over IPv4" },
    [BG_OFFLOAD_UDP6] = { "UDP over IPv6, the last segment shorter", "UDP over IPv6" },
  };
  BgEvent event = { .type = BG_EVENT_OFFLOAD, .latency_us = -1 };
  BgOffload offload;
  BgJoin left;

  while (bg_tun_io_pop_refusal (&self->tun, &offload, &left, &event.error))
    {
      event.offload = kinds[offload][left == BG_JOIN_NONE];
      bg_event_queue_push_take (self->events, &event);
    }
}

void
bg_data_thread_arm (BgDataThread *self, BgDataPeer *peer)
{
  peer->wake_ns = bg_data_peer_next (peer);
  if (peer->wake_ns < self->wake_ns)
    self->wake_ns = peer->wake_ns;
}

/* --- The engine's side --- */

static void
on_engine_event (BgDataThread *self, const WgEvent *event)
{
  BgDataPeer *peer = wg_peer_data (event->peer);

  switch (event->type)
    {
    case WG_EVENT_SESSION:
      bg_watch_heard (self, peer);
      announce_session (self, peer);
      if (peer->path_id)
        bg_paths_session (self, peer);
      else
        bg_plain_paths_session (self, peer);
      bg_ping_retry (self, peer);
      break;
    case WG_EVENT_LATE:
      bg_data_thread_announce (self, peer, BG_EVENT_LATE);
      break;
    case WG_EVENT_UNANSWERED:
      bg_data_thread_announce (self, peer, BG_EVENT_UNANSWERED);
      break;
    case WG_EVENT_SILENT:
      bg_data_thread_announce (self, peer, BG_EVENT_SILENT);
      break;
    case WG_EVENT_ENDPOINT:
      bg_plain_paths_moved (self, peer);
      break;
    }
}

/* Takes from the engine what it has to say and to send, events first: a session may prove the path that its packets
 * take. */
static void
settle (BgDataThread *self)
{
  uint64_t staged_dropped;
  bool any;

  do
    {
      WgEvent event;
      BgPacket *pkt;

      any = false;
      while (wg_pop_event (self->dev, &event))
        {
          any = true;
          on_engine_event (self, &event);
        }
      while ((pkt = wg_pop_packet (self->dev)))
        {
          any = true;
          bg_outbound_engine_take (self, pkt);
        }
      bg_outbound_flush (self);
    }
  while (any);
  staged_dropped = wg_staged_dropped (self->dev);
  if (staged_dropped > 0)
    bg_data_thread_count_drop (self, NULL, BG_DROP_STAGED_FULL, staged_dropped);
}

/* --- Work on other threads --- */

void
bg_data_thread_collect (BgDataThread *self)
{
  BgCryptoJob *job = bg_crypto_pool_peek (self->crypto);

  if (!job)
    return;
  for (; job; job = bg_crypto_pool_peek (self->crypto))
    {
      if (job->kind == BG_CRYPTO_SEAL)
        bg_outbound_sealed_take (self, job->pkts, job->n);
      else
        bg_inbound_opened_take (self, job->pkts, job->n);
      bg_crypto_pool_pop (self->crypto);
    }
  bg_inbound_flush (self);
  bg_outbound_flush (self);
}

void
bg_data_thread_drain (BgDataThread *self)
{
  while (!bg_crypto_pool_is_idle (self->crypto))
    {
      bg_crypto_pool_wait (self->crypto);
      bg_data_thread_collect (self);
    }
}

void
bg_data_thread_make_room (BgDataThread *self)
{
  while (bg_crypto_pool_is_busy (self->crypto))
    {
      if (!bg_crypto_pool_help (self->crypto))
        bg_crypto_pool_wait (self->crypto);
      bg_data_thread_collect (self);
    }
}

/* --- Steps of one turn --- */

static void
serve_mail (BgDataThread *self)
{
  BgMail mail;

  for (int i = 0; i < BG_MAIL_BUDGET && bg_mailbox_pop (self->mailbox, &mail); i++)
    {
      bg_data_thread_drain (self);
      bg_commands_obey (self, &mail);
      settle (self);
    }
}

static void
serve_udp (BgDataThread *self, unsigned ready)
{
  int fds[BG_UDP_SOCKETS];

  bg_transport_udp_fds (self->udp, fds);
  for (int i = 0; i < BG_UDP_SOCKETS; i++)
    if (ready & (unsigned) READY_UDP << i)
      bg_transport_udp_receive (self->udp, fds[i]);
}

static void
serve_inbox (BgDataThread *self)
{
  BgPacket *pkts[BG_BATCH_MAX];
  int n = 0;

  if (self->backlog.len == 0)
    bg_packet_inbox_steal (self->inbox, &self->backlog);
  while (n < BG_BATCH_MAX && (pkts[n] = bg_packet_queue_pop (&self->backlog)))
    n++;
  bg_inbound_take (self, pkts, n);
}

/* One receive of the kernel's, cut into batches. The peer may have lost the transport since it became readable. */
static void
serve_direct (BgDataThread *self, uint32_t path_id)
{
  BgPacket *pkts[BG_BATCH_MAX];
  BgDataPeer *peer;
  BgTransport *transport;
  bool more = false;
  int n;

  do
    {
      peer = bg_data_peers_by_path (&self->peers, path_id);
      transport = peer ? peer->path.links[BG_TRANSPORT_DIRECT].transport : NULL;
      n = transport ? transport->ops->receive (transport, self->scratch, pkts, BG_BATCH_MAX, &more)
                    : 0;
      if (n < 0)
        bg_paths_lost (self, peer, BG_TRANSPORT_DIRECT);
      if (n <= 0)
        break;
      for (int i = 0; i < n; i++)
        {
          pkts[i]->transport = BG_TRANSPORT_DIRECT;
          pkts[i]->endpoint.path = path_id;
        }
      bg_inbound_take (self, pkts, n);
    }
  while (more);
}

static void
serve_tun (BgDataThread *self)
{
  BgPacket *pkts[BG_BATCH_MAX];
  int n;

  do
    {
      n = bg_tun_io_read (&self->tun, pkts, BG_BATCH_MAX);
      if (n > 0)
        bg_outbound_take (self, pkts, n);
    }
  while (bg_tun_io_has_more (&self->tun));
  bg_data_thread_count_drop (self, NULL, BG_DROP_NO_BUFFER, self->tun.no_buffer);
  bg_data_thread_count_drop (self, NULL, BG_DROP_BAD_INNER, self->tun.malformed);
  self->tun.no_buffer = self->tun.malformed = 0;
  if (n < 0)
    {
      epoll_ctl (self->epoll_fd, EPOLL_CTL_DEL, self->tun.fd, NULL);
      bg_tun_io_close (&self->tun);
      announce_tun_gone (self, -n);
    }
}

/* What came through it is in the inbox. */
static void
serve_guest (BgDataThread *self)
{
  self->guest_waits = self->guest.visit (self->guest.data);
  serve_inbox (self);
}

static void
run_peers (BgDataThread *self)
{
  if (self->now_ns < self->wake_ns)
    return;
  self->wake_ns = BG_PATH_NEVER;
  for (BgDataPeer *peer = self->peers.first; peer; peer = peer->next)
    {
      if (peer->wake_ns <= self->now_ns)
        bg_paths_run (self, peer);
      bg_data_thread_arm (self, peer);
    }
}

static void
run_timers (BgDataThread *self)
{
  self->now_ns = bg_data_thread_clock ();
  if (wg_next_timer (self->dev) <= self->now_ns)
    wg_run_timers (self->dev, self->now_ns);
  run_peers (self);
  if (bg_sender_next (&self->udp_sender) <= self->now_ns)
    bg_outbound_mark_dirty (self, &self->udp_sender);
  bg_ping_run (self);
}

static void
alarm_rang (BgDataThread *self)
{
  uint64_t times;

  if (read (self->alarm_fd, &times, sizeof times) > 0)
    self->alarm_ns = BG_PATH_NEVER;
}

static void
turn (BgDataThread *self, unsigned ready, const uint32_t *direct, int n_direct)
{
  read_clocks (self);
  if (ready & READY_ALARM)
    alarm_rang (self);
  if (ready & READY_CRYPTO)
    bg_crypto_pool_woken (self->crypto);
  if (ready == 0 && n_direct == 0)
    bg_crypto_pool_help (self->crypto);
  bg_data_thread_collect (self);
  if (ready & READY_MAIL)
    serve_mail (self);
  for (int i = 0; i < n_direct; i++)
    serve_direct (self, direct[i]);
  if (self->udp && ready & (READY_UDP | READY_UDP << 1))
    serve_udp (self, ready);
  if (ready & READY_GUEST || self->guest_waits)
    serve_guest (self);
  else if (ready & READY_INBOX || self->backlog.len > 0)
    serve_inbox (self);
  settle (self);
  if (ready & READY_TUN)
    serve_tun (self);
  bg_handshakes_serve (self);
  settle (self);
  run_timers (self);
  settle (self);
  bg_crypto_pool_sweep (self->crypto);
}

/* --- The loop --- */

static uint64_t
min_u64 (uint64_t a, uint64_t b)
{
  return a < b ? a : b;
}

/* Answers put deadlines off without a word. Before a sleep the earliest are looked at again, though not often: with many
 * peers that is dear, and one wake-up too early is not. */
static void
refine_wake (BgDataThread *self)
{
  uint64_t before = self->wake_ns;

  if (before == BG_PATH_NEVER || self->now_ns - self->refined_ns < REFINE_NS)
    return;
  self->refined_ns = self->now_ns;
  self->wake_ns = BG_PATH_NEVER;
  for (BgDataPeer *peer = self->peers.first; peer; peer = peer->next)
    {
      if (peer->wake_ns <= before)
        peer->wake_ns = bg_data_peer_next (peer);
      if (peer->wake_ns < self->wake_ns)
        self->wake_ns = peer->wake_ns;
    }
}

/* What rings too early is put right then: one wake-up too many is cheaper than setting it for each packet. */
static void
set_alarm (BgDataThread *self, uint64_t at)
{
  struct itimerspec spec = {
    .it_value = { (time_t) (at / SECOND), (long) (at % SECOND) },
  };

  if (at >= self->alarm_ns)
    return;
  timerfd_settime (self->alarm_fd, TFD_TIMER_ABSTIME, &spec, NULL);
  self->alarm_ns = at;
}

/* False with work left; else the alarm rings when something is due. Work on other threads wakes us. */
static bool
may_sleep (BgDataThread *self)
{
  uint64_t next;

  if (self->backlog.len > 0 || self->guest_waits || !bg_handshakes_is_idle (&self->handshakes)
      || !bg_crypto_pool_await (self->crypto))
    return false;
  refine_wake (self);
  next = min_u64 (min_u64 (wg_next_timer (self->dev), self->wake_ns),
                  min_u64 (bg_sender_next (&self->udp_sender), bg_ping_next (self)));
  if (next <= bg_data_thread_clock ())
    return false;
  set_alarm (self, next);
  return true;
}

static bool
watch (BgDataThread *self, int fd, uint64_t mark)
{
  struct epoll_event event = { .events = EPOLLIN, .data.u64 = mark };

  return fd < 0 || epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool
bg_data_thread_watch_transport (BgDataThread *self, const BgTransport *transport)
{
  return watch (self, transport->fd, (uint64_t) transport->path << PATH_SHIFT | READY_DIRECT);
}

void
bg_data_thread_unwatch_transport (BgDataThread *self, const BgTransport *transport)
{
  epoll_ctl (self->epoll_fd, EPOLL_CTL_DEL, transport->fd, NULL);
}

static bool
watch_tun (BgDataThread *self)
{
  return watch (self, self->tun.fd, READY_TUN);
}

static bool
watch_udp (BgDataThread *self)
{
  int udp[BG_UDP_SOCKETS] = { -1, -1 };

  if (self->udp)
    bg_transport_udp_fds (self->udp, udp);
  return watch (self, udp[0], READY_UDP) && watch (self, udp[1], READY_UDP << 1);
}

static bool
watch_workers (BgDataThread *self)
{
  BgHandshakeWorker *worker = self->handshakes.worker;

  return watch (self, bg_crypto_pool_fd (self->crypto), READY_CRYPTO)
         && watch (self, worker ? bg_handshake_worker_fd (worker) : -1, READY_HANDSHAKES);
}

void
bg_data_thread_watch_tun (BgDataThread *self)
{
  if (!watch_tun (self))
    announce_failure (self, errno);
}

void
bg_data_thread_watch_udp (BgDataThread *self)
{
  if (!watch_udp (self))
    announce_failure (self, errno);
}

void
bg_data_thread_watch_workers (BgDataThread *self)
{
  if (!watch_workers (self))
    announce_failure (self, errno);
}

static bool
watch_all (BgDataThread *self)
{
  return watch (self, bg_mailbox_fd (self->mailbox), READY_MAIL)
         && watch (self, self->alarm_fd, READY_ALARM)
         && watch (self, bg_packet_inbox_fd (self->inbox), READY_INBOX)
         && watch (self, self->guest.fd, READY_GUEST) && watch_tun (self) && watch_udp (self)
         && watch_workers (self);
}

static void
run_loop (BgDataThread *self)
{
  struct epoll_event events[READY_FDS];

  while (!atomic_load_explicit (&self->stop, memory_order_acquire))
    {
      int n = epoll_wait (self->epoll_fd, events, READY_FDS, may_sleep (self) ? -1 : 0);
      uint32_t direct[READY_FDS];
      unsigned ready = 0;
      int n_direct = 0;

      for (int i = 0; i < n; i++)
        if (events[i].data.u64 & READY_DIRECT)
          direct[n_direct++] = (uint32_t) (events[i].data.u64 >> PATH_SHIFT);
        else
          ready |= (unsigned) events[i].data.u64;
      turn (self, ready, direct, n_direct);
    }
}

void *
bg_data_thread_run (void *data)
{
  BgDataThread *self = data;

  if (!watch_all (self))
    announce_failure (self, errno);
  if (self->guest.fd >= 0)
    self->guest.enter (self->guest.data);
  run_loop (self);
  if (self->guest.fd >= 0)
    self->guest.leave (self->guest.data);
  bg_data_thread_drain (self);
  return NULL;
}

void
bg_data_thread_stop (BgDataThread *self)
{
  atomic_store_explicit (&self->stop, true, memory_order_release);
  eventfd_write (bg_mailbox_fd (self->mailbox), 1);
}

void
bg_data_thread_clear (BgDataThread *self)
{
  BgPacketQueue waiting = { 0 };

  self->now_ns = bg_data_thread_clock ();
  while (self->peers.first)
    bg_commands_remove_peer (self, self->peers.first);
  if (self->crypto)
    bg_data_thread_drain (self);
  bg_sender_close (&self->udp_sender, &waiting);
  if (self->udp)
    {
      self->udp->ops->close (self->udp);
      bg_transport_unref (self->udp);
    }
  bg_packet_queue_clear (&waiting);
  bg_packet_queue_clear (&self->backlog);
  bg_handshakes_clear (&self->handshakes);
  bg_tun_io_close (&self->tun);
  wg_device_free (self->dev);
  bg_access_free (self->access);
  bg_reach_free (self->reach);
  bg_crypto_pool_free (self->crypto);
  bg_receive_scratch_free (self->scratch);
  if (self->epoll_fd >= 0)
    close (self->epoll_fd);
  if (self->alarm_fd >= 0)
    close (self->alarm_fd);
  free (self->addresses);
}
