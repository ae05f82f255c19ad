/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-relay-queue.h"

enum
{
  LEAST_ROOM = 4096,
  CHANNEL_HEADER = 4,
  STUN_HEADER = 20,
};

void
bg_hub_relay_queue_clear (BgHubRelayQueue *self)
{
  g_clear_pointer (&self->bytes, g_free);
  self->room = self->start = self->end = 0;
}

gsize
bg_hub_relay_queue_get_len (const BgHubRelayQueue *self)
{
  return self->end - self->start;
}

/* Of the message there, with its padding. */
static gsize
message_len (const guint8 *at)
{
  gsize len = bg_get16 (at + 2);

  return at[0] >> 6 == 1 ? CHANNEL_HEADER + len + bg_padding (len) : STUN_HEADER + len;
}

static void
make_room (BgHubRelayQueue *self, gsize len)
{
  gsize waiting = bg_hub_relay_queue_get_len (self);

  if (self->room - self->end >= len)
    return;
  if (self->start > 0)
    {
      memmove (self->bytes, self->bytes + self->start, waiting);
      self->start = 0;
      self->end = waiting;
    }
  while (self->room - self->end < len)
    {
      self->room = MAX (2 * self->room, LEAST_ROOM);
      self->bytes = g_realloc (self->bytes, self->room);
    }
}

static void
drop_oldest (BgHubRelayQueue *self)
{
  self->start += message_len (self->bytes + self->start);
  self->dropped++;
}

void
bg_hub_relay_queue_push (BgHubRelayQueue *self, const BgBytes *parts, gsize n, gsize limit)
{
  gsize len = 0;

  for (gsize i = 0; i < n; i++)
    len += parts[i].len;
  while (bg_hub_relay_queue_get_len (self) > 0 && bg_hub_relay_queue_get_len (self) + len > limit)
    drop_oldest (self);
  if (len > limit)
    {
      self->dropped++;
      return;
    }
  make_room (self, len);
  for (gsize i = 0; i < n; i++)
    if (parts[i].len > 0)
      {
        memcpy (self->bytes + self->end, parts[i].bytes, parts[i].len);
        self->end += parts[i].len;
      }
}

BgBytes
bg_hub_relay_queue_take (BgHubRelayQueue *self, gsize most)
{
  gsize from = self->start, at = from;

  while (at < self->end && (at == from || at - from + message_len (self->bytes + at) <= most))
    at += message_len (self->bytes + at);
  self->start = at;
  if (self->start == self->end)
    self->start = self->end = 0;
  return (BgBytes){ self->bytes + from, at - from };
}
