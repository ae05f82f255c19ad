/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the data plane does to inner packets and control messages, on arbitrary bytes: parsing, path control, ICMP
 * answers, MSS clamping, fragmenting. The first two bytes are an MTU. */
#include "fuzz.h"

#include "dataplane/access.h"
#include "dataplane/checksum.h"
#include "dataplane/control.h"
#include "dataplane/flow.h"
#include "dataplane/icmp.h"
#include "dataplane/ip-fragment.h"
#include "dataplane/ip-header.h"
#include "dataplane/mss-clamp.h"
#include "packet/packet-pool.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum
{
  INPUT_MAX = 4096,
  PACKETS = 1024, /* 4 KiB in pieces of 8 bytes */
};

static BgPacketPool *
pool (void)
{
  static BgPacketPool *the_pool;

  if (!the_pool)
    the_pool = bg_packet_pool_new (INPUT_MAX, PACKETS);
  return the_pool;
}

static BgPacket *
new_packet (const uint8_t *bytes, size_t len)
{
  BgPacket *pkt = bg_packet_new (pool ());

  ASSERT (pkt);
  memcpy (pkt->data, bytes, len);
  pkt->len = (uint32_t) len;
  return pkt;
}

/* What was understood says the same again. */
static void
fuzz_control (const uint8_t *bytes, size_t len)
{
  uint8_t again[BG_CONTROL_MAX];
  BgControl control, second;
  size_t n;

  if (!bg_control_decode (bytes, len, &control))
    return;
  ASSERT (control.kind > BG_TRANSPORT_NONE && control.kind < BG_TRANSPORT_KINDS);
  n = bg_control_encode (&control, again);
  ASSERT (n > 0 && n <= sizeof again && n <= len);
  ASSERT (bg_control_decode (again, n, &second));
  ASSERT (second.type == control.type && second.kind == control.kind && second.id == control.id
          && second.stamp == control.stamp && second.bytes == control.bytes);
}

static void
fuzz_parse (const uint8_t *bytes, size_t len)
{
  BgIpHeader ip;
  uint32_t offset;
  uint8_t protocol;

  if (!bg_ip_parse (bytes, len, &ip))
    return;
  ASSERT (ip.family == AF_INET || ip.family == AF_INET6);
  ASSERT (ip.len <= len && ip.header_len <= ip.len && ip.header_len >= BG_IPV4_HEADER);
  ASSERT (ip.src >= bytes && ip.dst + (ip.family == AF_INET ? 4 : 16) <= bytes + len);
  bg_ip_dont_fragment (bytes, &ip);
  if (bg_ip_transport (bytes, &ip, &offset, &protocol))
    ASSERT (offset >= ip.header_len && offset <= ip.len);
}

/* Seen from its other end it is the same conversation. */
static void
fuzz_flow (const uint8_t *bytes, size_t len)
{
  BgFlow in, out;
  BgIpHeader ip;

  ASSERT (bg_flow_read (bytes, len, true, &in) == bg_flow_read (bytes, len, false, &out));
  if (bg_ip_parse (bytes, len, &ip) && bg_flow_is_segment (bytes, ip.len))
    ASSERT (in.continues && in.has_ports && !in.first_fragment && !in.later_fragment);
  ASSERT (in.key.protocol == out.key.protocol && in.related == out.related);
  ASSERT (memcmp (in.key.local, out.key.remote, sizeof in.key.local) == 0);
  ASSERT (
    !in.has_ports
    || (in.key.local_port == out.key.remote_port && in.key.remote_port == out.key.local_port));
}

/* Whatever this machine sends, what is like it and comes back passes; and no rule lets anything else pass. */
static void
fuzz_access (const uint8_t *bytes, size_t len)
{
  const BgAccessRule rule = { .deny = true };
  const WgKey key = { { 1 } };
  BgAccess *access = bg_access_new ();

  bg_access_set_rules_take (access, bg_access_rules_new (&rule, 1, 0));
  ASSERT (!bg_access_admit (access, &key, &key, bytes, len, 1));
  bg_access_note (access, bytes, len, 1);
  bg_access_admit (access, &key, &key, bytes, len, 2);
  bg_access_free (access);
}

