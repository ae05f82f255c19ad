/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/icmp.h"
#include "dataplane/ip-header.h"
#include "ip-packets.h"

#include <netinet/in.h>
#include <string.h>

typedef struct
{
  BgPacketPool *pool;
  BgPacket *in, *out;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->pool = bg_packet_pool_new (2048, 2);
  f->in = bg_packet_new (f->pool);
  f->out = bg_packet_new (f->pool);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  bg_packet_free (f->in);
  bg_packet_free (f->out);
  g_assert_true (bg_packet_pool_destroy (f->pool));
}

static void
fill (Fixture *f, const TestPacket *packet)
{
  f->in->len = (guint32) test_ip_build (packet, f->in->data);
}

static void
test_fragmentation_needed (Fixture *f, gconstpointer data)
{
  const guint8 *at;

  fill (f, &(TestPacket){ AF_INET, 1, 2, .dont_fragment = TRUE, .payload = 1400 });
  g_assert_true (bg_icmp_answer (f->in, BG_ICMP_TOO_BIG, 1152, f->out));
  at = f->out->data;
  test_ip_assert_checksums (at, f->out->len);
  g_assert_cmpuint (f->out->len, ==, 576);
  g_assert_cmpmem (at + 12, 4, f->in->data + 16, 4);
  g_assert_cmpmem (at + 16, 4, f->in->data + 12, 4);
  g_assert_cmpuint (at[20], ==, 3);
  g_assert_cmpuint (at[21], ==, 4);
  g_assert_cmpuint (bg_get_be16 (at + 26), ==, 1152);
  g_assert_cmpmem (at + 28, 548, f->in->data, 548);
}

static void
test_packet_too_big (Fixture *f, gconstpointer data)
{
  const guint8 *at;

  fill (f, &(TestPacket){ AF_INET6, 1, 2, .payload = 1400 });
  g_assert_true (bg_icmp_answer (f->in, BG_ICMP_TOO_BIG, 1300, f->out));
  at = f->out->data;
  test_ip_assert_checksums (at, f->out->len);
  g_assert_cmpuint (f->out->len, ==, 1280);
  g_assert_cmpuint (at[40], ==, 2);
  g_assert_cmpuint (at[41], ==, 0);
  g_assert_cmpuint (bg_get_be16 (at + 46), ==, 1300);
}

static void
test_prohibited (Fixture *f, gconstpointer data)
{
  fill (f, &(TestPacket){ AF_INET6, 1, 2, .payload = 21 });
  g_assert_true (bg_icmp_answer (f->in, BG_ICMP_PROHIBITED, 0, f->out));
  test_ip_assert_checksums (f->out->data, f->out->len);
  g_assert_cmpuint (f->out->len, ==, 40 + 8 + 40 + 21);
  g_assert_cmpuint (f->out->data[40], ==, 1);
  g_assert_cmpuint (f->out->data[41], ==, 1);
}

static void
expect_silence (Fixture *f)
{
  g_assert_false (bg_icmp_answer (f->in, BG_ICMP_TOO_BIG, 1152, f->out));
}

static void
test_no_answer_v4 (Fixture *f, gconstpointer data)
{
  const TestPacket icmp = { AF_INET, 1, 2, .protocol = IPPROTO_ICMP, .payload = 64, .tag = 3 };
  const TestPacket plain = { AF_INET, 1, 2, .payload = 64 };

  fill (f, &icmp);
  expect_silence (f); /* an ICMP error: type 3 */
  f->in->data[20] = 8;
  g_assert_true (bg_icmp_answer (f->in, BG_ICMP_TOO_BIG, 1152, f->out));
  fill (f, &plain);
  f->in->data[7] = 5;
  expect_silence (f); /* a later fragment */
  fill (f, &plain);
  f->in->data[16] = 224;
  expect_silence (f); /* to a group */
  fill (f, &plain);
  f->in->data[12] = 0;
  expect_silence (f); /* from nobody */
  f->in->len = 10;
  expect_silence (f);
}

static void
test_no_answer_v6 (Fixture *f, gconstpointer data)
{
  const TestPacket icmp = { AF_INET6, 1, 2, .protocol = IPPROTO_ICMPV6, .payload = 64, .tag = 1 };
  const TestPacket plain = { AF_INET6, 1, 2, .payload = 64 };

  fill (f, &icmp);
  expect_silence (f);
  f->in->data[40] = 137;
  expect_silence (f);
  f->in->data[40] = 128;
  g_assert_true (bg_icmp_answer (f->in, BG_ICMP_TOO_BIG, 1280, f->out));
  fill (f, &plain);
  memset (f->in->data + 8, 0, 16);
  expect_silence (f);
  fill (f, &plain);
  f->in->data[24] = 0xff;
  g_assert_true (bg_icmp_answer (f->in, BG_ICMP_TOO_BIG, 1280, f->out));
  g_assert_false (bg_icmp_answer (f->in, BG_ICMP_PROHIBITED, 1280, f->out));
}

