/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/peer-restarts.h"

#define TURN_US ((gint64) BG_PEER_RESTART_TURN_MS * 1000)

typedef struct
{
  gpointer owner;
  gint64 at_us; /* under way: since; waiting: of its last traffic */
} Row;

struct _BgPeerRestarts
{
  GArray *under_way; /* Row, the oldest first */
  GArray *waiting;   /* Row, the longest first */
};

BgPeerRestarts *
bg_peer_restarts_new (void)
{
  BgPeerRestarts *self = g_new0 (BgPeerRestarts, 1);

  self->under_way = g_array_new (FALSE, TRUE, sizeof (Row));
  self->waiting = g_array_new (FALSE, TRUE, sizeof (Row));
  return self;
}

void
bg_peer_restarts_free (BgPeerRestarts *self)
{
  if (!self)
    return;
  g_array_unref (self->under_way);
  g_array_unref (self->waiting);
  g_free (self);
}

static Row *
find (const GArray *rows, gconstpointer owner)
{
  for (guint i = 0; i < rows->len; i++)
    if (g_array_index (rows, Row, i).owner == owner)
      return &g_array_index (rows, Row, i);
  return NULL;
}

static void
drop (GArray *rows, gconstpointer owner)
{
  const Row *row = find (rows, owner);

  if (row)
    g_array_remove_index (rows, (guint) (row - (const Row *) (const void *) rows->data));
}

static gboolean
has_room (BgPeerRestarts *self, gint64 now_us)
{
  while (self->under_way->len > 0
         && now_us - g_array_index (self->under_way, Row, 0).at_us >= TURN_US)
    g_array_remove_index (self->under_way, 0);
  return self->under_way->len < BG_PEER_RESTARTS_AT_ONCE;
}

static void
start (BgPeerRestarts *self, gpointer owner, gint64 now_us)
{
  const Row row = { owner, now_us };

  drop (self->waiting, owner);
  drop (self->under_way, owner);
  g_array_append_val (self->under_way, row);
}

gboolean
bg_peer_restarts_begin (BgPeerRestarts *self, gpointer owner, gint64 now_us)
{
  if (!find (self->under_way, owner) && (self->waiting->len > 0 || !has_room (self, now_us)))
    return FALSE;
  start (self, owner, now_us);
  return TRUE;
}

void
bg_peer_restarts_wait (BgPeerRestarts *self, gpointer owner, gint64 used_us)
{
  const Row row = { owner, used_us };
  Row *known = find (self->waiting, owner);

  drop (self->under_way, owner);
  if (known)
    *known = row;
  else
    g_array_append_val (self->waiting, row);
}

gboolean
bg_peer_restarts_is_waiting (const BgPeerRestarts *self, gconstpointer owner)
{
  return find (self->waiting, owner) != NULL;
}

guint
bg_peer_restarts_count_waiting (const BgPeerRestarts *self)
{
  return self->waiting->len;
}

void
bg_peer_restarts_end (BgPeerRestarts *self, gconstpointer owner)
{
  drop (self->waiting, owner);
  drop (self->under_way, owner);
}

gpointer
bg_peer_restarts_next (BgPeerRestarts *self, gint64 now_us)
{
  const Row *best = NULL;
  gpointer owner;

  for (guint i = 0; i < self->waiting->len; i++)
    if (!best || g_array_index (self->waiting, Row, i).at_us > best->at_us)
      best = &g_array_index (self->waiting, Row, i);
  if (!best || !has_room (self, now_us))
    return NULL;
  owner = best->owner;
  start (self, owner, now_us);
  return owner;
}

gint64
bg_peer_restarts_due_us (const BgPeerRestarts *self, gint64 now_us)
{
  if (self->waiting->len == 0)
    return 0;
  if (self->under_way->len < BG_PEER_RESTARTS_AT_ONCE)
    return now_us;
  return MAX (now_us, g_array_index (self->under_way, Row, 0).at_us + TURN_US);
}
