/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/transport/crc32c.h"
#include "daemon/transport/sctp-tsn.h"

#include <glib.h>
#include <string.h>

enum
{
  TSN = 0x90000000, /* the peer's first, in the upper half */
};

typedef struct
{
  guint8 bytes[256];
  gsize len;
} Packet;

static void
put32 (Packet *packet, guint32 value)
{
  guint32 be = GUINT32_TO_BE (value);

  memcpy (packet->bytes + packet->len, &be, sizeof be);
  packet->len += sizeof be;
}

static guint32
word (const Packet *packet, guint i)
{
  guint32 be;

  memcpy (&be, packet->bytes + 12 + 4 * i, sizeof be);
  return GUINT32_FROM_BE (be);
}

static guint32
checksum_of (const Packet *packet)
{
  Packet copy = *packet;

  memset (copy.bytes + 8, 0, 4);
  return bg_crc32c (copy.bytes, copy.len);
}

static void
put_checksum (Packet *packet)
{
  guint32 le = GUINT32_TO_LE (checksum_of (packet));

  memcpy (packet->bytes + 8, &le, sizeof le);
}

static void
assert_checksum (const Packet *packet)
{
  guint32 le;

  memcpy (&le, packet->bytes + 8, sizeof le);
  g_assert_cmphex (GUINT32_FROM_LE (le), ==, checksum_of (packet));
}

/* A common header, and chunks as words. */
static Packet
packet_of (const guint32 *words, gsize n)
{
  Packet packet = { 0 };

  put32 (&packet, 0x13881388);
  put32 (&packet, 0xabcdef01);
  put32 (&packet, 0);
  for (gsize i = 0; i < n; i++)
    put32 (&packet, words[i]);
  put_checksum (&packet);
  return packet;
}

#define PACKET(...)                                                                                \
  packet_of ((const guint32[]){ __VA_ARGS__ }, sizeof ((guint32[]){ __VA_ARGS__ }) / 4)

static BgSctpTsn
after_init (guint8 type)
{
  BgSctpTsn tsn = { 0 };
  Packet init = PACKET ((guint32) type << 24 | 20, 7, 131072, 0xffffffff, TSN);

  g_assert_true (bg_sctp_tsn_receive (&tsn, init.bytes, init.len));
  g_assert_cmphex (word (&init, 4), ==, 1);
  assert_checksum (&init);
  return tsn;
}

static void
test_crc32c (void)
{
  guint8 zeros[32] = { 0 };

  g_assert_cmphex (bg_crc32c ((const guint8 *) "123456789", 9), ==, 0xe3069283);
  g_assert_cmphex (bg_crc32c (zeros, sizeof zeros), ==, 0x8a9136aa);
  g_assert_cmphex (bg_crc32c (zeros, 0), ==, 0);
}

static void
test_nothing_known (void)
{
  BgSctpTsn tsn = { 0 };
  Packet data = PACKET (0x00030014, TSN, 0, 53, 0x01020304), was = data;

  g_assert_false (bg_sctp_tsn_receive (&tsn, data.bytes, data.len));
  g_assert_false (bg_sctp_tsn_send (&tsn, data.bytes, data.len));
  g_assert_cmpmem (data.bytes, data.len, was.bytes, was.len);
}

static void
test_first (void)
{
  after_init (1);
  after_init (2);
}

/* What the peer numbers, several chunks in one packet, the last without its padding. */
static void
test_received (void)
{
  BgSctpTsn tsn = after_init (1);
  Packet packet = PACKET (0xc0000008, TSN + 4,                     /* FORWARD-TSN */
                          0x03000010, 0x77777777, 4096, 0,         /* SACK, of our numbers */
                          0x00030011, TSN + 5, 0, 53, 0x01000000); /* DATA, one byte and padding */

  packet.len -= 3;
  put_checksum (&packet);
  g_assert_true (bg_sctp_tsn_receive (&tsn, packet.bytes, packet.len));
  g_assert_cmphex (word (&packet, 1), ==, 5);
  g_assert_cmphex (word (&packet, 3), ==, 0x77777777);
  g_assert_cmphex (word (&packet, 7), ==, 6);
  assert_checksum (&packet);
}

