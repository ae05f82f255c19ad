/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/ip-fragment.h"
#include "dataplane/checksum.h"
#include "dataplane/ip-header.h"

#include "packet/packet-pool.h"

#include <netinet/in.h>
#include <string.h>

enum
{
  HEADER_MAX = 60,
  LENGTH_AT = 2,
  FRAGMENT_AT = 6,
  MORE_FRAGMENTS = 0x2000,
  OFFSET_MASK = 0x1fff,
  OPTION_END = 0,
  OPTION_NOP = 1,
  OPTION_COPIED = 0x80,
};

/* The header of a later fragment: the options that are marked so are copied (RFC 791, 3.1). Returns its length. */
static uint32_t
copy_header (uint8_t *to, const uint8_t *from, uint32_t len)
{
  uint32_t out = BG_IPV4_HEADER, at = BG_IPV4_HEADER;

  memcpy (to, from, BG_IPV4_HEADER);
  while (at < len && from[at] != OPTION_END)
    {
      uint32_t option = 1;

      if (from[at] != OPTION_NOP)
        {
          if (at + 2 > len || from[at + 1] < 2 || at + from[at + 1] > len)
            break;
          option = from[at + 1];
          if (from[at] & OPTION_COPIED)
            {
              memcpy (to + out, from + at, option);
              out += option;
            }
        }
      at += option;
    }
  while (out % 4)
    to[out++] = OPTION_END;
  to[0] = (uint8_t) (0x40 | out / 4);
  return out;
}

static void
finish_header (uint8_t *header, uint32_t header_len, uint32_t len, uint16_t offset, bool more)
{
  bg_put_be16 (header + LENGTH_AT, (uint16_t) len);
  bg_put_be16 (header + FRAGMENT_AT, (uint16_t) (offset | (more ? MORE_FRAGMENTS : 0)));
  bg_ipv4_set_checksum (header, header_len);
}

static BgPacket *
make_piece (const BgPacket *pkt, const uint8_t *header, uint32_t header_len, const uint8_t *data,
            uint32_t len)
{
  BgPacket *piece = bg_packet_new_for (pkt->pool, BG_PACKET_OUTBOUND);

  if (!piece)
    return NULL;
  memcpy (piece->data, header, header_len);
  memcpy (piece->data + header_len, data, len);
  piece->len = header_len + len;
  return piece;
}

/* Appends what follows the first `cut` bytes of data. */
static bool
cut_rest (const BgPacket *pkt, const BgIpHeader *ip, uint32_t cut, uint32_t mtu, BgPacketQueue *out)
{
  uint8_t header[HEADER_MAX];
  uint32_t header_len = copy_header (header, pkt->data, ip->header_len);
  uint32_t room = (mtu - header_len) & ~7u;
  uint16_t fragment = bg_get_be16 (pkt->data + FRAGMENT_AT);
  uint32_t total = ip->len - ip->header_len;

  for (uint32_t done = cut; done < total;)
    {
      uint32_t len = total - done < room ? total - done : room;
      bool more = done + len < total || fragment & MORE_FRAGMENTS;
      BgPacket *piece = make_piece (pkt, header, header_len, pkt->data + ip->header_len + done,
                                    len);

      if (!piece)
        return false;
      finish_header (piece->data, header_len, piece->len,
                     (uint16_t) ((fragment & OFFSET_MASK) + done / 8), more);
      bg_packet_queue_push (out, piece);
      done += len;
    }
  return true;
}

bool
bg_ip_fragment (BgPacket *pkt, uint32_t mtu, BgPacketQueue *out)
{
  BgPacketQueue rest = { 0 };
  BgIpHeader ip;
  uint32_t cut;

  if (!bg_ip_parse (pkt->data, pkt->len, &ip) || ip.family != AF_INET || mtu < HEADER_MAX + 8)
    return false;
  if (ip.len > mtu)
    {
      cut = (mtu - ip.header_len) & ~7u;
      if (!cut_rest (pkt, &ip, cut, mtu, &rest))
        {
          bg_packet_queue_clear (&rest);
          return false;
        }
      pkt->len = ip.header_len + cut;
      finish_header (pkt->data, ip.header_len, pkt->len,
                     bg_get_be16 (pkt->data + FRAGMENT_AT) & OFFSET_MASK, true);
    }
  bg_packet_queue_push (out, pkt);
  bg_packet_queue_splice (out, &rest);
  return true;
}
