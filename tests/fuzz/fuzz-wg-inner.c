/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arbitrary inner packets: into wg_send_begin(), and out of a peer who has a session and bad intentions. */
#include "fuzz-wg-pair.h"
#include "fuzz.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static void
send_inner (FuzzPair *pair, const uint8_t *data, size_t size)
{
  BgPacket *pkt = fuzz_packet (pair, data, size);
  WgVerdict verdict = wg_send_begin (pair->a, pkt, FUZZ_NOW);

  if (verdict == WG_OK)
    {
      FUZZ_ASSERT (pkt->peer == pair->b_of_a);
      FUZZ_ASSERT (pkt->data[0] >> 4 == 4 ? pkt->data[19] == 2 : pkt->data[39] == 2);
      wg_send_finish (pair->a, &pkt, 1, FUZZ_NOW);
    }
  else
    FUZZ_ASSERT (verdict == WG_NO_PEER || verdict == WG_BAD_INNER);
  bg_packet_free (pkt);
}

/* What may reach the TUN: a packet whose own length fits, from the address of its sender. */
static void
check_delivered (const BgPacket *pkt)
{
  static const uint8_t from4[4] = { 10, 0, 0, 1 }, from6[16] = { 0xfd, [15] = 1 };
  uint32_t total;

  if (pkt->data[0] >> 4 == 4)
    {
      total = (uint32_t) pkt->data[2] << 8 | pkt->data[3];
      FUZZ_ASSERT (pkt->len >= 20 && total == pkt->len && memcmp (pkt->data + 12, from4, 4) == 0);
    }
  else
    {
      total = 40 + ((uint32_t) pkt->data[4] << 8 | pkt->data[5]);
      FUZZ_ASSERT (pkt->data[0] >> 4 == 6 && total == pkt->len
                   && memcmp (pkt->data + 8, from6, 16) == 0);
    }
}

static void
receive_inner (FuzzPair *pair, const uint8_t *data, size_t size)
{
  BgPacket *pkt = fuzz_packet (pair, data, size);
  WgVerdict verdict;

  FUZZ_ASSERT (wg_send_begin_to (pair->b_of_a, pkt, FUZZ_NOW) == WG_OK);
  FUZZ_ASSERT (wg_seal (pair->sealer, pkt, size % 3 ? 0 : 1420));
  wg_send_finish (pair->a, &pkt, 1, FUZZ_NOW);
  FUZZ_ASSERT (wg_receive_begin (pair->b, pkt, FUZZ_NOW) == WG_OK);
  FUZZ_ASSERT (wg_open (pair->sealer, pkt) == WG_OK);
  verdict = wg_receive_finish (pair->b, pkt, FUZZ_NOW);
  FUZZ_ASSERT (pkt->peer == pair->a_of_b);
  if (verdict == WG_OK)
    check_delivered (pkt);
  else if (verdict == WG_CONTROL)
    FUZZ_ASSERT (pkt->len > 0 && pkt->data[0] >> 4 != 4 && pkt->data[0] >> 4 != 6);
  else if (verdict == WG_CONSUMED)
    FUZZ_ASSERT (pkt->len == 0);
  else
    FUZZ_ASSERT (verdict == WG_BAD_INNER || verdict == WG_SOURCE_NOT_ALLOWED);
  bg_packet_free (pkt);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzPair pair;

  fuzz_pair_begin (&pair);
  fuzz_pair_connect (&pair);
  send_inner (&pair, data, size);
  receive_inner (&pair, data, size);
  fuzz_pair_end (&pair);
  return 0;
}

size_t
fuzz_example (unsigned n, uint8_t *out, size_t max)
{
  static const uint8_t ip4[] = { 0x45, 0, 0,  28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0,
                                 0,    1, 10, 0,  0, 2, 1, 2, 3,  4,  5, 6, 7,  8 };
  static const uint8_t ip6[48] = {
    0x60, [5] = 8, [6] = 17, [7] = 64, [8] = 0xfd, [23] = 1, [24] = 0xfd, [39] = 2
  };
  static const uint8_t control[24] = { 0xb0, 1, 2 };

  switch (n)
    {
    case 0:
      memcpy (out, ip4, sizeof ip4);
      return sizeof ip4;
    case 1:
      memcpy (out, ip6, sizeof ip6);
      return sizeof ip6;
    case 2:
      memcpy (out, control, sizeof control);
      return sizeof control;
    default:
      return 0;
    }
}
