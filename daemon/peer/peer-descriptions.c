/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Offers, answers and candidates at the door: what is too much, what is forged, and which session they belong to. */
#include "peer/peer-private.h"

#include "common/device-name.h"
#include "common/log.h"
#include "common/printable.h"
#include "peer/main-timer.h"

#include <string.h>

/* A burst of offers is a restart storm or an attack; each costs a session. The last one of it waits for its time: we would say
 * ours again only after a quarter of a minute, a Go peer never does. */
#define OFFER_BURST 5.0
#define OFFER_EVERY_MS 2000

#define MAX_EARLY 4096        /* candidates of all peers that came before their offers */
#define MAX_IMPLEMENTATION 64 /* bytes of what it calls itself */
#define MAX_WAITING_SDP 8192  /* bytes of an offer that waits for its turn */

/* Those that prove the peer's key have a budget of their own, which nobody else can spend. */
static gboolean
is_affordable (BgPeer *self, gboolean fits)
{
  BgPeerBudget *budget = &self->descriptions.budgets[fits ? 1 : 0];
  gint64 now = bg_main_now_us ();

  budget->tokens = budget->refill_us == 0
                     ? OFFER_BURST
                     : budget->tokens
                         + (double) (now - budget->refill_us) / (OFFER_EVERY_MS * 1000.0);
  budget->tokens = MIN (budget->tokens, OFFER_BURST);
  budget->refill_us = now;
  if (budget->tokens < 1)
    return FALSE;
  budget->tokens -= 1;
  return TRUE;
}

static gboolean
on_door (gpointer data)
{
  BgPeer *self = data;

  bg_clear_source (&self->descriptions.door);
  for (gsize i = 0; i < G_N_ELEMENTS (self->descriptions.postponed); i++)
    {
      g_autoptr (BgSignalMessage) message = g_steal_pointer (&self->descriptions.postponed[i]);

      if (message && message->type == BG_SIGNAL_OFFER)
        bg_peer_take_offer (self, message);
      else if (message)
        bg_peer_take_answer (self, message);
    }
  return G_SOURCE_REMOVE;
}

static void
postpone (BgPeer *self, const BgSignalMessage *message, gboolean fits)
{
  BgSignalMessage **place = &self->descriptions.postponed[fits ? 1 : 0];

  bg_log (BG_TOPIC_PEER, DEBUG, self->id, "too many descriptions: the last one waits");
  if (strlen (message->sdp) > MAX_WAITING_SDP)
    return;
  bg_signal_message_free (*place);
  *place = bg_signal_message_copy (message);
  if (!self->descriptions.door)
    bg_arm_timer (&self->descriptions.door, OFFER_EVERY_MS, on_door, self);
}

void
bg_peer_drop_postponed (BgPeer *self)
{
  bg_clear_source (&self->descriptions.door);
  for (gsize i = 0; i < G_N_ELEMENTS (self->descriptions.postponed); i++)
    g_clear_pointer (&self->descriptions.postponed[i], bg_signal_message_free);
}

/* --- Is it from who has the key? --- */

static BgPeerOffer *
dup_offer_for (BgPeerContext *context, const char *peer)
{
  return context->offer_for ? context->offer_for (context->offer_owner, context->offer, peer)
                            : bg_peer_offer_copy (context->offer);
}

void
bg_peer_sign (BgPeer *self, BgSignalMessage *description)
{
  BgPeerContext *context = self->context;

  if (!context->mac || !self->has_key)
    return;
  description->offer = dup_offer_for (context, self->id);
  context->last_signed_ms = MAX (g_get_real_time () / 1000, context->last_signed_ms + 1);
  description->time = context->last_signed_ms;
  bg_offer_mac_sign (context->mac, &self->key, description);
}

static BgWords *
unsigned_words (BgPeer *self)
{
  g_autofree char *word = bg_device_name_quote_for_shell (self->id);

  return bg_words (PEER_UNSIGNED, word);
}

