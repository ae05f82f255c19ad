/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/data-thread.h"
#include "dataplane/ip-header.h"

void
bg_paths_count_losses (BgDataThread *self, BgDataPeer *peer, BgTransport *transport)
{
  BgTransportLosses *losses = &transport->losses;

  bg_data_thread_count_drop (self, peer, BG_DROP_SEND_FAILED,
                             bg_transport_take_lost (&losses->refused));
  bg_data_thread_count_drop (self, peer, BG_DROP_NO_BUFFER,
                             bg_transport_take_lost (&losses->no_buffer));
  bg_data_thread_count_drop (self, peer, BG_DROP_MALFORMED,
                             bg_transport_take_lost (&losses->malformed));
}

static void
close_transport (BgDataThread *self, BgDataPeer *peer, BgTransport *transport)
{
  if (transport->ops->receive)
    bg_data_thread_unwatch_transport (self, transport);
  transport->ops->close (transport);
  bg_paths_count_losses (self, peer, transport);
  bg_transport_unref (transport);
}

/* --- Which transport carries the traffic --- */

/* Sealed messages that waited for one transport leave by another, where they fit. */
static void
move_waiting (BgDataThread *self, BgDataPeer *peer, BgTransportKind from, BgTransportKind to)
{
  BgPacketQueue waiting = { 0 };
  BgPacket *pkt;

  if (from == to)
    return;
  bg_packet_queue_splice (&waiting, &peer->senders[from].waiting);
  while ((pkt = bg_packet_queue_pop (&waiting)))
    {
      if (!peer->senders[to].transport)
        bg_data_thread_drop (self, pkt, BG_DROP_NO_PATH);
      else if (pkt->len > peer->senders[to].transport->max_message)
        bg_data_thread_drop (self, pkt, BG_DROP_TOO_BIG);
      else
        {
          pkt->transport = to;
          bg_sender_queue_take (&peer->senders[to], pkt);
          bg_outbound_mark_dirty (self, &peer->senders[to]);
        }
    }
}

static uint32_t
mtu_on (const BgDataThread *self, const BgDataPeer *peer, const BgTransport *transport)
{
  uint32_t mtu;

  if (!transport)
    return 0;
  if (transport->kind == BG_TRANSPORT_DIRECT && peer->control)
    return peer->path.mtu.proved;
  mtu = bg_dataplane_path_mtu (transport->kind, self->tun_mtu);
  if (transport->kind == BG_TRANSPORT_ICE && peer->path.pair_size > 0 && peer->path.pair_size < mtu)
    mtu = peer->path.pair_size;
  if (transport->max_message > 0 && transport->max_message < mtu + WG_DATA_OVERHEAD)
    mtu = transport->max_message - WG_DATA_OVERHEAD;
  return mtu;
}

/* True where packets have another way, or another size, than before. */
static bool
choose (BgDataThread *self, BgDataPeer *peer)
{
  bool moved = bg_path_choose (&peer->path, self->now_ns);
  BgTransport *transport = peer->path.links[peer->path.live].transport;
  uint32_t mtu = mtu_on (self, peer, transport);

  if (!moved && mtu == peer->mtu)
    return false;
  peer->mtu = mtu;
  if (transport && transport->kind == BG_TRANSPORT_DIRECT)
    transport->max_message = mtu + WG_DATA_OVERHEAD;
  return true;
}

/* What comes before the first proof waits for it, and for nothing more: a path that is lost later loses packets. */
static void
hold (BgDataThread *self, BgDataPeer *peer, bool held)
{
  if (peer->held == held)
    return;
  peer->held = held;
  wg_peer_hold (peer->wg, held, self->now_ns);
}

void
bg_paths_choose (BgDataThread *self, BgDataPeer *peer)
{
  BgTransportKind before = peer->path.live;

  if (!choose (self, peer))
    return;
  move_waiting (self, peer, before, peer->path.live);
  bg_data_thread_announce (self, peer, BG_EVENT_PATH);
  if (peer->path.live != BG_TRANSPORT_NONE)
    {
      hold (self, peer, false);
      bg_ping_retry (self, peer);
    }
  else if (!bg_path_is_empty (&peer->path))
    /* All fell silent: perhaps the peer lost its session, not we our paths. */
    wg_peer_start_handshake (peer->wg, self->now_ns);
  bg_data_thread_arm (self, peer);
}

