/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/data-thread.h"

#include <stdlib.h>
#include <string.h>

/* --- Peers --- */

static BgDataPeer *
find_peer (BgDataThread *self, const WgKey *key)
{
  WgPeer *wg = wg_peer_find (self->dev, key);

  return wg ? wg_peer_data (wg) : NULL;
}

/* No packet on its way out may outlive the engine's peer that it names. */
static void
forget_in_queue (BgPacketQueue *queue, const WgPeer *wg)
{
  for (BgPacket *pkt = queue->head; pkt; pkt = pkt->next)
    if (pkt->peer == wg)
      pkt->peer = NULL;
}

/* Everything of ours that names the peer. */
static void
let_go (BgDataThread *self, BgDataPeer *peer)
{
  bg_paths_detach_all (self, peer);
  bg_outbound_flush (self);
  bg_ping_forget (self, peer);
  forget_in_queue (&self->udp_sender.waiting, peer->wg);
  forget_in_queue (&self->udp_sender.urgent, peer->wg);
}

void
bg_commands_remove_peer (BgDataThread *self, BgDataPeer *peer)
{
  WgPeer *wg = peer->wg;

  let_go (self, peer);
  bg_access_forget_peers (self->access);
  bg_data_peers_remove (&self->peers, peer);
  wg_peer_remove (wg);
}

static void
set_allowed_ips (BgDataThread *self, BgDataPeer *peer, const BgPeerConfig *config)
{
  bg_access_forget_peers (self->access);
  wg_allowed_ips_remove_peer (self->dev, peer->wg);
  for (uint32_t i = 0; i < config->n_allowed_ips; i++)
    wg_allowed_ips_insert (self->dev, peer->wg, config->allowed_ips[i].family,
                           config->allowed_ips[i].addr, config->allowed_ips[i].prefix);
  bg_data_peer_set_hosts (peer, config->allowed_ips, config->n_allowed_ips);
}

static bool
has_endpoint (const BgDataPeer *peer)
{
  WgPeerStats stats;

  wg_peer_get_stats (peer->wg, &stats);
  return stats.has_endpoint;
}

static void
set_way (BgDataThread *self, BgDataPeer *peer, const BgPeerConfig *config)
{
  if (peer->path_id != config->path)
    {
      bg_paths_detach_all (self, peer);
      if (peer->path_id == 0)
        wg_peer_clear_endpoint (peer->wg);
      bg_plain_mtu_init (&peer->plain);
      peer->mtu = 0;
      bg_data_peers_set_path_id (&self->peers, peer, config->path);
    }
  if (peer->control != config->control)
    {
      peer->control = config->control;
      bg_path_set_control (&peer->path, config->control, self->now_ns);
      for (int kind = BG_TRANSPORT_NONE + 1; kind < BG_TRANSPORT_KINDS; kind++)
        if (peer->senders[kind].transport)
          bg_sender_init (&peer->senders[kind], peer->senders[kind].transport, peer->control,
                          self->now_ns);
      bg_paths_choose (self, peer);
    }
  if (config->path == 0 && config->has_endpoint && (!config->keep_endpoint || !has_endpoint (peer)))
    wg_peer_set_endpoint (peer->wg, &config->endpoint, true);
}

/* Both sides come to the same: who has the smaller key. */
static bool
leads (BgDataThread *self, const WgKey *peer)
{
  WgKey own;

  return wg_device_get_public_key (self->dev, &own) && memcmp (&own, peer, sizeof own) < 0;
}

static void
set_peer (BgDataThread *self, const BgPeerConfig *config)
{
  WgPeer *wg = wg_peer_add (self->dev, &config->key);
  BgDataPeer *peer = wg ? wg_peer_data (wg) : NULL;

  if (!wg)
    return;
  if (!peer)
    peer = bg_data_peers_add (&self->peers, wg);
  wg_peer_set_preshared_key (wg, &config->psk);
  set_allowed_ips (self, peer, config);
  bg_path_set_leads (&peer->path, leads (self, &config->key));
  set_way (self, peer, config);
  bg_rest_set_on_demand (peer, config->on_demand && config->path > 0);
  wg_peer_set_keepalive (wg, config->keepalive, self->now_ns);
  bg_watch_set (self, peer, config->watch);
  bg_data_thread_arm (self, peer);
}

/* The engine removes a peer that has our own new key. */
static void
set_private_key (BgDataThread *self, const WgKey *key)
{
  WgKey own;
  BgDataPeer *ourselves = NULL;

  if (wg_key_public (key, &own))
    ourselves = find_peer (self, &own);
  if (ourselves)
    bg_commands_remove_peer (self, ourselves);
  wg_device_set_private_key (self->dev, key);
  for (BgDataPeer *peer = self->peers.first; peer; peer = peer->next)
    bg_path_set_leads (&peer->path, leads (self, &peer->key));
}

/* --- Transports --- */

