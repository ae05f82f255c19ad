/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/turn-server-private.h"

enum
{
  RELAY_NETWORK = 10 << 24 | 255 << 16, /* 10.255.0.0/16 */
  LEAST_AT_ONCE = 64 * 1024,
  CHANNEL_HEADER = 4,
  HOSTS_PER_BYTE = 254, /* neither 0 nor 255, which some take for no address of a host */
};

/* More than the checks of an agent with dozens of candidates. */
static const BgTurnRate request_rate = { .per_second = 32, .at_once = 256 };

/* Clients */

BgTurnClient *
bg_turn_server_client (BgTurnServer *self, uint32_t client)
{
  return &self->clients[client - 1];
}

uint32_t
bg_turn_server_ip_of (uint32_t client)
{
  uint32_t index = client - 1;

  return RELAY_NETWORK | (index / HOSTS_PER_BYTE) << 8 | (index % HOSTS_PER_BYTE + 1);
}

uint32_t
bg_turn_server_client_at (const BgTurnServer *self, const BgStunAddress *address)
{
  uint32_t ip = bg_get32 (address->ip), last = ip & 255, client;

  if (address->family != BG_STUN_IPV4 || (ip & 0xFFFF0000) != RELAY_NETWORK || last < 1
      || last > HOSTS_PER_BYTE)
    return 0;
  client = (ip >> 8 & 255) * HOSTS_PER_BYTE + last;
  return client <= self->n_clients ? client : 0;
}

void
bg_turn_server_release (BgTurnServer *self, BgTurnClient *client)
{
  if (client->allocation.until_ms == 0)
    return;
  bg_turn_shares_leave (&self->users, client->allocation.user);
  bg_turn_shares_leave (&self->networks, client->allocation.network);
  bg_turn_allocation_clear (&client->allocation);
  self->counters.live--;
}

static void
open_client (BgTurnClient *client, uint64_t network, uint64_t now_ms)
{
  *client = (BgTurnClient){ .is_open = true, .network = network };
  bg_turn_bucket_init (&client->requests, &request_rate, now_ms);
}

uint32_t
bg_turn_server_open (BgTurnServer *self, uint64_t network, uint64_t now_ms)
{
  uint32_t number = self->first_free;
  BgTurnClient *client;

  if (number == 0)
    return 0;
  client = bg_turn_server_client (self, number);
  self->first_free = client->next_free;
  if (self->first_free == 0)
    self->last_free = 0;
  open_client (client, network, now_ms);
  return number;
}

/* Takes a number out of the middle of the free ones. */
static bool
take_free (BgTurnServer *self, uint32_t number)
{
  uint32_t before = 0, free = self->first_free;

  while (free != 0 && free != number)
    {
      before = free;
      free = bg_turn_server_client (self, free)->next_free;
    }
  if (free == 0)
    return false;
  free = bg_turn_server_client (self, number)->next_free;
  *(before != 0 ? &bg_turn_server_client (self, before)->next_free : &self->first_free) = free;
  if (self->last_free == number)
    self->last_free = before;
  return true;
}

bool
bg_turn_server_open_as (BgTurnServer *self, uint32_t number, uint64_t network, uint64_t now_ms)
{
  if (!take_free (self, number))
    return false;
  open_client (bg_turn_server_client (self, number), network, now_ms);
  return true;
}

void
bg_turn_server_set_device (BgTurnServer *self, uint32_t number, BgBytes device)
{
  bg_turn_server_client (self, number)->device = bg_turn_device_share (device);
}

static void
add_free (BgTurnServer *self, uint32_t number)
{
  if (self->last_free != 0)
    bg_turn_server_client (self, self->last_free)->next_free = number;
  else
    self->first_free = number;
  self->last_free = number;
}

void
bg_turn_server_close (BgTurnServer *self, uint32_t number)
{
  BgTurnClient *client = bg_turn_server_client (self, number);

  bg_turn_server_release (self, client);
  *client = (BgTurnClient){ .is_open = false };
  add_free (self, number);
}

bool
bg_turn_server_has_allocation (const BgTurnServer *self, uint32_t number, uint64_t now_ms)
{
  return bg_turn_allocation_is_live (&self->clients[number - 1].allocation, now_ms);
}

/* The ceiling */

static bool
is_step_full (const BgTurnServer *self)
{
  return self->unwritten.bytes >= self->step.bytes
         || self->unwritten.messages >= self->step.messages;
}

void
bg_turn_server_spend (BgTurnServer *self, uint64_t bytes, uint64_t messages)
{
  BgTurnPeriod before = self->reached;

  bg_turn_spent_add (&self->spent, bytes, messages);
  self->unwritten.bytes += bytes;
  self->unwritten.messages += messages;
  self->reached = bg_turn_spent_reached (&self->spent, &self->ceiling);
  if (self->reached == before && !is_step_full (self))
    return;
  self->unwritten = (BgTurnAmount){ 0 };
  self->host.spent (self->host.data);
}

void
bg_turn_server_set_spent (BgTurnServer *self, const BgTurnSpent *spent)
{
  self->spent = *bg_turn_spent_later (spent, &self->spent);
  self->reached = bg_turn_spent_reached (&self->spent, &self->ceiling);
}

BgTurnPeriod
bg_turn_server_get_spent (BgTurnServer *self, uint64_t unix_s, BgTurnSpent *spent)
{
  bg_turn_spent_turn (&self->spent, unix_s);
  self->reached = bg_turn_spent_reached (&self->spent, &self->ceiling);
  *spent = self->spent;
  return self->reached;
}

/* Messages */

static BgTurnVerdict
malformed (BgTurnServer *self)
{
  self->counters.malformed++;
  return BG_TURN_MALFORMED;
}

