/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/peer-private.h"

#include "common/device-name.h"
#include "common/error.h"
#include "common/key-text.h"
#include "common/log.h"
#include "common/printable.h"
#include "peer/main-timer.h"

#include <string.h>

/* A burst of offers is a restart storm or an attack; each costs a session. What is dropped is sent again by its owner. */
#define OFFER_BURST 5.0
#define OFFER_PER_SECOND 0.5

#define MAX_IMPLEMENTATION 64 /* bytes of what it calls itself */

G_DEFINE_FINAL_TYPE (BgPeer, bg_peer, G_TYPE_OBJECT)

static guint changed_signal;

static void
bg_peer_finalize (GObject *object)
{
  BgPeer *self = BG_PEER (object);

  bg_peer_info_clear (self);
  g_clear_pointer (&self->said, bg_signal_peer_free);
  bg_peer_facts_free (self->facts);
  g_array_unref (self->accepted);
  bg_path_history_free (self->paths);
  g_array_unref (self->events);
  g_ptr_array_unref (self->early);
  g_hash_table_unref (self->pings);
  wg_wipe (&self->fixed.psk, sizeof self->fixed.psk);
  g_free ((gpointer) self->fixed.allowed_ips);
  bg_words_unref (self->refusal);
  bg_words_unref (self->failure);
  g_clear_pointer (&self->complaints, g_ptr_array_unref);
  g_free (self->implementation);
  g_free (self->local_candidate);
  g_free (self->remote_candidate);
  bg_words_unref (self->shadow);
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
  self->accepted = g_array_new (FALSE, FALSE, sizeof (BgIpPrefix));
  self->events = g_array_new (FALSE, FALSE, sizeof (BgQueuedEvent));
  self->early = g_ptr_array_new_with_free_func (g_free);
  self->pings = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_object_unref);
  self->latency_us = -1;
  self->paths = bg_path_history_new ();
  self->offer_tokens = OFFER_BURST;
  self->offer_refill_us = g_get_monotonic_time ();
}

BgPeer *
bg_peer_new (BgPeerContext *context, const char *id)
{
  BgPeer *self = g_object_new (BG_TYPE_PEER, NULL);

  self->context = context;
  self->id = g_strdup (id);
  self->path = ++context->last_path;
  bg_peer_fsm_init (&self->fsm, bg_peer_id_is_smaller (context->self_id, id));
  self->has_key = bg_peer_pins_lookup (context->pins, id, &self->key, NULL);
  return self;
}

void
bg_peer_announce (BgPeer *self)
{
  gboolean connected = bg_peer_public_state (self) == BG_PEER_PUBLIC_CONNECTED;

  if (!connected)
    self->connected_since_us = 0;
  else if (self->connected_since_us == 0)
    self->connected_since_us = g_get_real_time ();
  self->info_fresh = FALSE;
  bg_peer_note_path (self);
  if (self->routes_dirty && self->context)
    {
      self->routes_dirty = FALSE;
      bg_peer_set_routes_changed (self->context->set);
    }
  g_signal_emit (self, changed_signal, 0);
}

/* --- Judging --- */

static BgWords *
judge_key (BgPeer *self, const WgKey *key)
{
  BgWords *bad = bg_peer_key_refusal (key, &self->context->self);
  WgKey pinned;
  gint64 first_seen;
  BgPeer *owner;

  if (bad)
    return bad;
  if (bg_peer_pins_lookup (self->context->pins, self->id, &pinned, &first_seen)
      && !wg_key_equal (&pinned, key))
    {
      g_autofree char *word = bg_device_name_quote_for_shell (self->id);

      return bg_words (PEER_KEY_CHANGED, bg_arg_time (first_seen * G_USEC_PER_SEC), word);
    }
  if ((owner = bg_peer_set_find_key (self->context->set, key, self)) != NULL)
    {
      g_autofree char *id = bg_printable (owner->id);

      return bg_words (PEER_KEY_TAKEN, id);
    }
  return NULL;
}

static BgWords *
judge_address (BgPeer *self, const BgPeerFacts *facts)
{
  BgPeer *owner;

  if (facts->refusal)
    return bg_words_ref (facts->refusal);
  if ((owner = bg_peer_set_find_address (self->context->set, &facts->address, self)) != NULL)
    {
      g_autofree char *id = bg_printable (owner->id);
      char address[BG_IP_PREFIX_TEXT];

      bg_ip_prefix_format_address (&facts->address, address);
      return bg_words (PEER_ADDRESS_TAKEN, address, id);
    }
  return NULL;
}

