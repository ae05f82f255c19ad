/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Types 1 to 3 at an engine that has an initiation in flight. The first byte says how much of the message is put right
 * before, so that the fuzzer gets behind mac1, mac2 and the index. */
#include "fuzz-wg-pair.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

enum
{
  FIX_TYPE = 0x03, /* 1 to 3: the type and its length */
  FIX_MAC1 = 0x04,
  UNDER_LOAD = 0x08,
  FIX_MAC2 = 0x10,
  FIX_INDEX = 0x20,
};

static const uint32_t sizes[] = { 0, sizeof (WgMsgInitiation), sizeof (WgMsgResponse),
                                  sizeof (WgMsgCookieReply) };

static void
fix_index (FuzzPair *pair, BgPacket *pkt)
{
  uint32_t at = pkt->data[0] == WG_MSG_RESPONSE ? 8 : 4;

  wg_put_le32 (pkt->data + at, pair->b_of_a->handshake.entry.index);
}

/* As a sender would, who has A's public key and, for mac2, its cookie for this source. */
static void
fix_macs (FuzzPair *pair, BgPacket *pkt, uint8_t how)
{
  WgMsgCookieReply reply;
  WgCookieJar jar = { 0 };
  WgCrypto *crypto = pair->a->crypto;

  FUZZ_ASSERT (wg_cookie_jar_init (&jar, crypto, &pair->a->public_key));
  FUZZ_ASSERT (wg_cookie_jar_add_macs (&jar, crypto, pkt->data, pkt->len, FUZZ_NOW));
  if (!(how & FIX_MAC2))
    return;
  FUZZ_ASSERT (wg_cookie_guard_reply (&pair->a->guard, crypto, pkt->data, pkt->len, &pkt->endpoint,
                                      pair->a->random, pair->a->random_data, FUZZ_NOW, &reply));
  FUZZ_ASSERT (wg_cookie_jar_take (&jar, crypto, &reply, FUZZ_NOW));
  FUZZ_ASSERT (wg_cookie_jar_add_macs (&jar, crypto, pkt->data, pkt->len, FUZZ_NOW));
}

static void
repair (FuzzPair *pair, BgPacket *pkt, uint8_t how)
{
  uint32_t size = sizes[how & FIX_TYPE];

  if (size > 0)
    {
      if (pkt->len < size)
        memset (pkt->data + pkt->len, 0, size - pkt->len);
      pkt->len = size;
      wg_put_le32 (pkt->data, how & FIX_TYPE);
    }
  if (how & FIX_INDEX && pkt->len >= 12)
    fix_index (pair, pkt);
  if (how & FIX_MAC1 && pkt->len > sizeof (WgMacs))
    fix_macs (pair, pkt, how);
}

/* A began a handshake with B, and B one with A. */
static void
begin (FuzzPair *pair, BgPacket **to_a, BgPacket **to_b)
{
  fuzz_pair_begin (pair);
  wg_peer_start_handshake (pair->b_of_a, FUZZ_NOW);
  wg_peer_start_handshake (pair->a_of_b, FUZZ_NOW);
  *to_b = wg_pop_packet (pair->a);
  *to_a = wg_pop_packet (pair->b);
  FUZZ_ASSERT (*to_a && *to_b);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  BgPacket *to_a, *to_b, *pkt;
  uint8_t how = size > 0 ? data[0] : 0;
  FuzzPair pair;
  WgVerdict verdict;
  bool is_own;

  if (size == 0)
    return 0;
  begin (&pair, &to_a, &to_b);
  pkt = fuzz_packet (&pair, data + 1, size - 1);
  repair (&pair, pkt, how);
  /* The sender's index is covered by mac1 only, which is no secret. */
  is_own = pkt->len == to_a->len
           && memcmp (pkt->data + 8, to_a->data + 8, pkt->len - sizeof (WgMacs) - 8) == 0;
  if (how & UNDER_LOAD)
    wg_device_set_under_load (pair.a, FUZZ_NOW);
  verdict = fuzz_receive (&pair, pair.a, pkt);
  /* Nobody gets in who has no key of B: only B's own initiation, or its own answer, moves anything. */
  FUZZ_ASSERT (verdict != WG_OK && verdict != WG_CONTROL);
  FUZZ_ASSERT (!pair.b_of_a->next_keypair || is_own);
  fuzz_drain (&pair, pair.a);

  /* And whatever came, B still gets in. */
  if (!is_own)
    {
      pair.a->under_load_until = 0;
      FUZZ_ASSERT (fuzz_receive (&pair, pair.a, to_a) == WG_CONSUMED);
      fuzz_drain (&pair, pair.a);
    }
  else
    bg_packet_free (to_a);
  bg_packet_free (to_b);
  fuzz_pair_end (&pair);
  return 0;
}

size_t
fuzz_example (unsigned n, uint8_t *out, size_t max)
{
  static const uint8_t how[] = { 0, FIX_MAC1, FIX_MAC1 | UNDER_LOAD,
                                 FIX_MAC1 | FIX_MAC2 | UNDER_LOAD, UNDER_LOAD };
  BgPacket *to_a, *to_b, *pkt;
  FuzzPair pair;
  size_t len;

  if (n >= 2 * sizeof how + 4)
    return 0;
  begin (&pair, &to_a, &to_b);
  if (n % 2)
    {
      FUZZ_ASSERT (fuzz_receive (&pair, pair.b, to_b) == WG_CONSUMED);
      pkt = wg_pop_packet (pair.b); /* a response */
      bg_packet_free (to_a);
    }
  else
    {
      pkt = to_a; /* an initiation */
      bg_packet_free (to_b);
    }
  out[0] = n < 2 * sizeof how ? how[n / 2] : (uint8_t) (3 | FIX_INDEX);
  len = pkt->len;
  FUZZ_ASSERT (len < max);
  memcpy (out + 1, pkt->data, len);
  bg_packet_free (pkt);
  fuzz_pair_end (&pair);
  return len + 1;
}
