/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "webrtc-session.h"
#include "transport/direct-groups.h"

#include "common/error.h"
#include "common/log.h"
#include "common/source.h"
#include "candidate-set.h"
#include "ice-pair.h"
#include "sctp-clock.h"
#include "sdp-text.h"
#include "session-link.h"
#include "session-watch.h"
#include "transport-datachannel.h"
#include "transport-ice.h"
#include "webrtc-pipeline.h"
#include "webrtc-questions.h"

enum
{
  CHECKING_TIMEOUT_S =
    30, /* from the remote description to a pair: the Go program's own limit (spec 2.2) */
  OPENING_TIMEOUT_S = 30, /* from the pair to the open channel */
  FOREIGN_CHANNELS_MAX = 8,
};

struct _BgWebrtcSession
{
  GObject parent;

  BgSessionLink *link;
  BgSessionWatch *watch;
  BgWebrtcPipeline pipeline;
  BgTransport *channel, *ice;
  BgDirectGroups *groups;

  /* configuration */
  gboolean offerer, ice_tcp;
  guint32 path;
  BgPacketPool *pool;
  GPtrArray *exclude;        /* GInetAddressMask, NULL-terminated */
  BgIceAddresses *addresses; /* NULL: not known */

  /* negotiation */
  BgSdp *local, *remote;
  char *local_text;
  BgWebrtcQuestions *questions;
  GPtrArray *early; /* BgIceCandidate from before the remote description */
  BgCandidateSet *local_candidates, *remote_candidates;
  gboolean takes_candidates;
  guint n_foreign; /* channels beside ours that the peer opened */

  /* state */
  BgWebrtcState state;
  gboolean has_component; /* the agent has said something of it; before, it calls it failed */
  gboolean was_connected, is_open, uses_ice;
  gboolean watched, may_rest;
  gboolean holds_sctp_clock;
  GSource *deadline;
  BgIcePair pair; /* its texts are NULL while none is selected */
};

G_DEFINE_FINAL_TYPE (BgWebrtcSession, bg_webrtc_session, G_TYPE_OBJECT)

