/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/ip-prefix.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static uint8_t
max_len (int family)
{
  return family == AF_INET ? 32 : 128;
}

static bool
parse_len (const char *text, uint8_t max, uint8_t *out)
{
  unsigned v = 0;

  if (!*text || (text[0] == '0' && text[1]))
    return false;
  for (; *text; text++)
    {
      if (*text < '0' || *text > '9' || (v = v * 10 + (unsigned) (*text - '0')) > max)
        return false;
    }
  *out = (uint8_t) v;
  return true;
}

bool
bg_ip_prefix_parse (const char *text, BgIpPrefix *out)
{
  BgIpPrefix prefix = { 0 };
  char address[INET6_ADDRSTRLEN];
  const char *slash;
  size_t n;

  if (!text)
    return false;
  slash = strchr (text, '/');
  n = slash ? (size_t) (slash - text) : strlen (text);
  if (n == 0 || n >= sizeof address)
    return false;
  memcpy (address, text, n);
  address[n] = '\0';

  prefix.family = strchr (address, ':') ? AF_INET6 : AF_INET;
  if (inet_pton (prefix.family, address, prefix.addr) != 1)
    return false;
  prefix.len = max_len (prefix.family);
  if (slash && !parse_len (slash + 1, prefix.len, &prefix.len))
    return false;
  *out = prefix;
  return true;
}

void
bg_ip_prefix_format_address (const BgIpPrefix *prefix, char out[BG_IP_PREFIX_TEXT])
{
  if (!inet_ntop (prefix->family, prefix->addr, out, BG_IP_PREFIX_TEXT))
    out[0] = '\0';
}

void
bg_ip_prefix_format (const BgIpPrefix *prefix, char out[BG_IP_PREFIX_TEXT])
{
  size_t n;

  bg_ip_prefix_format_address (prefix, out);
  n = strlen (out);
  snprintf (out + n, BG_IP_PREFIX_TEXT - n, "/%u", prefix->len);
}

void
bg_ip_prefix_mask (BgIpPrefix *prefix)
{
  uint8_t bytes = max_len (prefix->family) / 8;

  for (uint8_t i = 0; i < bytes; i++)
    {
      int keep = prefix->len - i * 8;

      if (keep <= 0)
        prefix->addr[i] = 0;
      else if (keep < 8)
        prefix->addr[i] &= (uint8_t) (0xff << (8 - keep));
    }
}

BgIpPrefix
bg_ip_prefix_host (const BgIpPrefix *prefix)
{
  BgIpPrefix host = *prefix;

  host.len = max_len (prefix->family);
  return host;
}

bool
bg_ip_prefix_equal (const BgIpPrefix *a, const BgIpPrefix *b)
{
  return a->family == b->family && a->len == b->len
         && memcmp (a->addr, b->addr, max_len (a->family) / 8) == 0;
}

bool
bg_ip_prefixes_equal (const BgIpPrefix *a, unsigned n_a, const BgIpPrefix *b, unsigned n_b)
{
  if (n_a != n_b)
    return false;
  for (unsigned i = 0; i < n_a; i++)
    if (!bg_ip_prefix_equal (&a[i], &b[i]))
      return false;
  return true;
}

bool
bg_ip_prefix_contains (const BgIpPrefix *outer, const BgIpPrefix *inner)
{
  BgIpPrefix net = *outer, other = *inner;

  if (outer->family != inner->family || inner->len < outer->len)
    return false;
  other.len = net.len;
  bg_ip_prefix_mask (&net);
  bg_ip_prefix_mask (&other);
  return bg_ip_prefix_equal (&net, &other);
}

bool
bg_ip_prefix_is_edge (const BgIpPrefix *subnet, const BgIpPrefix *host)
{
  BgIpPrefix first = *subnet, last;

  if (subnet->family != AF_INET || subnet->len >= 31)
    return false;
  bg_ip_prefix_mask (&first);
  last = first;
  for (int bit = subnet->len; bit < 32; bit++)
    last.addr[bit / 8] |= (uint8_t) (0x80 >> bit % 8);
  return memcmp (first.addr, host->addr, 4) == 0 || memcmp (last.addr, host->addr, 4) == 0;
}

bool
bg_ip_prefix_is_nobodys (const BgIpPrefix *network)
{
  static const char *const ranges[] = { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                                        "100.64.0.0/10", "fc00::/7" };

  for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
    {
      BgIpPrefix range;

      if (bg_ip_prefix_parse (ranges[i], &range) && bg_ip_prefix_contains (&range, network))
        return true;
    }
  return false;
}

bool
bg_ip_prefix_is_unicast_host (const BgIpPrefix *prefix)
{
  const uint8_t *a = prefix->addr;

  if (prefix->family == AF_INET)
    return a[0] != 0 && a[0] != 127 && a[0] < 224 && !(a[0] == 169 && a[1] == 254);
  return !IN6_IS_ADDR_UNSPECIFIED ((const struct in6_addr *) (const void *) a)
         && !IN6_IS_ADDR_LOOPBACK ((const struct in6_addr *) (const void *) a)
         && !IN6_IS_ADDR_MULTICAST ((const struct in6_addr *) (const void *) a)
         && !IN6_IS_ADDR_LINKLOCAL ((const struct in6_addr *) (const void *) a)
         && !IN6_IS_ADDR_V4MAPPED ((const struct in6_addr *) (const void *) a);
}