static void
distrust (BgPeer *self, BgWords *take)
{
  bg_log (BG_TOPIC_PEER, WARNING, self->id, "description dropped: %s", take->text);
  bg_words_take (&self->descriptions.distrust, take);
  bg_peer_announce (self);
}

/* A proof that is older than the last one may be an old message, said again by somebody else. */
static gboolean
is_news (BgPeer *self, const BgSignalMessage *message)
{
  if (message->time <= self->descriptions.last_proof_ms)
    return FALSE;
  self->descriptions.last_proof_ms = message->time;
  return TRUE;
}

/* May it be taken for the peer's own? */
static gboolean
is_trusted (BgPeer *self, const BgSignalMessage *message, gboolean fits)
{
  BgPeerContext *context = self->context;
  const BgPeerPin *pin = bg_peer_pins_get (context->pins, self->id);

  if (fits)
    {
      bg_peer_pins_note_signs (context->pins, self->id);
      g_clear_pointer (&self->descriptions.distrust, bg_words_unref);
      return TRUE;
    }
  if (!context->mac || (!message->mac && !(pin && pin->signs)))
    return TRUE;
  distrust (self, unsigned_words (self));
  return FALSE;
}

/* What it offers it proves with every description, or is too old to: of what its proof does not cover, anybody may be the author. */
static BgPeerOffer *
proved_offer (const BgSignalMessage *message)
{
  BgPeerOffer *offer = message->control >= BG_CONTROL_VERSION_OFFERS
                         ? bg_peer_offer_copy (message->offer)
                         : NULL;

  if (offer && message->control < BG_CONTROL_VERSION_SERVICES)
    {
      g_strfreev (offer->services);
      offer->services = g_new0 (char *, 1);
    }
  return offer;
}

static void
learn_offer (BgPeer *self, const BgSignalMessage *message)
{
  g_autoptr (BgPeerOffer) offer = proved_offer (message);

  if (bg_peer_offer_equal (self->offer, offer))
    return;
  bg_peer_offer_free (self->offer);
  self->offer = bg_peer_offer_copy (offer);
  bg_peer_pins_note_offer (self->context->pins, self->id, offer);
  bg_peer_renew_offer (self);
}

/* Of no consequence: who lies about it is sent nothing. */
static void
learn_files (BgPeer *self, const BgSignalMessage *message)
{
  self->speaks.files = message->offer && message->offer->files > 0;
}

/* A word under the wrong name ends no session, and no attempt. */
static void
refuse (BgPeer *self, BgWords *take)
{
  if (bg_peer_state_has_session (self->fsm.state))
    {
      distrust (self, take);
      return;
    }
  bg_peer_set_refusal (self, take);
  bg_peer_feed (self, BG_PEER_EVENT_REFUSE);
}

/* What an offer and an answer have in common; `proved`: there is no doubt that it is the peer's, and new. */
static gboolean
may_enter (BgPeer *self, const BgSignalMessage *message, gboolean *proved)
{
  BgPeerContext *context = self->context;
  BgWords *refusal = bg_peer_judge_description (self, message->public_key);
  gboolean fits = !refusal && context->mac
                  && bg_offer_mac_verify (context->mac, &self->key, message);

  if (!is_affordable (self, fits))
    {
      bg_words_unref (refusal);
      postpone (self, message, fits);
      return FALSE;
    }
  g_clear_pointer (&self->descriptions.postponed[fits ? 1 : 0],
                   bg_signal_message_free); /* this one is newer */
  if (refusal)
    {
      refuse (self, refusal);
      return FALSE;
    }
  *proved = fits && is_news (self, message);
  if (*proved)
    learn_offer (self, message);
  if (!is_trusted (self, message, fits))
    return FALSE;
  learn_files (self, message);
  return TRUE;
}

/* --- Which session it belongs to --- */

