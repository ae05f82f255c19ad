/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/icmp.h"
#include "dataplane/checksum.h"
#include "dataplane/ip-header.h"

#include <netinet/in.h>
#include <string.h>

#define SECOND UINT64_C (1000000000)

enum
{
  ICMP_HEADER = 8,
  IPV6_ADDRESSES_AT = 8,
  ICMP_CHECKSUM_AT = 2,
  V4_TTL_AT = 8,
  V6_HOP_LIMIT_AT = 7,
  TTL = 64,
  V4_ANSWER_MAX = 576, /* RFC 1812, 4.3.2.3 */

  V4_ECHO_REPLY = 0,
  V4_UNREACHABLE = 3,
  V4_SOURCE_QUENCH = 4,
  V4_REDIRECT = 5,
  V4_ECHO = 8,
  V4_TIME_EXCEEDED = 11,
  V4_PARAMETER_PROBLEM = 12,
  V4_CODE_FRAGMENTATION_NEEDED = 4,
  V4_CODE_PROHIBITED = 13,

  V6_UNREACHABLE = 1,
  V6_TOO_BIG = 2,
  V6_TIME_EXCEEDED = 3,
  V6_FIRST_INFORMATION = 128,
  V6_ECHO = 128,
  V6_ECHO_REPLY = 129,
  V6_REDIRECT = 137,
  V6_CODE_PROHIBITED = 1,
};

static void
put_ipv4 (uint8_t *header, uint32_t len, const uint8_t *src, const uint8_t *dst)
{
  memset (header, 0, BG_IPV4_HEADER);
  header[0] = 0x45;
  bg_put_be16 (header + 2, (uint16_t) len);
  header[8] = TTL;
  header[9] = IPPROTO_ICMP;
  memcpy (header + 12, src, 4);
  memcpy (header + 16, dst, 4);
  bg_ipv4_set_checksum (header, BG_IPV4_HEADER);
}

static void
put_ipv6 (uint8_t *header, uint32_t len, const uint8_t *src, const uint8_t *dst)
{
  memset (header, 0, BG_IPV6_HEADER);
  header[0] = 0x60;
  bg_put_be16 (header + 4, (uint16_t) (len - BG_IPV6_HEADER));
  header[6] = IPPROTO_ICMPV6;
  header[7] = TTL;
  memcpy (header + 8, src, 16);
  memcpy (header + 24, dst, 16);
}

/* Puts the IP header before the ICMP message that stands in `out`, of `len` bytes, and fills in the checksums. */
static void
finish (BgPacket *out, int family, uint32_t len, const uint8_t *src, const uint8_t *dst)
{
  uint32_t header = family == AF_INET ? BG_IPV4_HEADER : BG_IPV6_HEADER;
  uint8_t *icmp = out->data + header;
  uint64_t sum = 0;

  out->len = header + len;
  if (family == AF_INET)
    put_ipv4 (out->data, out->len, src, dst);
  else
    {
      put_ipv6 (out->data, out->len, src, dst);
      sum = bg_checksum_add_pseudo (0, out->data + IPV6_ADDRESSES_AT, 16, IPPROTO_ICMPV6, len);
    }
  bg_put_be16 (icmp + ICMP_CHECKSUM_AT, 0);
  bg_checksum_store (icmp + ICMP_CHECKSUM_AT, bg_checksum_add (sum, icmp, len));
}

static bool
is_v4_error (uint8_t type)
{
  return type == V4_UNREACHABLE || type == V4_SOURCE_QUENCH || type == V4_REDIRECT
         || type == V4_TIME_EXCEEDED || type == V4_PARAMETER_PROBLEM;
}

static bool
may_answer_v4 (const BgPacket *offender, const BgIpHeader *ip)
{
  uint32_t offset;
  uint8_t protocol;

  if (!bg_ip_transport (offender->data, ip, &offset, &protocol))
    return false;
  if (protocol == IPPROTO_ICMP && (offset >= ip->len || is_v4_error (offender->data[offset])))
    return false;
  /* 0/8, 127/8, and 224/3 are no hosts to answer to, nor are groups to answer for. */
  return ip->src[0] != 0 && ip->src[0] != 127 && ip->src[0] < 224 && ip->dst[0] < 224;
}

static bool
may_answer_v6 (const BgPacket *offender, const BgIpHeader *ip, BgIcmpError error)
{
  static const uint8_t unspecified[16];
  uint32_t offset;
  uint8_t protocol;

  if (ip->src[0] == 0xff || !memcmp (ip->src, unspecified, 16))
    return false;
  if (ip->dst[0] == 0xff && error != BG_ICMP_TOO_BIG)
    return false;
  if (!bg_ip_transport (offender->data, ip, &offset, &protocol) || protocol != IPPROTO_ICMPV6)
    return true;
  return offset < ip->len && offender->data[offset] >= V6_FIRST_INFORMATION
         && offender->data[offset] != V6_REDIRECT;
}

static void
put_error (uint8_t *icmp, int family, BgIcmpError error, uint32_t mtu)
{
  memset (icmp, 0, ICMP_HEADER);
  if (family == AF_INET)
    {
      icmp[0] = V4_UNREACHABLE;
      icmp[1] = error == BG_ICMP_TOO_BIG ? V4_CODE_FRAGMENTATION_NEEDED : V4_CODE_PROHIBITED;
      if (error == BG_ICMP_TOO_BIG)
        bg_put_be16 (icmp + 6, (uint16_t) mtu);
      return;
    }
  icmp[0] = error == BG_ICMP_TOO_BIG ? V6_TOO_BIG : V6_UNREACHABLE;
  icmp[1] = error == BG_ICMP_TOO_BIG ? 0 : V6_CODE_PROHIBITED;
  if (error == BG_ICMP_TOO_BIG)
    bg_put_be32 (icmp + 4, mtu);
}

