/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/control.h"

#include <glib.h>
#include <string.h>

static void
test_probe_bytes (void)
{
  const BgControl probe = {
    BG_CONTROL_PROBE, BG_TRANSPORT_ICE, 0x01020304, 0x1122334455667788, 0, 0
  };
  const guint8 expected[] = { 0xb0, 1,    2,    0,    4,    3,    2,    1,
                              0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11 };
  guint8 bytes[BG_CONTROL_MAX];
  BgControl back;

  g_assert_cmpmem (bytes, bg_control_encode (&probe, bytes), expected, sizeof expected);
  g_assert_true (bg_control_decode (bytes, sizeof bytes, &back));
  g_assert_cmpint (back.type, ==, probe.type);
  g_assert_cmpint (back.kind, ==, probe.kind);
  g_assert_cmpuint (back.id, ==, probe.id);
  g_assert_cmpuint (back.stamp, ==, probe.stamp);
}

static void
test_credit_bytes (void)
{
  const BgControl credit = { .type = BG_CONTROL_CREDIT,
                             .kind = BG_TRANSPORT_DATA_CHANNEL,
                             .bytes = 70000 };
  const guint8 expected[] = { 0xb0, 3, 1, 0, 0x70, 0x11, 1, 0, 0, 0, 0, 0 };
  guint8 bytes[BG_CONTROL_MAX];
  BgControl back;

  g_assert_cmpmem (bytes, bg_control_encode (&credit, bytes), expected, sizeof expected);
  g_assert_true (bg_control_decode (bytes, 12, &back));
  g_assert_cmpuint (back.bytes, ==, 70000);
}

static void
test_rest_bytes (void)
{
  const BgControl rest = { .type = BG_CONTROL_REST, .kind = BG_TRANSPORT_DIRECT };
  const guint8 expected[] = { 0xb0, 5, 3, 0 };
  guint8 bytes[BG_CONTROL_MAX];
  BgControl back;

  g_assert_cmpmem (bytes, bg_control_encode (&rest, bytes), expected, sizeof expected);
  g_assert_true (bg_control_decode (bytes, 4, &back));
  g_assert_cmpint (back.type, ==, BG_CONTROL_REST);
  g_assert_false (bg_control_decode (bytes, 3, &back));
}

static void
test_head_bytes (void)
{
  BgControl head = { .type = BG_CONTROL_HEAD,
                     .kind = BG_TRANSPORT_DIRECT,
                     .head = { .count = 0x01020304, .is_answer = true } };
  guint8 expected[40] = { 0xb0, 6, 3, 1, 4, 3, 2, 1 }, bytes[BG_CONTROL_MAX];
  BgControl back;

  memset (head.head.hash, 0xa5, BG_LOG_HASH);
  memset (expected + 8, 0xa5, BG_LOG_HASH);
  g_assert_cmpmem (bytes, bg_control_encode (&head, bytes), expected, sizeof expected);
  g_assert_true (bg_control_decode (bytes, sizeof expected, &back));
  g_assert_cmpuint (back.head.count, ==, 0x01020304);
  g_assert_true (back.head.is_answer);
  g_assert_cmpmem (back.head.hash, BG_LOG_HASH, expected + 8, BG_LOG_HASH);
  g_assert_false (bg_control_decode (bytes, sizeof expected - 1, &back));
}

static void
test_log_bytes (void)
{
  const guint8 part[3] = { 7, 8, 9 };
  BgControl log = { .type = BG_CONTROL_LOG,
                    .kind = BG_TRANSPORT_DIRECT,
                    .entry = 0x01020304,
                    .offset = 0x0506,
                    .part_len = sizeof part,
                    .part = part };
  const guint8 expected[] = { 0xb0, 7, 3, 0, 4, 3, 2, 1, 6, 5, 3, 0, 7, 8, 9 };
  guint8 bytes[BG_CONTROL_MAX + 1] = { 0 };
  BgControl back;

  g_assert_cmpmem (bytes, bg_control_encode (&log, bytes), expected, sizeof expected);
  g_assert_true (bg_control_decode (bytes, sizeof expected + 1, &back)); /* a pad */
  g_assert_cmpuint (back.entry, ==, log.entry);
  g_assert_cmpuint (back.offset, ==, log.offset);
  g_assert_cmpmem (back.part, back.part_len, part, sizeof part);
  g_assert_false (bg_control_decode (bytes, sizeof expected - 1, &back));
  bytes[11] = 2; /* 515 bytes of it: more than there may be */
  g_assert_false (bg_control_decode (bytes, sizeof bytes, &back));
  log.part_len = 0;
  g_assert_cmpuint (bg_control_encode (&log, bytes), ==, 12);
  g_assert_true (bg_control_decode (bytes, 12, &back));
  g_assert_cmpuint (back.part_len, ==, 0);
}

