/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/turn-server-private.h"

enum
{
  NONCE_MS = 3600 * 1000,
  NONCE_IS_FRESH_MS = NONCE_MS
                      / 2, /* until then a challenge repeats it: requests on the way stay good */
  UDP = 17,
  LOOPBACK = 127 << 24
             | 1, /* what we say of everybody's own address: behind a WebSocket it is of no use */
  LOOPBACK_PORT = 1234,
  MAX_UNKNOWN = 8,
};

#define DEVICES (UINT64_C (1) << 63)

/* One request while it is answered. */
typedef struct
{
  BgTurnServer *server;
  uint32_t number;
  BgTurnClient *client;
  const BgStunMessage *message;
  const BgTurnTime *now;
  BgStunIntegrity integrity; /* as the request's */
  uint8_t key[BG_MD5_LEN];   /* of whoever sent it */
  BgStunWriter writer;
} Request;

/* Answers */

static void
begin (Request *r, BgStunClass class)
{
  bg_stun_writer_begin (&r->writer, r->server->answer, sizeof r->server->answer, r->message->method,
                        class, bg_stun_message_get_transaction (r->message));
}

static void
finish (Request *r, bool is_authentic)
{
  BgBytes part;

  if (is_authentic)
    bg_stun_writer_put_integrity (&r->writer, r->integrity, BG_BYTES (r->key),
                                  &r->server->host.digests);
  bg_stun_writer_put_fingerprint (&r->writer);
  part = (BgBytes){ r->server->answer, bg_stun_writer_end (&r->writer) };
  if (part.len > 0)
    r->server->host.send (r->server->host.data, r->number, &part, 1);
}

static void
refuse (Request *r, unsigned code, BgBytes reason)
{
  begin (r, BG_STUN_ERROR);
  bg_stun_writer_put_error (&r->writer, code, reason);
  finish (r, true);
}

static void
refuse_bad_request (Request *r)
{
  refuse (r, 400, BG_TEXT ("Bad Request"));
}

static void
refuse_capacity (Request *r)
{
  r->server->counters.over_quota++;
  refuse (r, 508, BG_TEXT ("Insufficient Capacity"));
}

static void
refuse_ceiling (Request *r)
{
  r->server->counters.over_ceiling++;
  refuse (r, 508, BG_TEXT ("Relay Ceiling Reached"));
}

static void
refuse_quota (Request *r)
{
  r->server->counters.over_quota++;
  refuse (r, 486, BG_TEXT ("Allocation Quota Reached"));
}

/* Nonces (RFC 8489, 9.2.4): one per connection, so that what was said on another one is never good on this. */

static BgBytes
write_nonce (uint64_t nonce, uint8_t text[BG_TURN_NONCE_TEXT])
{
  size_t at = BG_TURN_NONCE_TEXT;

  do
    {
      text[--at] = (uint8_t) ('0' + nonce % 10);
      nonce /= 10;
    }
  while (nonce > 0);
  return (BgBytes){ text + at, BG_TURN_NONCE_TEXT - at };
}

static bool
nonce_is_younger_than (const Request *r, uint64_t ms)
{
  return r->client->has_nonce && r->now->ms - r->client->nonce_at_ms < ms;
}

static bool
is_text (BgBytes a, BgBytes b)
{
  return a.len == b.len && memcmp (a.bytes, b.bytes, a.len) == 0;
}

static bool
has_our_nonce (const Request *r)
{
  uint8_t text[BG_TURN_NONCE_TEXT];
  BgBytes value;

  return nonce_is_younger_than (r, NONCE_MS)
         && bg_stun_message_find (r->message, BG_STUN_NONCE, &value)
         && is_text (value, write_nonce (r->client->nonce, text));
}

static void
challenge (Request *r, unsigned code, BgBytes reason)
{
  uint8_t text[BG_TURN_NONCE_TEXT];

  if (!nonce_is_younger_than (r, NONCE_IS_FRESH_MS))
    {
      r->client->nonce = r->server->host.nonce (r->server->host.data);
      r->client->nonce_at_ms = r->now->ms;
      r->client->has_nonce = true;
    }
  begin (r, BG_STUN_ERROR);
  bg_stun_writer_put_error (&r->writer, code, reason);
  bg_stun_writer_put (&r->writer, BG_STUN_REALM, r->server->realm);
  bg_stun_writer_put (&r->writer, BG_STUN_NONCE, write_nonce (r->client->nonce, text));
  finish (r, false);
}