static BgWords *
judge (BgPeer *self, const BgPeerFacts *facts)
{
  BgWords *refusal = judge_address (self, facts);

  if (refusal)
    return refusal;
  if (facts->key_refusal)
    return bg_words_ref (facts->key_refusal);
  return facts->has_key ? judge_key (self, &facts->key) : NULL;
}

static void
set_refusal (BgPeer *self, BgWords *take)
{
  if (take && !bg_words_equal (take, self->refusal))
    bg_log (BG_TOPIC_PEER, WARNING, self->id, "refused: %s", take->text);
  bg_words_take (&self->refusal, take);
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
bg_peer_is_gone (BgPeer *self)
{
  return !self->is_static && self->fsm.state == BG_PEER_ABSENT
         && !bg_peer_pins_is_confirmed (self->context->pins, self->id);
}

static gboolean
holds_claims (BgPeer *self)
{
  return self->is_static
         || (self->fsm.state != BG_PEER_ABSENT && self->fsm.state != BG_PEER_REFUSED
             && self->fsm.state != BG_PEER_CLOSED);
}

gboolean
bg_peer_holds_key (BgPeer *self, const WgKey *key)
{
  return holds_claims (self)
         && ((self->linked && wg_key_equal (&self->linked_key, key))
             || (self->has_key && wg_key_equal (&self->key, key)));
}

gboolean
bg_peer_holds_address (BgPeer *self, const BgIpPrefix *address)
{
  return holds_claims (self) && self->facts
         && ((self->facts->has_address && bg_ip_prefix_equal (&self->facts->address, address))
             || (self->facts->has_address6
                 && bg_ip_prefix_equal (&self->facts->address6, address)));
}

/* --- The session --- */

static const struct
{
  BgWebrtcState state;
  BgPeerEvent event;
} session_events[] = {
  { BG_WEBRTC_OPEN, BG_PEER_EVENT_OPENED },
  { BG_WEBRTC_DISCONNECTED, BG_PEER_EVENT_LOST },
  { BG_WEBRTC_FAILED, BG_PEER_EVENT_FAILED },
  { BG_WEBRTC_CLOSED, BG_PEER_EVENT_FAILED },
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
  BgWebrtcState state = bg_webrtc_session_get_state (bg_negotiator_session (from));

  if (self->control && state == BG_WEBRTC_DISCONNECTED)
    return; /* paths say whether it is there (peer-link.c) */
  if (!self->control && self->fsm.state == BG_PEER_RELINKING
      && (state == BG_WEBRTC_OPEN || state == BG_WEBRTC_CONNECTED))
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
  g_clear_pointer (&self->local_candidate, g_free);
  g_clear_pointer (&self->remote_candidate, g_free);
  self->relayed = FALSE;
  if (self->negotiator)
    bg_webrtc_session_get_pair (bg_negotiator_session (self->negotiator), &self->local_candidate,
                                &self->remote_candidate, &self->relayed);
  bg_peer_note_endpoint (self);
}

static void
on_negotiator_pair_changed (gpointer data, BgNegotiator *from)
{
  BgPeer *self = data;

  read_pair (self);
  if (bg_peer_has_transport (self))
    bg_peer_attach_direct (self);
  bg_log (BG_TOPIC_ICE, INFO, self->id, "pair: %s - %s%s",
          self->local_candidate ? self->local_candidate : "none",
          self->remote_candidate ? self->remote_candidate : "none",
          self->relayed ? ", relayed" : "");
  bg_peer_announce (self);
}

static void
on_negotiator_failed (gpointer data, BgNegotiator *from, const GError *error)
{
  BgPeer *self = data;

  bg_log (BG_TOPIC_PEER, WARNING, self->id, "session failed: %s", error->message);
  set_failure (self, bg_error_dup_words (error));
  queue_event (self, BG_PEER_EVENT_FAILED, self->session);
}

static const BgNegotiatorEvents negotiator_events = {
  on_negotiator_answered,
  on_negotiator_state_changed,
  on_negotiator_pair_changed,
  on_negotiator_failed,
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
    .session = {
      .name = self->id,
      .offerer = offerer,
      .path = self->path,
      .stun_server = context->stun_server,
      .turn_servers = (const char *const *) turn,
      .relay_only = context->relay_only,
      .ice_tcp = context->ice_tcp,
      .exclude = context->exclude,
      .exclude_interface = context->interface,
      .addresses = context->ice_addresses,
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

  if (!self->negotiator || bg_negotiator_take_description (self->negotiator, self->at_hand, &error))
    return;
  bg_log (BG_TOPIC_PEER, WARNING, self->id, "%s unusable: %s",
          self->at_hand->type == BG_SIGNAL_OFFER ? "offer" : "answer", error->message);
  set_failure (self, bg_error_dup_words (error));
  queue_event (self, BG_PEER_EVENT_FAILED, self->session);
}

static void
take_early_candidates (BgPeer *self)
{
  g_autoptr (GPtrArray) early = g_steal_pointer (&self->early);

  self->early = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; self->negotiator && i < early->len; i++)
    bg_negotiator_take_candidate (self->negotiator, early->pdata[i]);
}

static void
drop_session (BgPeer *self)
{
  bg_peer_detach (self);
  g_clear_pointer (&self->negotiator, bg_negotiator_free);
  self->session++; /* what it still has to say is nobody's concern */
  self->offer_due = FALSE;
  read_pair (self);
  bg_peer_set_attempt_ended (self->context->set);
}

/* --- Events in, actions out --- */

static void
do_drop (BgPeer *self)
{
  drop_session (self);
}

static void
do_rejoin (BgPeer *self)
{
  bg_peer_set_request_rejoin (self->context->set);
}

static void
do_new_offer (BgPeer *self)
{
  self->offer_due = !bg_peer_set_may_attempt (self->context->set, self);
  if (!self->offer_due && new_session (self, TRUE))
    bg_negotiator_offer (self->negotiator);
}

void
bg_peer_start_due (BgPeer *self)
{
  self->held++;
  do_new_offer (self);
  self->held--;
  arm_deadline (self);
  if (self->events->len > 0)
    process (self);
}

static void
do_new_answer (BgPeer *self)
{
  if (!new_session (self, FALSE))
    return;
  take_description (self);
  take_early_candidates (self);
}

static void
do_resend (BgPeer *self)
{
  if (self->negotiator)
    bg_negotiator_resend (self->negotiator);
}

static void
do_attach (BgPeer *self)
{
  g_clear_pointer (&self->failure, bg_words_unref);
  read_pair (self);
  bg_peer_attach (self);
  bg_peer_set_attempt_ended (self->context->set);
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
  { BG_PEER_TAKE_ANSWER, take_description },
  { BG_PEER_RESEND, do_resend },
  { BG_PEER_ATTACH, do_attach },
  { BG_PEER_CHECK, bg_peer_check },
};

static gboolean on_deadline (gpointer data);

static void
arm_deadline (BgPeer *self)
{
  guint ms = bg_peer_fsm_deadline_ms (&self->fsm);

  bg_clear_source (&self->deadline);
  if (ms == 0)
    return;
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

static gboolean
on_deadline (gpointer data)
{
  BgPeer *self = data;
  BgPeerState state = self->fsm.state;
  g_autoptr (BgWords) reason = timeout_reason (state);

  bg_clear_source (&self->deadline);
  if (state == BG_PEER_OPEN && (self->kind != BG_TRANSPORT_NONE || !self->control))
    return G_SOURCE_REMOVE; /* from now on LOST says it */
  /* Without the hub nobody hears us: no new attempts, which would only fail. */
  if ((state == BG_PEER_WAITING || state == BG_PEER_OFFERING || state == BG_PEER_BACKOFF)
      && bg_signaling_client_get_state (self->context->signaling) != BG_SIGNALING_ONLINE)
    {
      arm_deadline (self);
      return G_SOURCE_REMOVE;
    }
  if (self->offer_due)
    {
      arm_deadline (self);
      return G_SOURCE_REMOVE;
    }
  if (reason && (state != BG_PEER_OFFERING || self->fsm.resends >= BG_PEER_MAX_RESENDS))
    set_failure (self, g_steal_pointer (&reason));
  bg_peer_feed (self, BG_PEER_EVENT_TIMEOUT);
  return G_SOURCE_REMOVE;
}

static void
handle (BgPeer *self, BgPeerEvent event)
{
  BgPeerState before = self->fsm.state;
  BgPeerActions actions;

  self->fsm.offline = bg_signaling_client_get_state (self->context->signaling)
                      != BG_SIGNALING_ONLINE;
  if (!bg_peer_fsm_feed (&self->fsm, event, self->id, &actions))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (performers); i++)
    if (actions & performers[i].action)
      performers[i].perform (self);
  if (self->fsm.state != before || actions != 0 || event == BG_PEER_EVENT_TIMEOUT)
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

  if (self->held > 0)
    return;
  self->held++;
  while (self->context && next_event (self, &event))
    {
      handle (self, event);
      if (self->events->len == 0)
        enforce_refusal (self);
    }
  self->held--;
  settle (self);
}

/* --- What signalling brings --- */

static void
take_facts (BgPeer *self, BgPeerFacts *take)
{
  bg_peer_facts_free (self->facts);
  self->facts = take;
  if (take->has_key && !bg_peer_state_has_session (self->fsm.state))
    {
      self->key = take->key;
      self->has_key = TRUE;
    }
}

void
bg_peer_take_entry (BgPeer *self, const BgSignalPeer *said)
{
  g_autoptr (BgPeerFacts) facts = bg_peer_facts_new (said, &self->context->self);
  BgWords *refusal = judge (self, facts);

  g_clear_pointer (&self->said, bg_signal_peer_free);
  self->said = bg_signal_peer_copy (said);
  if (refusal && (bg_peer_state_is_live (self->fsm.state) || self->fsm.state == BG_PEER_RELINKING))
    {
      /* The tunnel that works is not given up because the hub says something else now. */
      set_refusal (self, refusal);
      bg_peer_announce (self);
      return;
    }
  set_refusal (self, refusal);
  take_facts (self, g_steal_pointer (&facts));
  if (refusal)
    {
      bg_peer_feed (self, BG_PEER_EVENT_REFUSE);
      return;
    }
  if (self->has_key)
    bg_peer_pins_add (self->context->pins, self->id, &self->key);
  if (self->linked)
    bg_peer_link (self);
  bg_peer_feed (self, BG_PEER_EVENT_APPEARED);
}

void
bg_peer_take_left (BgPeer *self)
{
  g_ptr_array_set_size (self->early, 0);
  bg_peer_feed (self, BG_PEER_EVENT_LEFT);
}

static gboolean
offer_is_affordable (BgPeer *self)
{
  gint64 now = g_get_monotonic_time ();

  self->offer_tokens += OFFER_PER_SECOND * (double) (now - self->offer_refill_us) / G_USEC_PER_SEC;
  self->offer_tokens = MIN (self->offer_tokens, OFFER_BURST);
  self->offer_refill_us = now;
  if (self->offer_tokens < 1)
    return FALSE;
  self->offer_tokens -= 1;
  return TRUE;
}

static BgPeerEvent
kind_of_offer (BgPeer *self, const char *sdp)
{
  const char *known = self->negotiator ? bg_negotiator_remote_fingerprint (self->negotiator) : NULL;
  g_autofree char *fingerprint = NULL, *ufrag = NULL;

  if (!known)
    return BG_PEER_EVENT_OFFER;
  fingerprint = bg_sdp_get_fingerprint (sdp);
  if (g_strcmp0 (fingerprint, known) != 0)
    return BG_PEER_EVENT_OFFER;
  ufrag = bg_sdp_get_ufrag (sdp);
  return g_strcmp0 (ufrag, bg_negotiator_remote_ufrag (self->negotiator)) == 0
           ? BG_PEER_EVENT_OFFER_REPEATED
           : BG_PEER_EVENT_OFFER_RESTART;
}

static void
learn_abilities (BgPeer *self, const BgSignalMessage *message)
{
  self->fsm.foreign = !message->is_bamgate;
  self->control = message->is_bamgate && message->control >= BG_CONTROL_VERSION;
  self->remote_paths = 0;
  for (char **path = message->paths; path && *path; path++)
    self->remote_paths |= 1u << bg_transport_kind_from_name (*path);
  g_free (self->implementation);
  self->implementation = bg_printable_start (message->implementation, MAX_IMPLEMENTATION);
}

/* The key in an offer or answer comes from the peer's live socket and counts more than the list's. */
static gboolean
take_key (BgPeer *self, const char *text)
{
  g_autoptr (BgWords) refusal = NULL;
  WgKey key;

  if (!text || !*text)
    {
      refusal = self->has_key ? NULL : bg_words (PEER_WITHOUT_KEY);
      key = self->key;
    }
  else if (!bg_key_from_base64 (text, key.bytes))
    refusal = bg_words (PEER_KEY_UNUSABLE);
  if (!refusal)
    refusal = judge_key (self, &key);
  if (refusal)
    {
      set_refusal (self, g_steal_pointer (&refusal));
      return FALSE;
    }
  self->key = key;
  self->has_key = TRUE;
  bg_peer_pins_add (self->context->pins, self->id, &key);
  return TRUE;
}

/* Address and key may have been refused when the hub named them; others may have left meanwhile. */
static gboolean
may_connect (BgPeer *self, const char *key)
{
  BgWords *refusal = self->facts ? judge_address (self, self->facts)
                                 : bg_words (PEER_ADDRESS_UNKNOWN);

  if (refusal)
    {
      set_refusal (self, refusal);
      return FALSE;
    }
  return take_key (self, key);
}

void
bg_peer_take_offer (BgPeer *self, const BgSignalMessage *message)
{
  BgPeerEvent event;

  if (!offer_is_affordable (self))
    {
      bg_log (BG_TOPIC_PEER, DEBUG, self->id, "offer dropped: too many");
      return;
    }
  event = kind_of_offer (self, message->sdp);
  if (!self->negotiator && !bg_peer_set_may_attempt (self->context->set, self))
    {
      bg_log (BG_TOPIC_PEER, DEBUG, self->id, "offer dropped: too many peers are being connected");
      return;
    }
  if (!may_connect (self, message->public_key))
    {
      bg_peer_feed (self, BG_PEER_EVENT_REFUSE);
      return;
    }
  set_refusal (self, NULL);
  self->fsm.offer_is_ours = message->is_bamgate;
  learn_abilities (self, message);
  self->at_hand = message;
  bg_peer_feed (self, event);
  self->at_hand = NULL;
}

void
bg_peer_take_answer (BgPeer *self, const BgSignalMessage *message)
{
  if (self->fsm.state != BG_PEER_OFFERING)
    {
      bg_log (BG_TOPIC_PEER, DEBUG, self->id, "answer while %s: ignored",
              bg_peer_state_name (self->fsm.state));
      return;
    }
  if (!may_connect (self, message->public_key))
    {
      bg_peer_feed (self, BG_PEER_EVENT_REFUSE);
      return;
    }
  learn_abilities (self, message);
  self->at_hand = message;
  bg_peer_feed (self, BG_PEER_EVENT_ANSWER);
  self->at_hand = NULL;
}

void
bg_peer_take_candidate (BgPeer *self, const char *candidate)
{
  gboolean taken;

  self->held++; /* a session may fail on the spot */
  taken = self->negotiator && bg_negotiator_take_candidate (self->negotiator, candidate);
  self->held--;
  if (!taken && self->fsm.state != BG_PEER_REFUSED
      && self->early->len < BG_NEGOTIATOR_MAX_CANDIDATES
      && strlen (candidate) <= BG_NEGOTIATOR_MAX_CANDIDATE_LEN)
    g_ptr_array_add (self->early, g_strdup (candidate));
  if (self->events->len > 0)
    process (self);
}

void
bg_peer_flush (BgPeer *self)
{
  self->held++;
  if (self->negotiator)
    bg_negotiator_flush (self->negotiator);
  self->held--;
  if (self->events->len > 0)
    process (self);
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
  g_array_set_size (self->events, 0);
  self->held++; /* for good */
  bg_peer_fsm_feed (&self->fsm, BG_PEER_EVENT_CLOSE, self->id, &actions);
  if (!self->is_static)
    drop_session (self);
  bg_peer_unlink (self);
  bg_peer_fail_pings (self);
  self->context = NULL;
  self->info_fresh = FALSE;
}

/* --- Asked for by people --- */

gboolean
bg_peer_reconnect (BgPeer *self, GError **error)
{
  if (!self->context)
    {
      bg_error_set (error, BG_ERROR_NOT_FOUND, PEER_REMOVED);
      return FALSE;
    }
  if (self->is_static)
    {
      bg_peer_static_silent (self);
      return TRUE;
    }
  if (self->fsm.state == BG_PEER_REFUSED)
    {
      bg_error_set (error, BG_ERROR_WRONG_STATE, PEER_REFUSED, self->refusal);
      return FALSE;
    }
  if (!bg_peer_is_present (self))
    {
      bg_error_set (error, BG_ERROR_WRONG_STATE, PEER_NOT_ONLINE);
      return FALSE;
    }
  bg_peer_feed (self, BG_PEER_EVENT_RECONNECT);
  return TRUE;
}

gboolean
bg_peer_forget (BgPeer *self, GError **error)
{
  if (self->is_static)
    {
      bg_error_set (error, BG_ERROR_WRONG_STATE, PEER_IS_STATIC);
      return FALSE;
    }
  if (!self->context)
    {
      bg_error_set (error, BG_ERROR_NOT_FOUND, PEER_REMOVED);
      return FALSE;
    }
  if (!bg_peer_pins_forget (self->context->pins, self->id, error))
    return FALSE;
  bg_peer_set_forget (self->context->set, self);
  return TRUE;
}