enum
{
  SIGNAL_LOCAL_DESCRIPTION,
  SIGNAL_LOCAL_CANDIDATE,
  SIGNAL_STATE_CHANGED,
  SIGNAL_PAIR_CHANGED,
  SIGNAL_FAILED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static const char *const state_words[] = {
  [BG_WEBRTC_NEW] = "new",
  [BG_WEBRTC_CHECKING] = "checking",
  [BG_WEBRTC_CONNECTED] = "connected",
  [BG_WEBRTC_OPEN] = "open",
  [BG_WEBRTC_DISCONNECTED] = "disconnected",
  [BG_WEBRTC_FAILED] = "failed",
  [BG_WEBRTC_CLOSED] = "closed",
};

/* State */

static void
release_sctp_clock (BgWebrtcSession *self)
{
  if (self->holds_sctp_clock)
    bg_sctp_clock_release ();
  self->holds_sctp_clock = FALSE;
}

static gboolean
is_over (BgWebrtcSession *self)
{
  return self->state == BG_WEBRTC_FAILED || self->state == BG_WEBRTC_CLOSED;
}

static void
set_state (BgWebrtcSession *self, BgWebrtcState state)
{
  if (state == self->state || is_over (self))
    return;
  bg_log (BG_TOPIC_ICE, DEBUG, NULL, "path %u: session %s → %s", self->path,
          state_words[self->state], state_words[state]);
  self->state = state;
  if (state == BG_WEBRTC_OPEN)
    release_sctp_clock (self);
  g_signal_emit (self, signals[SIGNAL_STATE_CHANGED], 0);
}

/* The session stops to be one; the owner still has to close it. */
static void
end_session (BgWebrtcSession *self, BgWebrtcState state)
{
  GstWebRTCDataChannel *channel;

  if (is_over (self))
    return;
  bg_source_drop (&self->deadline);
  bg_ice_transport_detach (self->ice);
  channel = bg_data_channel_transport_detach (self->channel);
  if (channel)
    bg_webrtc_pipeline_close_channel (channel);
  bg_webrtc_pipeline_keep (&self->pipeline, channel);
  set_state (self, state);
}

static void
fail (BgWebrtcSession *self, const GError *error)
{
  if (is_over (self))
    return;
  end_session (self, BG_WEBRTC_FAILED);
  if (!bg_session_link_is_cut (self->link))
    g_signal_emit (self, signals[SIGNAL_FAILED], 0, error);
}

static void
fail_with (BgWebrtcSession *self, BgError code, BgWords *take)
{
  g_autoptr (GError) error = bg_error_new_take (code, take);

  fail (self, error);
}

static gboolean
on_deadline (gpointer data)
{
  BgWebrtcSession *self = data;

  fail_with (self, BG_ERROR_TIMEOUT,
             self->was_connected ? bg_words (SESSION_CHANNEL_LATE)
                                 : bg_words (SESSION_NO_WAY_FOUND));
  return G_SOURCE_REMOVE;
}

static void
set_deadline (BgWebrtcSession *self, guint seconds)
{
  bg_source_drop (&self->deadline);
  self->deadline = g_timeout_source_new_seconds (seconds);
  g_source_set_callback (self->deadline, on_deadline, self, NULL);
  g_source_attach (self->deadline, bg_session_link_get_context (self->link));
}

static BgWebrtcState
state_of (BgWebrtcSession *self, NiceComponentState component)
{
  if (!self->remote)
    return BG_WEBRTC_NEW;
  if (component == NICE_COMPONENT_STATE_CONNECTED || component == NICE_COMPONENT_STATE_READY)
    return self->is_open ? BG_WEBRTC_OPEN : BG_WEBRTC_CONNECTED;
  return self->was_connected ? BG_WEBRTC_DISCONNECTED : BG_WEBRTC_CHECKING;
}

static void
handle_channel_closed (gpointer owner, gpointer payload)
{
  BgWebrtcSession *self = owner;

  if (self->is_open)
    end_session (self, BG_WEBRTC_CLOSED);
  else
    fail_with (self, BG_ERROR_FAILED, bg_words (SESSION_CLOSED_EARLY));
}

static void
unref_link (gpointer data)
{
  bg_session_link_unref (data);
}

static void
note_connected (BgWebrtcSession *self)
{
  if (self->was_connected)
    return;
  self->was_connected = TRUE;
  bg_session_watch_connect_transports (self->watch, self->pipeline.webrtc);
  if (!self->is_open)
    set_deadline (self, OPENING_TIMEOUT_S);
}

static void
update_state (BgWebrtcSession *self)
{
  NiceComponentState component = NICE_COMPONENT_STATE_DISCONNECTED;
  BgWebrtcState state;

  if (is_over (self))
    return;
  if (self->has_component)
    component = nice_agent_get_component_state (self->pipeline.agent, BG_NICE_STREAM,
                                                BG_NICE_COMPONENT);
  /* Where consent is checked (RFC 7675; GStreamer 1.26) it runs out while ICE rests. */
  if (component == NICE_COMPONENT_STATE_FAILED && self->watched && self->was_connected)
    return;
  if (component == NICE_COMPONENT_STATE_FAILED)
    {
      fail_with (self, BG_ERROR_FAILED,
                 self->was_connected ? bg_words (SESSION_WAY_LOST) : bg_words (SESSION_NO_WAY));
      return;
    }
  state = state_of (self, component);
  if (state == BG_WEBRTC_CONNECTED || state == BG_WEBRTC_OPEN)
    note_connected (self);
  set_state (self, state);
}

/* ICE; the agent's signals come on its thread, and on whatever thread changes it */

static void
handle_component_state (gpointer owner, gpointer payload)
{
  BgWebrtcSession *self = owner;

  self->has_component = TRUE;
  update_state (self);
}

static void update_rest (BgWebrtcSession *self);

static void
handle_pair (gpointer owner, gpointer payload)
{
  BgWebrtcSession *self = owner;
  BgIcePair *pair = payload, old = self->pair;

  self->pair = *pair;
  *pair = old; /* freed with the payload */
  update_rest (self);
  bg_log (BG_TOPIC_ICE, DEBUG, NULL, "path %u: pair selected: %s, %s", self->path, self->pair.local,
          self->pair.remote);
  g_signal_emit (self, signals[SIGNAL_PAIR_CHANGED], 0);
}

/* Data channel */

/* DTLS proves that the peer has the certificate which signalling named; webrtcbin leaves the
 * comparison to us. */
static gboolean
is_peer_certificate_right (BgWebrtcSession *self)
{
  g_autofree char *shown = bg_webrtc_pipeline_dup_peer_fingerprint (&self->pipeline);

  return shown && g_str_equal (shown, self->remote->fingerprint);
}

/* nicesrc is known to run once DTLS got through it. */
static void
take_over_ice (BgWebrtcSession *self)
{
  if (self->is_open && self->uses_ice)
    bg_webrtc_pipeline_receive_ice (&self->pipeline, self->ice);
}

static void
handle_channel_open (gpointer owner, gpointer payload)
{
  BgWebrtcSession *self = owner;

  if (is_over (self) || self->is_open || !self->remote)
    return;
  if (!is_peer_certificate_right (self))
    {
      fail_with (self, BG_ERROR_FAILED, bg_words (SESSION_CERTIFICATE_DIFFERS));
      return;
    }
  self->is_open = TRUE;
  bg_source_drop (&self->deadline);
  take_over_ice (self);
  update_state (self);
}

static void
on_channel_opened (gpointer data)
{
  bg_session_link_post (data, handle_channel_open, NULL, NULL);
}

static void
on_channel_closed (gpointer data)
{
  bg_session_link_post (data, handle_channel_closed, NULL, NULL);
}

/* Spec 2.2 has one channel; others are let be, within reason. */
static void
handle_foreign_channel (gpointer owner, gpointer payload)
{
  BgWebrtcSession *self = owner;

  bg_webrtc_pipeline_keep (&self->pipeline, g_object_ref (payload));
  if (++self->n_foreign > FOREIGN_CHANNELS_MAX)
    fail_with (self, BG_ERROR_FAILED, bg_words (SESSION_TOO_MANY_CHANNELS));
}

/* Negotiation */

static gboolean
has_failed (BgWebrtcSession *self, const BgWebrtcReply *reply, const char *step)
{
  g_autoptr (GError) error = NULL;

  if (!reply->error)
    return is_over (self);
  error = bg_error (BG_ERROR_FAILED, ABOUT, step, reply->error);
  fail (self, error);
  return TRUE;
}

static void
give_candidates (BgWebrtcSession *self)
{
  BgIceCandidate *candidate;

  while (self->takes_candidates && (candidate = bg_candidate_set_take (self->remote_candidates)))
    {
      g_autofree char *line = bg_ice_candidate_format (candidate, NULL);

      g_signal_emit_by_name (self->pipeline.webrtc, "add-ice-candidate", 0u, line);
      bg_ice_candidate_free (candidate);
    }
}

static gboolean
is_of_remote_description (BgWebrtcSession *self, const BgIceCandidate *candidate)
{
  return !candidate->ufrag || g_str_equal (candidate->ufrag, self->remote->ufrag);
}

static void
take_candidate (BgWebrtcSession *self, BgIceCandidate *candidate)
{
  if (!is_of_remote_description (self, candidate))
    bg_ice_candidate_free (candidate);
  else if (bg_candidate_set_add (self->remote_candidates, candidate))
    give_candidates (self);
}

static void
take_early_candidates (BgWebrtcSession *self)
{
  while (self->early->len > 0)
    take_candidate (self, g_ptr_array_steal_index (self->early, 0));
}

static void
start_candidates (BgWebrtcSession *self)
{
  self->takes_candidates = TRUE;
  give_candidates (self);
}

static void
handle_local_set (gpointer owner, gpointer payload)
{
  BgWebrtcSession *self = owner;

  if (!has_failed (self, payload, "own session description") && !self->offerer)
    start_candidates (self);
}

static void
announce_local (BgWebrtcSession *self)
{
  g_signal_emit (self, signals[SIGNAL_LOCAL_DESCRIPTION], 0, self->offerer ? "offer" : "answer",
                 self->local_text);
}

/* Gathering starts with the local description, so the peer gets it before any candidate. */
static void
handle_local_created (gpointer owner, gpointer payload)
{
  BgWebrtcSession *self = owner;
  BgWebrtcReply *reply = payload;
  g_autoptr (GError) error = NULL;

  if (has_failed (self, reply, "own session description"))
    return;
  self->local_text = gst_sdp_message_as_text (reply->description->sdp);
  self->local = bg_sdp_parse (self->local_text, &error);
  if (!self->local)
    {
      bg_error_wrap (&error, OWN_DESCRIPTION);
      fail (self, error);
      return;
    }
  announce_local (self);
  if (bg_session_link_is_cut (self->link))
    return;
  g_signal_emit_by_name (self->pipeline.webrtc, "set-local-description", reply->description,
                         bg_webrtc_questions_ask (self->questions, handle_local_set, NULL));
}

static void
handle_remote_set (gpointer owner, gpointer payload)
{
  BgWebrtcSession *self = owner;

  if (has_failed (self, payload, "peer's session description"))
    return;
  if (self->offerer)
    {
      start_candidates (self);
      return;
    }
  g_signal_emit_by_name (self->pipeline.webrtc, "create-answer", NULL,
                         bg_webrtc_questions_ask (self->questions, handle_local_created, "answer"));
}

static void
handle_local_candidate (gpointer owner, gpointer payload)
{
  BgWebrtcSession *self = owner;
  g_autoptr (BgIceCandidate) candidate = bg_ice_candidate_parse (payload, NULL);
  g_autofree char *line = NULL;

  if (is_over (self) || !self->local || !candidate || !candidate->address
      || candidate->component != BG_NICE_COMPONENT
      || bg_ice_address_is_unusable (candidate->address)
      || bg_ice_address_is_in (candidate->address,
                               (GInetAddressMask *const *) self->exclude->pdata))
    return;
  line = bg_ice_candidate_format (candidate, self->local->ufrag);
  if (!bg_candidate_set_add (self->local_candidates, g_steal_pointer (&candidate)))
    return;
  bg_ice_candidate_free (bg_candidate_set_take (self->local_candidates));
  g_signal_emit (self, signals[SIGNAL_LOCAL_CANDIDATE], 0, line);
}

void
bg_webrtc_session_start (BgWebrtcSession *self)
{
  g_autoptr (GstWebRTCDataChannel) channel = NULL;
  g_autoptr (GstStructure) options = NULL;

  g_return_if_fail (BG_IS_WEBRTC_SESSION (self) && self->offerer);
  if (is_over (self) || self->local_text)
    return;
  /* 1 would become 16,777,216 (notes 1); 0 is what it says. */
  options = gst_structure_new ("options", "ordered", G_TYPE_BOOLEAN, FALSE, "max-retransmits",
                               G_TYPE_INT, 0, NULL);
  g_signal_emit_by_name (self->pipeline.webrtc, "create-data-channel", "bamgate", options,
                         &channel);
  if (!channel)
    {
      fail_with (self, BG_ERROR_FAILED, bg_words (SESSION_WITHOUT_CHANNEL));
      return;
    }
  g_signal_emit_by_name (self->pipeline.webrtc, "create-offer", NULL,
                         bg_webrtc_questions_ask (self->questions, handle_local_created, "offer"));
}

static gboolean
refuse (GError **error, BgError code, BgWords *take)
{
  bg_error_set_take (error, code, take);
  return FALSE;
}

static gboolean
check_type (BgWebrtcSession *self, const char *type, GError **error)
{
  if (is_over (self))
    return refuse (error, BG_ERROR_WRONG_STATE, bg_words (SESSION_OVER));
  if (g_strcmp0 (type, self->offerer ? "answer" : "offer") != 0)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT,
                   self->offerer ? bg_words (SDP_ANSWER_EXPECTED) : bg_words (SDP_OFFER_EXPECTED));
  if (self->offerer && !self->local)
    return refuse (error, BG_ERROR_WRONG_STATE, bg_words (SDP_TOO_EARLY));
  return TRUE;
}