static void
attach (BgDataThread *self, BgMail *mail)
{
  BgDataPeer *peer = find_peer (self, &mail->key);
  BgEvent event = { .type = BG_EVENT_TRANSPORT_CLOSED,
                    .key = mail->key,
                    .kind = mail->transport->kind,
                    .latency_us = -1 };

  if (peer && bg_path_has (&peer->path, mail->transport))
    {
      bg_path_moved (&peer->path, mail->transport->kind, self->now_ns);
      bg_paths_hurry (self, peer);
      bg_data_thread_arm (self, peer);
      return;
    }
  if (peer && bg_paths_attach_take (self, peer, mail->transport))
    {
      mail->transport = NULL;
      return;
    }
  mail->transport->ops->close (mail->transport);
  bg_event_queue_push_take (self->events, &event);
}

static void
detach (BgDataThread *self, BgTransport *transport)
{
  BgDataPeer *peer = bg_data_peers_by_transport (&self->peers, transport);

  /* One that is not here was closed when it was lost, replaced or refused. */
  if (peer)
    bg_paths_detach (self, peer, transport->kind, BG_DROP_NO_PATH);
}

static void
closed (BgDataThread *self, BgTransport *transport)
{
  BgDataPeer *peer = bg_data_peers_by_transport (&self->peers, transport);

  if (peer)
    bg_paths_lost (self, peer, transport->kind);
}

/* --- Statistics --- */

typedef struct
{
  BgAllowedIp *ips;
  uint32_t n, room;
} AllowedIps;

static void
collect_allowed_ip (int family, const void *addr, uint8_t cidr, void *data)
{
  AllowedIps *list = data;
  BgAllowedIp *ip;

  if (list->n == list->room)
    {
      list->room = list->room ? list->room * 2 : 8;
      list->ips = realloc (list->ips, list->room * sizeof *list->ips);
      if (!list->ips)
        abort ();
    }
  ip = &list->ips[list->n++];
  *ip = (BgAllowedIp){ .family = family, .prefix = cidr };
  memcpy (ip->addr, addr, family == AF_INET ? 4 : 16);
}

static void
copy_counters (const BgCounters *counters, BgPeerStats *out)
{
  out->rx_packets = atomic_load_explicit (&counters->rx_packets, memory_order_relaxed);
  out->tx_packets = atomic_load_explicit (&counters->tx_packets, memory_order_relaxed);
  for (int why = 0; why < BG_DROP_REASONS; why++)
    out->drops[why] = atomic_load_explicit (&counters->drops[why], memory_order_relaxed);
}

static void
describe (const BgDataThread *self, const BgDataPeer *peer, BgPeerStats *out)
{
  const WgKey *psk = wg_peer_preshared_key (peer->wg);
  int64_t latency_ns = bg_data_peer_latency_ns (peer);
  AllowedIps allowed = { 0 };
  WgPeerStats stats;

  wg_peer_get_stats (peer->wg, &stats);
  wg_allowed_ips_foreach (peer->wg, collect_allowed_ip, &allowed);
  *out = (BgPeerStats){
    .key = peer->key,
    .path = peer->path_id,
    .keepalive = wg_peer_keepalive (peer->wg),
    .kind = bg_data_peer_kind (peer),
    .latency_us = latency_ns < 0 ? -1 : latency_ns / 1000,
    .last_handshake_us = bg_data_thread_to_realtime_us (stats.last_handshake_ns),
    .quiet_us = peer->path.sent_ns == 0
                  ? -1
                  : (int64_t) ((bg_data_thread_clock () - peer->path.sent_ns) / 1000),
    .rx_bytes = stats.rx_bytes,
    .tx_bytes = stats.tx_bytes,
    .endpoint = stats.endpoint,
    .has_endpoint = stats.has_endpoint,
    .has_session = stats.has_session,
    .mtu = bg_data_peer_mtu (peer, self->tun_mtu),
    .allowed_ips = allowed.ips,
    .n_allowed_ips = allowed.n,
  };
  if (psk)
    out->psk = *psk;
  copy_counters (&peer->counters, out);
}

/* Those of the transports, which other threads may count. */
static void
count_losses (BgDataThread *self)
{
  if (self->udp)
    bg_paths_count_losses (self, NULL, self->udp);
  for (BgDataPeer *peer = self->peers.first; peer; peer = peer->next)
    for (int kind = 0; kind < BG_TRANSPORT_KINDS; kind++)
      if (peer->path.links[kind].transport)
        bg_paths_count_losses (self, peer, peer->path.links[kind].transport);
}

static void
send_stats (BgDataThread *self, uint64_t cookie)
{
  BgEvent event = {
    .type = BG_EVENT_STATS, .cookie = cookie, .latency_us = -1, .n_stats = self->peers.n
  };
  BgPeerStats *at;

  event.stats = calloc (event.n_stats + 1, sizeof *event.stats);
  if (!event.stats)
    abort ();
  at = event.stats;
  count_losses (self);
  for (const BgDataPeer *peer = self->peers.first; peer; peer = peer->next)
    describe (self, peer, at++);
  for (int why = 0; why < BG_DROP_REASONS; why++)
    event.drops[why] = atomic_load_explicit (&self->counters.drops[why], memory_order_relaxed);
  event.drops[BG_DROP_INBOX_FULL] += atomic_load_explicit (&self->inbox_full, memory_order_relaxed);
  bg_event_queue_push_take (self->events, &event);
}