/* The same bytes, of something else. */
static void
test_certificate_bytes (void)
{
  const guint8 part[3] = { 7, 8, 9 };
  BgControl request = { .type = BG_CONTROL_REQUEST,
                        .kind = BG_TRANSPORT_DIRECT,
                        .entry = sizeof part,
                        .part_len = sizeof part,
                        .part = part };
  const guint8 expected[] = { 0xb0, 9, 3, 0, 3, 0, 0, 0, 0, 0, 3, 0, 7, 8, 9 };
  guint8 bytes[BG_CONTROL_MAX];
  BgControl back;

  g_assert_cmpmem (bytes, bg_control_encode (&request, bytes), expected, sizeof expected);
  g_assert_true (bg_control_decode (bytes, sizeof expected, &back));
  g_assert_cmpint (back.type, ==, BG_CONTROL_REQUEST);
  g_assert_cmpmem (back.part, back.part_len, part, sizeof part);
  g_assert_false (bg_control_decode (bytes, sizeof expected - 1, &back));
  bytes[1] = BG_CONTROL_CERTIFICATE;
  g_assert_true (bg_control_decode (bytes, sizeof expected, &back));
  g_assert_cmpint (back.type, ==, BG_CONTROL_CERTIFICATE);
  bytes[1] = BG_CONTROL_CERTIFICATE + 1; /* nobody knows what that is */
  g_assert_false (bg_control_decode (bytes, sizeof expected, &back));
}

/* In virtual time: a flood is some words at once, then four a second; who says little is always heard. */
static void
test_pace (void)
{
  const guint64 second = 1000000000;
  guint64 paid = 0, now = 5 * second;
  guint heard = 0;

  for (guint i = 0; i < 1000000; i++)
    heard += bg_control_pace_take (&paid, now + i * (second / 100000)) ? 1
                                                                       : 0; /* for ten seconds */
  g_assert_cmpuint (heard, >=, 32 + 38);
  g_assert_cmpuint (heard, <=, 32 + 41);
  now += 60 * second;
  for (guint i = 0; i < 100; i++)
    g_assert_true (bg_control_pace_take (&paid, now + i * second / 4));
}

static void
test_pad (void)
{
  const BgControl mark = { .type = BG_CONTROL_MARK, .kind = BG_TRANSPORT_DATA_CHANNEL, .bytes = 5 };
  guint8 bytes[200] = { 0 };
  BgControl back;

  bg_control_encode (&mark, bytes);
  g_assert_true (bg_control_decode (bytes, sizeof bytes, &back));
  g_assert_cmpuint (back.bytes, ==, 5);
}

static void
test_size (void)
{
  BgControl probe = {
    .type = BG_CONTROL_PROBE, .kind = BG_TRANSPORT_DIRECT, .id = 9, .stamp = 8, .size = 1420
  };
  guint8 bytes[1500], zeros[1420 - 16] = { 0 };
  BgControl back;

  memset (bytes, 0xff, sizeof bytes);
  g_assert_cmpuint (bg_control_encode (&probe, bytes), ==, 1420);
  g_assert_cmpmem (bytes + 16, 1420 - 16, zeros, sizeof zeros);
  g_assert_cmphex (bytes[1420], ==, 0xff);
  g_assert_true (bg_control_decode (bytes, 1420, &back));
  g_assert_cmpuint (back.id, ==, 9);
  g_assert_cmpuint (back.size, ==, 0); /* an answer to it is small */
  probe.size = 10;
  g_assert_cmpuint (bg_control_encode (&probe, bytes), ==, 16);
}

static void
test_refused (void)
{
  guint8 bytes[BG_CONTROL_MAX] = { 0xb0, BG_CONTROL_PROBE, BG_TRANSPORT_ICE };
  BgControl out;

  for (gsize len = 0; len < 16; len++)
    g_assert_false (bg_control_decode (bytes, len, &out));
  g_assert_true (bg_control_decode (bytes, 16, &out));
  bytes[0] = 0xb1;
  g_assert_false (bg_control_decode (bytes, 16, &out));
  bytes[0] = 0xb0;
  for (guint type = 0; type < 256; type++)
    {
      bytes[1] = (guint8) type;
      g_assert_cmpint (bg_control_decode (bytes, 16, &out), ==,
                       type >= 1 && type <= 10 && type != 6);
      g_assert_cmpint (bg_control_decode (bytes, 40, &out), ==, type >= 1 && type <= 10);
    }
  bytes[1] = BG_CONTROL_MARK;
  for (guint kind = 0; kind < 256; kind++)
    {
      bytes[2] = (guint8) kind;
      g_assert_cmpint (bg_control_decode (bytes, 16, &out), ==,
                       kind > 0 && kind < BG_TRANSPORT_KINDS);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/control/probe-bytes", test_probe_bytes);
  g_test_add_func ("/control/credit-bytes", test_credit_bytes);
  g_test_add_func ("/control/rest-bytes", test_rest_bytes);
  g_test_add_func ("/control/head-bytes", test_head_bytes);
  g_test_add_func ("/control/log-bytes", test_log_bytes);
  g_test_add_func ("/control/certificate-bytes", test_certificate_bytes);
  g_test_add_func ("/control/pace", test_pace);
  g_test_add_func ("/control/pad", test_pad);
  g_test_add_func ("/control/size", test_size);
  g_test_add_func ("/control/refused", test_refused);
  return g_test_run ();
}
