/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/crc32c.h"
#include "transport/sctp-skip.h"

#include <glib.h>
#include <string.h>

enum
{
  UNORDERED = 4 | 3, /* a whole message */
  ORDERED = 3,
  MS = 1000,
};

typedef struct
{
  guint8 bytes[64];
  gsize len;
} Packet;

static void
put32 (guint8 *at, guint32 value)
{
  value = GUINT32_TO_BE (value);
  memcpy (at, &value, 4);
}

static guint32
get32 (const guint8 *at)
{
  guint32 value;

  memcpy (&value, at, 4);
  return GUINT32_FROM_BE (value);
}

static Packet
packet_of (guint32 tag, guint8 type, guint8 flags, guint8 len)
{
  Packet packet = { { 0 }, 12 + len };

  put32 (packet.bytes, 5000u << 16 | 5001u);
  put32 (packet.bytes + 4, tag);
  put32 (packet.bytes + 12, (guint32) type << 24 | (guint32) flags << 16 | len);
  return packet;
}

static void
say_data (BgSctpSkip *skip, guint32 tsn, guint8 flags, gint64 at_ms)
{
  Packet packet = packet_of (0x0a0b0c0d, 0, flags, 20);

  put32 (packet.bytes + 16, tsn);
  bg_sctp_skip_sent (skip, packet.bytes, packet.len, at_ms * MS);
}

static gboolean
say_sack (BgSctpSkip *skip, guint32 tsn, gint64 at_ms)
{
  Packet packet = packet_of (0x01020304, 3, 0, 16);

  put32 (packet.bytes + 16, tsn);
  put32 (packet.bytes + 20, 70000);
  return bg_sctp_skip_received (skip, packet.bytes, packet.len, at_ms * MS);
}

static void
assert_packet (const guint8 *packet, gsize len, guint32 tag, guint8 type, guint32 tsn)
{
  guint8 copy[64];
  guint32 crc;

  memcpy (copy, packet, len);
  memset (copy + 8, 0, 4);
  crc = bg_crc32c (copy, len);
  g_assert_cmphex (GUINT32_FROM_LE (*(const guint32 *) (const void *) (packet + 8)), ==, crc);
  g_assert_cmphex (get32 (packet), ==, 5000u << 16 | 5001u);
  g_assert_cmphex (get32 (packet + 4), ==, tag);
  g_assert_cmphex (get32 (packet + 12), ==, (guint32) type << 24 | (len - 12));
  g_assert_cmphex (get32 (packet + 16), ==, tsn);
}

/* The same where numbers begin again. */
static void
test_gives_up (gconstpointer first)
{
  guint32 tsn = GPOINTER_TO_UINT (first);
  BgSctpSkip skip = { 0 };
  guint8 forward[BG_SCTP_FORWARD_LEN], sack[BG_SCTP_SACK_LEN];

  say_data (&skip, tsn, UNORDERED, 1000);
  g_assert_false (bg_sctp_skip_give_up (&skip, 9000 * MS)); /* it never heard of the peer */
  g_assert_false (say_sack (&skip, tsn, 9100));
  g_assert_false (bg_sctp_skip_give_up (&skip, 20000 * MS)); /* nothing waits */
  say_data (&skip, tsn + 1, UNORDERED, 30000);
  say_data (&skip, tsn + 2, UNORDERED, 31000);
  g_assert_false (bg_sctp_skip_give_up (&skip, 31499 * MS));
  g_assert_true (bg_sctp_skip_give_up (&skip, 31500 * MS));
  bg_sctp_skip_write_forward (&skip, forward);
  bg_sctp_skip_write_sack (&skip, sack);
  assert_packet (forward, sizeof forward, 0x0a0b0c0d, 192, tsn + 2);
  assert_packet (sack, sizeof sack, 0x01020304, 3, tsn + 2);
  g_assert_cmpuint (get32 (sack + 20), ==, 70000);
  g_assert_false (bg_sctp_skip_give_up (&skip, 60000 * MS)); /* no two times */
}

/* The word may get lost, again and again. */
static void
test_peer_is_behind (void)
{
  BgSctpSkip skip = { 0 };

  say_data (&skip, 7, UNORDERED, 0);
  say_sack (&skip, 7, 1);
  say_data (&skip, 8, UNORDERED, 2);
  g_assert_true (bg_sctp_skip_give_up (&skip, 2000 * MS));
  say_data (&skip, 9, UNORDERED, 2001);
  g_assert_true (say_sack (&skip, 7, 2002));
  g_assert_true (say_sack (&skip, 7, 2003));
  g_assert_false (say_sack (&skip, 9, 2004));
  say_data (&skip, 10, UNORDERED, 2005);
  g_assert_false (bg_sctp_skip_give_up (&skip, 3500 * MS));
  g_assert_true (bg_sctp_skip_give_up (&skip, 3505 * MS));
}

/* The channel's own messages have to arrive, or it would never open. */
static void
test_ordered_stays (void)
{
  BgSctpSkip skip = { 0 };

  say_data (&skip, 100, UNORDERED, 0);
  say_sack (&skip, 100, 1);
  say_data (&skip, 101, ORDERED, 2);
  say_data (&skip, 102, UNORDERED, 3);
  g_assert_false (bg_sctp_skip_give_up (&skip, 60000 * MS));
  say_sack (&skip, 101, 60001);
  g_assert_true (bg_sctp_skip_give_up (&skip, 62000 * MS));
}

/* While acknowledgements come nothing is stuck. */
static void
test_progress (void)
{
  BgSctpSkip skip = { 0 };

  say_data (&skip, 1, UNORDERED, 0);
  for (guint32 tsn = 2; tsn < 100; tsn++)
    {
      say_data (&skip, tsn, UNORDERED, tsn * 1000);
      say_sack (&skip, tsn - 1, tsn * 1000 + 500);
      g_assert_false (bg_sctp_skip_give_up (&skip, (tsn * 1000 + 999) * MS));
    }
  g_assert_false (say_sack (&skip, 5000, 100000)); /* of what was never sent */
  g_assert_true (bg_sctp_skip_give_up (&skip, 102000 * MS));
}

static void
test_rubbish (void)
{
  BgSctpSkip skip = { 0 };
  Packet packet = packet_of (1, 0, UNORDERED, 20);

  for (gsize len = 0; len < packet.len; len++)
    bg_sctp_skip_sent (&skip, packet.bytes, len, 0);
  packet = packet_of (1, 3, 0, 16);
  for (gsize len = 0; len < packet.len; len++)
    g_assert_false (bg_sctp_skip_received (&skip, packet.bytes, len, 0));
  packet.bytes[15] = 0;
  g_assert_false (bg_sctp_skip_received (&skip, packet.bytes, packet.len, 0));
  g_assert_false (skip.has_sent || skip.has_heard);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/sctp-skip/gives-up", GUINT_TO_POINTER (50), test_gives_up);
  g_test_add_data_func ("/sctp-skip/gives-up/around-zero", GUINT_TO_POINTER (0xfffffffe),
                        test_gives_up);
  g_test_add_func ("/sctp-skip/peer-is-behind", test_peer_is_behind);
  g_test_add_func ("/sctp-skip/ordered-stays", test_ordered_stays);
  g_test_add_func ("/sctp-skip/progress", test_progress);
  g_test_add_func ("/sctp-skip/rubbish", test_rubbish);
  return g_test_run ();
}
