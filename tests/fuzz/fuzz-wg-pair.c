/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz-wg-pair.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static bool
fixed_random (void *data, void *bytes, size_t len)
{
  uint64_t *state = data;
  uint8_t *out = bytes;

  for (size_t i = 0; i < len; i++)
    {
      *state = *state * UINT64_C (6364136223846793005) + UINT64_C (1442695040888963407);
      out[i] = (uint8_t) (*state >> 56);
    }
  return true;
}

static BgEndpoint
address_of (uint8_t number)
{
  BgEndpoint endpoint = { 0 };

  endpoint.addr.in4.sin_family = AF_INET;
  endpoint.addr.in4.sin_port = htons (51820);
  endpoint.addr.in4.sin_addr.s_addr = htonl (0xc0000200u + number);
  return endpoint;
}

static WgDevice *
new_device (FuzzPair *pair, WgKey *public_key)
{
  WgDevice *dev = wg_device_new (pair->pool, fixed_random, &pair->seed);
  WgKey secret;

  FUZZ_ASSERT (dev);
  fixed_random (&pair->seed, &secret, sizeof secret);
  FUZZ_ASSERT (wg_device_set_private_key (dev, &secret));
  FUZZ_ASSERT (wg_device_get_public_key (dev, public_key));
  return dev;
}

static WgPeer *
new_peer (WgDevice *dev, const WgKey *key, uint8_t number)
{
  const uint8_t ip4[4] = { 10, 0, 0, number };
  const uint8_t ip6[16] = { 0xfd, [15] = number };
  BgEndpoint endpoint = address_of (number);
  WgPeer *peer = wg_peer_add (dev, key);

  wg_peer_set_endpoint (peer, &endpoint, true);
  FUZZ_ASSERT (wg_allowed_ips_insert (dev, peer, AF_INET, ip4, 32));
  FUZZ_ASSERT (wg_allowed_ips_insert (dev, peer, AF_INET6, ip6, 128));
  return peer;
}

void
fuzz_pair_begin (FuzzPair *pair)
{
  WgKey key_a, key_b;

  *pair =
    (FuzzPair){ .seed = 99, .pool = bg_packet_pool_new (2048, 64), .sealer = wg_sealer_new () };
  pair->a = new_device (pair, &key_a);
  pair->b = new_device (pair, &key_b);
  pair->b_of_a = new_peer (pair->a, &key_b, 2);
  pair->a_of_b = new_peer (pair->b, &key_a, 1);
}

void
fuzz_pair_end (FuzzPair *pair)
{
  wg_device_free (pair->a);
  wg_device_free (pair->b);
  wg_sealer_free (pair->sealer);
  FUZZ_ASSERT (bg_packet_pool_in_use (pair->pool) == 0);
  FUZZ_ASSERT (bg_packet_pool_destroy (pair->pool));
}

BgPacket *
fuzz_packet (FuzzPair *pair, const uint8_t *data, size_t size)
{
  BgPacket *pkt = bg_packet_new (pair->pool);

  FUZZ_ASSERT (pkt);
  if (size > bg_packet_pool_max_message (pair->pool))
    size = bg_packet_pool_max_message (pair->pool);
  if (size > 0)
    memcpy (pkt->data, data, size);
  pkt->len = (uint32_t) size;
  pkt->endpoint = address_of (9);
  return pkt;
}

WgVerdict
fuzz_receive (FuzzPair *pair, WgDevice *dev, BgPacket *pkt)
{
  uint32_t len = pkt->len;
  WgVerdict verdict;

  if (wg_message_kind (pkt->data, pkt->len) == WG_MSG_DATA)
    {
      verdict = wg_receive_begin (dev, pkt, FUZZ_NOW);
      if (verdict == WG_OK)
        {
          wg_open (pair->sealer, pkt);
          verdict = wg_receive_finish (dev, pkt, FUZZ_NOW);
        }
    }
  else
    verdict = wg_receive_handshake (dev, pkt, FUZZ_NOW);
  FUZZ_ASSERT (pkt->len <= len);
  FUZZ_ASSERT (!pkt->keypair);
  FUZZ_ASSERT (verdict <= WG_UNDER_LOAD && verdict != WG_STAGED);
  bg_packet_free (pkt);
  return verdict;
}

void
fuzz_drain (FuzzPair *pair, WgDevice *dev)
{
  BgPacket *pkt;
  WgEvent event;

  while ((pkt = wg_pop_packet (dev)))
    {
      if (pkt->keypair)
        {
          FUZZ_ASSERT (wg_seal (pair->sealer, pkt, 0));
          wg_send_finish (dev, &pkt, 1, FUZZ_NOW);
        }
      FUZZ_ASSERT (wg_message_kind (pkt->data, pkt->len) != WG_MSG_INVALID);
      bg_packet_free (pkt);
    }
  while (wg_pop_event (dev, &event))
    FUZZ_ASSERT (event.peer);
}

static void
hand_over (FuzzPair *pair, WgDevice *from, WgDevice *to)
{
  BgPacket *pkt = wg_pop_packet (from);

  FUZZ_ASSERT (pkt);
  if (pkt->keypair)
    {
      FUZZ_ASSERT (wg_seal (pair->sealer, pkt, 0));
      wg_send_finish (from, &pkt, 1, FUZZ_NOW);
    }
  FUZZ_ASSERT (fuzz_receive (pair, to, pkt) == WG_CONSUMED);
}

void
fuzz_pair_connect (FuzzPair *pair)
{
  wg_peer_start_handshake (pair->b_of_a, FUZZ_NOW);
  hand_over (pair, pair->a, pair->b);
  hand_over (pair, pair->b, pair->a);
  hand_over (pair, pair->a, pair->b);
  FUZZ_ASSERT (pair->b_of_a->sessions == 1 && pair->a_of_b->sessions == 1);
}
