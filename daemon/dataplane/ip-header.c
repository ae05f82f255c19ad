/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/ip-header.h"

#include <netinet/in.h>
#include <string.h>

enum
{
  IPV4_LENGTH_AT = 2,
  IPV4_FRAGMENT_AT = 6,
  IPV4_PROTOCOL_AT = 9,
  IPV4_CHECKSUM_AT = 10,
  IPV4_OFFSET_MASK = 0x1fff,
  IPV4_DONT_FRAGMENT = 0x4000,
  IPV6_PAYLOAD_AT = 4,
  IPV6_NEXT_AT = 6,
  EXTENSIONS_MAX = 8,
};

static bool
parse_v4 (const uint8_t *bytes, size_t len, BgIpHeader *out)
{
  if (len < BG_IPV4_HEADER)
    return false;
  out->family = AF_INET;
  out->header_len = (bytes[0] & 0x0fu) * 4;
  out->len = bg_get_be16 (bytes + IPV4_LENGTH_AT);
  out->src = bytes + 12;
  out->dst = bytes + 16;
  return out->header_len >= BG_IPV4_HEADER && out->len >= out->header_len && out->len <= len;
}

static bool
parse_v6 (const uint8_t *bytes, size_t len, BgIpHeader *out)
{
  if (len < BG_IPV6_HEADER)
    return false;
  out->family = AF_INET6;
  out->header_len = BG_IPV6_HEADER;
  out->len = BG_IPV6_HEADER + (uint32_t) bg_get_be16 (bytes + IPV6_PAYLOAD_AT);
  out->src = bytes + 8;
  out->dst = bytes + 24;
  return out->len <= len;
}

bool
bg_ip_parse (const uint8_t *bytes, size_t len, BgIpHeader *out)
{
  if (len == 0)
    return false;
  switch (bytes[0] >> 4)
    {
    case 4:
      return parse_v4 (bytes, len, out);
    case 6:
      return parse_v6 (bytes, len, out);
    default:
      return false;
    }
}

/* The length of an extension header, or 0 for what cannot be walked. */
static uint32_t
extension_len (const uint8_t *extension, uint8_t type)
{
  switch (type)
    {
    case IPPROTO_HOPOPTS:
    case IPPROTO_ROUTING:
    case IPPROTO_DSTOPTS:
      return (extension[1] + 1u) * 8;
    case IPPROTO_AH:
      return (extension[1] + 2u) * 4;
    case IPPROTO_FRAGMENT:
      /* Only the first fragment has a transport header. */
      return (bg_get_be16 (extension + 2) & 0xfff8) == 0 ? 8 : 0;
    default:
      return 0;
    }
}

static bool
is_extension (uint8_t type)
{
  return type == IPPROTO_HOPOPTS || type == IPPROTO_ROUTING || type == IPPROTO_DSTOPTS
         || type == IPPROTO_AH || type == IPPROTO_FRAGMENT;
}

static bool
transport_v6 (const uint8_t *bytes, const BgIpHeader *header, uint32_t *offset, uint8_t *protocol)
{
  uint32_t at = BG_IPV6_HEADER;
  uint8_t type = bytes[IPV6_NEXT_AT];

  for (int i = 0; i < EXTENSIONS_MAX && is_extension (type); i++)
    {
      uint32_t len = at + 8 <= header->len ? extension_len (bytes + at, type) : 0;

      if (len == 0)
        return false;
      type = bytes[at];
      at += len;
    }
  *offset = at;
  *protocol = type;
  return at <= header->len && !is_extension (type) && type != IPPROTO_NONE && type != IPPROTO_ESP;
}

bool
bg_ip_transport (const uint8_t *bytes, const BgIpHeader *header, uint32_t *offset,
                 uint8_t *protocol)
{
  if (header->family == AF_INET6)
    return transport_v6 (bytes, header, offset, protocol);
  *offset = header->header_len;
  *protocol = bytes[IPV4_PROTOCOL_AT];
  return (bg_get_be16 (bytes + IPV4_FRAGMENT_AT) & IPV4_OFFSET_MASK) == 0;
}

bool
bg_ip_dont_fragment (const uint8_t *bytes, const BgIpHeader *header)
{
  return header->family == AF_INET && bg_get_be16 (bytes + IPV4_FRAGMENT_AT) & IPV4_DONT_FRAGMENT;
}
