/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/checksum.h"
#include "dataplane/ip-header.h"
#include "dataplane/offload.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum
{
  TCP_FIN = 0x01,
  TCP_SYN = 0x02,
  TCP_RST = 0x04,
  TCP_PSH = 0x08,
  TCP_ACK = 0x10,
  TCP_URG = 0x20,
  TCP_ECE = 0x40,
  TCP_CWR = 0x80,
  TCP_AE = 0x01, /* in the byte before the flags, beside what is still reserved */
  TCP_RESERVED = 0x0e,
  HEADERS_MAX = 40 + 60,
  MAX_ITEMS = 128,
  BUCKETS = 64, /* power of two */
};

/* A parsed packet that could be part of a super-packet. */
typedef struct
{
  uint8_t family, protocol, flags; /* flags: TCP's */
  uint16_t l4, payload, size;      /* offsets; size: bytes of payload */
  uint32_t seq;                    /* TCP */
  uint16_t id;                     /* IPv4, host order */
  bool df;
} Segment;

/* One write: a packet, and the payloads gathered behind it. */
typedef struct
{
  Segment first;
  uint32_t hash;
  int16_t next; /* in its bucket, -1 for none; newest first */
  uint16_t n;   /* packets */
  uint16_t last_size;
  uint32_t next_seq;
  uint32_t len; /* of the super-packet */
  bool open;    /* may grow */
  bool push;
  BgPacket *pkts[BG_COALESCE_MAX];
  uint16_t offsets[BG_COALESCE_MAX]; /* of each payload */
} Item;

struct BgCoalescer
{
  uint8_t joins[BG_OFFLOADS]; /* BgJoin */
  int n_items, n_packets;
  int16_t buckets[BUCKETS];
  Item items[MAX_ITEMS];
};

BgCoalescer *
bg_coalescer_new (bool udp)
{
  BgCoalescer *self = malloc (sizeof *self);

  if (!self)
    abort ();
  memset (self->joins, BG_JOIN_ALL, sizeof self->joins);
  if (!udp)
    self->joins[BG_OFFLOAD_UDP4] = self->joins[BG_OFFLOAD_UDP6] = BG_JOIN_NONE;
  self->n_items = 0;
  self->n_packets = 0;
  memset (self->buckets, 0xff, sizeof self->buckets);
  return self;
}

void
bg_coalescer_free (BgCoalescer *self)
{
  if (!self)
    return;
  for (int i = 0; i < self->n_items; i++)
    bg_packet_free_batch (self->items[i].pkts, self->items[i].n);
  free (self);
}

int
bg_coalescer_held (const BgCoalescer *self)
{
  return self->n_packets;
}

BgJoin
bg_coalescer_join_of (const BgCoalescer *self, BgOffload offload)
{
  return (BgJoin) self->joins[offload];
}

static BgOffload
offload_of (const Segment *seg)
{
  if (seg->protocol == IPPROTO_TCP)
    return seg->family == 4 ? BG_OFFLOAD_TCP4 : BG_OFFLOAD_TCP6;
  return seg->family == 4 ? BG_OFFLOAD_UDP4 : BG_OFFLOAD_UDP6;
}

static BgJoin
join_of (const BgCoalescer *self, const Segment *seg)
{
  return bg_coalescer_join_of (self, offload_of (seg));
}

/* What the order of flows has to know of a packet. */
typedef enum
{
  IN_NO_FLOW,
  IN_HIDDEN_FLOW, /* of one between its addresses: a fragment, or options or extension headers before the ports */
  IN_FLOW,
} Place;

static Place
place_v4 (const BgPacket *pkt, Segment *seg)
{
  const uint8_t *p = pkt->data;

  if (pkt->len < 20)
    return IN_NO_FLOW;
  seg->l4 = (uint16_t) ((p[0] & 15) * 4);
  seg->protocol = p[9];
  seg->id = bg_get_be16 (p + 4);
  seg->df = p[6] & 0x40;
  if (seg->protocol != IPPROTO_TCP && seg->protocol != IPPROTO_UDP)
    return IN_NO_FLOW;
  return seg->l4 == 20 && bg_get_be16 (p + 2) == pkt->len && (bg_get_be16 (p + 6) & 0x3fff) == 0
             && pkt->len >= 24
           ? IN_FLOW
           : IN_HIDDEN_FLOW;
}

