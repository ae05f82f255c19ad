/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dataplane/dataplane.h"
#include "dataplane/echo-watch.h"
#include "dataplane/icmp.h"
#include "dataplane/plain-mtu.h"
#include "dataplane/sender.h"
#include "packet/counters.h"
#include "transport/path.h"

/* A peer as the data thread sees it; wg_peer_data() of the engine's peer points here. Data thread only. */
typedef struct BgDataPeer BgDataPeer;

struct BgDataPeer
{
  BgDataPeer *next, *next_by_path;

  /* identity */
  WgPeer  *wg;
  WgKey    key;
  uint32_t path_id;       /* 0: a static peer, reached over the shared UDP transport */
  bool     control;
  bool     on_demand;     /* its packets wait where it has no transport */
  bool     wanted;        /* and that was said */
  bool     held;          /* its first transports are not proved yet: packets wait for one that is */

  /* the way to it; mesh peers */
  BgPath           path;
  BgSender         senders[BG_TRANSPORT_KINDS];
  BgCreditReceiver credit; /* what we report about the peer's data channel */
  uint32_t         mtu;    /* inner packets, on the live transport; of a static peer what was found, 0: nothing */

  BgPlainMtu plain;        /* static peers */

  uint64_t words;    /* the pace of what it says to the main thread */

  BgEchoWatch watch; /* where it speaks no control messages */
  BgIcmpEcho echo;   /* and what it is asked; family 0: not yet */

  uint64_t   wake_ns;      /* when something of this peer is due */
  int64_t    echo_ns;      /* the last answered ping of a peer without probes, -1: none */
  bool       settled;      /* control knows of its session, and nothing happened to it since */
  bool       slept;        /* it had a session when the machine fell asleep */
  BgCounters counters;

  /* where echoes go: the first host address of each family among its allowed IPs */
  bool    has_host4, has_host6;
  bool has_all4, has_all6; /* everything goes to it */
  bool    has_ipv6;       /* IPv6 packets go to it: its path must carry 1280 bytes */
  uint8_t host4[4], host6[16];
};

enum { BG_DATA_PEER_BUCKETS = 256 };

typedef struct
{
  BgDataPeer *first;
  BgDataPeer *by_path[BG_DATA_PEER_BUCKETS];
  uint32_t    n;
} BgDataPeers;

/* A peer for `wg`, in the table. */
BgDataPeer *bg_data_peers_add (BgDataPeers *peers, WgPeer *wg);
void bg_data_peers_set_path_id (BgDataPeers *peers, BgDataPeer *peer, uint32_t path_id);
/* NULL for path 0 or an unknown one. */
BgDataPeer *bg_data_peers_by_path (const BgDataPeers *peers, uint32_t path_id);
/* The peer that has `transport`, or NULL. */
BgDataPeer *bg_data_peers_by_transport (const BgDataPeers *peers, const BgTransport *transport);
/* Takes it out of the table and frees it; its path must be empty. */
void bg_data_peers_remove (BgDataPeers *peers, BgDataPeer *peer);
/* Remembers where echoes to the peer go. */
void bg_data_peer_set_hosts (BgDataPeer *peer, const BgAllowedIp *allowed_ips, uint32_t n);
/* The transport that carries its traffic: the live one, or UDP. */
BgTransportKind bg_data_peer_kind (const BgDataPeer *peer);
/* WireGuard can send to it now. */
bool bg_data_peer_has_session (const BgDataPeer *peer);
/* The last measured round trip on the way that carries its traffic, -1 for none. */
/* The largest inner packet that its way carries. */
uint32_t bg_data_peer_mtu (const BgDataPeer *peer, uint32_t tun_mtu);
/* The least that is of use: IPv6 needs 1280 bytes. */
uint32_t bg_data_peer_least_mtu (const BgDataPeer *peer, uint32_t tun_mtu);
int64_t bg_data_peer_latency_ns (const BgDataPeer *peer);
/* When something of it is due. */
uint64_t bg_data_peer_next (const BgDataPeer *peer);
