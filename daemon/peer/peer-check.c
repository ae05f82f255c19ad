/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A peer is asked through the tunnel: for proof that it is there, and how long that takes. */
#include "peer/peer-private.h"

#include "common/error.h"

enum
{
  TRIES = 3,
  TRY_MS = 1000,
  SOON_MS = 400,    /* at least, where it was heard long ago and something waits */
  RESTART_MS = 200, /* and where that ends nothing */
  ROUND_TRIPS = 4,
};

static void
ping (BgPeer *self, guint timeout_ms, guint64 cookie)
{
  bg_data_commands_ping (self->context->commands, &self->link.key, timeout_ms, cookie);
}

/* --- Proof of life --- */

static void
send_check (BgPeer *self)
{
  self->check.cookie = ++self->context->last_cookie;
  if (!self->speaks.control)
    bg_data_commands_handshake (self->context->commands, &self->link.key);
  ping (self, self->check.try_ms, self->check.cookie);
}

/* Long enough for an answer by all that is known. */
static guint
patience_ms (BgPeer *self, gint64 least_ms)
{
  if (self->figures.latency_us < 0)
    return TRY_MS;
  return (guint) CLAMP (ROUND_TRIPS * self->figures.latency_us / 1000, least_ms, TRY_MS);
}

void
bg_peer_check (BgPeer *self)
{
  if (!self->link.is_up)
    {
      bg_peer_feed (self, BG_PEER_EVENT_FRESH);
      return;
    }
  self->check.left = self->fsm.held_is_restart ? 1 : TRIES;
  self->check.try_ms = self->fsm.held_is_restart ? patience_ms (self, RESTART_MS)
                       : self->check.soon        ? patience_ms (self, SOON_MS)
                                                 : TRY_MS;
  send_check (self);
}

void
bg_peer_check_soon (BgPeer *self)
{
  if (self->speaks.control || !bg_peer_state_is_live (self->fsm.state))
    return;
  self->check.soon = TRUE;
  bg_peer_feed (self, BG_PEER_EVENT_DOUBTED);
  self->check.soon = FALSE;
}

static void
take_check (BgPeer *self, gint64 latency_us)
{
  self->check.cookie = 0;
  if (latency_us >= 0)
    bg_peer_feed (self, BG_PEER_EVENT_FRESH);
  else if (self->check.left > 1)
    {
      self->check.left--;
      send_check (self);
    }
  else
    {
      bg_peer_ask_hub (self);
      bg_peer_feed (self, BG_PEER_EVENT_STALE);
    }
}

/* Who does not probe is asked once how far it is. */
void
bg_peer_take_proof (BgPeer *self)
{
  if (self->check.cookie != 0)
    take_check (self, 0);
  if (self->context && !self->is_static && !self->speaks.control && self->figures.latency_us < 0)
    ping (self, TRY_MS, ++self->context->last_cookie);
}

/* --- Pings --- */

void
bg_peer_ping_async (BgPeer *self, guint timeout_ms, GCancellable *cancellable,
                    GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  gint64 cookie;

  g_task_set_source_tag (task, bg_peer_ping_async);
  if (self->context && self->fsm.state == BG_PEER_RESTING)
    bg_peer_want (self);
  if (!self->context || !self->link.is_up || (!self->has_session && !bg_peer_is_on_demand (self)))
    {
      bg_task_return_error (task, BG_ERROR_WRONG_STATE, PEER_NOT_CONNECTED);
      return;
    }
  cookie = (gint64) ++self->context->last_cookie;
  g_hash_table_insert (self->check.pings, g_memdup2 (&cookie, sizeof cookie), g_object_ref (task));
  ping (self, timeout_ms, (guint64) cookie);
}

gint64
bg_peer_ping_finish (BgPeer *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_int (G_TASK (result), error);
}

static void
take_ping (BgPeer *self, gint64 cookie, gint64 latency_us)
{
  g_autoptr (GTask) task = NULL;
  g_autofree gpointer key = NULL;

  if (!g_hash_table_steal_extended (self->check.pings, &cookie, &key, (gpointer *) &task))
    return;
  if (latency_us >= 0)
    g_task_return_int (task, latency_us);
  else
    bg_task_return_error (task, BG_ERROR_TIMEOUT, PING_UNANSWERED);
}

void
bg_peer_take_pong (BgPeer *self, const BgEvent *event)
{
  if (event->latency_us >= 0)
    {
      self->figures.latency_us = event->latency_us;
      bg_peer_announce (self);
    }
  if (event->cookie == self->check.cookie)
    take_check (self, event->latency_us);
  else
    take_ping (self, (gint64) event->cookie, event->latency_us);
}

/* --- Life --- */

void
bg_peer_check_init (BgPeerCheck *check)
{
  check->pings = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_object_unref);
}

void
bg_peer_check_clear (BgPeerCheck *check)
{
  g_clear_pointer (&check->pings, g_hash_table_unref);
}

void
bg_peer_fail_pings (BgPeer *self)
{
  GHashTableIter iter;
  gpointer task;

  g_hash_table_iter_init (&iter, self->check.pings);
  while (g_hash_table_iter_next (&iter, NULL, &task))
    bg_task_return_error (task, BG_ERROR_WRONG_STATE, PEER_REMOVED);
  g_hash_table_remove_all (self->check.pings);
}