static Place
place_v6 (const BgPacket *pkt, Segment *seg)
{
  const uint8_t *p = pkt->data;

  if (pkt->len < 40)
    return IN_NO_FLOW;
  seg->l4 = 40;
  seg->id = 0;
  seg->df = true;
  seg->protocol = p[6];
  switch (seg->protocol)
    {
    case IPPROTO_TCP:
    case IPPROTO_UDP:
      return (uint32_t) bg_get_be16 (p + 4) + 40 == pkt->len && pkt->len >= 44 ? IN_FLOW
                                                                               : IN_HIDDEN_FLOW;
    case IPPROTO_HOPOPTS:
    case IPPROTO_ROUTING:
    case IPPROTO_FRAGMENT:
    case IPPROTO_DSTOPTS:
    case IPPROTO_AH:
      return IN_HIDDEN_FLOW;
    default:
      return IN_NO_FLOW;
    }
}

static Place
place_of (const BgPacket *pkt, Segment *seg)
{
  seg->family = pkt->len > 0 ? pkt->data[0] >> 4 : 0;
  return seg->family == 4   ? place_v4 (pkt, seg)
         : seg->family == 6 ? place_v6 (pkt, seg)
                            : IN_NO_FLOW;
}

static bool
parse_transport (const BgCoalescer *self, const BgPacket *pkt, Segment *seg)
{
  const uint8_t *l4 = pkt->data + seg->l4;
  uint32_t room = pkt->len - seg->l4;

  if (seg->protocol == IPPROTO_TCP)
    {
      uint8_t header;

      if (room < 20)
        return false;
      header = (uint8_t) ((l4[12] >> 4) * 4);
      seg->flags = l4[13];
      seg->seq = bg_get_be32 (l4 + 4);
      seg->payload = (uint16_t) (seg->l4 + header);
      if (header < 20 || header > room || (l4[12] & TCP_RESERVED))
        return false;
      /* A kernel that cuts a super-packet up again leaves CWR on the first segment only, which the counter of AccECN, whose
       * middle bit it is, does not survive. */
      if (!(seg->flags & TCP_ACK)
          || (seg->flags & (TCP_FIN | TCP_SYN | TCP_RST | TCP_URG | TCP_CWR)))
        return false;
    }
  else
    {
      if (room < 8 || bg_get_be16 (l4 + 4) != room || bg_get_be16 (l4 + 6) == 0)
        return false;
      seg->flags = 0;
      seg->seq = 0;
      seg->payload = (uint16_t) (seg->l4 + 8);
    }
  seg->size = (uint16_t) (pkt->len - seg->payload);
  return seg->size > 0 && join_of (self, seg) != BG_JOIN_NONE;
}

static bool
checksum_is_right (const BgPacket *pkt, const Segment *seg)
{
  uint32_t l4_len = pkt->len - seg->l4;
  size_t addr_len = seg->family == 4 ? 4 : 16;
  uint64_t sum;

  if (seg->family == 4 && bg_checksum_fold (bg_checksum_add (0, pkt->data, seg->l4)) != 0xffff)
    return false;
  sum = bg_checksum_add_pseudo (0, pkt->data + (seg->family == 4 ? 12 : 8), addr_len, seg->protocol,
                                l4_len);
  return bg_checksum_fold (bg_checksum_add (sum, pkt->data + seg->l4, l4_len)) == 0xffff;
}

static uint32_t
flow_hash (const BgPacket *pkt, const Segment *seg)
{
  const uint8_t *addr = pkt->data + (seg->family == 4 ? 12 : 8);
  uint32_t h = bg_get_be32 (pkt->data + seg->l4) ^ seg->protocol;

  for (int i = 0; i < (seg->family == 4 ? 8 : 32); i += 4)
    h = (h ^ bg_get_be32 (addr + i)) * 0x9e3779b1u;
  return h ^ h >> 15;
}

static bool
has_same_addresses (const Item *item, const BgPacket *pkt, const Segment *seg)
{
  const uint8_t *a = item->pkts[0]->data, *b = pkt->data;

  if (item->first.family != seg->family)
    return false;
  return seg->family == 4 ? memcmp (a + 12, b + 12, 8) == 0 : memcmp (a + 8, b + 8, 32) == 0;
}

/* Addresses, ports, protocol: the same flow, whether or not it can be joined. */
static bool
is_same_flow (const Item *item, const BgPacket *pkt, const Segment *seg)
{
  return has_same_addresses (item, pkt, seg) && item->first.protocol == seg->protocol
         && memcmp (item->pkts[0]->data + item->first.l4, pkt->data + seg->l4, 4) == 0;
}

