/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What peers ask of all: a turn to be connected in, or to restart ICE in, and that we leave and join the hub on their account. */
#include "peer/peer-private.h"

#include "common/log.h"
#include "peer/main-timer.h"
#include "peer/peer-attempts.h"
#include "peer/peer-restarts.h"
#include "peer/rejoin-budget.h"

#define FAREWELL_MS 1000 /* what is ended is gone by then */
#define FIGURES_MS 100   /* for the data plane to say who had traffic last */
#define CROWDED_MS 8000  /* of patience with one, while others wait for their turn */

struct _BgPeerTurns
{
  BgPeerContext *context;
  BgPeerAttempts *attempts;
  BgPeerRestarts *restarts;
  gboolean awaits_figures; /* before any restart begins */
  GSource *restart;
  BgRejoinBudget *budget;
  GSource *turn;
  GSource *rejoin;
  char *rejoin_for; /* id */
  gboolean stopped, held;
};

BgPeerTurns *
bg_peer_turns_new (BgPeerContext *context)
{
  BgPeerTurns *self = g_new0 (BgPeerTurns, 1);

  self->context = context;
  self->attempts = bg_peer_attempts_new ();
  self->restarts = bg_peer_restarts_new ();
  self->budget = bg_rejoin_budget_new ();
  return self;
}

void
bg_peer_turns_stop (BgPeerTurns *self)
{
  self->stopped = TRUE;
  bg_clear_source (&self->turn);
  bg_clear_source (&self->restart);
  bg_clear_source (&self->rejoin);
}

void
bg_peer_turns_free (BgPeerTurns *self)
{
  bg_peer_turns_stop (self);
  bg_peer_attempts_free (self->attempts);
  bg_peer_restarts_free (self->restarts);
  bg_rejoin_budget_free (self->budget);
  g_free (self->rejoin_for);
  g_free (self);
}

/* --- Turns --- */

static gboolean
is_proved (BgPeerTurns *self, BgPeer *peer)
{
  return bg_peer_pins_is_confirmed (self->context->pins, peer->id);
}

static gboolean
on_turn (gpointer data)
{
  BgPeerTurns *self = data;
  BgPeer *peer;

  bg_clear_source (&self->turn);
  bg_peer_attempts_end_farewells (self->attempts);
  while (!self->stopped && !self->held && (peer = bg_peer_attempts_next (self->attempts)) != NULL)
    bg_peer_start_due (peer);
  return G_SOURCE_REMOVE;
}

static void
hand_on (BgPeerTurns *self, guint delay_ms)
{
  if (!self->stopped && !self->turn)
    bg_arm_timer (&self->turn, delay_ms, on_turn, self);
}

void
bg_peer_turns_hold (BgPeerTurns *self, gboolean held)
{
  self->held = held;
  if (held)
    return;
  bg_clear_source (&self->turn);
  hand_on (self, 0);
}

gboolean
bg_peer_turns_may_attempt (BgPeerTurns *self, BgPeer *peer)
{
  return !self->held && (is_proved (self, peer) || bg_peer_attempts_has_room (self->attempts));
}

guint
bg_peer_turns_limit_ms (BgPeerTurns *self, BgPeer *peer, guint ms)
{
  return bg_peer_attempts_has_waiting (self->attempts) && !is_proved (self, peer)
           ? MIN (ms, CROWDED_MS)
           : ms;
}

void
bg_peer_turns_wait (BgPeerTurns *self, BgPeer *peer)
{
  bg_peer_attempts_wait (self->attempts, peer, peer->fsm.failures);
  hand_on (self, FAREWELL_MS);
}

/* --- Restarts of ICE --- */

static void hand_on_restarts (BgPeerTurns *self);

static gboolean
on_restart (gpointer data)
{
  BgPeerTurns *self = data;
  BgPeer *peer;

  bg_clear_source (&self->restart);
  self->awaits_figures = FALSE;
  while (!self->stopped
         && (peer = bg_peer_restarts_next (self->restarts, bg_main_now_us ())) != NULL)
    bg_peer_start_restart (peer);
  hand_on_restarts (self);
  return G_SOURCE_REMOVE;
}

static void
hand_on_restarts (BgPeerTurns *self)
{
  gint64 now_us = bg_main_now_us (), due_us = bg_peer_restarts_due_us (self->restarts, now_us);

  if (due_us > 0 && !self->stopped && !self->awaits_figures)
    bg_arm_timer (&self->restart, (guint) ((due_us - now_us + 999) / 1000), on_restart, self);
}

void
bg_peer_turns_expect_restarts (BgPeerTurns *self, guint n)
{
  if (n <= BG_PEER_RESTARTS_AT_ONCE || self->stopped)
    return;
  self->awaits_figures = bg_dataplane_request_stats (self->context->dataplane,
                                                     BG_PEER_TURNS_COOKIE);
  if (self->awaits_figures)
    bg_arm_timer (&self->restart, FIGURES_MS, on_restart, self);
}

