/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/flow.h"
#include "dataplane/ip-header.h"

#include <netinet/in.h>
#include <string.h>

enum
{
  TCP_FLAGS_AT = 13,
  TCP_SYN = 0x02,
  TCP_ACK = 0x10,
  ICMP_HEADER = 8,
  ICMP_ID_AT = 4,
};

/* ICMP types (RFC 792, RFC 4443). */
enum
{
  ECHO_REPLY = 0,
  UNREACHABLE = 3,
  ECHO_REQUEST = 8,
  TIME_EXCEEDED = 11,
  PARAMETER_PROBLEM = 12,
  V6_ERRORS_BELOW = 128,
  V6_ECHO_REQUEST = 128,
  V6_ECHO_REPLY = 129,
};

/* What both directions of a packet are read with. */
typedef struct
{
  const uint8_t *bytes; /* of the transport header */
  uint32_t len;
  bool inbound;
} Rest;

static void
set_ends (BgFlowKey *key, int family, const uint8_t *src, const uint8_t *dst, bool inbound)
{
  size_t len = family == AF_INET ? 4 : 16;

  *key = (BgFlowKey){ .family = (uint8_t) family };
  memcpy (key->local, inbound ? dst : src, len);
  memcpy (key->remote, inbound ? src : dst, len);
}

static void
set_ports (BgFlowKey *key, const uint8_t *transport, bool inbound)
{
  uint16_t src = bg_get_be16 (transport), dst = bg_get_be16 (transport + 2);

  key->local_port = inbound ? dst : src;
  key->remote_port = inbound ? src : dst;
}

static bool
has_ports (uint8_t protocol)
{
  return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP
         || protocol == IPPROTO_DCCP || protocol == IPPROTO_UDPLITE;
}

static uint8_t
plain_protocol (uint8_t protocol)
{
  return protocol == IPPROTO_ICMPV6 ? IPPROTO_ICMP : protocol;
}

/* --- ICMP --- */

static bool
is_error (int family, uint8_t type)
{
  if (family == AF_INET6)
    return type < V6_ERRORS_BELOW;
  return type == UNREACHABLE || type == TIME_EXCEEDED || type == PARAMETER_PROBLEM;
}

/* The packet within an error may be cut off behind its first eight bytes (RFC 792). It went the other way. */
static bool
read_about (int family, const Rest *rest, BgFlowKey *about)
{
  const uint8_t *ip = rest->bytes + ICMP_HEADER;
  uint32_t len = rest->len - ICMP_HEADER, head = BG_IPV6_HEADER;
  uint8_t protocol;

  if (len < (family == AF_INET ? BG_IPV4_HEADER : BG_IPV6_HEADER)
      || ip[0] >> 4 != (family == AF_INET ? 4 : 6))
    return false;
  if (family == AF_INET)
    head = (ip[0] & 0x0fu) * 4;
  protocol = family == AF_INET ? ip[9] : ip[6];
  if (head < BG_IPV4_HEADER || len < head + 8)
    return false;
  set_ends (about, family, family == AF_INET ? ip + 12 : ip + 8,
            family == AF_INET ? ip + 16 : ip + 24, !rest->inbound);
  about->protocol = plain_protocol (protocol);
  if (has_ports (protocol))
    set_ports (about, ip + head, !rest->inbound);
  else if (about->protocol == IPPROTO_ICMP)
    {
      about->local_port = bg_get_be16 (ip + head + ICMP_ID_AT);
      about->remote_port = rest->inbound;
    }
  return true;
}

static void
read_icmp (int family, const Rest *rest, BgFlow *out)
{
  uint8_t type = rest->bytes[0];
  bool request = type == (family == AF_INET ? ECHO_REQUEST : V6_ECHO_REQUEST);
  bool reply = type == (family == AF_INET ? ECHO_REPLY : V6_ECHO_REPLY);

  if (is_error (family, type))
    out->related = read_about (family, rest, &out->about);
  if (!request && !reply)
    return;
  out->starts = request;
  out->key.local_port = bg_get_be16 (rest->bytes + ICMP_ID_AT);
  out->key.remote_port = request != rest->inbound;
}