/* An answer is a whole packet with right checksums, back to where the offender came from, and never itself answered. */
static void
fuzz_icmp (const BgPacket *offender, BgIcmpError error, uint32_t mtu)
{
  BgPacket *answer = bg_packet_new (pool ()), *again = bg_packet_new (pool ());
  BgIpHeader was, ip;

  ASSERT (answer && again);
  if (bg_icmp_answer (offender, error, mtu, answer))
    {
      size_t addr;

      ASSERT (bg_ip_parse (offender->data, offender->len, &was)
              && bg_ip_parse (answer->data, answer->len, &ip));
      addr = ip.family == AF_INET ? 4 : 16;
      ASSERT (ip.family == was.family && ip.len == answer->len && answer->len <= BG_IPV6_MIN_MTU);
      ASSERT (memcmp (ip.dst, was.src, addr) == 0 && memcmp (ip.src, was.dst, addr) == 0);
      if (ip.family == AF_INET)
        {
          ASSERT (bg_checksum_fold (bg_checksum_add (0, answer->data, BG_IPV4_HEADER)) == 0xffff);
          ASSERT (bg_checksum_fold (bg_checksum_add (0, answer->data + BG_IPV4_HEADER,
                                                     answer->len - BG_IPV4_HEADER))
                  == 0xffff);
        }
      ASSERT (!bg_icmp_answer (answer, error, mtu, again));
    }
  bg_packet_free (answer);
  bg_packet_free (again);
}

/* Our own echo is known by its reply alone. */
static void
fuzz_echo (const uint8_t *bytes, size_t len)
{
  BgIcmpEcho echo = { .family = bytes[0] >> 4 == 6 ? AF_INET6 : AF_INET, .id = 0x0102, .seq = 3 };
  BgPacket *request = bg_packet_new (pool ());

  ASSERT (request);
  memcpy (echo.nonce, bytes, len < sizeof echo.nonce ? len : sizeof echo.nonce);
  bg_icmp_is_echo_reply (bytes, len, &echo);
  bg_icmp_echo_request (&echo, request);
  fuzz_parse (request->data, request->len);
  ASSERT (!bg_icmp_is_echo_reply (request->data, request->len, &echo));
  request->data[echo.family == AF_INET ? BG_IPV4_HEADER : BG_IPV6_HEADER] = echo.family == AF_INET
                                                                              ? 0
                                                                              : 129;
  ASSERT (bg_icmp_is_echo_reply (request->data, request->len, &echo));
  bg_packet_free (request);
}

/* Clamping changes the MSS and the checksum only, once, and keeps a right checksum right. */
static void
fuzz_clamp (const uint8_t *bytes, size_t len, uint32_t mtu)
{
  BgPacket *pkt = new_packet (bytes, len);
  unsigned changed = 0;

  if (bg_mss_clamp (pkt->data, pkt->len, mtu))
    {
      for (size_t i = 0; i < len; i++)
        changed += pkt->data[i] != bytes[i];
      ASSERT (changed > 0 && changed <= 4);
      ASSERT (!bg_mss_clamp (pkt->data, pkt->len, mtu));
    }
  else
    ASSERT (memcmp (pkt->data, bytes, len) == 0);
  bg_packet_free (pkt);
}