void
bg_peer_turns_take_figures (BgPeerTurns *self)
{
  g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (self->context->set);

  if (!self->awaits_figures)
    return;
  self->awaits_figures = FALSE;
  for (guint i = 0; i < peers->len; i++)
    if (bg_peer_restarts_is_waiting (self->restarts, peers->pdata[i]))
      bg_peer_restarts_wait (self->restarts, peers->pdata[i],
                             ((BgPeer *) peers->pdata[i])->demand.wanted_us);
  hand_on_restarts (self);
}

gboolean
bg_peer_turns_may_restart (BgPeerTurns *self, BgPeer *peer)
{
  if (!self->awaits_figures && bg_peer_restarts_begin (self->restarts, peer, bg_main_now_us ()))
    return TRUE;
  bg_peer_restarts_wait (self->restarts, peer, peer->demand.wanted_us);
  if (!self->restart)
    hand_on_restarts (self);
  return FALSE;
}

gboolean
bg_peer_turns_awaits_restart (BgPeerTurns *self, BgPeer *peer)
{
  return bg_peer_restarts_is_waiting (self->restarts, peer);
}

static void
note_restart (BgPeerTurns *self, BgPeer *peer)
{
  if (peer->fsm.state == BG_PEER_RESTARTING && !peer->fsm.answered)
    return;
  bg_peer_restarts_end (self->restarts, peer);
  hand_on_restarts (self);
}

/* --- What peers become --- */

void
bg_peer_turns_note (BgPeerTurns *self, BgPeer *peer)
{
  gboolean attempts = peer->negotiator && !bg_peer_state_is_live (peer->fsm.state)
                      && peer->fsm.state != BG_PEER_RELINKING && !is_proved (self, peer);

  if (attempts)
    bg_peer_attempts_begin (self->attempts, peer);
  else if (bg_peer_attempts_end (self->attempts, peer, !peer->negotiator))
    hand_on (self, peer->negotiator ? 0 : FAREWELL_MS);
  if (!peer->offer_due && !peer->descriptions.waiting)
    bg_peer_attempts_wait_no_more (self->attempts, peer);
  note_restart (self, peer);
}

void
bg_peer_turns_note_replaced (BgPeerTurns *self, BgPeer *peer)
{
  if (is_proved (self, peer))
    return;
  bg_peer_attempts_replace (self->attempts);
  hand_on (self, FAREWELL_MS);
}

void
bg_peer_turns_forget (BgPeerTurns *self, BgPeer *peer)
{
  bg_peer_attempts_wait_no_more (self->attempts, peer);
  bg_peer_restarts_end (self->restarts, peer);
  if (bg_peer_attempts_end (self->attempts, peer, TRUE))
    hand_on (self, FAREWELL_MS);
}

/* --- Rejoining --- */

static gboolean
is_still_needed (BgPeerTurns *self)
{
  const BgPeer *peer = bg_peer_set_lookup (self->context->set, self->rejoin_for);

  return peer && peer->fsm.state == BG_PEER_WAITING;
}

static gboolean
on_rejoin (gpointer data)
{
  BgPeerTurns *self = data;
  gboolean proved = bg_peer_pins_is_confirmed (self->context->pins, self->rejoin_for);

  bg_clear_source (&self->rejoin);
  if (!is_still_needed (self))
    return G_SOURCE_REMOVE;
  bg_rejoin_budget_spend (self->budget, self->rejoin_for, proved, g_get_monotonic_time ());
  bg_log (BG_TOPIC_PEER, MESSAGE, self->rejoin_for,
          "leaving and joining the hub, so that it starts afresh");
  bg_signaling_client_rejoin (self->context->signaling);
  return G_SOURCE_REMOVE;
}

gboolean
bg_peer_turns_may_rejoin (BgPeerTurns *self, BgPeer *peer)
{
  gint64 now = g_get_monotonic_time ();

  return self->rejoin
         || bg_rejoin_budget_due (self->budget, peer->id, is_proved (self, peer), now) <= now;
}

void
bg_peer_turns_request_rejoin (BgPeerTurns *self, BgPeer *peer)
{
  gint64 now = g_get_monotonic_time ();
  gint64 due = bg_rejoin_budget_due (self->budget, peer->id, is_proved (self, peer), now);

  if (self->rejoin || self->stopped)
    return;
  g_free (self->rejoin_for);
  self->rejoin_for = g_strdup (peer->id);
  /* Not from inside a message: who asks is in the middle of its own affairs. */
  bg_arm_timer (&self->rejoin, (guint) ((due - now) / 1000), on_rejoin, self);
}
