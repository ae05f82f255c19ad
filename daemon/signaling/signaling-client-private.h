/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "signaling/signaling-client.h"

/* The client's patience; tests shorten it. */
typedef struct
{
  guint dial_ms;          /* from dialling to the hub's list of peers */
  guint ping_s;           /* WebSocket pings */
  guint silence_ms;       /* no frame and no pong for so long: the line is dead */
  guint probe_ms;         /* no pong for so long after bg_signaling_client_retry_now(): the same */
  guint patience_ms;      /* TCP's: what the hub's machine did not acknowledge for so long ends the line */
  guint stable_ms;        /* a line that held so long makes earlier failures forgotten */
  guint spacing_ms;       /* never dial faster */
  guint rejoin_ms;        /* rejoins that the hub causes stay so far apart */
  guint hold_ms;          /* so long a join is held back at most */
  guint backoff_permille; /* of the delays of backoff.h */
} BgSignalingTiming;

void bg_signaling_client_set_timing (BgSignalingClient *self, const BgSignalingTiming *timing);
const BgSignalingTiming *bg_signaling_client_get_timing (BgSignalingClient *self);
