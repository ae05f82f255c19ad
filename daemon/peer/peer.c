/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/peer-private.h"

#include "common/device-name.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/log.h"
#include "common/printable.h"
#include "peer/main-timer.h"

#include <string.h>

#define UNPROVED_MS 10000 /* for two WireGuard handshakes */

G_DEFINE_FINAL_TYPE (BgPeer, bg_peer, G_TYPE_OBJECT)

static guint changed_signal;

static void
bg_peer_finalize (GObject *object)
{
  BgPeer *self = BG_PEER (object);

  bg_peer_info_clear (self);
  g_clear_pointer (&self->said, bg_signal_peer_free);
  bg_peer_facts_free (self->facts);
  bg_peer_offer_free (self->offer);
  g_array_unref (self->routes.accepted);
  g_clear_pointer (&self->routes.bids, g_array_unref);
  bg_path_history_free (self->figures.paths);
  g_array_unref (self->events);
  g_ptr_array_unref (self->descriptions.early);
  bg_peer_check_clear (&self->check);
  wg_wipe (&self->fixed.psk, sizeof self->fixed.psk);
  g_free ((gpointer) self->fixed.allowed_ips);
  bg_words_unref (self->refusal);
  bg_words_unref (self->failure);
  bg_words_unref (self->descriptions.distrust);
  bg_signal_message_free (self->descriptions.held);
  bg_signal_message_free (self->descriptions.waiting);
  g_clear_pointer (&self->complaints, g_ptr_array_unref);
  g_free (self->implementation);
  g_free (self->figures.local_candidate);
  g_free (self->figures.remote_candidate);
  bg_words_unref (self->routes.shadow);
  g_free (self->id);
  G_OBJECT_CLASS (bg_peer_parent_class)->finalize (object);
}

static void
bg_peer_class_init (BgPeerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bg_peer_finalize;
  changed_signal = g_signal_new ("changed", BG_TYPE_PEER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);
}

static void
bg_peer_init (BgPeer *self)
{
  self->routes.accepted = g_array_new (FALSE, FALSE, sizeof (BgIpPrefix));
  self->events = g_array_new (FALSE, FALSE, sizeof (BgQueuedEvent));
  self->descriptions.early = g_ptr_array_new_with_free_func (g_free);
  bg_peer_check_init (&self->check);
  self->figures.latency_us = -1;
  self->speaks.files = -1;
  self->figures.paths = bg_path_history_new ();
}

BgPeer *
bg_peer_new (BgPeerContext *context, const char *id)
{
  BgPeer *self = g_object_new (BG_TYPE_PEER, NULL);

  self->context = context;
  self->id = g_strdup (id);
  self->link.path = ++context->last_path;
  bg_peer_fsm_init (&self->fsm, bg_peer_id_is_smaller (context->self_id, id));
  self->has_key = bg_peer_pins_lookup (context->pins, id, &self->key, NULL);
  self->offer = bg_peer_offer_copy (self->has_key ? bg_peer_pins_get (context->pins, id)->offer
                                                  : NULL);
  bg_peer_update_claims (self);
  return self;
}

void
bg_peer_announce (BgPeer *self)
{
  gboolean connected = bg_peer_public_state (self) == BG_PEER_PUBLIC_CONNECTED;

  if (!connected)
    self->figures.connected_since_us = 0;
  else if (self->figures.connected_since_us == 0)
    self->figures.connected_since_us = g_get_real_time ();
  self->shown.is_fresh = FALSE;
  bg_peer_note_path (self);
  if (self->context)
    bg_peer_note_route_state (self);
  if (self->context && self->link.is_up && self->link.exit != bg_peer_exit_allowed (self))
    bg_peer_link (self); /* it offers something else */
  if (self->routes.dirty && self->context)
    {
      self->routes.dirty = FALSE;
      bg_peer_set_routes_changed (self->context->set);
    }
  g_signal_emit (self, changed_signal, 0);
}

static void
set_failure (BgPeer *self, BgWords *take)
{
  bg_words_take (&self->failure, take);
}

gboolean
bg_peer_is_present (BgPeer *self)
{
  return !self->is_static && self->fsm.state != BG_PEER_ABSENT
         && self->fsm.state != BG_PEER_LINGERING && self->fsm.state != BG_PEER_CLOSED;
}

