/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/session.h"

#define US_PER_S INT64_C (1000000)

/* Generous: a device that meets a hundred others sends some thousand candidates at once, and then nothing for hours. */
static const BgTokenRate frame_rate = { .per_second = 256, .burst = 4096 };

const BgTokenRate bg_relay_useless_rate = { .per_second = 2, .burst = 64 };

static const BgGoodbyeWords goodbyes[] = {
  [BG_GOODBYE_SILENT] = { 1008, "fell silent" },
  [BG_GOODBYE_NO_JOIN] = { 1008, "no join came" },
  [BG_GOODBYE_TOO_MANY] = { 1008, "too many messages" },
  [BG_GOODBYE_FRAME_TOO_BIG] = { 1009, "the frame is too large" },
  [BG_GOODBYE_JOIN_TOO_BIG] = { 1009, "the join is too large" },
  [BG_GOODBYE_NAME_TAKEN] = { 1008, "this name is in use by a device with another key" },
  [BG_GOODBYE_ROOM_FULL] = { 1008, "the room is full" },
  [BG_GOODBYE_REPLACED] = { 1008, "replaced by a newer connection of this device" },
  [BG_GOODBYE_USELESS] = { 1008, "too much that the relay cannot use" },
  [BG_GOODBYE_NO_ALLOCATION] = { 1000, "no allocation" },
  [BG_GOODBYE_NOT_ITSELF] = { 1008, "a device joins under its own name, key and address" },
  [BG_GOODBYE_PENDING] = { 1008, "this device waits for an owner's word" },
  [BG_GOODBYE_REVOKED] = { 1008, "this device was revoked" },
  [BG_GOODBYE_LEFT] = { 1008, "this device left the network" },
  [BG_GOODBYE_CHANGED] = { 1008, "this device was changed: come again" },
  [BG_GOODBYE_TOKEN_OVER] = { 1008, "the shared token opens this network no more" },
  [BG_GOODBYE_OVER_CEILING] = { 1008, "the relay passed on as much as its owner allows" },
  [BG_GOODBYE_SLOW] = { 1013, "it reads too slowly" },
};

const BgGoodbyeWords *
bg_goodbye_words (BgGoodbye why)
{
  return &goodbyes[why];
}

void
bg_session_init (BgSession *self, int64_t now_us)
{
  *self = (BgSession){ .opened_at = now_us, .heard_at = now_us };
  bg_token_bucket_init (&self->frames, &frame_rate, now_us);
}

void
bg_session_hear (BgSession *self, int64_t now_us)
{
  self->heard_at = now_us;
}

bool
bg_session_take_frame (BgSession *self, int64_t now_us)
{
  self->heard_at = now_us;
  return bg_token_bucket_take (&self->frames, &frame_rate, now_us);
}

BgGoodbye
bg_session_overdue (const BgSession *self, bool is_joined, uint32_t join_timeout_s,
                    uint32_t ping_interval_s, int64_t now_us)
{
  if (now_us - self->heard_at > ping_interval_s * US_PER_S * 5 / 2)
    return BG_GOODBYE_SILENT;
  if (!is_joined && now_us - self->opened_at > join_timeout_s * US_PER_S)
    return BG_GOODBYE_NO_JOIN;
  return BG_GOODBYE_NONE;
}