/* --- The mail --- */

static void
ping (BgDataThread *self, const BgMail *mail)
{
  BgDataPeer *peer = find_peer (self, &mail->key);
  BgEvent event = {
    .type = BG_EVENT_PING, .key = mail->key, .latency_us = -1, .cookie = mail->cookie
  };

  if (peer)
    bg_ping_start (self, peer, mail->timeout_ms, mail->cookie);
  else
    bg_event_queue_push_take (self->events, &event);
}

static void
handshake (BgDataThread *self, const BgMail *mail)
{
  BgDataPeer *peer = find_peer (self, &mail->key);

  if (peer)
    wg_peer_start_handshake (peer->wg, self->now_ns);
}

static void
say (BgDataThread *self, const BgMail *mail, BgControl control)
{
  BgDataPeer *peer = find_peer (self, &mail->key);

  if (!peer || !peer->control || peer->path.live == BG_TRANSPORT_NONE)
    return;
  control.kind = peer->path.live;
  bg_outbound_control (self, peer, peer->path.live, &control);
  bg_outbound_flush (self);
}

static void
say_head (BgDataThread *self, const BgMail *mail)
{
  say (self, mail, (BgControl){ .type = BG_CONTROL_HEAD, .head = mail->head });
}

static void
say_part (BgDataThread *self, const BgMail *mail)
{
  say (self, mail,
       (BgControl){ .type = mail->part.type ? mail->part.type : BG_CONTROL_LOG,
                    .entry = mail->part.entry,
                    .offset = mail->part.offset,
                    .part_len = mail->part.len,
                    .part = mail->part.bytes });
}

/* Control does something with the peer, and hears of its next session at once. Another way for one that has a proved one is no
 * such thing. */
static void
unsettle (BgDataThread *self, const BgMail *mail)
{
  BgDataPeer *peer = find_peer (self,
                                mail->type == BG_MAIL_SET_PEER ? &mail->peer.key : &mail->key);

  if (peer && (mail->type < BG_MAIL_HEAD || mail->type > BG_MAIL_LEAVE))
    peer->settled &= mail->type == BG_MAIL_ATTACH && peer->control
                     && peer->path.live != BG_TRANSPORT_NONE;
}

void
bg_commands_obey (BgDataThread *self, BgMail *mail)
{
  BgDataPeer *peer;

  unsettle (self, mail);
  switch (mail->type)
    {
    case BG_MAIL_SET_PRIVATE_KEY:
      set_private_key (self, &mail->key);
      break;
    case BG_MAIL_SET_PEER:
      set_peer (self, &mail->peer);
      break;
    case BG_MAIL_SET_ENDPOINT:
      peer = find_peer (self, &mail->key);
      if (peer && peer->path_id == 0)
        wg_peer_set_endpoint (peer->wg, &mail->peer.endpoint, true);
      break;
    case BG_MAIL_REMOVE_PEER:
      peer = find_peer (self, &mail->key);
      if (peer)
        bg_commands_remove_peer (self, peer);
      break;
    case BG_MAIL_ATTACH:
      attach (self, mail);
      break;
    case BG_MAIL_DETACH:
      detach (self, mail->transport);
      break;
    case BG_MAIL_CLOSED:
      closed (self, mail->transport);
      break;
    case BG_MAIL_REST:
      peer = find_peer (self, &mail->key);
      if (peer && peer->on_demand)
        bg_rest_begin (self, peer);
      break;
    case BG_MAIL_PING:
      ping (self, mail);
      break;
    case BG_MAIL_HANDSHAKE:
      handshake (self, mail);
      break;
    case BG_MAIL_HEAD:
      say_head (self, mail);
      break;
    case BG_MAIL_LOG:
      say_part (self, mail);
      break;
    case BG_MAIL_LEAVE:
      say (self, mail, (BgControl){ .type = BG_CONTROL_LEAVE });
      break;
    case BG_MAIL_STATS:
      send_stats (self, mail->cookie);
      break;
    case BG_MAIL_SET_TUN:
      bg_device_set_tun (self, mail);
      break;
    case BG_MAIL_SET_MTU:
      bg_device_set_mtu (self, mail->number);
      break;
    case BG_MAIL_SET_THREADS:
      bg_device_set_threads (self, mail->number);
      break;
    case BG_MAIL_SET_UDP:
      bg_device_set_udp (self, mail);
      break;
    case BG_MAIL_SET_ACCESS:
      bg_access_set_rules_take (self->access, mail->access);
      mail->access = NULL;
      break;
    case BG_MAIL_SET_REACH:
      bg_reach_free (self->reach);
      self->reach = mail->reach;
      mail->reach = NULL;
      break;
    case BG_MAIL_SLEEP:
      bg_sleep_begin (self);
      break;
    case BG_MAIL_WAKE:
      bg_sleep_end (self);
      break;
    case BG_MAIL_BEAT:
      atomic_store_explicit (&self->beat, mail->cookie, memory_order_release);
      break;
    }
  bg_mail_clear (mail);
}