static void
challenge_unauthorized (Request *r)
{
  challenge (r, 401, BG_TEXT ("Unauthorized"));
}

static void
challenge_stale (Request *r)
{
  challenge (r, 438, BG_TEXT ("Stale Nonce"));
}

/* Binding (RFC 8489, 2) */

static void
answer_binding (Request *r)
{
  begin (r, BG_STUN_SUCCESS);
  bg_stun_writer_put_ipv4 (&r->writer, BG_STUN_XOR_MAPPED_ADDRESS, LOOPBACK, LOOPBACK_PORT);
  finish (r, false);
}

/* Allocate (RFC 8656, 7) */

static void
grant_allocation (Request *r)
{
  begin (r, BG_STUN_SUCCESS);
  bg_stun_writer_put_ipv4 (&r->writer, BG_STUN_XOR_RELAYED_ADDRESS,
                           bg_turn_server_ip_of (r->number), BG_TURN_RELAY_PORT);
  bg_stun_writer_put_ipv4 (&r->writer, BG_STUN_XOR_MAPPED_ADDRESS, LOOPBACK, LOOPBACK_PORT);
  bg_stun_writer_put_number (&r->writer, BG_STUN_LIFETIME, r->client->allocation.lifetime_s);
  finish (r, true);
}

static uint32_t
lifetime_for (uint32_t wanted_s)
{
  if (wanted_s < BG_TURN_DEFAULT_LIFETIME_S)
    return BG_TURN_DEFAULT_LIFETIME_S;
  return wanted_s < BG_TURN_MAX_LIFETIME_S ? wanted_s : BG_TURN_MAX_LIFETIME_S;
}

static void
set_lifetime (Request *r, uint32_t lifetime_s)
{
  r->client->allocation.lifetime_s = lifetime_s;
  r->client->allocation.until_ms = r->now->ms + (uint64_t) lifetime_s * 1000;
}

/* FNV-1a */
static uint64_t
hash_of (BgBytes text)
{
  uint64_t hash = UINT64_C (0xcbf29ce484222325);

  for (size_t i = 0; i < text.len; i++)
    hash = (hash ^ text.bytes[i]) * UINT64_C (0x100000001b3);
  return hash;
}

/* Devices and names have a half of the numbers each: whoever invents names gets no device's share. */
uint64_t
bg_turn_device_share (BgBytes device)
{
  return device.len > 0 ? hash_of (device) | DEVICES : 0;
}

bool
bg_turn_server_take_shares (BgTurnServer *server, BgTurnClient *client, BgBytes user,
                            uint64_t now_ms)
{
  BgTurnAllocation *allocation = &client->allocation;

  allocation->user = bg_turn_shares_join (
    &server->users, client->device != 0 ? client->device : hash_of (user) & ~DEVICES, now_ms);
  if (allocation->user == 0)
    return false;
  if (client->network == 0)
    return true;
  allocation->network = bg_turn_shares_join (&server->networks, client->network, now_ms);
  if (allocation->network == 0)
    bg_turn_shares_leave (&server->users, allocation->user);
  return allocation->network != 0;
}

static void
allocate (Request *r, BgBytes username, BgBytes user)
{
  BgTurnAllocation *allocation = &r->client->allocation;
  uint32_t wanted_s = 0;

  bg_turn_allocation_clear (allocation);
  if (!bg_turn_server_take_shares (r->server, r->client, user, r->now->ms))
    {
      bg_turn_allocation_clear (allocation);
      refuse_quota (r);
      return;
    }
  memcpy (allocation->transaction, bg_stun_message_get_transaction (r->message),
          sizeof allocation->transaction);
  memcpy (allocation->key, r->key, sizeof allocation->key);
  memcpy (allocation->username, username.bytes, username.len);
  allocation->username_len = (uint16_t) username.len;
  bg_stun_message_find_number (r->message, BG_STUN_LIFETIME, &wanted_s);
  set_lifetime (r, lifetime_for (wanted_s));
  r->server->counters.allocations++;
  r->server->counters.live++;
  grant_allocation (r);
}

