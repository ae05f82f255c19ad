/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/turn-memory.h"
#include "worker/core/turn-server-private.h"

enum
{
  VERSION = 1,
  PERMISSION_LEN = 4 + 8,
  CHANNEL_LEN = 4 + 2 + 8,
  CLIENT_LEN = 1 + 8 + 1 + 8 + 8 + 1,
  ALLOCATION_LEN = 8 + 4 + BG_STUN_TRANSACTION + BG_MD5_LEN + 2 + BG_TURN_USERNAME_MAX,
};
_Static_assert(CLIENT_LEN + ALLOCATION_LEN + 2 + BG_TURN_PERMISSIONS * PERMISSION_LEN
                   + BG_TURN_CHANNELS * CHANNEL_LEN
                 <= BG_TURN_MEMORY_MAX,
               "the longest fits");

/* Writing */

typedef struct
{
  uint8_t *at;
} Writer;

static void
put (Writer *w, uint64_t value, size_t len)
{
  for (size_t i = len; i > 0; i--, value >>= 8)
    w->at[i - 1] = (uint8_t) value;
  w->at += len;
}

static void
put_bytes (Writer *w, const uint8_t *bytes, size_t len)
{
  memcpy (w->at, bytes, len);
  w->at += len;
}

static void
put_permissions (Writer *w, const BgTurnAllocation *a, uint64_t now_ms)
{
  uint8_t *count = w->at++;

  *count = 0;
  for (const BgTurnPermission *p = a->permissions; p < a->permissions + BG_TURN_PERMISSIONS; p++)
    if (p->until_ms > now_ms)
      {
        put (w, p->peer, 4);
        put (w, p->until_ms, 8);
        ++*count;
      }
}

static void
put_channels (Writer *w, const BgTurnAllocation *a, uint64_t now_ms)
{
  uint8_t *count = w->at++;

  *count = 0;
  for (const BgTurnChannel *c = a->channels; c < a->channels + BG_TURN_CHANNELS; c++)
    if (c->until_ms > now_ms)
      {
        put (w, c->peer, 4);
        put (w, c->number, 2);
        put (w, c->until_ms, 8);
        ++*count;
      }
}

static void
put_allocation (Writer *w, const BgTurnAllocation *a, uint64_t now_ms)
{
  put (w, a->until_ms, 8);
  put (w, a->lifetime_s, 4);
  put_bytes (w, a->transaction, sizeof a->transaction);
  put_bytes (w, a->key, sizeof a->key);
  put (w, a->username_len, 2);
  put_bytes (w, a->username, a->username_len);
  put_permissions (w, a, now_ms);
  put_channels (w, a, now_ms);
}

size_t
bg_turn_server_save (const BgTurnServer *self, uint32_t number, uint64_t now_ms,
                     uint8_t bytes[BG_TURN_MEMORY_MAX])
{
  const BgTurnClient *client = &self->clients[number - 1];
  bool is_live = bg_turn_allocation_is_live (&client->allocation, now_ms);
  Writer w = { bytes };

  put (&w, VERSION, 1);
  put (&w, client->network, 8);
  put (&w, client->has_nonce, 1);
  put (&w, client->nonce, 8);
  put (&w, client->nonce_at_ms, 8);
  put (&w, is_live, 1);
  if (is_live)
    put_allocation (&w, &client->allocation, now_ms);
  return (size_t) (w.at - bytes);
}

/* Reading */

typedef struct
{
  BgBytes rest;
  bool is_bad;
} Reader;

static const uint8_t *
take (Reader *r, size_t len)
{
  static const uint8_t zeros[BG_TURN_USERNAME_MAX];
  const uint8_t *bytes = r->rest.bytes;

  if (r->is_bad || r->rest.len < len)
    {
      r->is_bad = true;
      return zeros;
    }
  r->rest = (BgBytes){ bytes + len, r->rest.len - len };
  return bytes;
}

static uint64_t
get (Reader *r, size_t len)
{
  const uint8_t *bytes = take (r, len);
  uint64_t value = 0;

  for (size_t i = 0; i < len; i++)
    value = value << 8 | bytes[i];
  return value;
}

/* Above `most` it is bad, and 0. */
static uint64_t
get_up_to (Reader *r, size_t len, uint64_t most)
{
  uint64_t value = get (r, len);

  r->is_bad = r->is_bad || value > most;
  return r->is_bad ? 0 : value;
}

