/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/turn-server-private.h"

/* What goes from one client to another (RFC 8656, 11 and 12). The payload is handed on where it lies. */

enum
{
  CHANNEL_HEADER = 4,
  ADDRESS_LEN = 8,
  DATA_HEAD = BG_STUN_HEADER + BG_STUN_ATTRIBUTE + ADDRESS_LEN + BG_STUN_ATTRIBUTE,
};

static const uint8_t zeros[BG_STUN_TRANSACTION];

static void
send_parts (BgTurnServer *self, uint32_t to, BgBytes head, BgBytes payload)
{
  const BgBytes parts[] = { head, payload, { zeros, bg_padding (payload.len) } };

  self->host.send (self->host.data, to, parts, sizeof parts / sizeof *parts);
}

static void
send_channel_data (BgTurnServer *self, uint32_t to, uint16_t channel, BgBytes payload)
{
  uint8_t head[CHANNEL_HEADER];

  bg_put16 (head, channel);
  bg_put16 (head + 2, (uint16_t) payload.len);
  send_parts (self, to, BG_BYTES (head), payload);
}

static void
send_data_indication (BgTurnServer *self, uint32_t from, uint32_t to, const uint8_t *transaction,
                      BgBytes payload)
{
  uint8_t head[DATA_HEAD];
  BgStunWriter writer;
  size_t body = DATA_HEAD - BG_STUN_HEADER + payload.len + bg_padding (payload.len);

  if (body > UINT16_MAX)
    return;
  bg_stun_writer_begin (&writer, head, sizeof head, BG_STUN_DATA, BG_STUN_INDICATION, transaction);
  bg_stun_writer_put_ipv4 (&writer, BG_STUN_XOR_PEER_ADDRESS, bg_turn_server_ip_of (from),
                           BG_TURN_RELAY_PORT);
  bg_put16 (head + DATA_HEAD - BG_STUN_ATTRIBUTE, BG_STUN_DATA_VALUE);
  bg_put16 (head + DATA_HEAD - 2, (uint16_t) payload.len);
  bg_put16 (head + 2, (uint16_t) body);
  send_parts (self, to, BG_BYTES (head), payload);
}

static bool
is_within_rate (BgTurnServer *self, const BgTurnAllocation *sender, size_t len, uint64_t now_ms)
{
  if (bg_turn_shares_take (&self->users, sender->user, len, now_ms)
      && bg_turn_shares_take (&self->networks, sender->network, len, now_ms))
    return true;
  self->counters.dropped_over_rate++;
  return false;
}

static void
relay (BgTurnServer *self, uint32_t from, uint32_t to, const uint8_t *transaction, BgBytes payload,
       uint64_t now_ms)
{
  const BgTurnAllocation *receiver = &bg_turn_server_client (self, to)->allocation;
  uint16_t channel;

  if (!bg_turn_allocation_is_live (receiver, now_ms)
      || !bg_turn_allocation_is_permitted (receiver, from, now_ms))
    {
      self->counters.dropped_unreachable++;
      return;
    }
  if (!is_within_rate (self, &bg_turn_server_client (self, from)->allocation, payload.len, now_ms))
    return;
  self->counters.messages++;
  self->counters.bytes += payload.len;
  bg_turn_server_spend (self, payload.len, 0);
  channel = bg_turn_allocation_channel_of (receiver, from, now_ms);
  if (channel != 0)
    send_channel_data (self, to, channel, payload);
  else
    send_data_indication (self, from, to, transaction, payload);
}

void
bg_turn_relay_send (BgTurnServer *self, uint32_t number, const BgStunMessage *indication,
                    uint64_t now_ms)
{
  const BgTurnAllocation *sender = &bg_turn_server_client (self, number)->allocation;
  BgStunAddress address;
  BgBytes value, payload;
  uint32_t to = 0;

  if (bg_stun_message_find (indication, BG_STUN_XOR_PEER_ADDRESS, &value)
      && bg_stun_address_read (indication, value, &address)
      && bg_stun_message_find (indication, BG_STUN_DATA_VALUE, &payload)
      && address.port == BG_TURN_RELAY_PORT)
    to = bg_turn_server_client_at (self, &address);
  if (to == 0 || !bg_turn_allocation_is_live (sender, now_ms)
      || !bg_turn_allocation_is_permitted (sender, to, now_ms))
    self->counters.dropped_unreachable++;
  else
    relay (self, number, to, bg_stun_message_get_transaction (indication), payload, now_ms);
}

bool
bg_turn_relay_channel_data (BgTurnServer *self, uint32_t number, const uint8_t *bytes, size_t len,
                            uint64_t now_ms)
{
  const BgTurnAllocation *sender = &bg_turn_server_client (self, number)->allocation;
  uint32_t to = 0;

  if (len < CHANNEL_HEADER || bg_get16 (bytes + 2) > len - CHANNEL_HEADER)
    return false;
  if (bg_turn_allocation_is_live (sender, now_ms))
    to = bg_turn_allocation_peer_of (sender, bg_get16 (bytes), now_ms);
  if (to == 0)
    self->counters.dropped_unreachable++;
  else
    relay (self, number, to, zeros, (BgBytes){ bytes + CHANNEL_HEADER, bg_get16 (bytes + 2) },
           now_ms);
  return true;
}
