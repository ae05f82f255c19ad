/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/turn-server.h"

/* What a host keeps of a client beside its connection, so that a server in new memory takes up where another one ended. The
 * bytes hold the allocation's key: they are as secret as the relay's. */

enum
{
  BG_TURN_MEMORY_MAX = 1280,
};

/* Writes a client into `bytes`; how many these are. Relaying alone changes nothing of it. */
size_t bg_turn_server_save (const BgTurnServer *self, uint32_t client, uint64_t now_ms,
                            uint8_t bytes[BG_TURN_MEMORY_MAX]);
/* Opens a client under the number that it had, which nobody has, as what bg_turn_server_set_device() says of it; an allocation that has expired meanwhile, or has no share any
 * more, is left out. False, and nothing opened, where the bytes make no sense. */
bool bg_turn_server_restore (BgTurnServer *self, uint32_t client, BgBytes saved, BgBytes device, uint64_t now_ms);
