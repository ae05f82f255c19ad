/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Splitting and coalescing on arbitrary bytes. Input: how to read it, a virtio_net_hdr, then a packet to split; the
 * pieces, and the input cut up as if it had been received, are coalesced again and must come out as they went in. */
#include "fuzz.h"

#include "dataplane/checksum.h"
#include "dataplane/ecn.h"
#include "dataplane/ip-header.h"
#include "dataplane/offload.h"

#include <netinet/in.h>
#include <string.h>

enum
{
  MODE_UDP = 0x01,   /* the kernel takes UDP super-packets */
  MODE_TRUST = 0x02, /* lengths and checksums of the header are put right, for deeper ground */
  MODE_MARKS = 0x04, /* what is received was marked outside, each as its bytes say */
  MODE_REFUSE_SHORT = 0x08, /* the kernel takes no super-packet with a shorter last segment, */
  MODE_REFUSE = 0x10,       /* or none at all */
  HEAD = 1 + BG_VNET_HDR_LEN,
  PIECES_MAX = 64,
  INPUT_MAX = 4096,
};

/* What the TUN was given: super-packets are counted as the kernel would cut them. */
typedef struct
{
  int packets;
  uint64_t bytes; /* with the headers of every segment */
  uint64_t sum;   /* of the bytes of packets that were written alone */
  uint8_t mode;
} Written;

static BgPacketPool *
pool (void)
{
  static BgPacketPool *the_pool;

  if (!the_pool)
    the_pool = bg_packet_pool_new (INPUT_MAX, 4 * PIECES_MAX);
  return the_pool;
}

static BgPacket *
new_packet (const uint8_t *bytes, uint32_t len)
{
  BgPacket *pkt = bg_packet_new (pool ());

  ASSERT (pkt);
  memcpy (pkt->data, bytes, len);
  pkt->len = len;
  return pkt;
}

static uint32_t
total_of (const struct iovec *iov, int n)
{
  size_t total = 0;

  for (int i = 0; i < n; i++)
    total += iov[i].iov_len;
  return (uint32_t) total;
}

static uint64_t
sum_of (const uint8_t *bytes, uint32_t len)
{
  uint64_t sum = len;

  for (uint32_t i = 0; i < len; i++)
    sum += (uint64_t) (i + 1) * bytes[i];
  return sum;
}

static BgWriteResult
on_write (void *data, const struct iovec *iov, int n_iov)
{
  Written *written = data;
  struct virtio_net_hdr hdr;
  uint32_t len = total_of (iov, n_iov) - BG_VNET_HDR_LEN, longest;
  const uint8_t *packet = (const uint8_t *) iov[0].iov_base + BG_VNET_HDR_LEN;
  int n;

  ASSERT (n_iov >= 1 && n_iov <= BG_COALESCE_MAX && iov[0].iov_len > BG_VNET_HDR_LEN);
  memcpy (&hdr, iov[0].iov_base, sizeof hdr);
  if (n_iov == 1)
    {
      ASSERT (hdr.gso_type == VIRTIO_NET_HDR_GSO_NONE && hdr.flags == 0);
      written->packets++;
      written->bytes += len;
      written->sum += sum_of (packet, len);
      return BG_WRITE_DONE;
    }
  if (written->mode & MODE_REFUSE
      || (written->mode & MODE_REFUSE_SHORT && iov[n_iov - 1].iov_len < hdr.gso_size))
    return BG_WRITE_REFUSED;
  /* A super-packet that the kernel would take, and that cuts into as many pieces as were joined. */
  ASSERT (hdr.gso_size > 0 && hdr.flags == VIRTIO_NET_HDR_F_NEEDS_CSUM
          && len <= BG_SUPER_PACKET_MAX);
  ASSERT (iov[0].iov_len == (size_t) BG_VNET_HDR_LEN + hdr.hdr_len + hdr.gso_size);
  for (int i = 1; i < n_iov; i++)
    ASSERT (iov[i].iov_len > 0 && iov[i].iov_len <= hdr.gso_size
            && (i == n_iov - 1 || iov[i].iov_len == hdr.gso_size));
  ASSERT (packet[0] >> 4 == 4 ? bg_get_be16 (packet + 2) == len
                              : (uint32_t) bg_get_be16 (packet + 4) + 40 == len);
  n = bg_offload_count (&hdr, packet, len, &longest);
  ASSERT (n == n_iov && longest == (uint32_t) hdr.hdr_len + hdr.gso_size);
  written->packets += n;
  written->bytes += len + (uint32_t) (n - 1) * hdr.hdr_len;
  return BG_WRITE_DONE;
}

