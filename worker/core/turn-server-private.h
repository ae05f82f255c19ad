/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/stun-writer.h"
#include "worker/core/turn-allocation.h"
#include "worker/core/turn-server.h"
#include "worker/core/turn-share.h"

/* What the server's files share. */

enum
{
  BG_TURN_ANSWER_MAX = 1024,
  BG_TURN_NONCE_TEXT = 20, /* digits of 64 bits */
};

typedef struct
{
  uint32_t         next_free; /* client number; 0: the last */
  bool             is_open, has_nonce;
  uint64_t         network, device; /* the share of the device; 0: that of the name */
  uint64_t         nonce, nonce_at_ms;
  BgTurnBucket     requests;
  BgTurnAllocation allocation;
} BgTurnClient;

struct BgTurnServer
{
  BgTurnHost     host;
  BgBytes        secret, realm;
  BgTurnShares   users, networks;
  BgTurnCounters counters;
  BgTurnCeiling  ceiling;
  BgTurnSpent    spent;
  BgTurnAmount   step, unwritten; /* so much may be spent that nobody wrote down, and so much is */
  BgTurnPeriod   reached;
  uint32_t       n_clients, first_free, last_free;
  uint8_t        answer[BG_TURN_ANSWER_MAX];
  BgTurnClient   clients[]; /* client number less one; behind them the shares */
};

BgTurnClient *bg_turn_server_client (BgTurnServer *self, uint32_t client);
/* Its relayed address. */
uint32_t bg_turn_server_ip_of (uint32_t client);
/* Whose relayed address that is, whatever its port; 0: nobody's that could be. */
uint32_t bg_turn_server_client_at (const BgTurnServer *self, const BgStunAddress *address);
/* Opens a client under a number that nobody has; false where that is none. */
bool bg_turn_server_open_as (BgTurnServer *self, uint32_t client, uint64_t network,
                             uint64_t now_ms);
/* turn-requests.c: the share of a registered device, 0 where there is none. */
uint64_t bg_turn_device_share (BgBytes device);
/* turn-requests.c: counts its allocation among those of the user and of the client's network; false where these have as many as they may. */
bool bg_turn_server_take_shares (BgTurnServer *self, BgTurnClient *client, BgBytes user,
                                 uint64_t now_ms);
/* Counts what was relayed. */
void bg_turn_server_spend (BgTurnServer *self, uint64_t bytes, uint64_t messages);
/* Ends the allocation. */
void bg_turn_server_release (BgTurnServer *self, BgTurnClient *client);

/* turn-requests.c: answers a request. */
void bg_turn_answer_request (BgTurnServer *self, uint32_t number, const BgStunMessage *request, const BgTurnTime *now);
/* turn-relay.c: a Send indication; a ChannelData, false where it is none. */
void bg_turn_relay_send (BgTurnServer *self, uint32_t number, const BgStunMessage *indication, uint64_t now_ms);
bool bg_turn_relay_channel_data (BgTurnServer *self, uint32_t number, const uint8_t *bytes, size_t len, uint64_t now_ms);
