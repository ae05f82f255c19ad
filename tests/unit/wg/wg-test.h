/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packet/packet-pool.h"
#include "wg/wg-private.h"
#include "wg/wg.h"

#include <glib.h>

/* Bytes of a hex string of `len` bytes. */
void test_hex (const char *hex, void *out, size_t len);
/* The same, of any length, on the heap. */
GByteArray *test_hex_bytes (const char *hex);
#define test_assert_hex(bytes, hex) \
  G_STMT_START \
  { \
    g_autoptr (GByteArray) expected_ = test_hex_bytes (hex); \
    g_assert_cmpmem (bytes, expected_->len, expected_->data, expected_->len); \
  } \
  G_STMT_END

/* Seeded numbers (splitmix64), also as WgRandom with a guint64 as data. */
guint64 test_draw (guint64 *state);
bool    test_random (void *state, void *bytes, size_t len);

/* An IPv4 address endpoint. */
BgEndpoint test_endpoint (const char *ip4, guint16 port);

/* Two engines that know each other, A at 192.0.2.1 and 10.0.0.1, B at 192.0.2.2 and 10.0.0.2. */
typedef struct
{
  BgPacketPool *pool;
  guint64       seed;
  WgSealer     *sealer;
  WgDevice     *a, *b;
  WgPeer       *b_of_a, *a_of_b;
  BgEndpoint    at_a, at_b;
} TestPair;

void test_pair_begin (TestPair *pair);
/* Asserts that no packet is missing. */
void test_pair_end (TestPair *pair);
/* Exchanges what the engines want to send until both are silent. */
void test_pair_settle (TestPair *pair, guint64 now);
/* A pooled IPv4 packet of `len` bytes. */
BgPacket *test_inner (TestPair *pair, const char *from, const char *to, guint32 len);
/* A packet of A, sealed and finished, as it goes to B. */
BgPacket *test_sealed (TestPair *pair, guint32 len, guint64 now);
/* All three phases at `dev`; frees `pkt`. */
WgVerdict test_receive (TestPair *pair, WgDevice *dev, BgPacket *pkt, guint64 now);