/* What comes later must not join what came before a packet of perhaps the same flow. */
static void
close_flows (BgCoalescer *self, const BgPacket *pkt, const Segment *seg)
{
  for (int i = 0; i < self->n_items; i++)
    if (self->items[i].open && has_same_addresses (&self->items[i], pkt, seg))
      self->items[i].open = false;
}

/* Everything that the super-packet has once for all its segments. */
static bool
has_same_header (const Item *item, const BgPacket *pkt, const Segment *seg)
{
  const uint8_t *a = item->pkts[0]->data, *b = pkt->data;
  uint16_t header = (uint16_t) (seg->payload - seg->l4);

  if (seg->family == 4)
    {
      if (a[1] != b[1] || a[8] != b[8] || item->first.df != seg->df)
        return false;
      if (!seg->df && seg->id != (uint16_t) (item->first.id + item->n))
        return false;
    }
  else if (memcmp (a, b, 4) != 0 || a[7] != b[7])
    return false;
  if (item->first.payload - item->first.l4 != header)
    return false;
  if (seg->protocol == IPPROTO_UDP)
    return true;
  a += item->first.l4;
  b += seg->l4;
  return memcmp (a + 8, b + 8, 4) == 0 /* acknowledgement */
         && ((a[12] ^ b[12]) & TCP_AE) == 0 && ((a[13] ^ b[13]) & TCP_ECE) == 0
         && memcmp (a + 14, b + 14, 2) == 0                       /* window */
         && memcmp (a + 20, b + 20, (size_t) (header - 20)) == 0; /* options */
}

static bool
may_join (const BgCoalescer *self, const Item *item, const BgPacket *pkt, const Segment *seg)
{
  return item->open && item->n < BG_COALESCE_MAX && seg->size <= item->first.size
         && (seg->size == item->first.size || join_of (self, seg) == BG_JOIN_ALL)
         && item->len + seg->size <= BG_SUPER_PACKET_MAX
         && (seg->protocol == IPPROTO_UDP || seg->seq == item->next_seq)
         && has_same_header (item, pkt, seg) && checksum_is_right (pkt, seg);
}

static void
join (Item *item, BgPacket *pkt, const Segment *seg)
{
  item->offsets[item->n] = seg->payload;
  item->pkts[item->n++] = pkt;
  item->len += seg->size;
  item->last_size = seg->size;
  item->next_seq += seg->size;
  item->push |= (seg->flags & TCP_PSH) != 0;
  if (seg->size < item->first.size || item->push)
    item->open = false;
}

static Item *
new_item (BgCoalescer *self, BgPacket *pkt)
{
  Item *item = &self->items[self->n_items++];

  item->n = 1;
  item->pkts[0] = pkt;
  item->len = pkt->len;
  item->open = false;
  item->push = false;
  item->next = -1;
  return item;
}

void
bg_coalescer_add (BgCoalescer *self, BgPacket *pkt)
{
  Segment seg;
  Item *item;
  uint32_t hash;
  int16_t *bucket;

  self->n_packets++;
  switch (place_of (pkt, &seg))
    {
    case IN_NO_FLOW:
      new_item (self, pkt);
      return;
    case IN_HIDDEN_FLOW:
      close_flows (self, pkt, &seg);
      new_item (self, pkt);
      return;
    case IN_FLOW:
      break;
    }
  hash = flow_hash (pkt, &seg);
  bucket = &self->buckets[hash & (BUCKETS - 1)];
  if (!parse_transport (self, pkt, &seg))
    {
      /* Not to be joined, nor overtaken by what comes later in its flow. */
      for (int16_t i = *bucket; i >= 0; i = self->items[i].next)
        if (self->items[i].hash == hash && is_same_flow (&self->items[i], pkt, &seg))
          self->items[i].open = false;
      new_item (self, pkt);
      return;
    }
  for (int16_t i = *bucket; i >= 0; i = self->items[i].next)
    {
      item = &self->items[i];
      if (item->hash != hash || !is_same_flow (item, pkt, &seg))
        continue;
      if (may_join (self, item, pkt, &seg))
        {
          join (item, pkt, &seg);
          return;
        }
      item->open = false;
      break;
    }
  item = new_item (self, pkt);
  item->first = seg;
  item->hash = hash;
  item->offsets[0] = seg.payload;
  item->last_size = seg.size;
  item->next_seq = seg.seq + seg.size;
  item->push = (seg.flags & TCP_PSH) != 0;
  item->open = !item->push && checksum_is_right (pkt, &seg);
  item->next = *bucket;
  *bucket = (int16_t) (item - self->items);
}