gboolean
bg_peer_is_proved (BgPeer *self)
{
  return bg_peer_state_is_live (self->fsm.state) && self->has_session
         && self->link.kind != BG_TRANSPORT_NONE;
}

gboolean
bg_peer_is_gone (BgPeer *self)
{
  return !self->is_static && self->fsm.state == BG_PEER_ABSENT
         && !bg_peer_pins_is_confirmed (self->context->pins, self->id);
}

/* --- The session --- */

static const struct
{
  BgIceSessionState state;
  BgPeerEvent event;
} session_events[] = {
  { BG_ICE_SESSION_CHECKING, BG_PEER_EVENT_BEGUN },
  { BG_ICE_SESSION_OPEN, BG_PEER_EVENT_OPENED },
  { BG_ICE_SESSION_DISCONNECTED, BG_PEER_EVENT_LOST },
  { BG_ICE_SESSION_FAILED, BG_PEER_EVENT_FAILED },
  { BG_ICE_SESSION_CLOSED, BG_PEER_EVENT_FAILED },
};

static void process (BgPeer *self);
static void arm_deadline (BgPeer *self);

static void
queue_event (BgPeer *self, BgPeerEvent event, guint session)
{
  BgQueuedEvent queued = { event, session };

  g_array_append_val (self->events, queued);
  process (self);
}

void
bg_peer_feed (BgPeer *self, BgPeerEvent event)
{
  queue_event (self, event, 0);
}

void
bg_peer_hold (BgPeer *self)
{
  self->holds++;
}

void
bg_peer_let_go (BgPeer *self)
{
  self->holds--;
  if (self->events->len > 0)
    process (self);
}

static void
on_negotiator_sign (gpointer data, BgSignalMessage *description)
{
  bg_peer_sign (data, description);
}

static void
on_negotiator_answered (gpointer data, BgNegotiator *from)
{
  BgPeer *self = data;

  queue_event (self, BG_PEER_EVENT_ANSWERED, self->session);
}

static void
on_negotiator_state_changed (gpointer data, BgNegotiator *from)
{
  BgPeer *self = data;
  BgIceSessionState state = bg_ice_session_get_state (bg_negotiator_session (from));

  if (self->speaks.control && state == BG_ICE_SESSION_DISCONNECTED)
    return; /* paths say whether it is there (peer-link.c) */
  if (!self->speaks.control && self->fsm.state == BG_PEER_RELINKING
      && (state == BG_ICE_SESSION_OPEN || state == BG_ICE_SESSION_CONNECTED))
    {
      queue_event (self, BG_PEER_EVENT_FOUND, self->session);
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (session_events); i++)
    if (session_events[i].state == state)
      {
        if (session_events[i].event == BG_PEER_EVENT_FAILED && !self->failure)
          set_failure (self, bg_words (CONNECTION_ENDED));
        queue_event (self, session_events[i].event, self->session);
        return;
      }
}

static void
read_pair (BgPeer *self)
{
  g_clear_pointer (&self->figures.local_candidate, g_free);
  g_clear_pointer (&self->figures.remote_candidate, g_free);
  self->figures.relayed = FALSE;
  if (self->negotiator)
    bg_ice_session_get_pair (bg_negotiator_session (self->negotiator),
                             &self->figures.local_candidate, &self->figures.remote_candidate,
                             &self->figures.relayed);
  bg_peer_note_endpoint (self);
}

/* Of a candidate as the session tells it, "host udp 192.0.2.1:50123": up to the port. */
static gboolean
is_same_host (const char *one, const char *other)
{
  const char *end = one ? strrchr (one, ':') : NULL;

  return end && other && strncmp (one, other, (gsize) (end - one) + 1) == 0
         && strrchr (other, ':') - other == end - one;
}

static void
on_negotiator_pair_changed (gpointer data, BgNegotiator *from)
{
  BgPeer *self = data;
  g_autofree char *local = g_steal_pointer (&self->figures.local_candidate),
                  *remote = g_steal_pointer (&self->figures.remote_candidate);

  read_pair (self);
  bg_peer_note_pair (self, !is_same_host (local, self->figures.local_candidate)
                             || !is_same_host (remote, self->figures.remote_candidate));
  bg_log (BG_TOPIC_ICE, INFO, self->id, "pair: %s - %s%s",
          self->figures.local_candidate ? self->figures.local_candidate : "none",
          self->figures.remote_candidate ? self->figures.remote_candidate : "none",
          self->figures.relayed ? ", relayed" : "");
  bg_peer_announce (self);
}