static void
coalesce_take (BgPacket **pkts, int n, uint8_t mode)
{
  BgCoalescer *coalescer = bg_coalescer_new (mode & MODE_UDP);
  Written written = { .mode = mode };
  uint64_t bytes = 0, sum = 0;

  for (int i = 0; i < n; i++)
    {
      bytes += pkts[i]->len;
      sum += sum_of (pkts[i]->data, pkts[i]->len);
      bg_coalescer_add (coalescer, pkts[i]);
    }
  ASSERT (bg_coalescer_held (coalescer) == n);
  ASSERT (bg_coalescer_flush (coalescer, on_write, &written) == 0);
  ASSERT (written.packets == n && written.bytes == bytes);
  /* Alone they are what they were, whatever was tried with them before. */
  if (mode & MODE_REFUSE)
    ASSERT (written.sum == sum);
  bg_coalescer_free (coalescer);
  ASSERT (bg_packet_pool_in_use (pool ()) == 0);
}

/* --- Splitting --- */

static bool
transport_checksum_is_right (const uint8_t *p, uint32_t len, uint32_t l4, uint8_t protocol)
{
  uint64_t sum = p[0] >> 4 == 4 ? bg_checksum_add_pseudo (0, p + 12, 4, protocol, len - l4)
                                : bg_checksum_add_pseudo (0, p + 8, 16, protocol, len - l4);

  return bg_checksum_fold (bg_checksum_add (sum, p + l4, len - l4)) == 0xffff;
}

static void
check_piece (const struct virtio_net_hdr *hdr, const BgPacket *pkt, uint32_t longest)
{
  uint8_t type = hdr->gso_type & (uint8_t) ~VIRTIO_NET_HDR_GSO_ECN;
  const uint8_t *p = pkt->data;

  ASSERT (pkt->len > 0 && pkt->len <= longest);
  if (hdr->gso_type == VIRTIO_NET_HDR_GSO_NONE)
    return;
  if (p[0] >> 4 == 4)
    {
      ASSERT (bg_get_be16 (p + 2) == pkt->len);
      ASSERT (bg_checksum_fold (bg_checksum_add (0, p, (size_t) (p[0] & 15) * 4)) == 0xffff);
    }
  else
    ASSERT ((uint32_t) bg_get_be16 (p + 4) + 40 == pkt->len);
  ASSERT (transport_checksum_is_right (
    p, pkt->len, hdr->csum_start, type == VIRTIO_NET_HDR_GSO_UDP_L4 ? IPPROTO_UDP : IPPROTO_TCP));
}

static void
split (const struct virtio_net_hdr *hdr, const uint8_t *bytes, uint32_t len, uint8_t mode)
{
  BgPacket *pkts[PIECES_MAX];
  uint32_t longest = 0, payload = 0;
  int n = bg_offload_count (hdr, bytes, len, &longest);

  ASSERT (n == -1 || n > 0);
  if (n <= 0 || n > PIECES_MAX || longest > bg_packet_pool_max_message (pool ()))
    return;
  ASSERT (longest <= len);
  ASSERT (bg_packet_new_batch (pool (), pkts, n) == n);
  bg_offload_split (hdr, bytes, len, pkts, n);
  for (int i = 0; i < n; i++)
    {
      /* One that fits whole is only asked for its checksum. */
      if (n > 1)
        check_piece (hdr, pkts[i], longest);
      payload += pkts[i]->len;
    }
  ASSERT (n > 1 || payload == len);
  coalesce_take (pkts, n, mode);
}

