/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/mss-clamp.h"
#include "dataplane/checksum.h"
#include "dataplane/ip-header.h"

#include <netinet/in.h>

enum
{
  TCP_HEADER = 20,
  TCP_DATA_OFFSET_AT = 12,
  TCP_FLAGS_AT = 13,
  TCP_CHECKSUM_AT = 16,
  TCP_SYN = 0x02,
  OPTION_END = 0,
  OPTION_NOP = 1,
  OPTION_MSS = 2,
  OPTION_MSS_LEN = 4,
};

/* The offset of the MSS value in a TCP header of `len` bytes, 0 for none. */
static uint32_t
find_mss (const uint8_t *tcp, uint32_t len)
{
  uint32_t at = TCP_HEADER;

  while (at < len && tcp[at] != OPTION_END)
    {
      if (tcp[at] == OPTION_NOP)
        {
          at++;
          continue;
        }
      if (at + 2 > len || tcp[at + 1] < 2 || at + tcp[at + 1] > len)
        return 0;
      if (tcp[at] == OPTION_MSS)
        return tcp[at + 1] == OPTION_MSS_LEN ? at + 2 : 0;
      at += tcp[at + 1];
    }
  return 0;
}

static uint16_t
swap (uint16_t value)
{
  return (uint16_t) (value << 8 | value >> 8);
}

static void
replace_u16 (uint8_t *tcp, uint32_t at, uint16_t value)
{
  uint16_t old = bg_get_be16 (tcp + at);
  uint32_t sum;

  bg_put_be16 (tcp + at, value);
  /* The sum runs over aligned words; an option may begin anywhere. */
  if (at & 1)
    {
      old = swap (old);
      value = swap (value);
    }
  sum = (uint16_t) ~bg_get_be16 (tcp + TCP_CHECKSUM_AT);
  sum += (uint16_t) ~old;
  sum += value;
  bg_put_be16 (tcp + TCP_CHECKSUM_AT, (uint16_t) ~bg_checksum_fold (sum));
}

bool
bg_mss_clamp (uint8_t *bytes, size_t len, uint32_t mtu)
{
  BgIpHeader ip;
  uint32_t offset, tcp_len, at, headers;
  uint8_t protocol;
  uint8_t *tcp;

  if (!bg_ip_parse (bytes, len, &ip) || !bg_ip_transport (bytes, &ip, &offset, &protocol)
      || protocol != IPPROTO_TCP || ip.len - offset < TCP_HEADER)
    return false;
  tcp = bytes + offset;
  if (!(tcp[TCP_FLAGS_AT] & TCP_SYN))
    return false;
  tcp_len = (tcp[TCP_DATA_OFFSET_AT] >> 4) * 4u;
  if (tcp_len > ip.len - offset)
    return false;
  at = find_mss (tcp, tcp_len);
  headers = TCP_HEADER + (ip.family == AF_INET ? BG_IPV4_HEADER : BG_IPV6_HEADER);
  if (at == 0 || mtu <= headers || bg_get_be16 (tcp + at) <= mtu - headers)
    return false;
  replace_u16 (tcp, at, (uint16_t) (mtu - headers));
  return true;
}