static void
on_negotiator_restarted (gpointer data, BgNegotiator *from)
{
  BgPeer *self = data;

  bg_peer_note_restarted (self);
  queue_event (self, BG_PEER_EVENT_RESTARTED, self->session);
}

static void
on_negotiator_restart_failed (gpointer data, BgNegotiator *from)
{
  BgPeer *self = data;

  queue_event (self, BG_PEER_EVENT_RESTART_FAILED, self->session);
}

static void
on_negotiator_failed (gpointer data, BgNegotiator *from, const GError *error)
{
  BgPeer *self = data;

  bg_log (BG_TOPIC_PEER, WARNING, self->id, "session failed: %s", error->message);
  set_failure (self, bg_error_dup_words (error));
  queue_event (self, BG_PEER_EVENT_FAILED, self->session);
}

static void
on_negotiator_channel_opened (gpointer data, BgNegotiator *from)
{
  BgPeer *self = data;

  if (bg_peer_has_transport (self))
    bg_peer_note_channel (self);
}

static const BgNegotiatorEvents negotiator_events = {
  on_negotiator_sign,           on_negotiator_answered,       on_negotiator_state_changed,
  on_negotiator_pair_changed,   on_negotiator_channel_opened, on_negotiator_restarted,
  on_negotiator_restart_failed, on_negotiator_failed,
};

static gboolean
new_session (BgPeer *self, gboolean offerer)
{
  BgPeerContext *context = self->context;
  g_auto (GStrv) turn = bg_peer_turn_urls (context);
  g_autoptr (GError) error = NULL;
  BgNegotiatorConfig config = {
    .self_id = context->self_id,
    .peer_id = self->id,
    .public_key = context->self_key_text,
    .paths = (const char *const *) context->announced,
    .signaling = context->signaling,
    .mapper = context->mapper,
    .session = {
      .name = self->id,
      .offerer = offerer,
      .plain = !(context->paths & (1u << BG_TRANSPORT_ICE | 1u << BG_TRANSPORT_DIRECT)),
      .path = self->link.path,
      .ice = bg_peer_ice_settings (context, turn),
      .pool = bg_dataplane_pool (context->dataplane),
      .sink = bg_dataplane_sink (context->dataplane),
    },
  };

  self->session++;
  self->negotiator = bg_negotiator_new (&config, &negotiator_events, self, &error);
  if (self->negotiator)
    return TRUE;
  bg_log (BG_TOPIC_PEER, WARNING, self->id, "no session: %s", error->message);
  set_failure (self, bg_error_dup_words (error));
  queue_event (self, BG_PEER_EVENT_FAILED, self->session);
  return FALSE;
}

static void
take_description (BgPeer *self)
{
  g_autoptr (GError) error = NULL;
  BgSdp *sdp;

  if (!self->negotiator)
    return;
  sdp = bg_peer_read_at_hand (self, &error);
  if (sdp
      && bg_negotiator_take_description (self->negotiator, self->descriptions.at_hand, sdp, &error))
    return;
  bg_log (BG_TOPIC_PEER, WARNING, self->id, "%s unusable: %s",
          self->descriptions.at_hand->type == BG_SIGNAL_OFFER ? "offer" : "answer", error->message);
  set_failure (self, bg_error_dup_words (error));
  queue_event (self, BG_PEER_EVENT_FAILED, self->session);
}

static void
drop_session (BgPeer *self)
{
  bg_peer_detach (self);
  g_clear_pointer (&self->negotiator, bg_negotiator_free);
  self->session++; /* what it still has to say is nobody's concern */
  self->offer_due = FALSE;
  read_pair (self);
}

/* Without DTLS, and nothing yet came from the peer itself. */
static gboolean
is_unproved (BgPeer *self)
{
  return self->fsm.state == BG_PEER_OPEN && self->link.kind == BG_TRANSPORT_NONE && self->negotiator
         && bg_ice_session_is_alone (bg_negotiator_session (self->negotiator));
}