static void
write_super_header (const Item *item, struct virtio_net_hdr *hdr)
{
  const Segment *seg = &item->first;
  uint8_t *p = item->pkts[0]->data, *l4 = p + seg->l4;
  uint16_t field = seg->protocol == IPPROTO_TCP ? 16 : 6, sum;
  uint32_t l4_len = item->len - seg->l4;

  hdr->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
  hdr->hdr_len = seg->payload;
  hdr->gso_size = seg->size;
  hdr->csum_start = seg->l4;
  hdr->csum_offset = field;
  if (seg->protocol == IPPROTO_UDP)
    hdr->gso_type = VIRTIO_NET_HDR_GSO_UDP_L4;
  else
    hdr->gso_type = seg->family == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;

  if (seg->family == 4)
    {
      bg_put_be16 (p + 2, (uint16_t) item->len);
      bg_ipv4_set_checksum (p, seg->l4);
    }
  else
    bg_put_be16 (p + 4, (uint16_t) (item->len - 40));
  if (seg->protocol == IPPROTO_UDP)
    bg_put_be16 (l4 + 4, (uint16_t) l4_len);
  else if (item->push)
    l4[13] |= TCP_PSH;
  /* Only the pseudo header's sum: the kernel adds the rest of each segment, or never needs it. */
  sum = bg_checksum_fold (bg_checksum_add_pseudo (
    0, p + (seg->family == 4 ? 12 : 8), seg->family == 4 ? 4 : 16, seg->protocol, l4_len));
  memcpy (l4 + field, &sum, 2);
}

static BgWriteResult
write_one (BgPacket *pkt, BgCoalescerWrite write, void *data)
{
  struct iovec iov = { pkt->data - BG_VNET_HDR_LEN, pkt->len + BG_VNET_HDR_LEN };

  memset (iov.iov_base, 0, BG_VNET_HDR_LEN);
  return write (data, &iov, 1);
}

static BgWriteResult
write_super (Item *item, BgCoalescerWrite write, void *data)
{
  struct iovec iov[BG_COALESCE_MAX];
  struct virtio_net_hdr hdr = { 0 };
  BgPacket *first = item->pkts[0];

  write_super_header (item, &hdr);
  memcpy (first->data - BG_VNET_HDR_LEN, &hdr, BG_VNET_HDR_LEN);
  iov[0] = (struct iovec){ first->data - BG_VNET_HDR_LEN, first->len + BG_VNET_HDR_LEN };
  for (int i = 1; i < item->n; i++)
    iov[i] = (struct iovec){ item->pkts[i]->data + item->offsets[i],
                             item->pkts[i]->len - item->offsets[i] };
  return write (data, iov, item->n);
}

/* How many of the segments were taken. */
static int
write_segments (Item *item, BgCoalescerWrite write, void *data)
{
  int taken = 0;

  for (int i = 0; i < item->n; i++)
    taken += write_one (item->pkts[i], write, data) == BG_WRITE_DONE;
  return taken;
}

/* One with a short last segment says nothing of the others: it may have been gathered before the first of them was refused. */
static void
use_less (BgCoalescer *self, const Item *item)
{
  uint8_t *join = &self->joins[offload_of (&item->first)];

  if (item->last_size == item->first.size)
    *join = BG_JOIN_NONE;
  else if (*join == BG_JOIN_ALL)
    *join = BG_JOIN_EQUAL;
}

/* How many of its packets were lost. */
static int
write_item (BgCoalescer *self, Item *item, BgCoalescerWrite write, void *data)
{
  uint8_t headers[HEADERS_MAX], *first = item->pkts[0]->data;
  BgWriteResult result;
  int taken;

  if (item->n == 1)
    return write_one (item->pkts[0], write, data) != BG_WRITE_DONE;
  memcpy (headers, first, item->first.payload);
  result = write_super (item, write, data);
  if (result != BG_WRITE_REFUSED)
    return result == BG_WRITE_DONE ? 0 : item->n;
  memcpy (first, headers, item->first.payload);
  taken = write_segments (item, write, data);
  if (taken > 0)
    use_less (self, item);
  return item->n - taken;
}

int
bg_coalescer_flush (BgCoalescer *self, BgCoalescerWrite write, void *data)
{
  int lost = 0;

  for (int i = 0; i < self->n_items; i++)
    {
      lost += write_item (self, &self->items[i], write, data);
      bg_packet_free_batch (self->items[i].pkts, self->items[i].n);
    }
  self->n_items = 0;
  self->n_packets = 0;
  memset (self->buckets, 0xff, sizeof self->buckets);
  return lost;
}
