/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/checksum.h"
#include "dataplane/ip-header.h"
#include "dataplane/offload.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

enum
{
  TCP_FIN = 0x01,
  TCP_PSH = 0x08,
  TCP_CWR = 0x80,
  TCP_HEADER = 20,
  UDP_HEADER = 8,
};

/* Where things are in a super-packet; all lengths checked. */
typedef struct
{
  uint8_t family;   /* 4 or 6 */
  uint8_t protocol; /* IPPROTO_TCP or IPPROTO_UDP */
  uint16_t l4;      /* offset of the transport header */
  uint16_t payload; /* offset of what is cut into pieces */
  uint16_t size;    /* of a piece */
} Layout;

static bool
read_layout (const struct virtio_net_hdr *hdr, const uint8_t *bytes, uint32_t len, Layout *out)
{
  uint8_t type = hdr->gso_type & (uint8_t) ~VIRTIO_NET_HDR_GSO_ECN;
  uint32_t ip_header, l4_header;

  if (len < BG_IPV4_HEADER || len > BG_SUPER_PACKET_MAX || hdr->gso_size == 0)
    return false;
  out->family = bytes[0] >> 4;
  switch (type)
    {
    case VIRTIO_NET_HDR_GSO_TCPV4:
    case VIRTIO_NET_HDR_GSO_TCPV6:
      out->protocol = IPPROTO_TCP;
      if (out->family != (type == VIRTIO_NET_HDR_GSO_TCPV4 ? 4 : 6))
        return false;
      break;
    case VIRTIO_NET_HDR_GSO_UDP_L4:
      out->protocol = IPPROTO_UDP;
      break;
    default:
      return false;
    }
  if (out->family == 4)
    ip_header = (uint32_t) (bytes[0] & 15) * 4;
  else if (out->family == 6)
    ip_header = BG_IPV6_HEADER;
  else
    return false;

  /* The kernel says where the transport header is (extension headers before it are repeated as they are). */
  out->l4 = hdr->csum_start;
  if (ip_header < BG_IPV4_HEADER || out->l4 < ip_header
      || (out->family == 4 && out->l4 != ip_header))
    return false;
  if ((uint32_t) out->l4 + (out->protocol == IPPROTO_TCP ? TCP_HEADER : UDP_HEADER) > len)
    return false;
  l4_header = out->protocol == IPPROTO_TCP ? (uint32_t) (bytes[out->l4 + 12] >> 4) * 4 : UDP_HEADER;
  if ((out->protocol == IPPROTO_TCP && l4_header < TCP_HEADER) || out->l4 + l4_header > len)
    return false;
  out->payload = (uint16_t) (out->l4 + l4_header);
  out->size = hdr->gso_size;
  return true;
}

int
bg_offload_count (const struct virtio_net_hdr *hdr, const uint8_t *bytes, uint32_t len,
                  uint32_t *longest)
{
  Layout layout;
  uint32_t payload;

  *longest = len;
  if (hdr->gso_type == VIRTIO_NET_HDR_GSO_NONE)
    {
      if ((hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
          && (uint32_t) hdr->csum_start + hdr->csum_offset + 2 > len)
        return -1;
      return len > 0 ? 1 : -1;
    }
  if (!read_layout (hdr, bytes, len, &layout))
    return -1;
  payload = len - layout.payload;
  if (payload <= layout.size)
    return 1;
  *longest = (uint32_t) layout.payload + layout.size;
  return (int) ((payload + layout.size - 1) / layout.size);
}

/* The header asked for it: the field holds the pseudo header's sum, the rest is added. */
static void
complete_checksum (uint8_t *bytes, uint32_t len, uint16_t start, uint16_t offset)
{
  uint16_t sum = (uint16_t) ~bg_checksum_fold (bg_checksum_add (0, bytes + start, len - start));

  if (sum == 0 && offset == 6)
    sum = 0xffff; /* UDP says "none" with 0 */
  memcpy (bytes + start + offset, &sum, 2);
}

static void
finish_ip (const Layout *layout, uint8_t *bytes, uint32_t len, uint16_t nth)
{
  if (layout->family == 4)
    {
      bg_put_be16 (bytes + 2, (uint16_t) len);
      bg_put_be16 (bytes + 4, (uint16_t) (bg_get_be16 (bytes + 4) + nth));
      bg_ipv4_set_checksum (bytes, layout->l4);
    }
  else
    bg_put_be16 (bytes + 4, (uint16_t) (len - BG_IPV6_HEADER));
}

static void
finish_transport (const Layout *layout, uint8_t *bytes, uint32_t len)
{
  uint32_t l4_len = len - layout->l4;
  uint16_t field = layout->l4 + (layout->protocol == IPPROTO_TCP ? 16 : 6);
  uint64_t sum;
  uint16_t folded;

  memset (bytes + field, 0, 2);
  sum = bg_checksum_add_pseudo (0, bytes + (layout->family == 4 ? 12 : 8),
                                layout->family == 4 ? 4 : 16, layout->protocol, l4_len);
  folded = (uint16_t) ~bg_checksum_fold (bg_checksum_add (sum, bytes + layout->l4, l4_len));
  if (folded == 0 && layout->protocol == IPPROTO_UDP)
    folded = 0xffff;
  memcpy (bytes + field, &folded, 2);
}

void
bg_offload_split (const struct virtio_net_hdr *hdr, const uint8_t *bytes, uint32_t len,
                  BgPacket **pkts, int n)
{
  Layout layout;
  uint32_t done = 0, total;

  if (hdr->gso_type == VIRTIO_NET_HDR_GSO_NONE || !read_layout (hdr, bytes, len, &layout))
    {
      memcpy (pkts[0]->data, bytes, len);
      pkts[0]->len = len;
      if (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
        complete_checksum (pkts[0]->data, len, hdr->csum_start, hdr->csum_offset);
      return;
    }

  total = len - layout.payload;
  for (int i = 0; i < n; i++)
    {
      uint32_t piece = total - done < layout.size ? total - done : layout.size;
      uint8_t *p = pkts[i]->data, *l4 = p + layout.l4;

      memcpy (p, bytes, layout.payload);
      memcpy (p + layout.payload, bytes + layout.payload + done, piece);
      pkts[i]->len = layout.payload + piece;
      finish_ip (&layout, p, pkts[i]->len, (uint16_t) i);
      if (layout.protocol == IPPROTO_TCP)
        {
          bg_put_be32 (l4 + 4, bg_get_be32 (l4 + 4) + done);
          if (i > 0)
            l4[13] &= (uint8_t) ~TCP_CWR;
          if (i < n - 1)
            l4[13] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
        }
      else
        bg_put_be16 (l4 + 4, (uint16_t) (pkts[i]->len - layout.l4));
      finish_transport (&layout, p, pkts[i]->len);
      done += piece;
    }
}
