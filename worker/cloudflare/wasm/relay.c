/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The TURN server of a Durable Object, for the JavaScript around it. A client is a number; what a call is about is in the
 * input. Times are milliseconds since 1970. */
#include "worker/cloudflare/wasm/memory.h"
#include "worker/core/session.h"
#include "worker/core/turn-memory.h"
#include "worker/core/turn-server.h"

enum
{
  SECRET_MAX = 256,
  PER_USER = 256, /* as with bamgate-hub */
  NETWORK_PART = 4,
  NETWORK_LEAST = 64,
  NETWORK_RATES = 4,
  MD5 = 0,
  HMAC_SHA1 = 1,
  HMAC_SHA256 = 2,
};

#define REALM "bamgate"

IMPORT (turn_send) void host_turn_send (uint32_t client, const uint8_t *bytes, size_t len);
IMPORT (nonce) uint64_t host_nonce (void);
IMPORT (turn_spent) void host_turn_spent (void);
IMPORT (digest)
void host_digest (int kind, const uint8_t *key, size_t key_len, const uint8_t *bytes, size_t len,
                  uint8_t *out);

static BgTurnServer *server;
static uint8_t secret[SECRET_MAX];
static uint8_t row[INPUT_MAX]; /* parts in one */
static uint8_t saved[BG_TURN_MEMORY_MAX];

/* False where they do not fit. */
static bool
join_parts (const BgBytes *parts, size_t n, size_t *len)
{
  *len = 0;
  for (size_t i = 0; i < n; i++)
    {
      if (parts[i].len > sizeof row - *len)
        return false;
      if (parts[i].len > 0)
        memcpy (row + *len, parts[i].bytes, parts[i].len);
      *len += parts[i].len;
    }
  return true;
}

static bool
digest (int kind, BgBytes key, const BgBytes *parts, size_t n, uint8_t *out)
{
  size_t len;

  if (!join_parts (parts, n, &len))
    return false;
  host_digest (kind, key.bytes, key.len, row, len, out);
  return true;
}

static bool
md5 (void *data, const BgBytes *parts, size_t n, uint8_t out[BG_MD5_LEN])
{
  return digest (MD5, (BgBytes){ row, 0 }, parts, n, out);
}

static bool
hmac_sha1 (void *data, BgBytes key, const BgBytes *parts, size_t n, uint8_t out[BG_SHA1_LEN])
{
  return digest (HMAC_SHA1, key, parts, n, out);
}

static bool
hmac_sha256 (void *data, BgBytes key, const BgBytes *parts, size_t n, uint8_t out[BG_SHA256_LEN])
{
  return digest (HMAC_SHA256, key, parts, n, out);
}

static uint64_t
nonce (void *data)
{
  return host_nonce ();
}

static void
send (void *data, uint32_t client, const BgBytes *parts, size_t n)
{
  size_t len;

  if (join_parts (parts, n, &len))
    host_turn_send (client, row, len);
}

static void
spent (void *data)
{
  host_turn_spent ();
}

/* What is in the input, as four numbers: bytes and messages of the day, and of the month; 0: no bound. NULL: it is no ceiling. */
EXPORT (ceiling_read)
const double *
ceiling_read (uint32_t len)
{
  static double numbers[4];
  BgTurnCeiling ceiling;

  if (!bg_turn_ceiling_read ((BgBytes){ input, len }, &ceiling))
    return NULL;
  numbers[0] = (double) ceiling.day.bytes;
  numbers[1] = (double) ceiling.day.messages;
  numbers[2] = (double) ceiling.month.bytes;
  numbers[3] = (double) ceiling.month.messages;
  return numbers;
}

/* The secret, and then the ceiling, are in the input; a ceiling of no length is none. False where there is no memory. */
EXPORT (relay_open)
bool
relay_open (uint32_t secret_len, uint32_t ceiling_len, uint32_t clients, double bytes_per_s)
{
  BgTurnLimits limits = { .clients = clients,
                          .per_user = PER_USER,
                          .per_network = clients / NETWORK_PART > NETWORK_LEAST
                                           ? clients / NETWORK_PART
                                           : NETWORK_LEAST,
                          .user_bytes_per_s = (uint64_t) bytes_per_s,
                          .network_bytes_per_s = NETWORK_RATES * (uint64_t) bytes_per_s };
  const BgTurnHost host = {
    .digests = { md5, hmac_sha1, hmac_sha256, NULL }, .nonce = nonce, .send = send, .spent = spent
  };
  void *block = secret_len <= SECRET_MAX ? block_take (bg_turn_server_size (&limits)) : NULL;

  if (block == NULL
      || (ceiling_len > 0
          && !bg_turn_ceiling_read ((BgBytes){ input + secret_len, ceiling_len }, &limits.ceiling)))
    return false;
  memcpy (secret, input, secret_len);
  server = bg_turn_server_new (block, &limits, &host, (BgBytes){ secret, secret_len },
                               BG_TEXT (REALM));
  return true;
}

/* A new client's number; 0: there is no place. In the input: the device that it is, if it said one. */
EXPORT (turn_open)
uint32_t
turn_open (uint32_t device_len, uint64_t network, double now_ms)
{
  uint32_t client = bg_turn_server_open (server, network, (uint64_t) now_ms);

  if (client != 0)
    bg_turn_server_set_device (server, client, (BgBytes){ input, device_len });
  return client;
}

EXPORT (turn_close)
void
turn_close (uint32_t client)
{
  bg_turn_server_close (server, client);
}

EXPORT (turn_has_allocation)
bool
turn_has_allocation (uint32_t client, double now_ms)
{
  return bg_turn_server_has_allocation (server, client, (uint64_t) now_ms);
}