/* --- Received packets --- */

/* Lengths and checksums as an honest peer would write them. */
static void
put_right (BgPacket *pkt)
{
  uint8_t *p = pkt->data;
  uint32_t l4 = p[0] >> 4 == 4 ? 20 : 40;
  uint8_t protocol, field;
  uint64_t sum;

  if (pkt->len < l4 + 20 || (p[0] >> 4 != 4 && p[0] >> 4 != 6))
    return;
  if (l4 == 20)
    {
      p[0] = 0x45;
      p[6] = 0x40;
      p[7] = 0;
      bg_put_be16 (p + 2, (uint16_t) pkt->len);
      bg_ipv4_set_checksum (p, l4);
      protocol = p[9];
    }
  else
    {
      bg_put_be16 (p + 4, (uint16_t) (pkt->len - 40));
      protocol = p[6];
    }
  if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
    return;
  field = protocol == IPPROTO_TCP ? 16 : 6;
  if (protocol == IPPROTO_UDP)
    bg_put_be16 (p + l4 + 4, (uint16_t) (pkt->len - l4));
  memset (p + l4 + field, 0, 2);
  sum = l4 == 20 ? bg_checksum_add_pseudo (0, p + 12, 4, protocol, pkt->len - l4)
                 : bg_checksum_add_pseudo (0, p + 8, 16, protocol, pkt->len - l4);
  bg_checksum_store (p + l4 + field, bg_checksum_add (sum, p + l4, pkt->len - l4));
}

/* The mark of the outer packet. The inner one changes in its ECN field alone, and keeps a right checksum right. */
static bool
mark (BgPacket *pkt, uint8_t outer)
{
  uint8_t before = bg_ecn_of (pkt->data, pkt->len);
  bool v4 = pkt->len >= 20 && pkt->data[0] >> 4 == 4;
  bool right = v4 && bg_checksum_fold (bg_checksum_add (0, pkt->data, 20)) == 0xffff;
  bool kept = bg_ecn_decapsulate (pkt->data, pkt->len, outer);
  uint8_t after = bg_ecn_of (pkt->data, pkt->len);

  ASSERT (kept || (before == BG_ECN_NOT_ECT && (outer & BG_ECN_MASK) == BG_ECN_CE));
  ASSERT ((before == BG_ECN_NOT_ECT) == (after == BG_ECN_NOT_ECT));
  ASSERT (before != BG_ECN_CE || after == BG_ECN_CE);
  ASSERT (!right || bg_checksum_fold (bg_checksum_add (0, pkt->data, 20)) == 0xffff);
  return kept;
}

/* Packets of the length that the first two bytes say, the last being what is left. */
static void
receive (const uint8_t *bytes, uint32_t len, uint8_t mode)
{
  BgPacket *pkts[PIECES_MAX];
  uint32_t size, at = 2;
  int n = 0;

  if (len <= 2)
    return;
  size = 1 + bg_get_be16 (bytes) % 256;
  while (at < len && n < PIECES_MAX)
    {
      uint32_t piece = len - at < size ? len - at : size;

      pkts[n] = new_packet (bytes + at, piece);
      if (mode & MODE_TRUST)
        put_right (pkts[n]);
      at += piece;
      if (!(mode & MODE_MARKS) || mark (pkts[n], bytes[at - 1]))
        n++;
      else
        bg_packet_free (pkts[n]);
    }
  coalesce_take (pkts, n, mode);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct virtio_net_hdr hdr;

  if (size <= HEAD || size > INPUT_MAX)
    return 0;
  memcpy (&hdr, data + 1, sizeof hdr);
  split (&hdr, data + HEAD, (uint32_t) size - HEAD, data[0]);
  receive (data + 1, (uint32_t) size - 1, data[0]);
  return 0;
}

