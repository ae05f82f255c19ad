/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Type 4 at an engine with a session. The first byte says whether the index is put right. */
#include "fuzz-wg-pair.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

enum
{
  FIX_HEADER = 0x01
};

static BgPacket *
sealed_by_a (FuzzPair *pair, unsigned n)
{
  uint8_t inner[64] = { 0x45, [3] = 64, [12] = 10, [15] = 1, [16] = 10, [19] = 2 };
  BgPacket *pkt = fuzz_packet (pair, inner, n == 0 ? 0 : sizeof inner);

  FUZZ_ASSERT (wg_send_begin_to (pair->b_of_a, pkt, FUZZ_NOW) == WG_OK);
  FUZZ_ASSERT (wg_seal (pair->sealer, pkt, 0));
  wg_send_finish (pair->a, &pkt, 1, FUZZ_NOW);
  return pkt;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  BgPacket *pkt, *own[2];
  bool is_own = false;
  FuzzPair pair;

  if (size == 0)
    return 0;
  fuzz_pair_begin (&pair);
  fuzz_pair_connect (&pair);
  own[0] = sealed_by_a (&pair, 0);
  own[1] = sealed_by_a (&pair, 1);
  pkt = fuzz_packet (&pair, data + 1, size - 1);
  if (data[0] & FIX_HEADER && pkt->len >= 8)
    {
      wg_put_le32 (pkt->data, WG_MSG_DATA);
      wg_put_le32 (pkt->data + 4, pair.a_of_b->current->entry.index);
    }
  for (int i = 0; i < 2; i++)
    is_own |= pkt->len == own[i]->len && memcmp (pkt->data, own[i]->data, pkt->len) == 0;
  if (wg_message_kind (pkt->data, pkt->len) == WG_MSG_DATA)
    {
      WgVerdict verdict = fuzz_receive (&pair, pair.b, pkt);

      FUZZ_ASSERT (is_own ? verdict == WG_OK || verdict == WG_CONSUMED
                          : verdict == WG_UNKNOWN_INDEX || verdict == WG_UNAUTHENTIC
                              || verdict == WG_EXPIRED);
    }
  else
    {
      FUZZ_ASSERT (wg_receive_begin (pair.b, pkt, FUZZ_NOW) == WG_MALFORMED);
      bg_packet_free (pkt);
    }
  fuzz_drain (&pair, pair.b);

  /* Nothing that was not authentic touched the window: the real ones pass, unless they were the input. */
  for (int i = 0; i < 2; i++)
    {
      WgVerdict verdict = fuzz_receive (&pair, pair.b, own[i]);

      FUZZ_ASSERT (verdict == (i ? WG_OK : WG_CONSUMED) || (is_own && verdict == WG_REPLAY));
    }
  fuzz_pair_end (&pair);
  return 0;
}

size_t
fuzz_example (unsigned n, uint8_t *out, size_t max)
{
  FuzzPair pair;
  BgPacket *pkt;
  size_t len;

  if (n >= 4)
    return 0;
  fuzz_pair_begin (&pair);
  fuzz_pair_connect (&pair);
  pkt = sealed_by_a (&pair, 0);
  if (n % 2)
    {
      bg_packet_free (pkt);
      pkt = sealed_by_a (&pair, 1);
    }
  out[0] = n >= 2 ? FIX_HEADER : 0;
  len = pkt->len;
  FUZZ_ASSERT (len < max);
  memcpy (out + 1, pkt->data, len);
  bg_packet_free (pkt);
  fuzz_pair_end (&pair);
  return len + 1;
}
