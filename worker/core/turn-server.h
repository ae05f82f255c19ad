/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/core-digests.h"
#include "worker/core/turn-ceiling.h"

/* A TURN server (RFC 8656) that relays between its own clients and to nobody else: every client that has an allocation has a
 * relayed address 10.255.A.B:50000, and only these can be reached. It does no I/O, has no clock and allocates nothing: bytes
 * and time go in, bytes come out through the host's functions. One client is one connection of the host, of whose messages
 * each call has one: a STUN message or a ChannelData. */
typedef struct BgTurnServer BgTurnServer;

enum
{
  BG_TURN_CLIENTS_MAX = 65024,
  BG_TURN_DEFAULT_LIFETIME_S = 600,
  BG_TURN_MAX_LIFETIME_S = 3600,
  BG_TURN_RELAY_PORT = 50000,
};

typedef struct
{
  uint32_t clients;       /* at most, up to BG_TURN_CLIENTS_MAX */
  uint32_t per_user;      /* allocations; a user is a device, or what follows the expiry in the username */
  uint32_t per_network;   /* allocations */
  uint64_t user_bytes_per_s, network_bytes_per_s; /* relayed for one, half a second of it at once; 0: no bound */
  BgTurnCeiling ceiling;                          /* of all */
} BgTurnLimits;

typedef struct
{
  BgDigests digests;
  /* A number that was not given before and cannot be guessed, for a NONCE. */
  uint64_t (*nonce) (void *data);
  /* Takes one message for the client, in parts, before it returns; called from within bg_turn_server_receive(), for
   * any client. It must not call back into the server. */
  void (*send) (void *data, uint32_t client, const BgBytes *parts, size_t n);
  /* What was spent is to be written down: a step of the ceiling is full, or the ceiling is reached. As send(), but that
   * it may call bg_turn_server_get_spent(). */
  void (*spent) (void *data);
  void *data;
} BgTurnHost;

typedef struct
{
  uint64_t ms;     /* of a clock that never goes back */
  uint64_t unix_s; /* for the expiry of credentials */
} BgTurnTime;

typedef struct
{
  uint64_t allocations;              /* made */
  uint64_t unauthorized, over_quota; /* requests that were refused */
  uint64_t frames;                   /* that came in */
  uint64_t messages, bytes;          /* relayed; bytes of payload */
  uint64_t dropped_unreachable;      /* no such peer, no permission, no channel */
  uint64_t dropped_over_rate;
  uint64_t over_ceiling;             /* requests that were refused, clients that were to go */
  uint64_t malformed;
  uint32_t live; /* allocations now */
} BgTurnCounters;

/* How many bytes the server needs. */
size_t bg_turn_server_size (const BgTurnLimits *limits);
/* Makes one in `block`, which is aligned as for malloc() and has that size. `secret` and `realm` belong to the caller and
 * live longer. There is nothing to free; bg_turn_server_wipe() leaves no key behind. */
BgTurnServer *bg_turn_server_new (void *block, const BgTurnLimits *limits, const BgTurnHost *host, BgBytes secret,
                                  BgBytes realm);
void bg_turn_server_wipe (BgTurnServer *self);

/* A new client, in the network of that number; 0 as a network is nobody's, and has no quota. Its number, from 1, or 0 where
 * there are too many. An address that was given back is given out again as late as possible. */
uint32_t bg_turn_server_open (BgTurnServer *self, uint64_t network, uint64_t now_ms);
/* Before its first message: the client came as this registered device. What it uses is of the device's share, whatever name its
 * credentials say, and no name has that share. Empty: it showed the token that all share, and its share is that of the name. */
void bg_turn_server_set_device (BgTurnServer *self, uint32_t client, BgBytes device);
/* It is gone, with what it had. */
void bg_turn_server_close (BgTurnServer *self, uint32_t client);
bool bg_turn_server_has_allocation (const BgTurnServer *self, uint32_t client, uint64_t now_ms);

typedef enum
{
  BG_TURN_TAKEN,
  BG_TURN_MALFORMED, /* neither STUN nor ChannelData, or more requests than anybody needs; nothing was answered */
  BG_TURN_OVER_CEILING, /* nothing is relayed until the day or the month is over: the client is to go */
} BgTurnVerdict;

typedef enum
{
  BG_TURN_ONE,  /* one message; what follows it does not count, as with the reference */
  BG_TURN_MANY, /* whole messages in a row, ChannelData padded to four bytes as in a stream (RFC 8656, 12.5), but for the last one */
} BgTurnFrame;

/* One frame of the client, which counts as one message towards a ceiling. What stands before something malformed is taken. */
BgTurnVerdict bg_turn_server_receive (BgTurnServer *self, uint32_t client, BgTurnFrame kind, const uint8_t *bytes, size_t len,
                                      const BgTurnTime *now);
/* Ends what is overdue. When the next is due, UINT64_MAX: nothing. It need not be called in time: nothing that is overdue
 * has an effect. */
uint64_t bg_turn_server_expire (BgTurnServer *self, uint64_t now_ms);
void bg_turn_server_get_counters (const BgTurnServer *self, BgTurnCounters *counters);

/* What was spent before this server was made; the later of this and what it has counted meanwhile. */
void bg_turn_server_set_spent (BgTurnServer *self, const BgTurnSpent *spent);
/* What was spent in the day and the month of `unix_s`, and which ceiling that reached. */
BgTurnPeriod bg_turn_server_get_spent (BgTurnServer *self, uint64_t unix_s, BgTurnSpent *spent);