void
bg_paths_too_big (BgDataThread *self, BgDataPeer *peer, BgTransport *transport)
{
  uint32_t size = transport->too_big, n = transport->too_big_n;

  transport->too_big = transport->too_big_n = 0;
  bg_data_thread_count_drop (self, peer, BG_DROP_TOO_BIG, n);
  bg_path_too_big (&peer->path, transport->kind, size - WG_DATA_OVERHEAD, self->now_ns);
  bg_paths_run (self, peer);
}

/* The peer's NAT gave it another address, or it moved. */
static void
follow (BgDataThread *self, BgDataPeer *peer, const BgPacket *pkt)
{
  BgTransport *transport = peer->path.links[pkt->transport].transport;

  if (!transport || !transport->ops->follow
      || !bg_roaming_may_move (self, peer->wg, &pkt->endpoint))
    return;
  transport->ops->follow (transport, &pkt->endpoint);
  bg_path_moved (&peer->path, pkt->transport, self->now_ns);
  bg_data_thread_arm (self, peer);
}

void
bg_paths_received (BgDataThread *self, BgDataPeer *peer, const BgPacket *pkt)
{
  bg_path_received (&peer->path, pkt->transport, self->now_ns);
  if (peer->path.links[pkt->transport].state != BG_LINK_PROVED)
    bg_data_thread_arm (self, peer);
  if (pkt->strayed)
    follow (self, peer, pkt);
}

/* --- Coming and going --- */

static void
shut_sender (BgDataThread *self, BgDataPeer *peer, BgTransportKind kind, BgDrop why)
{
  BgPacketQueue victims = { 0 };

  bg_sender_close (&peer->senders[kind], &victims);
  bg_data_thread_drop_all (self, &victims, why);
}

/* What the direct path must carry, and can at most. */
static void
set_sizes (BgDataThread *self, BgDataPeer *peer)
{
  bg_path_set_sizes (&peer->path, bg_data_peer_least_mtu (peer, self->tun_mtu), self->tun_mtu,
                     self->now_ns);
}

void
bg_paths_resize (BgDataThread *self, BgDataPeer *peer)
{
  if (!peer->path_id)
    {
      bg_plain_paths_resize (self, peer);
      return;
    }
  set_sizes (self, peer);
  bg_paths_choose (self, peer);
  bg_data_thread_arm (self, peer);
}

/* A session that no path of it carries may be one that the peer has lost. */
void
bg_paths_hurry (BgDataThread *self, BgDataPeer *peer)
{
  if (peer->control && (!bg_data_peer_has_session (peer) || peer->path.live == BG_TRANSPORT_NONE))
    wg_peer_hurry_handshake (peer->wg, self->now_ns);
}

static void
begin_if_first (BgDataThread *self, BgDataPeer *peer)
{
  BgEndpoint endpoint = { .path = peer->path_id };
  WgPeerStats stats;

  wg_peer_get_stats (peer->wg, &stats);
  wg_peer_set_endpoint (peer->wg, &endpoint, false);
  if (!stats.has_endpoint && (wg_peer_keepalive (peer->wg) > 0 || stats.staged > 0))
    wg_peer_start_handshake (peer->wg, self->now_ns);
  else
    bg_paths_hurry (self, peer);
}

bool
bg_paths_attach_take (BgDataThread *self, BgDataPeer *peer, BgTransport *transport)
{
  BgTransportKind kind = transport->kind;
  BgTransport *old;

  if (kind == BG_TRANSPORT_NONE || kind >= BG_TRANSPORT_UDP || transport->path != peer->path_id
      || bg_path_has (&peer->path, transport))
    return false;
  if (transport->ops->receive && !bg_data_thread_watch_transport (self, transport))
    return false;
  peer->wanted = false;
  if (bg_path_is_empty (&peer->path))
    hold (self, peer, true);
  set_sizes (self, peer);
  old = bg_path_attach_take (&peer->path, transport, self->now_ns);
  if (old)
    {
      /* What waits for the old one leaves by another; probes alone may be left. */
      bg_paths_choose (self, peer);
      shut_sender (self, peer, kind, BG_DROP_NO_PATH);
    }
  bg_sender_init (&peer->senders[kind], transport, peer->control, self->now_ns);
  if (kind == BG_TRANSPORT_DATA_CHANNEL)
    bg_credit_receiver_init (&peer->credit);
  begin_if_first (self, peer);
  bg_paths_choose (self, peer);
  bg_data_thread_arm (self, peer);
  if (old)
    close_transport (self, peer, old);
  return true;
}