/* --- Fragments --- */

static void
set_pieces (BgFlow *out, uint32_t id, uint8_t protocol, bool first)
{
  out->pieces = out->key;
  out->pieces.fragments = 1;
  out->pieces.protocol = protocol;
  out->pieces.local_port = (uint16_t) id;
  out->pieces.remote_port = (uint16_t) (id >> 16);
  out->first_fragment = first;
  out->later_fragment = !first;
}

static void
read_fragment_v4 (const uint8_t *bytes, BgFlow *out)
{
  uint16_t field = bg_get_be16 (bytes + 6);

  if (field & 0x3fff)
    set_pieces (out, bg_get_be16 (bytes + 4), bytes[9], (field & 0x1fff) == 0);
}

/* Behind the headers that may stand before it (RFC 8200, 4.1); its protocol is not the same in all pieces. */
static void
read_fragment_v6 (const uint8_t *bytes, const BgIpHeader *ip, BgFlow *out)
{
  uint32_t at = BG_IPV6_HEADER;
  uint8_t type = bytes[6];

  for (int i = 0; i < 4 && at + 8 <= ip->len; i++)
    {
      if (type == IPPROTO_FRAGMENT)
        {
          uint16_t field = bg_get_be16 (bytes + at + 2);

          if (field & 0xfff9)
            set_pieces (out, bg_get_be32 (bytes + at + 4), 0, (field & 0xfff8) == 0);
          return;
        }
      if (type != IPPROTO_HOPOPTS && type != IPPROTO_DSTOPTS && type != IPPROTO_ROUTING)
        return;
      type = bytes[at];
      at += (bytes[at + 1] + 1u) * 8;
    }
}

/* --- All of it --- */

bool
bg_flow_is_segment (const uint8_t *bytes, size_t len)
{
  enum
  {
    TCP_HEADER = 20
  };

  if (len >= BG_IPV4_HEADER + TCP_HEADER && bytes[0] == 0x45)
    return bytes[9] == IPPROTO_TCP && (bg_get_be16 (bytes + 6) & 0x3fff) == 0
           && !(bytes[BG_IPV4_HEADER + TCP_FLAGS_AT] & TCP_SYN);
  return len >= BG_IPV6_HEADER + TCP_HEADER && bytes[0] >> 4 == 6 && bytes[6] == IPPROTO_TCP
         && !(bytes[BG_IPV6_HEADER + TCP_FLAGS_AT] & TCP_SYN);
}

static void
read_transport (const BgIpHeader *ip, uint8_t protocol, const Rest *rest, BgFlow *out)
{
  out->key.protocol = plain_protocol (protocol);
  if (has_ports (protocol) && rest->len >= 4)
    {
      set_ports (&out->key, rest->bytes, rest->inbound);
      out->has_ports = true;
    }
  if (protocol == IPPROTO_TCP && rest->len > TCP_FLAGS_AT)
    {
      uint8_t flags = rest->bytes[TCP_FLAGS_AT];

      out->starts = (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
      out->continues = !(flags & TCP_SYN);
    }
  if (protocol == (ip->family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6)
      && rest->len >= ICMP_HEADER)
    read_icmp (ip->family, rest, out);
}

bool
bg_flow_read (const uint8_t *bytes, size_t len, bool inbound, BgFlow *out)
{
  BgIpHeader ip;
  uint32_t offset;
  uint8_t protocol = 0;

  *out = (BgFlow){ 0 };
  if (!bg_ip_parse (bytes, len, &ip))
    return false;
  set_ends (&out->key, ip.family, ip.src, ip.dst, inbound);
  if (ip.family == AF_INET)
    read_fragment_v4 (bytes, out);
  else
    read_fragment_v6 (bytes, &ip, out);
  if (out->later_fragment)
    return true;
  if (bg_ip_transport (bytes, &ip, &offset, &protocol))
    read_transport (&ip, protocol, &(Rest){ bytes + offset, ip.len - offset, inbound }, out);
  else
    out->key.protocol = plain_protocol (protocol);
  return true;
}
