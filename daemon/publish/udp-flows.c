/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/udp-flows.h"

#include <string.h>

/* What makes one: compared as bytes. */
typedef struct
{
  guint64 door;
  BgIpPrefix address;
  guint16 port;
} Key;

/* Those of one peer, the one that rested longest first. */
typedef struct
{
  char *account;
  GQueue flows;
} Peer;

struct _BgUdpFlow
{
  Key key;
  BgSocketAddress address;
  gint64 used_at;
  gpointer data;
  Peer *peer;
  GList in_all, in_peer;
};

struct _BgUdpFlows
{
  BgUdpFlowFunc dropped;
  GHashTable *by_key; /* Key in the flow → BgUdpFlow */
  GHashTable *peers;  /* account in the peer → Peer */
  GQueue all;         /* the one that rested longest first */
};

static guint
hash_bytes (gconstpointer bytes, gsize len)
{
  guint hash = 5381;

  for (gsize i = 0; i < len; i++)
    hash = hash * 33 + ((const guint8 *) bytes)[i];
  return hash;
}

static guint
key_hash (gconstpointer key)
{
  return hash_bytes (key, sizeof (Key));
}

static gboolean
key_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (Key)) == 0;
}

static Key
key_of (guint64 door, const BgSocketAddress *peer)
{
  BgIpPrefix address;
  Key key;

  memset (&key, 0, sizeof key);
  key.door = door;
  bg_socket_address_get_ip (peer, &address, &key.port);
  key.address.family = address.family;
  key.address.len = address.len;
  memcpy (key.address.addr, address.addr, sizeof address.addr);
  return key;
}

static void
peer_free (gpointer data)
{
  Peer *peer = data;

  g_free (peer->account);
  g_free (peer);
}

BgUdpFlows *
bg_udp_flows_new (BgUdpFlowFunc dropped)
{
  BgUdpFlows *flows = g_new0 (BgUdpFlows, 1);

  flows->dropped = dropped;
  flows->by_key = g_hash_table_new (key_hash, key_equal);
  flows->peers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, peer_free);
  g_queue_init (&flows->all);
  return flows;
}

guint
bg_udp_flows_count (const BgUdpFlows *flows)
{
  return flows->all.length;
}

void
bg_udp_flows_drop (BgUdpFlows *flows, BgUdpFlow *flow)
{
  Peer *peer = flow->peer;

  g_hash_table_remove (flows->by_key, &flow->key);
  g_queue_unlink (&flows->all, &flow->in_all);
  g_queue_unlink (&peer->flows, &flow->in_peer);
  if (peer->flows.length == 0)
    g_hash_table_remove (flows->peers, peer->account);
  flows->dropped (flow->data);
  g_free (flow);
}

void
bg_udp_flows_free (BgUdpFlows *flows)
{
  if (!flows)
    return;
  while (flows->all.head)
    bg_udp_flows_drop (flows, flows->all.head->data);
  g_hash_table_unref (flows->by_key);
  g_hash_table_unref (flows->peers);
  g_free (flows);
}

BgUdpFlow *
bg_udp_flows_find (BgUdpFlows *flows, guint64 door, const BgSocketAddress *peer)
{
  Key key = key_of (door, peer);

  return g_hash_table_lookup (flows->by_key, &key);
}

static Peer *
need_peer (BgUdpFlows *flows, const char *account)
{
  Peer *peer = g_hash_table_lookup (flows->peers, account);

  if (peer)
    return peer;
  peer = g_new0 (Peer, 1);
  peer->account = g_strdup (account);
  g_queue_init (&peer->flows);
  g_hash_table_insert (flows->peers, peer->account, peer);
  return peer;
}

/* One that has too many makes room itself, so that others keep theirs. */
static void
make_room (BgUdpFlows *flows, const char *account)
{
  Peer *peer = need_peer (flows, account);

  if (peer->flows.length >= BG_UDP_FLOWS_OF_PEER)
    bg_udp_flows_drop (flows, peer->flows.head->data);
  else if (flows->all.length >= BG_UDP_FLOWS_MAX)
    bg_udp_flows_drop (flows, flows->all.head->data);
}

BgUdpFlow *
bg_udp_flows_add (BgUdpFlows *flows, guint64 door, const BgSocketAddress *address,
                  const char *account, gpointer data, gint64 now)
{
  BgUdpFlow *flow = g_new0 (BgUdpFlow, 1);

  flow->key = key_of (door, address);
  make_room (flows, account);
  flow->peer = need_peer (flows, account);
  flow->address = *address;
  flow->data = data;
  flow->used_at = now;
  flow->in_all.data = flow->in_peer.data = flow;
  g_hash_table_insert (flows->by_key, &flow->key, flow);
  g_queue_push_tail_link (&flows->all, &flow->in_all);
  g_queue_push_tail_link (&flow->peer->flows, &flow->in_peer);
  return flow;
}

gpointer
bg_udp_flow_get_data (const BgUdpFlow *flow)
{
  return flow->data;
}

const BgSocketAddress *
bg_udp_flow_get_peer (const BgUdpFlow *flow)
{
  return &flow->address;
}

static void
move_to_tail (GQueue *queue, GList *link)
{
  g_queue_unlink (queue, link);
  g_queue_push_tail_link (queue, link);
}

void
bg_udp_flows_touch (BgUdpFlows *flows, BgUdpFlow *flow, gint64 now)
{
  flow->used_at = now;
  move_to_tail (&flows->all, &flow->in_all);
  move_to_tail (&flow->peer->flows, &flow->in_peer);
}

void
bg_udp_flows_drop_door (BgUdpFlows *flows, guint64 door)
{
  for (GList *link = flows->all.head, *next; link; link = next)
    {
      BgUdpFlow *flow = link->data;

      next = link->next;
      if (flow->key.door == door)
        bg_udp_flows_drop (flows, flow);
    }
}

gint64
bg_udp_flows_expire (BgUdpFlows *flows, gint64 now)
{
  while (flows->all.head)
    {
      BgUdpFlow *flow = flows->all.head->data;

      if (now < flow->used_at + BG_UDP_IDLE_US)
        return flow->used_at + BG_UDP_IDLE_US;
      bg_udp_flows_drop (flows, flow);
    }
  return 0;
}