EXPORT (turn_receive)
BgTurnVerdict
turn_receive (uint32_t client, bool may_be_many, uint32_t len, double now_ms)
{
  const BgTurnTime now = { .ms = (uint64_t) now_ms, .unix_s = (uint64_t) (now_ms / 1000) };

  return bg_turn_server_receive (server, client, may_be_many ? BG_TURN_MANY : BG_TURN_ONE, input,
                                 len, &now);
}

EXPORT (turn_expire)
void
turn_expire (double now_ms)
{
  bg_turn_server_expire (server, (uint64_t) now_ms);
}

/* How many bytes, which are at turn_saved_at(). */
EXPORT (turn_save)
uint32_t
turn_save (uint32_t client, double now_ms)
{
  return bg_turn_server_save (server, client, (uint64_t) now_ms, saved);
}

EXPORT (turn_saved_at)
const uint8_t *
turn_saved_at (void)
{
  return saved;
}

/* In the input: its device, and what was saved. */
EXPORT (turn_restore)
bool
turn_restore (uint32_t client, uint32_t device_len, uint32_t len, double now_ms)
{
  return bg_turn_server_restore (server, client, (BgBytes){ input + device_len, len },
                                 (BgBytes){ input, device_len }, (uint64_t) now_ms);
}

/* What was spent, as six numbers: the day, its bytes and messages, the month, its bytes and messages. */
static double spent_numbers[6];

EXPORT (spent_at)
double *
spent_at (void)
{
  return spent_numbers;
}

/* Takes the six. */
EXPORT (turn_set_spent)
void
turn_set_spent (void)
{
  const double *n = spent_numbers;
  const BgTurnSpent earlier = { .day = (uint32_t) n[0],
                                .in_day = { (uint64_t) n[1], (uint64_t) n[2] },
                                .month = (uint32_t) n[3],
                                .in_month = { (uint64_t) n[4], (uint64_t) n[5] } };

  bg_turn_server_set_spent (server, &earlier);
}

/* Writes the six. Which ceiling was reached. */
EXPORT (turn_get_spent)
BgTurnPeriod
turn_get_spent (double now_ms)
{
  BgTurnSpent now;
  BgTurnPeriod reached = bg_turn_server_get_spent (server, (uint64_t) (now_ms / 1000), &now);

  spent_numbers[0] = now.day;
  spent_numbers[1] = (double) now.in_day.bytes;
  spent_numbers[2] = (double) now.in_day.messages;
  spent_numbers[3] = now.month;
  spent_numbers[4] = (double) now.in_month.bytes;
  spent_numbers[5] = (double) now.in_month.messages;
  return reached;
}

/* When a ceiling that is reached is one of the past, in Unix seconds. */
EXPORT (turn_spent_until)
double
turn_spent_until (double now_ms)
{
  BgTurnSpent now;
  BgTurnPeriod reached = bg_turn_server_get_spent (server, (uint64_t) (now_ms / 1000), &now);

  return (double) bg_turn_spent_until (&now, reached);
}

/* Ten numbers: live, bytes, dropped over the rate, dropped unreachable, malformed, messages, over the ceiling, over quota,
 * unauthorized, frames. */
EXPORT (turn_counters)
const double *
turn_counters (void)
{
  static double numbers[10];
  BgTurnCounters counters;

  bg_turn_server_get_counters (server, &counters);
  numbers[0] = counters.live;
  numbers[1] = (double) counters.bytes;
  numbers[2] = (double) counters.dropped_over_rate;
  numbers[3] = (double) counters.dropped_unreachable;
  numbers[4] = (double) counters.malformed;
  numbers[5] = (double) counters.messages;
  numbers[6] = (double) counters.over_ceiling;
  numbers[7] = (double) counters.over_quota;
  numbers[8] = (double) counters.unauthorized;
  numbers[9] = (double) counters.frames;
  return numbers;
}

/* The useless frames of one socket. 0 where there is no memory. */
EXPORT (useless_new)
BgTokenBucket *
useless_new (double now_ms)
{
  BgTokenBucket *bucket = block_take (sizeof *bucket);

  if (bucket != NULL)
    bg_token_bucket_init (bucket, &bg_relay_useless_rate, (int64_t) (now_ms * 1000));
  return bucket;
}

EXPORT (useless_free)
void
useless_free (BgTokenBucket *bucket)
{
  block_give_back (bucket, sizeof *bucket);
}

/* Another one came: why the socket is to go, if it is. */
EXPORT (useless_take)
BgGoodbye
useless_take (BgTokenBucket *bucket, double now_ms)
{
  return bg_token_bucket_take (bucket, &bg_relay_useless_rate, (int64_t) (now_ms * 1000))
           ? BG_GOODBYE_NONE
           : BG_GOODBYE_USELESS;
}

/* The ceiling is reached: why every socket that has an allocation is to go. */
EXPORT (goodbye_over_ceiling)
BgGoodbye
goodbye_over_ceiling (void)
{
  return BG_GOODBYE_OVER_CEILING;
}

/* The same for one whose frame is so long, and for one that has had no allocation since then. */
EXPORT (relay_check_frame)
BgGoodbye
relay_check_frame (uint32_t len)
{
  return len > BG_SESSION_MAX_FRAME ? BG_GOODBYE_FRAME_TOO_BIG : BG_GOODBYE_NONE;
}

EXPORT (relay_check_use)
BgGoodbye
relay_check_use (double useful_ms, double now_ms)
{
  return now_ms - useful_ms > BG_RELAY_USELESS_S * 1000.0 ? BG_GOODBYE_NO_ALLOCATION
                                                          : BG_GOODBYE_NONE;
}