/* What the request asks of its allocation beside being one; false, and an answer, where we have no such. */
static bool
check_wishes (Request *r)
{
  BgBytes value;

  if (!bg_stun_message_find (r->message, BG_STUN_REQUESTED_TRANSPORT, &value) || value.len != 4)
    refuse_bad_request (r);
  else if (value.bytes[0] != UDP)
    refuse (r, 442, BG_TEXT ("Unsupported Transport Protocol"));
  else if (bg_stun_message_find (r->message, BG_STUN_REQUESTED_ADDRESS_FAMILY, &value)
           && (value.len != 4 || value.bytes[0] != BG_STUN_IPV4))
    refuse (r, 440, BG_TEXT ("Address Family not Supported"));
  else if (bg_stun_message_find (r->message, BG_STUN_RESERVATION_TOKEN, &value)
           || (bg_stun_message_find (r->message, BG_STUN_EVEN_PORT, &value) && value.len > 0
               && value.bytes[0] >> 7 != 0))
    refuse_capacity (r); /* the one port that every address has is even, and has none beside it */
  else
    return true;
  return false;
}

static bool
is_from_user (Request *r, BgBytes username, BgBytes *user)
{
  const BgDigests *digests = &r->server->host.digests;
  uint64_t expires_at;

  return bg_turn_username_read (username, &expires_at, user) && expires_at >= r->now->unix_s
         && bg_turn_credential_key (r->server->secret, r->server->realm, username, digests, r->key)
         && bg_stun_message_is_from (r->message, r->integrity, BG_BYTES (r->key), digests);
}

static void
answer_allocate (Request *r)
{
  const BgTurnAllocation *allocation = &r->client->allocation;
  bool is_first = !bg_turn_allocation_is_live (allocation, r->now->ms);
  BgBytes username, user;

  if (r->integrity == BG_STUN_NO_INTEGRITY || !r->client->has_nonce
      || !bg_stun_message_find (r->message, BG_STUN_USERNAME, &username))
    challenge_unauthorized (r);
  else if (!has_our_nonce (r))
    challenge_stale (r);
  else if (!is_from_user (r, username, &user))
    {
      r->server->counters.unauthorized++;
      challenge_unauthorized (r);
    }
  else if (!is_first
           && memcmp (allocation->transaction, bg_stun_message_get_transaction (r->message),
                      BG_STUN_TRANSACTION)
                == 0)
    grant_allocation (r); /* the answer got lost */
  else if (!is_first)
    refuse (r, 437, BG_TEXT ("Allocation Mismatch"));
  else if (r->server->reached != BG_TURN_NO_PERIOD)
    refuse_ceiling (r);
  else if (check_wishes (r))
    {
      bg_turn_server_release (r->server, r->client);
      allocate (r, username, user);
    }
}

/* Refresh (RFC 8656, 8). One without LIFETIME asks for the default, and does not end the allocation as with the reference:
 * libnice refreshes so. */
static void
answer_refresh (Request *r)
{
  uint32_t lifetime_s = BG_TURN_DEFAULT_LIFETIME_S;

  bg_stun_message_find_number (r->message, BG_STUN_LIFETIME, &lifetime_s);
  if (lifetime_s > 0)
    set_lifetime (r, lifetime_s = lifetime_for (lifetime_s));
  else
    bg_turn_server_release (r->server, r->client);
  begin (r, BG_STUN_SUCCESS);
  bg_stun_writer_put_number (&r->writer, BG_STUN_LIFETIME, lifetime_s);
  finish (r, true);
}

/* CreatePermission (RFC 8656, 9). Anybody may be permitted, as with the reference, but only whom something can come from is
 * remembered. */
static void
answer_create_permission (Request *r)
{
  BgTurnAllocation *allocation = &r->client->allocation;
  BgStunAddress address;
  BgBytes value;
  size_t offset = 0, peers = 0;
  bool is_full = false, is_bad = false;

  while (bg_stun_message_next_of (r->message, BG_STUN_XOR_PEER_ADDRESS, &offset, &value))
    {
      uint32_t peer = 0;

      if (bg_stun_address_read (r->message, value, &address))
        peer = bg_turn_server_client_at (r->server, &address);
      else
        is_bad = true;
      is_full = is_full || (peer != 0 && !bg_turn_allocation_permit (allocation, peer, r->now->ms));
      peers++;
    }
  if (peers == 0 || is_bad)
    refuse_bad_request (r);
  else if (is_full)
    refuse_capacity (r);
  else
    {
      begin (r, BG_STUN_SUCCESS);
      finish (r, true);
    }
}