static BgTurnVerdict
take_stun (BgTurnServer *self, uint32_t number, const BgStunMessage *message, const BgTurnTime *now)
{
  BgTurnClient *client = bg_turn_server_client (self, number);

  if (message->class == BG_STUN_REQUEST)
    {
      if (!bg_turn_bucket_take (&client->requests, &request_rate, 1, now->ms)
          || !bg_stun_message_has_no_wrong_fingerprint (message))
        return malformed (self);
      bg_turn_answer_request (self, number, message, now);
    }
  else if (message->class == BG_STUN_INDICATION && message->method == BG_STUN_SEND)
    bg_turn_relay_send (self, number, message, now->ms);
  return BG_TURN_TAKEN;
}

static BgTurnVerdict
take_message (BgTurnServer *self, uint32_t client, BgBytes bytes, const BgTurnTime *now)
{
  BgStunMessage message;

  if (self->reached != BG_TURN_NO_PERIOD && bg_turn_server_has_allocation (self, client, now->ms))
    {
      self->counters.over_ceiling++;
      return BG_TURN_OVER_CEILING;
    }
  if (bytes.len > 0 && bytes.bytes[0] >> 6 == 1)
    return bg_turn_relay_channel_data (self, client, bytes.bytes, bytes.len, now->ms)
             ? BG_TURN_TAKEN
             : malformed (self);
  if (bg_stun_message_parse (&message, bytes.bytes, bytes.len))
    return take_stun (self, client, &message, now);
  return malformed (self);
}

/* Of the message at the start, with its padding, which the last one in a frame may lack; 0: it is not whole. */
static size_t
message_len (BgBytes bytes)
{
  size_t len, wanted;

  if (bytes.len < CHANNEL_HEADER)
    return 0;
  len = bg_get16 (bytes.bytes + 2);
  wanted = bytes.bytes[0] >> 6 == 1 ? CHANNEL_HEADER + len : BG_STUN_HEADER + len;
  if (wanted > bytes.len)
    return 0;
  wanted += bg_padding (wanted);
  return wanted < bytes.len ? wanted : bytes.len;
}

static BgTurnVerdict
take_bundle (BgTurnServer *self, uint32_t client, BgBytes rest, const BgTurnTime *now)
{
  BgTurnVerdict verdict = BG_TURN_TAKEN;

  do
    {
      size_t len = message_len (rest);

      verdict = take_message (self, client, (BgBytes){ rest.bytes, len }, now);
      rest = (BgBytes){ rest.bytes + len, rest.len - len };
    }
  while (verdict == BG_TURN_TAKEN && rest.len > 0);
  return verdict;
}

BgTurnVerdict
bg_turn_server_receive (BgTurnServer *self, uint32_t client, BgTurnFrame kind, const uint8_t *bytes,
                        size_t len, const BgTurnTime *now)
{
  const BgBytes frame = { bytes, len };

  bg_turn_spent_turn (&self->spent, now->unix_s);
  bg_turn_server_spend (self, 0, 1);
  self->counters.frames++;
  return kind == BG_TURN_MANY ? take_bundle (self, client, frame, now)
                              : take_message (self, client, frame, now);
}

uint64_t
bg_turn_server_expire (BgTurnServer *self, uint64_t now_ms)
{
  uint64_t next = UINT64_MAX;

  for (BgTurnClient *client = self->clients; client < self->clients + self->n_clients; client++)
    {
      uint64_t until = client->allocation.until_ms;

      if (until == 0)
        continue;
      if (until <= now_ms)
        bg_turn_server_release (self, client);
      else if (until < next)
        next = until;
    }
  return next;
}

void
bg_turn_server_get_counters (const BgTurnServer *self, BgTurnCounters *counters)
{
  *counters = self->counters;
}

/* Life */

static uint32_t
client_count (const BgTurnLimits *limits)
{
  return limits->clients < BG_TURN_CLIENTS_MAX ? limits->clients : BG_TURN_CLIENTS_MAX;
}

size_t
bg_turn_server_size (const BgTurnLimits *limits)
{
  size_t n = client_count (limits);

  return sizeof (BgTurnServer) + n * (sizeof (BgTurnClient) + 2 * sizeof (BgTurnShare));
}

static BgTurnShares
shares_of (BgTurnShare *shares, uint32_t n, uint32_t most, uint64_t bytes_per_s)
{
  uint64_t at_once = bytes_per_s / 2 > LEAST_AT_ONCE ? bytes_per_s / 2 : LEAST_AT_ONCE;

  return (BgTurnShares){ shares, n, most, { bytes_per_s, at_once } };
}

BgTurnServer *
bg_turn_server_new (void *block, const BgTurnLimits *limits, const BgTurnHost *host, BgBytes secret,
                    BgBytes realm)
{
  BgTurnServer *self = block;
  uint32_t n = client_count (limits);
  BgTurnShare *shares;

  memset (block, 0, bg_turn_server_size (limits));
  self->host = *host;
  self->secret = secret;
  self->realm = realm;
  self->n_clients = n;
  self->ceiling = limits->ceiling;
  self->step = bg_turn_ceiling_step (&limits->ceiling);
  shares = (BgTurnShare *) (void *) &self->clients[n];
  self->users = shares_of (shares, n, limits->per_user, limits->user_bytes_per_s);
  self->networks = shares_of (shares + n, n, limits->per_network, limits->network_bytes_per_s);
  for (uint32_t number = 1; number <= n; number++)
    add_free (self, number);
  return self;
}

void
bg_turn_server_wipe (BgTurnServer *self)
{
  for (BgTurnClient *client = self->clients; client < self->clients + self->n_clients; client++)
    bg_turn_allocation_clear (&client->allocation);
}
