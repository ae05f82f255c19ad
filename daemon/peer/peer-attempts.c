/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/peer-attempts.h"

typedef struct
{
  gpointer owner;
  guint failures;
} Waiting;

struct _BgPeerAttempts
{
  GHashTable *under_way; /* owners */
  guint farewells;
  GArray *waiting; /* Waiting, the longest first */
};

BgPeerAttempts *
bg_peer_attempts_new (void)
{
  BgPeerAttempts *self = g_new0 (BgPeerAttempts, 1);

  self->under_way = g_hash_table_new (NULL, NULL);
  self->waiting = g_array_new (FALSE, FALSE, sizeof (Waiting));
  return self;
}

void
bg_peer_attempts_free (BgPeerAttempts *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->under_way);
  g_array_unref (self->waiting);
  g_free (self);
}

guint
bg_peer_attempts_count (const BgPeerAttempts *self)
{
  return g_hash_table_size (self->under_way) + self->farewells;
}

gboolean
bg_peer_attempts_has_room (const BgPeerAttempts *self)
{
  return bg_peer_attempts_count (self) < BG_PEER_MAX_ATTEMPTS;
}

void
bg_peer_attempts_begin (BgPeerAttempts *self, gpointer owner)
{
  g_hash_table_add (self->under_way, owner);
  bg_peer_attempts_wait_no_more (self, owner);
}

gboolean
bg_peer_attempts_end (BgPeerAttempts *self, gpointer owner, gboolean farewell)
{
  if (!g_hash_table_remove (self->under_way, owner))
    return FALSE;
  self->farewells += farewell ? 1 : 0;
  return TRUE;
}

void
bg_peer_attempts_replace (BgPeerAttempts *self)
{
  self->farewells++;
}

void
bg_peer_attempts_end_farewells (BgPeerAttempts *self)
{
  self->farewells = 0;
}

/* --- Who waits --- */

static guint
find_waiting (const BgPeerAttempts *self, gconstpointer owner)
{
  guint at = 0;

  while (at < self->waiting->len && g_array_index (self->waiting, Waiting, at).owner != owner)
    at++;
  return at;
}

void
bg_peer_attempts_wait (BgPeerAttempts *self, gpointer owner, guint failures)
{
  Waiting waiting = { owner, failures };
  guint at = find_waiting (self, owner);

  if (at < self->waiting->len)
    g_array_index (self->waiting, Waiting, at).failures = failures;
  else
    g_array_append_val (self->waiting, waiting);
}

void
bg_peer_attempts_wait_no_more (BgPeerAttempts *self, gpointer owner)
{
  guint at = find_waiting (self, owner);

  if (at < self->waiting->len)
    g_array_remove_index (self->waiting, at);
}

gboolean
bg_peer_attempts_has_waiting (const BgPeerAttempts *self)
{
  return self->waiting->len > 0;
}

gpointer
bg_peer_attempts_next (BgPeerAttempts *self)
{
  guint best = 0;
  gpointer owner;

  if (self->waiting->len == 0 || !bg_peer_attempts_has_room (self))
    return NULL;
  for (guint i = 1; i < self->waiting->len; i++)
    if (g_array_index (self->waiting, Waiting, i).failures
        < g_array_index (self->waiting, Waiting, best).failures)
      best = i;
  owner = g_array_index (self->waiting, Waiting, best).owner;
  g_array_remove_index (self->waiting, best);
  return owner;
}