static gboolean
check_remote (BgWebrtcSession *self, const BgSdp *sdp, GError **error)
{
  if (self->offerer && sdp->setup == BG_SDP_SETUP_ACTPASS)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (SDP_WITHOUT_ROLE));
  if (self->offerer && !g_str_equal (sdp->mid, self->local->mid))
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (SDP_OTHER_MID));
  if (sdp->max_message > 0 && sdp->max_message < BG_DATA_CHANNEL_MAX_MESSAGE)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (SDP_SMALL_MESSAGES));
  return TRUE;
}

static gboolean
is_same_remote (BgWebrtcSession *self, const BgSdp *sdp)
{
  return g_str_equal (sdp->ufrag, self->remote->ufrag) && g_str_equal (sdp->pwd, self->remote->pwd)
         && g_str_equal (sdp->fingerprint, self->remote->fingerprint);
}

static gboolean
set_same_remote (BgWebrtcSession *self, const BgSdp *sdp, GError **error)
{
  if (!is_same_remote (self, sdp))
    return refuse (error, BG_ERROR_WRONG_STATE, bg_words (SDP_OTHER_SESSION));
  if (!self->offerer && self->local_text)
    announce_local (self);
  return TRUE;
}

/* webrtcbin sees nothing that the peer wrote, only what we understood of it. */
static gboolean
apply_remote (BgWebrtcSession *self, const BgSdp *sdp, GError **error)
{
  g_autofree char *text = bg_sdp_format (sdp);
  g_autoptr (GstWebRTCSessionDescription) description = NULL;
  GstSDPMessage *message = NULL;

  if (gst_sdp_message_new_from_text (text, &message) != GST_SDP_OK)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (SDP_NOT_ACCEPTED));
  description = gst_webrtc_session_description_new (
    self->offerer ? GST_WEBRTC_SDP_TYPE_ANSWER : GST_WEBRTC_SDP_TYPE_OFFER, message);
  g_signal_emit_by_name (self->pipeline.webrtc, "set-remote-description", description,
                         bg_webrtc_questions_ask (self->questions, handle_remote_set, NULL));
  return TRUE;
}