void
bg_paths_detach (BgDataThread *self, BgDataPeer *peer, BgTransportKind kind, BgDrop why)
{
  BgTransport *transport = bg_path_detach (&peer->path, kind);

  if (!transport)
    return;
  bg_paths_choose (self, peer);
  shut_sender (self, peer, kind, why);
  if (bg_path_is_empty (&peer->path))
    {
      hold (self, peer, false);
      wg_peer_clear_endpoint (peer->wg);
    }
  close_transport (self, peer, transport);
}

void
bg_paths_detach_all (BgDataThread *self, BgDataPeer *peer)
{
  for (int kind = BG_TRANSPORT_NONE + 1; kind < BG_TRANSPORT_KINDS; kind++)
    bg_paths_detach (self, peer, (BgTransportKind) kind, BG_DROP_NO_PATH);
}

void
bg_paths_lost (BgDataThread *self, BgDataPeer *peer, BgTransportKind kind)
{
  BgEvent event = {
    .type = BG_EVENT_TRANSPORT_CLOSED, .key = peer->key, .kind = kind, .latency_us = -1
  };

  peer->settled = false;
  bg_paths_detach (self, peer, kind, BG_DROP_SEND_FAILED);
  bg_event_queue_push_take (self->events, &event);
}

void
bg_paths_unreachable (BgDataThread *self, BgDataPeer *peer, BgTransportKind kind)
{
  bg_data_thread_drop_all (self, &peer->senders[kind].urgent, BG_DROP_SEND_FAILED);
  bg_path_unreachable (&peer->path, kind, self->now_ns);
  bg_paths_choose (self, peer);
  bg_data_thread_drop_all (self, &peer->senders[kind].waiting, BG_DROP_SEND_FAILED);
}

void
bg_paths_session (BgDataThread *self, BgDataPeer *peer)
{
  bg_path_session_confirmed (&peer->path, self->now_ns);
  bg_paths_choose (self, peer);
  bg_data_thread_arm (self, peer);
}

/* --- What is due --- */

static void
send_probes (BgDataThread *self, BgDataPeer *peer)
{
  BgProbe probe;

  if (bg_path_next (&peer->path) <= self->now_ns && !bg_data_peer_has_session (peer))
    bg_path_session_lost (&peer->path, self->now_ns);
  while (bg_path_pop_probe (&peer->path, self->now_ns, &probe))
    {
      BgControl control = { BG_CONTROL_PROBE,        probe.kind, probe.id,
                            bg_data_thread_clock (), 0,          probe.size };

      bg_outbound_control (self, peer, probe.kind, &control);
    }
}

static void
run_sender (BgDataThread *self, BgDataPeer *peer, BgTransportKind kind)
{
  BgSender *sender = &peer->senders[kind];
  BgControl control = { .type = BG_CONTROL_MARK, .kind = kind };

  if (bg_sender_next (sender) > self->now_ns)
    return;
  if (sender->windowed && bg_credit_run (&sender->credit, self->now_ns, &control.bytes))
    bg_outbound_control (self, peer, kind, &control);
  bg_outbound_mark_dirty (self, sender);
}

static void
send_report (BgDataThread *self, BgDataPeer *peer)
{
  BgControl control = { .type = BG_CONTROL_CREDIT, .kind = BG_TRANSPORT_DATA_CHANNEL };

  if (bg_credit_receiver_run (&peer->credit, self->now_ns, &control.bytes)
      && peer->path.live != BG_TRANSPORT_NONE)
    bg_outbound_control (self, peer, peer->path.live, &control);
}

void
bg_paths_run (BgDataThread *self, BgDataPeer *peer)
{
  bg_watch_run (self, peer);
  if (!peer->path_id)
    {
      bg_plain_paths_run (self, peer);
      return;
    }
  set_sizes (self, peer);
  send_probes (self, peer);
  bg_paths_choose (self, peer);
  if (bg_path_take_doubt (&peer->path))
    bg_data_thread_announce (self, peer, BG_EVENT_DOUBT);
  for (int kind = BG_TRANSPORT_NONE + 1; kind < BG_TRANSPORT_KINDS; kind++)
    run_sender (self, peer, (BgTransportKind) kind);
  send_report (self, peer);
  bg_data_thread_arm (self, peer);
}

/* --- Control messages --- */

