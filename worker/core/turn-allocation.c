/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/turn-allocation.h"

bool
bg_turn_allocation_is_live (const BgTurnAllocation *self, uint64_t now_ms)
{
  return self->until_ms > now_ms;
}

BgBytes
bg_turn_allocation_get_username (const BgTurnAllocation *self)
{
  return (BgBytes){ self->username, self->username_len };
}

void
bg_turn_allocation_clear (BgTurnAllocation *self)
{
  bg_core_wipe (self->key, sizeof self->key);
  memset (self, 0, sizeof *self);
}

/* Permissions */

static const BgTurnPermission *
find_permission (const BgTurnAllocation *self, uint32_t peer, uint64_t now_ms)
{
  for (const BgTurnPermission *p = self->permissions; p < self->permissions + BG_TURN_PERMISSIONS;
       p++)
    if (p->peer == peer && p->until_ms > now_ms)
      return p;
  return NULL;
}

bool
bg_turn_allocation_permit (BgTurnAllocation *self, uint32_t peer, uint64_t now_ms)
{
  BgTurnPermission *place = (BgTurnPermission *) find_permission (self, peer, now_ms);

  for (BgTurnPermission *p = self->permissions;
       place == NULL && p < self->permissions + BG_TURN_PERMISSIONS; p++)
    if (p->until_ms <= now_ms)
      place = p;
  if (place == NULL)
    return false;
  *place = (BgTurnPermission){ peer, now_ms + BG_TURN_PERMISSION_MS };
  return true;
}

bool
bg_turn_allocation_is_permitted (const BgTurnAllocation *self, uint32_t peer, uint64_t now_ms)
{
  return find_permission (self, peer, now_ms) != NULL
         || bg_turn_allocation_channel_of (self, peer, now_ms) != 0;
}

/* Channels. A client takes its numbers from the first one upwards: so each has a place where it mostly is. */

static const BgTurnChannel *
find_number (const BgTurnAllocation *self, uint16_t number, uint64_t now_ms)
{
  const BgTurnChannel *guess = &self->channels[number % BG_TURN_CHANNELS];

  if (guess->number == number && guess->until_ms > now_ms)
    return guess;
  for (const BgTurnChannel *c = self->channels; c < self->channels + BG_TURN_CHANNELS; c++)
    if (c->number == number && c->until_ms > now_ms)
      return c;
  return NULL;
}

static const BgTurnChannel *
find_peer (const BgTurnAllocation *self, uint32_t peer, uint64_t now_ms)
{
  for (const BgTurnChannel *c = self->channels; c < self->channels + BG_TURN_CHANNELS; c++)
    if (c->peer == peer && c->until_ms > now_ms)
      return c;
  return NULL;
}

static const BgTurnChannel *
find_free (const BgTurnAllocation *self, uint16_t number, uint64_t now_ms)
{
  const BgTurnChannel *guess = &self->channels[number % BG_TURN_CHANNELS];

  if (guess->until_ms <= now_ms)
    return guess;
  for (const BgTurnChannel *c = self->channels; c < self->channels + BG_TURN_CHANNELS; c++)
    if (c->until_ms <= now_ms)
      return c;
  return NULL;
}

BgTurnBinding
bg_turn_allocation_bind (BgTurnAllocation *self, uint16_t number, uint32_t peer, uint64_t now_ms)
{
  const BgTurnChannel *of_number = find_number (self, number, now_ms);
  BgTurnChannel *place;

  if (of_number != NULL && of_number->peer != peer)
    return BG_TURN_BOUND_TO_OTHER;
  if (peer == 0)
    return BG_TURN_BOUND;
  place = (BgTurnChannel *) find_peer (self, peer, now_ms);
  if (place == NULL)
    place = (BgTurnChannel *) find_free (self, number, now_ms);
  if (place == NULL)
    return BG_TURN_NO_CHANNEL_LEFT;
  *place = (BgTurnChannel){ peer, number, now_ms + BG_TURN_CHANNEL_MS };
  bg_turn_allocation_permit (self, peer, now_ms);
  return BG_TURN_BOUND;
}

uint32_t
bg_turn_allocation_peer_of (const BgTurnAllocation *self, uint16_t number, uint64_t now_ms)
{
  const BgTurnChannel *channel = find_number (self, number, now_ms);

  return channel != NULL ? channel->peer : 0;
}

uint16_t
bg_turn_allocation_channel_of (const BgTurnAllocation *self, uint32_t peer, uint64_t now_ms)
{
  const BgTurnChannel *channel = find_peer (self, peer, now_ms);

  return channel != NULL ? channel->number : 0;
}