gboolean
bg_webrtc_session_set_remote (BgWebrtcSession *self, const char *type, const char *text,
                              GError **error)
{
  g_autoptr (BgSdp) sdp = NULL;

  g_return_val_if_fail (BG_IS_WEBRTC_SESSION (self), FALSE);
  if (!check_type (self, type, error) || !(sdp = bg_sdp_parse (text, error))
      || !check_remote (self, sdp, error))
    return FALSE;
  if (self->remote)
    return set_same_remote (self, sdp, error);
  if (!apply_remote (self, sdp, error))
    return FALSE;
  self->remote = g_steal_pointer (&sdp);
  take_early_candidates (self);
  for (guint i = 0; i < self->remote->candidates->len; i++)
    bg_webrtc_session_add_candidate (self, self->remote->candidates->pdata[i], NULL);
  set_deadline (self, CHECKING_TIMEOUT_S);
  update_state (self);
  return TRUE;
}

/* Where two machines have the same address, each would talk to itself. */
static gboolean
check_surroundings (BgWebrtcSession *self, const BgIceCandidate *candidate, GError **error)
{
  BgIceAddressVerdict verdict = self->addresses
                                  ? bg_ice_addresses_judge (self->addresses, candidate->address)
                                  : BG_ICE_ADDRESS_FINE;

  if (verdict == BG_ICE_ADDRESS_INSIDE)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (CANDIDATE_IN_TUNNEL));
  if (verdict == BG_ICE_ADDRESS_OWN && candidate->type == BG_ICE_HOST
      && !self->pipeline.on_loopback)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (CANDIDATE_UNUSABLE));
  return TRUE;
}