bool
bg_icmp_answer (const BgPacket *offender, BgIcmpError error, uint32_t mtu, BgPacket *out)
{
  BgIpHeader ip;
  uint32_t header, limit, quoted;

  if (!bg_ip_parse (offender->data, offender->len, &ip))
    return false;
  if (ip.family == AF_INET ? !may_answer_v4 (offender, &ip) : !may_answer_v6 (offender, &ip, error))
    return false;
  header = ip.family == AF_INET ? BG_IPV4_HEADER : BG_IPV6_HEADER;
  limit = (ip.family == AF_INET ? (uint32_t) V4_ANSWER_MAX : (uint32_t) BG_IPV6_MIN_MTU) - header
          - ICMP_HEADER;
  quoted = ip.len < limit ? ip.len : limit;
  put_error (out->data + header, ip.family, error, mtu);
  memcpy (out->data + header + ICMP_HEADER, offender->data, quoted);
  finish (out, ip.family, ICMP_HEADER + quoted, ip.dst, ip.src);
  return true;
}

bool
bg_icmp_limit_ok (BgIcmpLimit *limit, uint64_t now_ns)
{
  uint64_t fresh = (now_ns - limit->refilled_ns) / (SECOND / BG_ICMP_PER_SECOND);

  if (limit->refilled_ns == 0 || fresh >= BG_ICMP_BURST)
    *limit = (BgIcmpLimit){ now_ns, BG_ICMP_BURST };
  else if (fresh > 0)
    {
      limit->refilled_ns += fresh * (SECOND / BG_ICMP_PER_SECOND);
      limit->tokens += (uint32_t) fresh;
      if (limit->tokens > BG_ICMP_BURST)
        limit->tokens = BG_ICMP_BURST;
    }
  if (limit->tokens == 0)
    return false;
  limit->tokens--;
  return true;
}

void
bg_icmp_echo_request (const BgIcmpEcho *echo, BgPacket *out)
{
  uint8_t *icmp = out->data + (echo->family == AF_INET ? BG_IPV4_HEADER : BG_IPV6_HEADER);

  memset (icmp, 0, ICMP_HEADER);
  icmp[0] = echo->family == AF_INET ? V4_ECHO : V6_ECHO;
  bg_put_be16 (icmp + 4, echo->id);
  bg_put_be16 (icmp + 6, echo->seq);
  memcpy (icmp + ICMP_HEADER, echo->nonce, sizeof echo->nonce);
  finish (out, echo->family, ICMP_HEADER + sizeof echo->nonce, echo->src, echo->dst);
  if (!echo->near)
    return;
  out->data[echo->family == AF_INET ? V4_TTL_AT : V6_HOP_LIMIT_AT] = 1;
  if (echo->family == AF_INET)
    bg_ipv4_set_checksum (out->data, BG_IPV4_HEADER);
}

/* The message of `echo`, as far as an error quotes it for certain. */
static bool
is_quoted (const uint8_t *quote, size_t len, const BgIcmpEcho *echo)
{
  uint32_t header = echo->family == AF_INET ? BG_IPV4_HEADER : BG_IPV6_HEADER;
  const uint8_t *icmp = quote + header;
  size_t addresses = echo->family == AF_INET ? 12 : 8, size = echo->family == AF_INET ? 4 : 16;

  return len >= header + ICMP_HEADER && quote[0] >> 4 == (echo->family == AF_INET ? 4 : 6)
         && !memcmp (quote + addresses, echo->src, size)
         && !memcmp (quote + addresses + size, echo->dst, size)
         && icmp[0] == (echo->family == AF_INET ? V4_ECHO : V6_ECHO)
         && bg_get_be16 (icmp + 4) == echo->id && bg_get_be16 (icmp + 6) == echo->seq;
}

static bool
is_end (int family, uint8_t type)
{
  if (family == AF_INET)
    return type == V4_TIME_EXCEEDED || type == V4_UNREACHABLE;
  return type == V6_TIME_EXCEEDED || type == V6_UNREACHABLE;
}

static bool
is_reply (const uint8_t *icmp, size_t len, const BgIcmpEcho *echo)
{
  return len == ICMP_HEADER + sizeof echo->nonce
         && icmp[0] == (echo->family == AF_INET ? V4_ECHO_REPLY : V6_ECHO_REPLY)
         && bg_get_be16 (icmp + 4) == echo->id && bg_get_be16 (icmp + 6) == echo->seq
         && !memcmp (icmp + ICMP_HEADER, echo->nonce, sizeof echo->nonce);
}

bool
bg_icmp_is_echo_reply (const uint8_t *bytes, size_t len, const BgIcmpEcho *echo)
{
  BgIpHeader ip;
  uint32_t offset;
  uint8_t protocol;

  if (!bg_ip_parse (bytes, len, &ip) || ip.family != echo->family
      || !bg_ip_transport (bytes, &ip, &offset, &protocol)
      || protocol != (ip.family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6)
      || ip.len - offset < ICMP_HEADER)
    return false;
  if (echo->near && is_end (ip.family, bytes[offset]))
    return is_quoted (bytes + offset + ICMP_HEADER, ip.len - offset - ICMP_HEADER, echo);
  return is_reply (bytes + offset, ip.len - offset, echo);
}
