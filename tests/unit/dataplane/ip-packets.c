/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ip-packets.h"

#include <netinet/in.h>
#include <string.h>

enum
{
  V4_HEADER = 20,
  V6_HEADER = 40
};

static guint16
be16 (const guint8 *at)
{
  return (guint16) (at[0] << 8 | at[1]);
}

static void
put16 (guint8 *at, guint value)
{
  at[0] = (guint8) (value >> 8);
  at[1] = (guint8) value;
}

/* Deliberately not the code under test. */
static guint16
sum (const guint8 *bytes, gsize len, guint64 start)
{
  for (gsize i = 0; i < len; i++)
    start += i % 2 ? bytes[i] : (guint64) bytes[i] << 8;
  while (start > 0xffff)
    start = (start >> 16) + (start & 0xffff);
  return (guint16) start;
}

void
test_ip_address (int family, guint16 host, guint8 *out)
{
  static const guint8 v4[4] = { 10, 9 }, v6[16] = { 0xfd, 9 };

  memcpy (out, family == AF_INET ? v4 : v6, family == AF_INET ? 4 : 16);
  put16 (out + (family == AF_INET ? 2 : 14), host);
}

static gsize
put_header (guint8 *bytes, int family, guint16 src, guint16 dst, guint8 protocol, gsize payload,
            gboolean dont_fragment)
{
  if (family == AF_INET)
    {
      memset (bytes, 0, V4_HEADER);
      bytes[0] = 0x45;
      put16 (bytes + 2, (guint) (V4_HEADER + payload));
      put16 (bytes + 4, 0x1234);
      put16 (bytes + 6, dont_fragment ? 0x4000 : 0);
      bytes[8] = 64;
      bytes[9] = protocol;
      test_ip_address (AF_INET, src, bytes + 12);
      test_ip_address (AF_INET, dst, bytes + 16);
      put16 (bytes + 10, (guint16) ~sum (bytes, V4_HEADER, 0));
      return V4_HEADER;
    }
  memset (bytes, 0, V6_HEADER);
  bytes[0] = 0x60;
  put16 (bytes + 4, (guint) payload);
  bytes[6] = protocol;
  bytes[7] = 64;
  test_ip_address (AF_INET6, src, bytes + 8);
  test_ip_address (AF_INET6, dst, bytes + 24);
  return V6_HEADER;
}

gsize
test_ip_build (const TestPacket *packet, guint8 *bytes)
{
  gsize header = put_header (bytes, packet->family, packet->src, packet->dst,
                             packet->protocol ? packet->protocol : 253, packet->payload,
                             packet->dont_fragment);

  for (gsize i = 0; i < packet->payload; i++)
    bytes[header + i] = (guint8) (i + packet->tag);
  if (packet->payload >= 4)
    memcpy (bytes + header, &packet->tag, 4);
  return header + packet->payload;
}

guint32
test_ip_tag (const guint8 *bytes)
{
  guint32 tag;

  memcpy (&tag, bytes + (bytes[0] >> 4 == 4 ? V4_HEADER : V6_HEADER), 4);
  return tag;
}

static guint64
pseudo_sum (const guint8 *bytes, gsize l4_len, guint8 protocol)
{
  gboolean v4 = bytes[0] >> 4 == 4;

  return (guint64) sum (v4 ? bytes + 12 : bytes + 8, v4 ? 8 : 32, 0) + l4_len + protocol;
}

gsize
test_ip_build_syn (int family, const guint8 *options, gsize options_len, guint8 *bytes)
{
  gsize tcp_len = 20 + options_len;
  gsize header = put_header (bytes, family, 1, 2, IPPROTO_TCP, tcp_len, TRUE);
  guint8 *tcp = bytes + header;

  memset (tcp, 0, 20);
  put16 (tcp, 40000);
  put16 (tcp + 2, 80);
  tcp[12] = (guint8) (tcp_len / 4 << 4);
  tcp[13] = 0x02;
  if (options_len > 0)
    memcpy (tcp + 20, options, options_len);
  put16 (tcp + 16, (guint16) ~sum (tcp, tcp_len, pseudo_sum (bytes, tcp_len, IPPROTO_TCP)));
  return header + tcp_len;
}

void
test_ip_assert_checksums (const guint8 *bytes, gsize len)
{
  gboolean v4 = bytes[0] >> 4 == 4;
  gsize header = v4 ? (bytes[0] & 15u) * 4u : V6_HEADER;
  guint8 protocol = v4 ? bytes[9] : bytes[6];

  if (v4)
    {
      g_assert_cmpuint (sum (bytes, header, 0), ==, 0xffff);
      g_assert_cmpuint (be16 (bytes + 2), ==, len);
    }
  else
    g_assert_cmpuint (be16 (bytes + 4) + V6_HEADER, ==, len);
  switch (protocol)
    {
    case IPPROTO_TCP:
    case IPPROTO_UDP:
    case IPPROTO_ICMPV6:
      g_assert_cmpuint (
        sum (bytes + header, len - header, pseudo_sum (bytes, len - header, protocol)), ==, 0xffff);
      break;
    case IPPROTO_ICMP:
      g_assert_cmpuint (sum (bytes + header, len - header, 0), ==, 0xffff);
      break;
    default:
      break;
    }
}