static gboolean
check_address (BgWebrtcSession *self, GInetAddress *address, GError **error)
{
  if (bg_ice_address_is_unusable (address))
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (CANDIDATE_UNUSABLE));
  if (bg_ice_address_is_in (address, (GInetAddressMask *const *) self->exclude->pdata))
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (CANDIDATE_IN_TUNNEL));
  if (g_inet_address_get_is_loopback (address) && !self->pipeline.on_loopback)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (CANDIDATE_LOOPBACK));
  return TRUE;
}

static gboolean
is_ignored (BgWebrtcSession *self, const BgIceCandidate *candidate)
{
  return candidate->component != BG_NICE_COMPONENT || !candidate->address
         || (candidate->tcp && !self->ice_tcp)
         || (self->remote && !is_of_remote_description (self, candidate));
}

gboolean
bg_webrtc_session_add_candidate (BgWebrtcSession *self, const char *line, GError **error)
{
  g_autoptr (BgIceCandidate) candidate = NULL;

  g_return_val_if_fail (BG_IS_WEBRTC_SESSION (self), FALSE);
  if (is_over (self))
    return refuse (error, BG_ERROR_WRONG_STATE, bg_words (SESSION_OVER));
  if (*line == '\0') /* end of candidates (spec 2.3) */
    return TRUE;
  candidate = bg_ice_candidate_parse (line, error);
  if (!candidate)
    return FALSE;
  if (is_ignored (self, candidate))
    return TRUE;
  if (!check_address (self, candidate->address, error)
      || !check_surroundings (self, candidate, error))
    return FALSE;
  if (self->remote)
    take_candidate (self, g_steal_pointer (&candidate));
  else if (self->early->len < BG_SDP_CANDIDATES_MAX)
    g_ptr_array_add (self->early, g_steal_pointer (&candidate));
  return TRUE;
}

