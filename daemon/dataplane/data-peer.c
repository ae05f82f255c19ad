/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/data-peer.h"
#include "dataplane/ip-header.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

BgDataPeer *
bg_data_peers_add (BgDataPeers *peers, WgPeer *wg)
{
  BgDataPeer *peer = calloc (1, sizeof *peer);

  if (!peer)
    abort ();
  peer->wg = wg;
  peer->key = *wg_peer_public_key (wg);
  peer->echo_ns = -1;
  peer->wake_ns = BG_PATH_NEVER;
  bg_path_init (&peer->path, false);
  bg_plain_mtu_init (&peer->plain);
  bg_echo_watch_init (&peer->watch);
  bg_credit_receiver_init (&peer->credit);
  for (int kind = 0; kind < BG_TRANSPORT_KINDS; kind++)
    {
      peer->senders[kind].owner = peer;
      peer->senders[kind].retry_ns = BG_SENDER_NEVER;
    }
  peer->next = peers->first;
  peers->first = peer;
  peers->n++;
  wg_peer_set_data (wg, peer);
  return peer;
}

static BgDataPeer **
bucket_of (BgDataPeers *peers, uint32_t path_id)
{
  return &peers->by_path[path_id % BG_DATA_PEER_BUCKETS];
}

void
bg_data_peers_set_path_id (BgDataPeers *peers, BgDataPeer *peer, uint32_t path_id)
{
  BgDataPeer **at;

  if (peer->path_id == path_id)
    return;
  if (peer->path_id)
    {
      for (at = bucket_of (peers, peer->path_id); *at != peer; at = &(*at)->next_by_path)
        ;
      *at = peer->next_by_path;
    }
  peer->path_id = path_id;
  if (path_id)
    {
      at = bucket_of (peers, path_id);
      peer->next_by_path = *at;
      *at = peer;
    }
}

BgDataPeer *
bg_data_peers_by_path (const BgDataPeers *peers, uint32_t path_id)
{
  BgDataPeer *peer = path_id ? peers->by_path[path_id % BG_DATA_PEER_BUCKETS] : NULL;

  while (peer && peer->path_id != path_id)
    peer = peer->next_by_path;
  return peer;
}

BgDataPeer *
bg_data_peers_by_transport (const BgDataPeers *peers, const BgTransport *transport)
{
  BgDataPeer *peer = bg_data_peers_by_path (peers, transport->path);

  return peer && bg_path_has (&peer->path, transport) ? peer : NULL;
}

void
bg_data_peers_remove (BgDataPeers *peers, BgDataPeer *peer)
{
  BgDataPeer **at;

  bg_data_peers_set_path_id (peers, peer, 0);
  for (at = &peers->first; *at != peer; at = &(*at)->next)
    ;
  *at = peer->next;
  peers->n--;
  free (peer);
}

void
bg_data_peer_set_hosts (BgDataPeer *peer, const BgAllowedIp *allowed_ips, uint32_t n)
{
  peer->has_host4 = peer->has_host6 = peer->has_ipv6 = peer->has_all4 = peer->has_all6 = false;
  peer->echo.family = 0;
  for (uint32_t i = 0; i < n; i++)
    {
      const BgAllowedIp *ip = &allowed_ips[i];

      peer->has_ipv6 |= ip->family == AF_INET6;
      peer->has_all4 |= ip->family == AF_INET && ip->prefix == 0;
      peer->has_all6 |= ip->family == AF_INET6 && ip->prefix == 0;
      if (ip->family == AF_INET && ip->prefix == 32 && !peer->has_host4)
        {
          peer->has_host4 = true;
          memcpy (peer->host4, ip->addr, sizeof peer->host4);
        }
      if (ip->family == AF_INET6 && ip->prefix == 128 && !peer->has_host6)
        {
          peer->has_host6 = true;
          memcpy (peer->host6, ip->addr, sizeof peer->host6);
        }
    }
}

BgTransportKind
bg_data_peer_kind (const BgDataPeer *peer)
{
  return peer->path_id ? peer->path.live : BG_TRANSPORT_UDP;
}

bool
bg_data_peer_has_session (const BgDataPeer *peer)
{
  WgPeerStats stats;

  wg_peer_get_stats (peer->wg, &stats);
  return stats.has_session;
}

uint32_t
bg_data_peer_mtu (const BgDataPeer *peer, uint32_t tun_mtu)
{
  return peer->path_id || peer->mtu > 0 ? peer->mtu : tun_mtu;
}

uint32_t
bg_data_peer_least_mtu (const BgDataPeer *peer, uint32_t tun_mtu)
{
  return peer->has_ipv6 ? BG_IPV6_MIN_MTU
                        : bg_dataplane_path_mtu (BG_TRANSPORT_DATA_CHANNEL, tun_mtu);
}

int64_t
bg_data_peer_latency_ns (const BgDataPeer *peer)
{
  if (peer->path_id && peer->path.live == BG_TRANSPORT_NONE)
    return -1;
  return peer->path_id && peer->control ? peer->path.links[peer->path.live].latency_ns
                                        : peer->echo_ns;
}

uint64_t
bg_data_peer_next (const BgDataPeer *peer)
{
  uint64_t next = bg_path_next (&peer->path), echo = bg_echo_watch_next (&peer->watch);

  if (peer->plain.known && !peer->path_id && bg_data_peer_has_session (peer))
    next = bg_path_mtu_next (&peer->plain.mtu);

  for (int kind = BG_TRANSPORT_NONE + 1; kind < BG_TRANSPORT_KINDS; kind++)
    {
      uint64_t sender = bg_sender_next (&peer->senders[kind]);

      if (sender < next)
        next = sender;
    }
  if (echo < next)
    next = echo;
  return peer->credit.due_ns < next ? peer->credit.due_ns : next;
}
