/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/token-bucket.h"

/* The bounds of one WebSocket in a room, and with which words it is closed. Times are µs. */

enum
{
  BG_SESSION_MAX_FRAME = 32 * 1024,
  BG_SESSION_MAX_JOIN = 4096, /* bytes of the frame */
  BG_RELAY_USELESS_S = 60,
};

typedef enum
{
  BG_GOODBYE_NONE,
  BG_GOODBYE_SILENT,        /* nothing was heard of it for too long: to be cut */
  BG_GOODBYE_NO_JOIN,       /* it did not join in time */
  BG_GOODBYE_TOO_MANY,      /* too many frames */
  BG_GOODBYE_FRAME_TOO_BIG, /* above BG_SESSION_MAX_FRAME */
  BG_GOODBYE_JOIN_TOO_BIG,  /* above BG_SESSION_MAX_JOIN */
  BG_GOODBYE_NAME_TAKEN,
  BG_GOODBYE_ROOM_FULL,
  BG_GOODBYE_REPLACED,      /* a newer socket of the same device joined */
  BG_GOODBYE_USELESS,       /* of the relay: too many frames that it cannot use */
  BG_GOODBYE_NO_ALLOCATION, /* of the relay: none for BG_RELAY_USELESS_S */
  BG_GOODBYE_NOT_ITSELF,    /* a device joins under another name, key or address than its own */
  BG_GOODBYE_PENDING,       /* it waits for an owner's word */
  BG_GOODBYE_REVOKED,       /* it was put out */
  BG_GOODBYE_LEFT,          /* it left by itself */
  BG_GOODBYE_CHANGED,       /* it has another name, address, role or credentials from now on: it is to come again */
  BG_GOODBYE_TOKEN_OVER,    /* the token that all share opens nothing any more */
  BG_GOODBYE_OVER_CEILING,  /* of the relay: its owner lets it cost no more until the day or the month is over */
  BG_GOODBYE_SLOW,          /* it leaves too much waiting */
} BgGoodbye;

typedef struct
{
  uint16_t code; /* RFC 6455, 7.4 */
  const char *reason;
} BgGoodbyeWords;

/* For any but BG_GOODBYE_NONE. */
const BgGoodbyeWords *bg_goodbye_words (BgGoodbye why);

typedef struct
{
  int64_t opened_at, heard_at;
  BgTokenBucket frames;
} BgSession;

void bg_session_init (BgSession *self, int64_t now_us);
/* A sign of life that is no frame. */
void bg_session_hear (BgSession *self, int64_t now_us);
/* A frame came; false where those were too many: BG_GOODBYE_TOO_MANY. */
bool bg_session_take_frame (BgSession *self, int64_t now_us);
/* Is it over for what did not happen: a join within `join_timeout_s`, a sign of life within two and a half of `ping_interval_s`? */
BgGoodbye bg_session_overdue (const BgSession *self, bool is_joined, uint32_t join_timeout_s,
                              uint32_t ping_interval_s, int64_t now_us);

/* Of a socket of the relay: frames that are neither STUN nor ChannelData, and requests beyond what an agent sends. */
extern const BgTokenRate bg_relay_useless_rate;