/* Questions */

BgWebrtcState
bg_webrtc_session_get_state (BgWebrtcSession *self)
{
  return self->state;
}

BgTransport *
bg_webrtc_session_dup_data_channel (BgWebrtcSession *self)
{
  return self->is_open && !is_over (self) ? bg_transport_ref (self->channel) : NULL;
}

BgTransport *
bg_webrtc_session_dup_ice (BgWebrtcSession *self)
{
  if (!self->was_connected || is_over (self))
    return NULL;
  self->uses_ice = TRUE;
  take_over_ice (self);
  return bg_transport_ref (self->ice);
}

BgTransport *
bg_webrtc_session_dup_direct (BgWebrtcSession *self, GError **error)
{
  if (!self->was_connected || is_over (self))
    return NULL;
  return bg_direct_groups_make (self->groups, self->pipeline.agent, self->path, self->pool,
                                &self->ice->sink, error);
}

gboolean
bg_webrtc_session_get_pair (BgWebrtcSession *self, char **local, char **remote, gboolean *relayed)
{
  if (!self->pair.local)
    return FALSE;
  *local = g_strdup (self->pair.local);
  *remote = g_strdup (self->pair.remote);
  if (relayed)
    *relayed = self->pair.relayed;
  return TRUE;
}

/* Keepalives */

void
bg_webrtc_session_set_watched (BgWebrtcSession *self)
{
  if (is_over (self) || self->watched)
    return;
  self->watched = TRUE;
  bg_webrtc_pipeline_set_keepalive_checks (&self->pipeline, FALSE);
}

/* A relayed pair has permissions and an allocation that want to be refreshed. */
static void
update_rest (BgWebrtcSession *self)
{
  if (self->pipeline.ice_clock)
    bg_ice_clock_rest (self->pipeline.ice_clock,
                       self->may_rest && self->watched && !self->pair.relayed);
}

void
bg_webrtc_session_rest (BgWebrtcSession *self, gboolean rest)
{
  self->may_rest = rest;
  update_rest (self);
}

/* Life */

void
bg_webrtc_session_close (BgWebrtcSession *self)
{
  g_return_if_fail (BG_IS_WEBRTC_SESSION (self));
  if (bg_session_link_is_cut (self->link))
    return;
  bg_session_link_cut (self->link);
  self->state = BG_WEBRTC_CLOSED;
  bg_source_drop (&self->deadline);
  if (self->pipeline.pipeline)
    bg_session_watch_disconnect (self->watch, self->pipeline.webrtc, self->pipeline.agent);
  bg_webrtc_questions_withdraw (self->questions);
  release_sctp_clock (self);
  bg_sctp_clock_touch (); /* for the farewell */
  bg_ice_transport_detach (self->ice);
  g_clear_pointer (&self->groups, bg_direct_groups_free);
  bg_webrtc_pipeline_clear (&self->pipeline, bg_data_channel_transport_detach (self->channel));
}

/* The list ends with NULL. */
static void
unref_prefix (gpointer prefix)
{
  if (prefix)
    g_object_unref (prefix);
}

static void
add_excluded (BgWebrtcSession *self, GInetAddressMask *const *exclude)
{
  for (; exclude && *exclude; exclude++)
    g_ptr_array_add (self->exclude, g_object_ref (*exclude));
  g_ptr_array_add (self->exclude, NULL);
}

static const BgSessionNews news = {
  .component_state = handle_component_state,
  .pair = handle_pair,
  .local_candidate = handle_local_candidate,
  .foreign_channel = handle_foreign_channel,
  .closed = handle_channel_closed,
};

