/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The hub of light-peers: one guest over WebSocket, and members in this process, who see the guest and not each other. A
 * member's line is a BgSignalingClient, the class of signaling/ made anew at link time. */

#include "signaling/signaling-client.h"

typedef struct LightHub LightHub;

LightHub *light_hub_new (const char *address, guint16 port, GError **error);
/* A member's line, off-line until light_hub_join(). `self` is copied. */
BgSignalingClient *light_hub_line_new (LightHub *hub, const BgSignalPeer *self);
/* All members enter at once. */
void light_hub_join (LightHub *hub);