static BgPeerEvent
kind_of_offer (BgPeer *self, const BgSdp *sdp, gboolean of_bamgate)
{
  if (!self->negotiator || !sdp)
    return BG_PEER_EVENT_OFFER;
  if (bg_negotiator_is_known (self->negotiator, sdp))
    return BG_PEER_EVENT_OFFER_REPEATED;
  return bg_negotiator_is_restart (self->negotiator, sdp, of_bamgate) ? BG_PEER_EVENT_OFFER_RESTART
                                                                      : BG_PEER_EVENT_OFFER;
}

/* Of the attempt that the description makes or goes on with, not of what came before it. */
void
bg_peer_learn_abilities (BgPeer *self, const BgSignalMessage *message)
{
  self->fsm.foreign = !message->is_bamgate;
  self->speaks.control = message->is_bamgate && message->control >= BG_CONTROL_VERSION;
  self->speaks.rests = self->speaks.control && message->control >= BG_CONTROL_VERSION_REST;
  self->speaks.offers = self->speaks.control && message->control >= BG_CONTROL_VERSION_OFFERS;
  self->speaks.heads = self->speaks.control && message->control >= BG_CONTROL_VERSION_HEADS;
  self->speaks.log = self->speaks.control && message->control >= BG_CONTROL_VERSION_LOGS;
  self->speaks.certificates = self->speaks.control
                              && message->control >= BG_CONTROL_VERSION_CERTIFICATES;
  self->link.theirs = 0;
  for (char **path = message->paths; path && *path; path++)
    self->link.theirs |= 1u << bg_transport_kind_from_name (*path);
  g_free (self->implementation);
  self->implementation = bg_printable_start (message->implementation, MAX_IMPLEMENTATION);
}

BgSdp *
bg_peer_read_at_hand (BgPeer *self, GError **error)
{
  BgSdp *sdp = g_steal_pointer (&self->descriptions.at_hand_sdp);

  return sdp ? sdp : bg_sdp_parse (self->descriptions.at_hand->sdp, error);
}

/* `take_sdp` NULL: whoever is interested reads the message. */
static void
feed_description (BgPeer *self, BgPeerEvent event, const BgSignalMessage *message, BgSdp *take_sdp)
{
  self->descriptions.at_hand = message;
  self->descriptions.at_hand_sdp = take_sdp;
  bg_peer_feed (self, event);
  self->descriptions.at_hand = NULL;
  g_clear_pointer (&self->descriptions.at_hand_sdp, bg_sdp_free);
}

static void
feed_offer (BgPeer *self, const BgSignalMessage *message, gboolean proved)
{
  BgSdp *sdp = bg_sdp_parse (message->sdp, NULL);

  g_clear_pointer (&self->descriptions.waiting, bg_signal_message_free); /* this one is newer */
  self->fsm.offer_is_ours = message->is_bamgate;
  self->fsm.offer_is_proved = proved;
  feed_description (self, kind_of_offer (self, sdp, message->is_bamgate), message, sdp);
}

/* Who offers is there, and gets its turn like those that we want to reach. */
static void
wait_for_turn (BgPeer *self, const BgSignalMessage *message, gboolean proved)
{
  if (strlen (message->sdp) > MAX_WAITING_SDP)
    return;
  bg_signal_message_free (self->descriptions.waiting);
  self->descriptions.waiting = bg_signal_message_copy (message);
  self->descriptions.waiting_is_proved = proved;
  bg_peer_turns_wait (self->context->turns, self);
}

void
bg_peer_take_offer (BgPeer *self, const BgSignalMessage *message)
{
  gboolean proved;

  if (!may_enter (self, message, &proved))
    return;
  bg_peer_set_refusal (self, NULL);
  if (bg_peer_state_is_live (self->fsm.state)
      || bg_peer_turns_may_attempt (self->context->turns, self))
    feed_offer (self, message, proved);
  else
    wait_for_turn (self, message, proved);
}