static void
test_limit (Fixture *f, gconstpointer data)
{
  BgIcmpLimit limit = { 0 };
  const guint64 second = G_GUINT64_CONSTANT (1000000000), start = 5 * second;
  guint passed = 0;

  for (guint i = 0; i < 200; i++)
    passed += bg_icmp_limit_ok (&limit, start);
  g_assert_cmpuint (passed, ==, BG_ICMP_BURST);
  for (guint i = 0; i < 2000; i++)
    passed += bg_icmp_limit_ok (&limit, start + i * second / 1000);
  g_assert_cmpuint (passed, >=, BG_ICMP_BURST + 2 * BG_ICMP_PER_SECOND - 2);
  g_assert_cmpuint (passed, <=, BG_ICMP_BURST + 2 * BG_ICMP_PER_SECOND);
}

/* What a host makes of our request. */
static void
turn_around (BgPacket *pkt, int family)
{
  guint8 src[16], *at = pkt->data;
  gsize n = family == AF_INET ? 4 : 16, from = family == AF_INET ? 12 : 8;

  memcpy (src, at + from, n);
  memmove (at + from, at + from + n, n);
  memcpy (at + from + n, src, n);
  at[family == AF_INET ? 20 : 40] = family == AF_INET ? 0 : 129;
}

static void
check_echo (Fixture *f, int family)
{
  BgIcmpEcho echo = { .family = family, .id = 0xbeef, .seq = 7, .nonce = "0123456789abcde" }, other;

  test_ip_address (family, 1, echo.src);
  test_ip_address (family, 2, echo.dst);
  f->out->data = f->out->buf + BG_PACKET_HEADROOM;
  bg_icmp_echo_request (&echo, f->out);
  test_ip_assert_checksums (f->out->data, f->out->len);
  g_assert_false (bg_icmp_is_echo_reply (f->out->data, f->out->len, &echo));
  turn_around (f->out, family);
  g_assert_true (bg_icmp_is_echo_reply (f->out->data, f->out->len, &echo));
  other = echo;
  other.seq++;
  g_assert_false (bg_icmp_is_echo_reply (f->out->data, f->out->len, &other));
  other = echo;
  other.nonce[3] ^= 1;
  g_assert_false (bg_icmp_is_echo_reply (f->out->data, f->out->len, &other));
  for (guint32 len = 0; len < f->out->len; len++)
    g_assert_false (bg_icmp_is_echo_reply (f->out->data, len, &echo));
}

static void
test_echo (Fixture *f, gconstpointer data)
{
  check_echo (f, AF_INET);
  check_echo (f, AF_INET6);
}

/* One that goes a hop far is answered by the error about it, and by none about another. */
static void
check_near (Fixture *f, int family)
{
  BgIcmpEcho echo = { .family = family, .id = 0xbeef, .near = true }, other;

  test_ip_address (family, 1, echo.src);
  test_ip_address (family, 2, echo.dst);
  f->in->data = f->in->buf + BG_PACKET_HEADROOM;
  f->out->data = f->out->buf + BG_PACKET_HEADROOM;
  bg_icmp_echo_request (&echo, f->in);
  test_ip_assert_checksums (f->in->data, f->in->len);
  g_assert_cmpuint (f->in->data[family == AF_INET ? 8 : 7], ==, 1);
  g_assert_true (bg_icmp_answer (f->in, BG_ICMP_PROHIBITED, 0, f->out));
  g_assert_true (bg_icmp_is_echo_reply (f->out->data, f->out->len, &echo));
  other = echo;
  other.near = false;
  g_assert_false (bg_icmp_is_echo_reply (f->out->data, f->out->len, &other));
  other = echo;
  other.id++;
  g_assert_false (bg_icmp_is_echo_reply (f->out->data, f->out->len, &other));
  for (guint32 len = 0; len < f->out->len; len++)
    g_assert_false (bg_icmp_is_echo_reply (f->out->data, len, &echo));
}

static void
test_near (Fixture *f, gconstpointer data)
{
  check_near (f, AF_INET);
  check_near (f, AF_INET6);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/icmp/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("fragmentation-needed", test_fragmentation_needed);
  ADD ("packet-too-big", test_packet_too_big);
  ADD ("prohibited", test_prohibited);
  ADD ("no-answer-v4", test_no_answer_v4);
  ADD ("no-answer-v6", test_no_answer_v6);
  ADD ("near", test_near);
  ADD ("limit", test_limit);
  ADD ("echo", test_echo);
  return g_test_run ();
}