/* --- Events in, actions out --- */

static void
do_drop (BgPeer *self)
{
  if (self->negotiator && bg_peer_state_has_session (self->fsm.state))
    bg_peer_turns_note_replaced (self->context->turns, self);
  drop_session (self);
}

static void
do_rejoin (BgPeer *self)
{
  bg_peer_turns_request_rejoin (self->context->turns, self);
}

static void
do_new_offer (BgPeer *self)
{
  self->offer_due = !bg_peer_turns_may_attempt (self->context->turns, self);
  if (self->offer_due)
    bg_peer_turns_wait (self->context->turns, self);
  else if (new_session (self, TRUE))
    bg_negotiator_offer (self->negotiator);
}

void
bg_peer_start_due (BgPeer *self)
{
  if (self->descriptions.waiting)
    {
      bg_peer_take_waiting_offer (self);
      return;
    }
  if (!self->offer_due)
    return;
  bg_peer_hold (self);
  do_new_offer (self);
  bg_peer_turns_note (self->context->turns, self);
  bg_peer_let_go (self);
  if (self->context)
    arm_deadline (self);
}

static void
answer (BgPeer *self)
{
  if (!new_session (self, FALSE))
    return;
  bg_peer_learn_abilities (self, self->descriptions.at_hand);
  take_description (self);
  bg_peer_take_early_candidates (self);
}

/* With the offer at hand, or the one that waited for the check. */
static void
with_offer (BgPeer *self, void (*perform) (BgPeer *self))
{
  g_autoptr (BgSignalMessage) held = g_steal_pointer (&self->descriptions.held);

  if (!self->descriptions.at_hand)
    self->descriptions.at_hand = held;
  perform (self);
  if (self->descriptions.at_hand == held)
    self->descriptions.at_hand = NULL;
}

static void
do_new_answer (BgPeer *self)
{
  with_offer (self, answer);
}

static void
do_answer_restart (BgPeer *self)
{
  with_offer (self, bg_peer_answer_restart);
}

static void
do_hold_offer (BgPeer *self)
{
  bg_signal_message_free (self->descriptions.held);
  self->descriptions.held = bg_signal_message_copy (self->descriptions.at_hand);
}

static void
do_take_answer (BgPeer *self)
{
  bg_peer_learn_abilities (self, self->descriptions.at_hand);
  take_description (self);
  bg_peer_take_early_candidates (self);
}

/* It was made where there was no network: once more it would be of no more use. */
static gboolean
is_bare_restart (BgPeer *self)
{
  return self->fsm.state == BG_PEER_RESTARTING && !self->fsm.answered && !self->fsm.foreign
         && !bg_negotiator_has_candidates (self->negotiator);
}

static void
do_resend (BgPeer *self)
{
  if (!self->negotiator || bg_peer_turns_awaits_restart (self->context->turns, self))
    return;
  if (is_bare_restart (self))
    bg_peer_restart (self);
  else
    bg_negotiator_resend (self->negotiator);
}

static void
do_attach (BgPeer *self)
{
  g_clear_pointer (&self->failure, bg_words_unref);
  g_clear_pointer (&self->descriptions.distrust, bg_words_unref);
  read_pair (self);
  bg_peer_note_open (self);
  bg_peer_attach (self);
  /* A peer of another make may have begun anew, WireGuard too; we have a session yet, and would not ask for another so soon. */
  if (!self->speaks.control && self->has_session)
    bg_peer_check (self);
}

static const struct
{
  BgPeerActions action;
  void (*perform) (BgPeer *self);
} performers[] = {
  { BG_PEER_DROP, do_drop },
  { BG_PEER_UNLINK, bg_peer_unlink },
  { BG_PEER_REJOIN, do_rejoin },
  { BG_PEER_NEW_OFFER, do_new_offer },
  { BG_PEER_NEW_ANSWER, do_new_answer },
  { BG_PEER_RESTART, bg_peer_restart },
  { BG_PEER_ANSWER_RESTART, do_answer_restart },
  { BG_PEER_TAKE_ANSWER, do_take_answer },
  { BG_PEER_RESEND, do_resend },
  { BG_PEER_ATTACH, do_attach },
  { BG_PEER_CHECK, bg_peer_check },
  { BG_PEER_HOLD_OFFER, do_hold_offer },
  { BG_PEER_REST, bg_peer_rest },
  { BG_PEER_DETACH_CHANNEL, bg_peer_detach_channel },
};