/* Every piece fits and is a packet; together they carry every byte once. */
static void
fuzz_fragment (const uint8_t *bytes, size_t len, uint32_t mtu)
{
  BgPacket *pkt = new_packet (bytes, len), *piece;
  BgPacketQueue out = { 0 };
  BgIpHeader ip, whole;
  uint32_t carried = 0, first = 0;
  unsigned n = 0;

  if (!bg_ip_fragment (pkt, mtu, &out))
    {
      ASSERT (pkt->len == len && memcmp (pkt->data, bytes, len) == 0);
      bg_packet_free (pkt);
      return;
    }
  ASSERT (bg_ip_parse (bytes, len, &whole));
  while ((piece = bg_packet_queue_pop (&out)))
    {
      uint32_t at;

      ASSERT (bg_ip_parse (piece->data, piece->len, &ip) && ip.family == AF_INET);
      if (whole.len > mtu)
        {
          ASSERT (piece->len == ip.len && piece->len <= mtu);
          ASSERT (bg_checksum_fold (bg_checksum_add (0, piece->data, ip.header_len)) == 0xffff);
          at = (uint32_t) (bg_get_be16 (piece->data + 6) & 0x1fff) * 8;
          first = n == 0 ? at : first;
          ASSERT (memcmp (piece->data + ip.header_len, bytes + whole.header_len + carried,
                          ip.len - ip.header_len)
                  == 0);
          ASSERT (n == 0 || at == ((first + carried) & 0xfff8u));
        }
      carried += ip.len - ip.header_len;
      n++;
      bg_packet_free (piece);
    }
  ASSERT (carried == whole.len - whole.header_len);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  BgPacket *pkt;
  uint32_t mtu;

  if (size < 3 || size > INPUT_MAX)
    return 0;
  mtu = bg_get_be16 (data);
  data += 2;
  size -= 2;
  fuzz_control (data, size);
  fuzz_parse (data, size);
  fuzz_flow (data, size);
  fuzz_access (data, size);
  fuzz_echo (data, size);
  pkt = new_packet (data, size);
  fuzz_icmp (pkt, BG_ICMP_TOO_BIG, mtu);
  fuzz_icmp (pkt, BG_ICMP_PROHIBITED, mtu);
  bg_packet_free (pkt);
  fuzz_clamp (data, size, mtu);
  fuzz_fragment (data, size, mtu % 1500);
  ASSERT (bg_packet_pool_in_use (pool ()) == 0);
  return 0;
}

/* A SYN with an MSS of 1460. */
static size_t
put_syn (uint8_t *out, uint8_t version)
{
  uint32_t l4 = version == 4 ? 20 : 40;

  memset (out, 0, 2 + l4 + 24);
  bg_put_be16 (out, 1152);
  out += 2;
  out[0] = (uint8_t) (version << 4 | (version == 4 ? 5 : 0));
  bg_put_be16 (out + (version == 4 ? 2 : 4), (uint16_t) (version == 4 ? l4 + 24 : 24));
  out[version == 4 ? 9 : 6] = IPPROTO_TCP;
  memset (out + (version == 4 ? 12 : 8), 0x0a, version == 4 ? 8 : 32);
  out[l4 + 12] = 0x60;
  out[l4 + 13] = 0x02;
  out[l4 + 20] = 2;
  out[l4 + 21] = 4;
  bg_put_be16 (out + l4 + 22, 1460);
  return 2 + l4 + 24;
}

/* UDP that does not fit, with options of both kinds. */
static size_t
put_large (uint8_t *out)
{
  enum
  {
    HEADER = 32,
    LEN = 1400
  };

  memset (out, 0, 2 + LEN);
  bg_put_be16 (out, 576);
  out += 2;
  out[0] = 0x48;
  bg_put_be16 (out + 2, LEN);
  out[9] = IPPROTO_UDP;
  memset (out + 12, 0x0a, 8);
  memcpy (out + 20, "\x01\x07\x03\x04\x94\x04\x00\x00\x82\x03\x00\x00", HEADER - 20);
  for (int i = HEADER; i < LEN; i++)
    out[i] = (uint8_t) i;
  return 2 + LEN;
}

size_t
fuzz_example (unsigned n, uint8_t *out, size_t max)
{
  BgControl control = {
    .type = (BgControlType) (n + 1), .kind = BG_TRANSPORT_ICE, .id = 7, .stamp = 8, .bytes = 9
  };

  ASSERT (max >= INPUT_MAX);
  if (n < 4)
    {
      memset (out, 1, 2);
      return 2 + bg_control_encode (&control, out + 2);
    }
  switch (n)
    {
    case 4:
      return put_syn (out, 4);
    case 5:
      return put_syn (out, 6);
    case 6:
      return put_large (out);
    default:
      return 0;
    }
}