/* ChannelBind (RFC 8656, 12) */
static void
answer_channel_bind (Request *r)
{
  BgStunAddress address;
  BgBytes number, value;
  uint16_t channel;
  uint32_t peer;

  if (!bg_stun_message_find (r->message, BG_STUN_CHANNEL_NUMBER, &number) || number.len != 4
      || !bg_stun_message_find (r->message, BG_STUN_XOR_PEER_ADDRESS, &value)
      || !bg_stun_address_read (r->message, value, &address))
    {
      refuse_bad_request (r);
      return;
    }
  channel = bg_get16 (number.bytes);
  peer = address.port == BG_TURN_RELAY_PORT ? bg_turn_server_client_at (r->server, &address) : 0;
  if (channel < BG_TURN_FIRST_CHANNEL || channel > BG_TURN_LAST_CHANNEL)
    refuse_bad_request (r);
  else
    switch (bg_turn_allocation_bind (&r->client->allocation, channel, peer, r->now->ms))
      {
      case BG_TURN_BOUND:
        begin (r, BG_STUN_SUCCESS);
        finish (r, true);
        break;
      case BG_TURN_BOUND_TO_OTHER:
        refuse_bad_request (r);
        break;
      case BG_TURN_NO_CHANNEL_LEFT:
        refuse_capacity (r);
        break;
      }
}

/* Dispatch */

/* Of whom has an allocation; the key is the allocation's, whatever has become of the credential meanwhile. */
static bool
check_owner (Request *r)
{
  const BgTurnAllocation *allocation = &r->client->allocation;
  BgBytes username;

  if (!bg_turn_allocation_is_live (allocation, r->now->ms))
    {
      begin (r, BG_STUN_ERROR);
      bg_stun_writer_put_error (&r->writer, 437, BG_TEXT ("Allocation Mismatch"));
      finish (r, false);
      return false;
    }
  memcpy (r->key, allocation->key, sizeof r->key);
  if (!has_our_nonce (r)
      || !bg_stun_message_is_from (r->message, r->integrity, BG_BYTES (r->key),
                                   &r->server->host.digests))
    {
      challenge_stale (r); /* the reference's answer to both */
      return false;
    }
  if (!bg_stun_message_find (r->message, BG_STUN_USERNAME, &username)
      || is_text (username, bg_turn_allocation_get_username (allocation)))
    return true;
  refuse (r, 441, BG_TEXT ("Wrong Credentials"));
  return false;
}

static const struct
{
  BgStunMethod method;
  bool needs_allocation;
  void (*answer) (Request *r);
} methods[] = {
  { BG_STUN_BINDING, false, answer_binding },
  { BG_STUN_ALLOCATE, false, answer_allocate },
  { BG_STUN_REFRESH, true, answer_refresh },
  { BG_STUN_CREATE_PERMISSION, true, answer_create_permission },
  { BG_STUN_CHANNEL_BIND, true, answer_channel_bind },
};

/* Those of RFC 8489 and 8656, those of ICE among them (RFC 8445, 16.1), and what they were before. */
static bool
is_known (uint16_t type)
{
  return type >= BG_STUN_OPTIONAL || (type >= 0x0001 && type <= 0x0026);
}

static void
refuse_unknown (Request *r, const uint8_t *types, size_t n)
{
  begin (r, BG_STUN_ERROR);
  bg_stun_writer_put_error (&r->writer, 420, BG_TEXT ("Unknown Attribute"));
  bg_stun_writer_put (&r->writer, BG_STUN_UNKNOWN_ATTRIBUTES, (BgBytes){ types, 2 * n });
  finish (r, false);
}

/* RFC 8489, 6.3.1 */
static bool
check_attributes (Request *r)
{
  uint8_t unknown[2 * MAX_UNKNOWN];
  BgStunAttribute attribute;
  size_t offset = 0, n = 0;

  while (bg_stun_message_next (r->message, &offset, &attribute) && n < MAX_UNKNOWN)
    if (!is_known (attribute.type))
      bg_put16 (unknown + 2 * n++, attribute.type);
  if (n > 0)
    refuse_unknown (r, unknown, n);
  return n == 0;
}

void
bg_turn_answer_request (BgTurnServer *self, uint32_t number, const BgStunMessage *message,
                        const BgTurnTime *now)
{
  Request r = { .server = self,
                .number = number,
                .client = bg_turn_server_client (self, number),
                .message = message,
                .now = now,
                .integrity = bg_stun_message_integrity (message) };

  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
    if (methods[i].method == message->method)
      {
        if (check_attributes (&r) && (!methods[i].needs_allocation || check_owner (&r)))
          methods[i].answer (&r);
        break;
      }
  bg_core_wipe (r.key, sizeof r.key);
}