static void
test_acknowledged (void)
{
  BgSctpTsn tsn = after_init (2);
  Packet sack = PACKET (0x0300001c, 9, 4096, 0x00010002, 0x00020003, 7,
                        8);                                              /* a gap, two duplicates */
  Packet data = PACKET (0x00030014, TSN, 0, 53, 0x01020304), was = data; /* ours */

  g_assert_true (bg_sctp_tsn_send (&tsn, sack.bytes, sack.len));
  g_assert_cmphex (word (&sack, 1), ==, TSN + 8);
  g_assert_cmphex (word (&sack, 4), ==, 0x00020003);
  g_assert_cmphex (word (&sack, 5), ==, TSN + 6);
  g_assert_cmphex (word (&sack, 6), ==, TSN + 7);
  assert_checksum (&sack);
  g_assert_false (bg_sctp_tsn_send (&tsn, data.bytes, data.len));
  g_assert_cmpmem (data.bytes, data.len, was.bytes, was.len);
}

/* Closing a channel resets its stream: the request is numbered by its sender, the answer by the other. */
static void
test_reset (void)
{
  BgSctpTsn tsn = after_init (1);
  Packet asked = PACKET (0x82000018, 0x000d0012, TSN, 0x55, TSN + 9, 0x00010000);
  Packet answered = PACKET (0x82000010, 0x0010000c, 1, 1);
  Packet ours = PACKET (0x82000018, 0x000d0012, 0x55, 1, 0x66, 0x00010000);

  g_assert_true (bg_sctp_tsn_receive (&tsn, asked.bytes, asked.len));
  g_assert_cmphex (word (&asked, 2), ==, 1);
  g_assert_cmphex (word (&asked, 3), ==, 0x55);
  g_assert_cmphex (word (&asked, 4), ==, 10);
  assert_checksum (&asked);
  g_assert_true (bg_sctp_tsn_send (&tsn, answered.bytes, answered.len));
  g_assert_cmphex (word (&answered, 2), ==, TSN);
  g_assert_true (bg_sctp_tsn_send (&tsn, ours.bytes, ours.len));
  g_assert_cmphex (word (&ours, 2), ==, 0x55);
  g_assert_cmphex (word (&ours, 3), ==, TSN);
  g_assert_cmphex (word (&ours, 4), ==, 0x66);
}

/* Lengths that lie end the walk; what was before them is rewritten. */
static void
test_malformed (void)
{
  BgSctpTsn tsn = after_init (1);
  Packet short_chunk = PACKET (0x00030003, TSN), was = short_chunk;
  Packet long_chunk = PACKET (0xc0000008, TSN, 0x00030020, TSN);
  Packet many = PACKET (0x03000010, 9, 4096, 0xffffffff); /* blocks that are not there */

  g_assert_false (bg_sctp_tsn_receive (&tsn, short_chunk.bytes, short_chunk.len));
  g_assert_cmpmem (short_chunk.bytes, short_chunk.len, was.bytes, was.len);
  g_assert_true (bg_sctp_tsn_receive (&tsn, long_chunk.bytes, long_chunk.len));
  g_assert_cmphex (word (&long_chunk, 3), ==, TSN);
  g_assert_true (bg_sctp_tsn_send (&tsn, many.bytes, many.len));
  g_assert_cmphex (word (&many, 1), ==, TSN + 8);
  for (gsize len = 0; len < 16; len++)
    g_assert_false (bg_sctp_tsn_receive (&tsn, was.bytes, len));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sctp-tsn/crc32c", test_crc32c);
  g_test_add_func ("/sctp-tsn/nothing-known", test_nothing_known);
  g_test_add_func ("/sctp-tsn/first", test_first);
  g_test_add_func ("/sctp-tsn/received", test_received);
  g_test_add_func ("/sctp-tsn/acknowledged", test_acknowledged);
  g_test_add_func ("/sctp-tsn/reset", test_reset);
  g_test_add_func ("/sctp-tsn/malformed", test_malformed);
  return g_test_run ();
}