static uint32_t
get_peer (Reader *r, uint32_t n_clients)
{
  uint32_t peer = (uint32_t) get_up_to (r, 4, n_clients);

  r->is_bad = r->is_bad || peer == 0;
  return peer;
}

static void
get_permissions (Reader *r, BgTurnAllocation *a, uint32_t n_clients)
{
  size_t n = get_up_to (r, 1, BG_TURN_PERMISSIONS);

  for (size_t i = 0; i < n && !r->is_bad; i++)
    {
      a->permissions[i].peer = get_peer (r, n_clients);
      a->permissions[i].until_ms = get (r, 8);
    }
}

/* Where it mostly is, or anywhere. */
static BgTurnChannel *
place_for (BgTurnAllocation *a, uint16_t number)
{
  BgTurnChannel *place = &a->channels[number % BG_TURN_CHANNELS];

  for (size_t i = 0; place->peer != 0 && i < BG_TURN_CHANNELS; i++)
    place = &a->channels[i];
  return place;
}

static void
get_channels (Reader *r, BgTurnAllocation *a, uint32_t n_clients)
{
  size_t n = get_up_to (r, 1, BG_TURN_CHANNELS);

  for (size_t i = 0; i < n && !r->is_bad; i++)
    {
      BgTurnChannel channel = { .peer = get_peer (r, n_clients) };

      channel.number = (uint16_t) get_up_to (r, 2, BG_TURN_LAST_CHANNEL);
      channel.until_ms = get (r, 8);
      r->is_bad = r->is_bad || channel.number < BG_TURN_FIRST_CHANNEL;
      if (!r->is_bad)
        *place_for (a, channel.number) = channel;
    }
}

static void
get_allocation (Reader *r, BgTurnAllocation *a, uint32_t n_clients)
{
  a->until_ms = get (r, 8);
  a->lifetime_s = (uint32_t) get_up_to (r, 4, BG_TURN_MAX_LIFETIME_S);
  memcpy (a->transaction, take (r, sizeof a->transaction), sizeof a->transaction);
  memcpy (a->key, take (r, sizeof a->key), sizeof a->key);
  a->username_len = (uint16_t) get_up_to (r, 2, BG_TURN_USERNAME_MAX);
  memcpy (a->username, take (r, a->username_len), a->username_len);
  get_permissions (r, a, n_clients);
  get_channels (r, a, n_clients);
}

static void
get_client (Reader *r, BgTurnClient *client, uint32_t n_clients)
{
  r->is_bad = get (r, 1) != VERSION;
  client->network = get (r, 8);
  client->has_nonce = get_up_to (r, 1, 1);
  client->nonce = get (r, 8);
  client->nonce_at_ms = get (r, 8);
  if (get_up_to (r, 1, 1))
    get_allocation (r, &client->allocation, n_clients);
  r->is_bad = r->is_bad || r->rest.len > 0;
}

/* Opening it */

static bool
remember_allocation (BgTurnServer *self, BgTurnClient *client, uint64_t now_ms)
{
  uint64_t expires_s;
  BgBytes user;

  return bg_turn_allocation_is_live (&client->allocation, now_ms)
         && bg_turn_username_read (bg_turn_allocation_get_username (&client->allocation),
                                   &expires_s, &user)
         && bg_turn_server_take_shares (self, client, user, now_ms);
}

bool
bg_turn_server_restore (BgTurnServer *self, uint32_t number, BgBytes saved, BgBytes device,
                        uint64_t now_ms)
{
  BgTurnClient client = { .device = bg_turn_device_share (device) };
  Reader r = { .rest = saved };

  get_client (&r, &client, self->n_clients);
  if (r.is_bad || !bg_turn_server_open_as (self, number, client.network, now_ms))
    {
      bg_turn_allocation_clear (&client.allocation);
      return false;
    }
  client.is_open = true;
  client.requests = self->clients[number - 1].requests;
  if (remember_allocation (self, &client, now_ms))
    self->counters.live++;
  else
    bg_turn_allocation_clear (&client.allocation);
  self->clients[number - 1] = client;
  bg_turn_allocation_clear (&client.allocation);
  return true;
}