static void
make_transports (BgWebrtcSession *self, const BgWebrtcSessionConfig *config)
{
  const BgDataChannelEvents events = { on_channel_opened, on_channel_closed,
                                       bg_session_link_ref (self->link), unref_link };

  self->ice = bg_ice_transport_new (config->path, config->pool, &config->sink);
  self->channel = bg_data_channel_transport_new (config->path, config->offerer, config->pool,
                                                 &config->sink, &events);
  self->watch = bg_session_watch_new (self->link, self->channel, self->ice, &news);
}

BgWebrtcSession *
bg_webrtc_session_new (const BgWebrtcSessionConfig *config, GError **error)
{
  g_autoptr (BgWebrtcSession) self = g_object_new (BG_TYPE_WEBRTC_SESSION, NULL);

  self->offerer = config->offerer;
  self->ice_tcp = config->ice_tcp;
  self->path = config->path;
  self->pool = config->pool;
  self->holds_sctp_clock = TRUE;
  bg_sctp_clock_hold ();
  self->groups = bg_direct_groups_new ();
  add_excluded (self, config->exclude);
  self->addresses = config->addresses ? bg_ice_addresses_ref (config->addresses) : NULL;
  make_transports (self, config);
  if (!bg_webrtc_pipeline_init (&self->pipeline, config, error))
    return NULL;
  bg_ice_transport_attach (self->ice, self->pipeline.agent);
  bg_session_watch_connect (self->watch, self->pipeline.webrtc, self->pipeline.agent);
  if (!bg_webrtc_pipeline_start (&self->pipeline, error))
    return NULL;
  return g_steal_pointer (&self);
}

static void
bg_webrtc_session_dispose (GObject *object)
{
  bg_webrtc_session_close (BG_WEBRTC_SESSION (object));
  G_OBJECT_CLASS (bg_webrtc_session_parent_class)->dispose (object);
}

static void
bg_webrtc_session_finalize (GObject *object)
{
  BgWebrtcSession *self = BG_WEBRTC_SESSION (object);

  bg_transport_unref (self->channel);
  bg_transport_unref (self->ice);
  bg_session_watch_unref (self->watch);
  bg_session_link_unref (self->link);
  g_clear_pointer (&self->exclude, g_ptr_array_unref);
  g_clear_pointer (&self->local, bg_sdp_free);
  g_clear_pointer (&self->remote, bg_sdp_free);
  g_free (self->local_text);
  g_clear_pointer (&self->questions, bg_webrtc_questions_free);
  g_clear_pointer (&self->early, g_ptr_array_unref);
  g_clear_pointer (&self->local_candidates, bg_candidate_set_free);
  g_clear_pointer (&self->remote_candidates, bg_candidate_set_free);
  bg_ice_addresses_unref (self->addresses);
  bg_ice_pair_clear (&self->pair);
  G_OBJECT_CLASS (bg_webrtc_session_parent_class)->finalize (object);
}

static guint
new_signal (GObjectClass *klass, const char *name, guint n_params, GType first, GType second)
{
  return g_signal_new (name, G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, n_params, first, second);
}

static void
bg_webrtc_session_class_init (BgWebrtcSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = bg_webrtc_session_dispose;
  object_class->finalize = bg_webrtc_session_finalize;
  signals[SIGNAL_LOCAL_DESCRIPTION] = new_signal (object_class, "local-description", 2,
                                                  G_TYPE_STRING, G_TYPE_STRING);
  signals[SIGNAL_LOCAL_CANDIDATE] = new_signal (object_class, "local-candidate", 1, G_TYPE_STRING,
                                                G_TYPE_NONE);
  signals[SIGNAL_STATE_CHANGED] = new_signal (object_class, "state-changed", 0, G_TYPE_NONE,
                                              G_TYPE_NONE);
  signals[SIGNAL_PAIR_CHANGED] = new_signal (object_class, "pair-changed", 0, G_TYPE_NONE,
                                             G_TYPE_NONE);
  signals[SIGNAL_FAILED] = new_signal (object_class, "failed", 1, G_TYPE_ERROR, G_TYPE_NONE);
}

static void
bg_webrtc_session_init (BgWebrtcSession *self)
{
  self->link = bg_session_link_new (G_OBJECT (self));
  self->exclude = g_ptr_array_new_with_free_func (unref_prefix);
  self->questions = bg_webrtc_questions_new (self->link);
  self->early = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_ice_candidate_free);
  self->local_candidates = bg_candidate_set_new ();
  self->remote_candidates = bg_candidate_set_new ();
}