static void
receive_reply (BgDataThread *self, BgDataPeer *peer, BgTransportKind kind, const BgControl *reply)
{
  uint64_t now_ns = bg_data_thread_clock ();

  if (reply->kind != kind || reply->stamp > now_ns)
    return;
  if (bg_ping_is_id (reply->id))
    bg_ping_probe_answered (self, peer, kind, reply->id);
  else if (!peer->path_id)
    bg_plain_paths_answered (self, peer, reply->id, now_ns - reply->stamp);
  else if (bg_path_probe_answered (&peer->path, kind, reply->id, now_ns - reply->stamp,
                                   self->now_ns))
    bg_paths_choose (self, peer);
}

static void
receive_credit (BgDataThread *self, BgDataPeer *peer, const BgControl *credit)
{
  BgSender *sender = &peer->senders[credit->kind];

  if (!sender->windowed)
    return;
  bg_credit_reported (&sender->credit, credit->bytes, self->now_ns);
  bg_outbound_mark_dirty (self, sender);
}

static void
announce_standby (BgDataThread *self, const BgDataPeer *peer, BgTransportKind kind)
{
  BgEvent event = { .type = BG_EVENT_STANDBY, .key = peer->key, .kind = kind, .latency_us = -1 };

  bg_event_queue_push_take (self->events, &event);
}

static void
announce_head (BgDataThread *self, const BgDataPeer *peer, const BgControl *control)
{
  BgEvent event = {
    .type = BG_EVENT_HEAD, .key = peer->key, .latency_us = -1, .head = control->head
  };

  bg_event_queue_push_take (self->events, &event);
}

static void
announce_part (BgDataThread *self, const BgDataPeer *peer, const BgControl *control)
{
  BgEvent event = { .type = BG_EVENT_LOG,
                    .key = peer->key,
                    .latency_us = -1,
                    .part = { .type = (uint8_t) control->type,
                              .entry = control->entry,
                              .offset = control->offset,
                              .len = control->part_len } };

  memcpy (event.part.bytes, control->part, control->part_len);
  bg_event_queue_push_take (self->events, &event);
}

/* The main thread is told as often as it is good for, whatever the peer says: one that was not told asks again. */
static void
announce_word (BgDataThread *self, BgDataPeer *peer, const BgControl *control)
{
  if (!bg_control_pace_take (&peer->words, self->now_ns))
    bg_data_thread_count_drop (self, peer, BG_DROP_RATE_LIMITED, 1);
  else if (control->type == BG_CONTROL_REST)
    bg_data_thread_announce (self, peer, BG_EVENT_RESTED);
  else if (peer->path_id && control->type == BG_CONTROL_LEAVE)
    bg_data_thread_announce (self, peer, BG_EVENT_LEAVES);
  else if (peer->path_id && control->type == BG_CONTROL_HEAD)
    announce_head (self, peer, control);
  else if (peer->path_id)
    announce_part (self, peer, control);
}

void
bg_paths_control (BgDataThread *self, BgDataPeer *peer, BgTransportKind kind, const uint8_t *bytes,
                  size_t len)
{
  BgControl control;

  if (!bg_control_decode (bytes, len, &control))
    {
      bg_data_thread_count_drop (self, peer, BG_DROP_BAD_INNER, 1);
      return;
    }
  if (!peer->path_id && control.kind != BG_TRANSPORT_UDP)
    return;
  switch (control.type)
    {
    case BG_CONTROL_PROBE:
      bg_path_probe_received (&peer->path, kind, self->now_ns);
      control.type = BG_CONTROL_PROBE_REPLY;
      bg_outbound_control (self, peer, kind, &control);
      break;
    case BG_CONTROL_PROBE_REPLY:
      receive_reply (self, peer, kind, &control);
      break;
    case BG_CONTROL_CREDIT:
      receive_credit (self, peer, &control);
      break;
    case BG_CONTROL_MARK:
      if (control.kind == BG_TRANSPORT_DATA_CHANNEL && kind == control.kind)
        bg_credit_receiver_mark (&peer->credit, control.bytes, self->now_ns);
      break;
    case BG_CONTROL_REST:
    case BG_CONTROL_HEAD:
    case BG_CONTROL_LOG:
    case BG_CONTROL_LEAVE:
    case BG_CONTROL_REQUEST:
    case BG_CONTROL_CERTIFICATE:
      announce_word (self, peer, &control);
      break;
    }
  if (peer->path_id && bg_path_take_standby (&peer->path, kind))
    announce_standby (self, peer, kind);
  bg_data_thread_arm (self, peer);
}
