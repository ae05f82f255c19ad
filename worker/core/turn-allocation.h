/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/stun-message.h"
#include "worker/core/turn-credential.h"

/* One allocation (RFC 8656, 2.2): who has it, until when, whom it hears, and its channels. Peers are numbers of the relay's
 * own clients, from 1; there are no others that anything could be relayed to. Times are milliseconds. */

enum
{
  BG_TURN_PERMISSIONS = 32,
  BG_TURN_CHANNELS = 32,
  BG_TURN_FIRST_CHANNEL = 0x4000,
  BG_TURN_LAST_CHANNEL = 0x7FFF, /* the reference's; RFC 8656 has 0x4FFF */
  BG_TURN_PERMISSION_MS = 300 * 1000,
  BG_TURN_CHANNEL_MS = 600 * 1000,
};

typedef struct
{
  uint32_t peer;
  uint64_t until_ms;
} BgTurnPermission;

typedef struct
{
  uint32_t peer;
  uint16_t number;
  uint64_t until_ms;
} BgTurnChannel;

typedef struct
{
  uint64_t until_ms; /* 0: there is none */
  uint32_t lifetime_s;
  uint8_t  transaction[BG_STUN_TRANSACTION]; /* of the request that made it */
  uint8_t  key[BG_MD5_LEN];
  uint16_t username_len;
  uint8_t  username[BG_TURN_USERNAME_MAX];
  uint32_t user, network; /* their shares */

  BgTurnPermission permissions[BG_TURN_PERMISSIONS];
  BgTurnChannel    channels[BG_TURN_CHANNELS];
} BgTurnAllocation;

bool bg_turn_allocation_is_live (const BgTurnAllocation *allocation, uint64_t now_ms);
BgBytes bg_turn_allocation_get_username (const BgTurnAllocation *allocation);
/* Wipes it. */
void bg_turn_allocation_clear (BgTurnAllocation *allocation);

/* Installs or renews a permission; false where there are too many. */
bool bg_turn_allocation_permit (BgTurnAllocation *allocation, uint32_t peer, uint64_t now_ms);
/* A channel is a permission too. */
bool bg_turn_allocation_is_permitted (const BgTurnAllocation *allocation, uint32_t peer, uint64_t now_ms);

typedef enum
{
  BG_TURN_BOUND,
  BG_TURN_BOUND_TO_OTHER, /* the number is another peer's */
  BG_TURN_NO_CHANNEL_LEFT,
} BgTurnBinding;

/* Binds or renews the number as the channel of the peer, with its permission (RFC 8656, 12); for peer 0, to whom nothing can
 * be relayed, nothing is kept. A peer that has another channel changes to this one, as with the reference. */
BgTurnBinding bg_turn_allocation_bind (BgTurnAllocation *allocation, uint16_t number, uint32_t peer, uint64_t now_ms);
/* 0: none */
uint32_t bg_turn_allocation_peer_of (const BgTurnAllocation *allocation, uint16_t number, uint64_t now_ms);
/* 0: none */
uint16_t bg_turn_allocation_channel_of (const BgTurnAllocation *allocation, uint32_t peer, uint64_t now_ms);