void
bg_peer_take_waiting_offer (BgPeer *self)
{
  g_autoptr (BgSignalMessage) message = g_steal_pointer (&self->descriptions.waiting);

  feed_offer (self, message, self->descriptions.waiting_is_proved);
}

/* An answer that nobody waits for: it is said again where what is offered has changed. */
static void
take_news (BgPeer *self, const BgSignalMessage *message)
{
  BgPeerContext *context = self->context;

  if (self->has_key && context->mac && is_affordable (self, TRUE)
      && bg_offer_mac_verify (context->mac, &self->key, message) && is_news (self, message))
    {
      learn_offer (self, message);
      learn_files (self, message);
    }
}

/* Nothing in an answer says which offer it is for. */
static gboolean
has_answer (BgPeer *self)
{
  return self->fsm.state == BG_PEER_RESTARTING && self->fsm.answered && self->negotiator
         && bg_negotiator_offered (self->negotiator);
}

void
bg_peer_take_answer (BgPeer *self, const BgSignalMessage *message)
{
  g_autoptr (BgSdp) sdp = has_answer (self) ? bg_sdp_parse (message->sdp, NULL) : NULL;
  gboolean proved;

  if (has_answer (self) && !(sdp && bg_negotiator_is_known (self->negotiator, sdp)))
    {
      if (may_enter (self, message, &proved) && proved)
        feed_description (self, BG_PEER_EVENT_ANSWER_OTHER, message, g_steal_pointer (&sdp));
      return;
    }
  if (!bg_peer_fsm_awaits_answer (&self->fsm))
    {
      bg_log (BG_TOPIC_PEER, DEBUG, self->id, "answer while %s: ignored",
              bg_peer_state_name (self->fsm.state));
      take_news (self, message);
      return;
    }
  if (may_enter (self, message, &proved))
    feed_description (self, BG_PEER_EVENT_ANSWER, message, g_steal_pointer (&sdp));
}

/* --- What we offer --- */

/* With the description that it has of us, once more. */
void
bg_peer_tell_what_is_due (BgPeer *self)
{
  if (self->news_due && self->negotiator && self->speaks.offers)
    self->news_due = !bg_negotiator_repeat (self->negotiator);
}

void
bg_peer_tell_offer (BgPeer *self)
{
  self->news_due = self->context && self->negotiator; /* the next description says it anyway */
  if (self->news_due
      && bg_signaling_client_get_state (self->context->signaling) == BG_SIGNALING_ONLINE)
    bg_peer_tell_what_is_due (self);
}

/* --- Candidates --- */

static void
keep_for_later (BgPeer *self, const char *candidate)
{
  if (self->fsm.state == BG_PEER_REFUSED
      || self->descriptions.early->len >= BG_NEGOTIATOR_MAX_CANDIDATES
      || strlen (candidate) > BG_NEGOTIATOR_MAX_CANDIDATE_LEN
      || self->context->n_early >= MAX_EARLY)
    return;
  g_ptr_array_add (self->descriptions.early, g_strdup (candidate));
  self->context->n_early++;
}

void
bg_peer_drop_early_candidates (BgPeer *self)
{
  self->context->n_early -= self->descriptions.early->len;
  g_ptr_array_set_size (self->descriptions.early, 0);
}

void
bg_peer_take_candidate (BgPeer *self, const char *candidate)
{
  gboolean taken;

  bg_peer_hold (self); /* a session may fail on the spot */
  taken = self->negotiator && bg_negotiator_take_candidate (self->negotiator, candidate);
  if (!taken)
    keep_for_later (self, candidate);
  bg_peer_let_go (self);
}

void
bg_peer_take_early_candidates (BgPeer *self)
{
  g_autoptr (GPtrArray) early = g_steal_pointer (&self->descriptions.early);

  self->descriptions.early = g_ptr_array_new_with_free_func (g_free);
  self->context->n_early -= early->len;
  for (guint i = 0; self->negotiator && i < early->len; i++)
    bg_negotiator_take_candidate (self->negotiator, early->pdata[i]);
}