static gboolean on_deadline (gpointer data);

static gboolean
is_attempt (BgPeer *self)
{
  return self->negotiator
         && (self->fsm.state == BG_PEER_OFFERING || self->fsm.state == BG_PEER_ANSWERING
             || self->fsm.state == BG_PEER_CONNECTING);
}

static void
arm_deadline (BgPeer *self)
{
  guint ms = bg_peer_fsm_deadline_ms (&self->fsm);

  bg_clear_source (&self->deadline);
  if (ms == 0)
    return;
  if (is_unproved (self))
    ms = MIN (ms, UNPROVED_MS);
  if (is_attempt (self))
    ms = bg_peer_turns_limit_ms (self->context->turns, self, ms);
  if (bg_peer_is_stranded (self))
    ms = MIN (ms, BG_PEER_STRANDED_MS);
  else if (self->fsm.state == BG_PEER_RELINKING && self->figures.latency_us > 0)
    ms = MAX (ms, (guint) MIN (2 * self->figures.latency_us / 1000, BG_PEER_OFFLINE_RELINK_MS));
  if (self->fsm.state == BG_PEER_BACKOFF)
    ms = (guint) g_random_int_range ((gint32) (ms - ms / 4), (gint32) (ms + ms / 4 + 1));
  bg_arm_timer (&self->deadline, ms, on_deadline, self);
}

static BgWords *
timeout_reason (BgPeerState state)
{
  switch (state)
    {
    case BG_PEER_OFFERING:
      return bg_words (OFFER_UNANSWERED);
    case BG_PEER_ANSWERING:
      return bg_words (ANSWER_LATE);
    case BG_PEER_CONNECTING:
      return bg_words (NO_WAY);
    case BG_PEER_RELINKING:
      return bg_words (WAY_LOST);
    default:
      return NULL;
    }
}

/* Our offer has yet to be made, or theirs to be answered: another one from us would only cross it. */
static gboolean
awaits_turn (BgPeer *self)
{
  return self->offer_due || (self->descriptions.waiting && !self->negotiator)
         || bg_peer_turns_awaits_restart (self->context->turns, self);
}

static gboolean
on_deadline (gpointer data)
{
  BgPeer *self = data;
  BgPeerState state = self->fsm.state;
  g_autoptr (BgWords) reason = timeout_reason (state);

  bg_clear_source (&self->deadline);
  if (state == BG_PEER_OPEN && (self->link.kind != BG_TRANSPORT_NONE || !self->speaks.control))
    return G_SOURCE_REMOVE; /* from now on LOST says it */
  /* A relay that adds or takes away lines of descriptions makes the two sides understand them differently. */
  if (is_unproved (self))
    {
      bg_peer_add_leg (self, FALSE);
      arm_deadline (self);
      return G_SOURCE_REMOVE;
    }
  /* Something on the way may let nothing but DTLS pass. */
  if (state == BG_PEER_RELINKING)
    bg_peer_add_leg (self, TRUE);
  /* Without the hub nobody hears us: no new attempts, which would only fail. */
  if ((state == BG_PEER_WAITING || state == BG_PEER_BACKOFF
       || bg_peer_fsm_awaits_answer (&self->fsm))
      && bg_signaling_client_get_state (self->context->signaling) != BG_SIGNALING_ONLINE)
    {
      arm_deadline (self);
      return G_SOURCE_REMOVE;
    }
  if (awaits_turn (self))
    {
      arm_deadline (self);
      return G_SOURCE_REMOVE;
    }
  if (bg_peer_turns_limit_ms (self->context->turns, self, G_MAXUINT) < G_MAXUINT)
    self->fsm.resends = BG_PEER_MAX_RESENDS; /* others wait */
  if (reason && (state != BG_PEER_OFFERING || self->fsm.resends >= BG_PEER_MAX_RESENDS))
    set_failure (self, g_steal_pointer (&reason));
  bg_peer_feed (self, bg_peer_is_stranded (self) ? BG_PEER_EVENT_STRANDED : BG_PEER_EVENT_TIMEOUT);
  return G_SOURCE_REMOVE;
}