static size_t
put_super (uint8_t *out, uint8_t gso_type, uint8_t version, uint8_t protocol, uint32_t payload,
           uint16_t gso_size)
{
  uint32_t l4 = version == 4 ? 20 : 40, header = l4 + (protocol == IPPROTO_TCP ? 20 : 8);
  struct virtio_net_hdr hdr = { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
                                .gso_type = gso_type,
                                .hdr_len = (uint16_t) header,
                                .gso_size = gso_size,
                                .csum_start = (uint16_t) l4,
                                .csum_offset = protocol == IPPROTO_TCP ? 16 : 6 };
  uint8_t *p = out + HEAD;

  memset (out, 0, HEAD + header);
  out[0] = MODE_UDP | MODE_TRUST;
  memcpy (out + 1, &hdr, sizeof hdr);
  p[0] = (uint8_t) (version << 4 | (version == 4 ? 5 : 0));
  if (version == 4)
    {
      bg_put_be16 (p + 2, (uint16_t) (header + payload));
      p[6] = 0x40;
    }
  else
    bg_put_be16 (p + 4, (uint16_t) (header - 40 + payload));
  p[version == 4 ? 8 : 7] = 64;
  p[version == 4 ? 9 : 6] = protocol;
  if (protocol == IPPROTO_TCP)
    {
      p[l4 + 12] = 0x50;
      p[l4 + 13] = 0x10;
    }
  for (uint32_t i = 0; i < payload; i++)
    p[header + i] = (uint8_t) i;
  return HEAD + header + payload;
}

/* What receive() takes for a train: equal UDP packets, ECT(0), with a mark at the end of each. */
static size_t
put_train (uint8_t *out, int n, uint8_t mode)
{
  enum
  {
    SIZE = 128
  };
  uint8_t *p = out + 3;

  out[0] = MODE_UDP | MODE_TRUST | mode;
  bg_put_be16 (out + 1, SIZE - 1);
  for (int i = 0; i < n; i++, p += SIZE)
    {
      memset (p, 0x5a, SIZE);
      memset (p, 0, 28);
      p[0] = 0x45;
      p[8] = 64;
      p[9] = IPPROTO_UDP;
      p[1] = BG_ECN_ECT_0;
      p[SIZE - 1] = (uint8_t) (i % 4 == 3 ? BG_ECN_CE : BG_ECN_ECT_0);
    }
  return 3 + (size_t) n * SIZE;
}

size_t
fuzz_example (unsigned n, uint8_t *out, size_t max)
{
  size_t len;

  switch (n)
    {
    case 0:
      len = put_super (out, VIRTIO_NET_HDR_GSO_TCPV4, 4, IPPROTO_TCP, 1500, 400);
      break;
    case 1:
      len = put_super (out, VIRTIO_NET_HDR_GSO_TCPV6, 6, IPPROTO_TCP, 1500, 123);
      break;
    case 2:
      len = put_super (out, VIRTIO_NET_HDR_GSO_UDP_L4, 4, IPPROTO_UDP, 900, 100);
      break;
    case 3:
      len = put_super (out, VIRTIO_NET_HDR_GSO_UDP_L4, 6, IPPROTO_UDP, 900, 77);
      break;
    case 4:
      len = put_super (out, VIRTIO_NET_HDR_GSO_NONE, 4, IPPROTO_UDP, 60, 0);
      break;
    case 5:
      len = put_train (out, 9, 0);
      break;
    case 6:
      len = put_train (out, 9, MODE_MARKS);
      break;
    case 7:
      len = put_train (out, 9, MODE_REFUSE);
      break;
    case 8:
      len = put_super (out, VIRTIO_NET_HDR_GSO_TCPV4, 4, IPPROTO_TCP, 1500, 400);
      out[0] |= MODE_REFUSE_SHORT;
      break;
    default:
      return 0;
    }
  ASSERT (len < max);
  return len;
}