static void
handle (BgPeer *self, BgPeerEvent event)
{
  BgPeerState before = self->fsm.state;
  BgPeerActions actions;

  self->fsm.offline = bg_signaling_client_get_state (self->context->signaling)
                      != BG_SIGNALING_ONLINE;
  self->fsm.proved = bg_peer_is_proved (self);
  self->fsm.may_rest = bg_peer_may_rest (self);
  self->fsm.due = bg_peer_turns_awaits_restart (self->context->turns, self);
  if (!bg_peer_fsm_feed (&self->fsm, event, self->id, &actions))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (performers); i++)
    if (actions & performers[i].action)
      performers[i].perform (self);
  if (self->fsm.state != BG_PEER_CHECKING)
    g_clear_pointer (&self->descriptions.held, bg_signal_message_free);
  if (self->fsm.state != before || actions != 0 || event == BG_PEER_EVENT_TIMEOUT
      || event == BG_PEER_EVENT_STRANDED)
    arm_deadline (self);
}

static gboolean
next_event (BgPeer *self, BgPeerEvent *event)
{
  while (self->events->len > 0)
    {
      BgQueuedEvent queued = g_array_index (self->events, BgQueuedEvent, 0);

      g_array_remove_index (self->events, 0);
      if (queued.session == 0 || queued.session == self->session)
        {
          *event = queued.event;
          return TRUE;
        }
    }
  return FALSE;
}

/* A refusal that came while a session was alive takes effect when that has ended. */
static void
enforce_refusal (BgPeer *self)
{
  if (self->refusal && self->fsm.state != BG_PEER_REFUSED)
    handle (self, BG_PEER_EVENT_REFUSE);
}

static void
settle (BgPeer *self)
{
  if (!self->context)
    return;
  bg_peer_announce (self);
  if (self->context && bg_peer_is_gone (self))
    bg_peer_set_remove (self->context->set, self);
}

static void
process (BgPeer *self)
{
  g_autoptr (BgPeer) alive = g_object_ref (self);
  BgPeerEvent event;

  if (self->holds > 0)
    return;
  self->holds++;
  while (self->context && next_event (self, &event))
    {
      handle (self, event);
      if (self->events->len == 0)
        enforce_refusal (self);
    }
  self->holds--;
  if (self->context)
    {
      bg_peer_update_claims (self);
      bg_peer_turns_note (self->context->turns, self);
    }
  settle (self);
}

/* --- What signalling brings --- */

static void
drop_messages (BgPeer *self)
{
  bg_peer_drop_early_candidates (self);
  bg_peer_drop_postponed (self);
  g_clear_pointer (&self->descriptions.waiting, bg_signal_message_free);
}

void
bg_peer_take_left (BgPeer *self)
{
  self->is_listed = FALSE;
  drop_messages (self);
  bg_peer_feed (self, BG_PEER_EVENT_LEFT);
}

void
bg_peer_put_out (BgPeer *self, BgWords *take)
{
  bg_peer_set_refusal (self, take);
  drop_messages (self);
  bg_peer_feed (self, BG_PEER_EVENT_PUT_OUT);
}

void
bg_peer_flush (BgPeer *self)
{
  bg_peer_hold (self);
  if (self->negotiator)
    bg_negotiator_flush (self->negotiator);
  bg_peer_tell_what_is_due (self);
  bg_peer_let_go (self);
}

void
bg_peer_close (BgPeer *self)
{
  BgPeerActions actions;

  if (!self->context)
    return;
  if (self->is_static)
    bg_peer_static_close (self);
  bg_clear_source (&self->deadline);
  bg_peer_drop_postponed (self);
  g_array_set_size (self->events, 0);
  self->holds++; /* for good */
  bg_peer_fsm_feed (&self->fsm, BG_PEER_EVENT_CLOSE, self->id, &actions);
  if (!self->is_static)
    drop_session (self);
  bg_peer_unlink (self);
  bg_peer_set_claim (self->context->set, self, NULL);
  bg_peer_turns_forget (self->context->turns, self);
  bg_peer_drop_early_candidates (self);
  bg_peer_fail_pings (self);
  self->context = NULL;
  self->shown.is_fresh = FALSE;
}
