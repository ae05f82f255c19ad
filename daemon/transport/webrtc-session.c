/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "webrtc-session.h"
#include "transport/direct-groups.h"

#include "common/error.h"
#include "common/log.h"
#include "common/source.h"
#include "ice-candidate.h"
#include "sctp-clock.h"
#include "sdp-text.h"
#include "session-link.h"
#include "transport-datachannel.h"
#include "transport-ice.h"
#include "webrtc-pipeline.h"

enum
{
  CHECKING_TIMEOUT_S =
    30, /* from the remote description to a pair: the Go program's own limit (spec 2.2) */
  OPENING_TIMEOUT_S = 30, /* from the pair to the open channel */
  CANDIDATES_MAX = 24,    /* libnice takes 25 */
  FOREIGN_CHANNELS_MAX = 8,
};

/* What the handlers of webrtcbin need, which may run on for a moment after they were disconnected.
 * */
typedef struct
{
  BgSessionLink *link;
  BgTransport *channel, *ice;
} Watch;

struct _BgWebrtcSession
{
  GObject parent;

  BgSessionLink *link;
  Watch *watch;
  BgWebrtcPipeline pipeline;
  BgTransport *channel, *ice;
  BgDirectGroups *groups;

  /* configuration */
  gboolean offerer, ice_tcp;
  guint32 path;
  BgPacketPool *pool;
  GPtrArray *exclude; /* GInetAddressMask, NULL-terminated */

  /* negotiation */
  BgSdp *local, *remote;
  char *local_text;
  GPtrArray *questions;  /* GstPromise, all that were asked of webrtcbin: four at most */
  GPtrArray *candidates; /* BgIceCandidate that wait for `takes_candidates` */
  gboolean takes_candidates;
  guint n_candidates; /* given to libnice */
  guint n_foreign;    /* channels beside ours that the peer opened */

  /* state */
  BgWebrtcState state;
  gboolean has_component; /* the agent has said something of it; before, it calls it failed */
  gboolean was_connected, is_open, uses_ice;
  gboolean watched, may_rest;
  gboolean holds_sctp_clock;
  GSource *deadline;
  char *pair_local, *pair_remote;
  gboolean pair_relayed;
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
fail_with (BgWebrtcSession *self, BgError code, const char *message)
{
  g_autoptr (GError) error = g_error_new_literal (BG_ERROR, code, message);

  fail (self, error);
}

static gboolean
on_deadline (gpointer data)
{
  BgWebrtcSession *self = data;

  fail_with (self, BG_ERROR_TIMEOUT,
             self->was_connected ? "the data channel did not open in 30 s"
                                 : "no way to the peer found in 30 s");
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
    fail_with (self, BG_ERROR_FAILED, "the peer closed the session before it was open");
}

static void
on_dtls_state (GObject *dtls, GParamSpec *pspec, BgSessionLink *link)
{
  GstWebRTCDTLSTransportState state;

  g_object_get (dtls, "state", &state, NULL);
  if (state == GST_WEBRTC_DTLS_TRANSPORT_STATE_CLOSED
      || state == GST_WEBRTC_DTLS_TRANSPORT_STATE_FAILED)
    bg_session_link_post (link, handle_channel_closed, NULL, NULL);
}

static void
on_sctp_state (GObject *sctp, GParamSpec *pspec, BgSessionLink *link)
{
  GstWebRTCSCTPTransportState state;

  g_object_get (sctp, "state", &state, NULL);
  if (state == GST_WEBRTC_SCTP_TRANSPORT_STATE_CLOSED)
    bg_session_link_post (link, handle_channel_closed, NULL, NULL);
}

static void
unref_link (gpointer data)
{
  bg_session_link_unref (data);
}

static void
unref_link_closure (gpointer data, GClosure *closure)
{
  bg_session_link_unref (data);
}

static void
connect_link (BgWebrtcSession *self, gpointer instance, const char *signal, GCallback callback)
{
  g_signal_connect_data (instance, signal, callback, bg_session_link_ref (self->link),
                         unref_link_closure, 0);
}

/* A peer that goes without closing its channel says so with a DTLS close_notify or an SCTP abort.
 * */
static void
watch_transports (BgWebrtcSession *self)
{
  g_autoptr (GObject) sctp = NULL, dtls = NULL;

  g_object_get (self->pipeline.webrtc, "sctp-transport", &sctp, NULL);
  if (!sctp)
    return;
  connect_link (self, sctp, "notify::state", G_CALLBACK (on_sctp_state));
  g_object_get (sctp, "transport", &dtls, NULL);
  if (dtls)
    connect_link (self, dtls, "notify::state", G_CALLBACK (on_dtls_state));
}

static void
note_connected (BgWebrtcSession *self)
{
  if (self->was_connected)
    return;
  self->was_connected = TRUE;
  watch_transports (self);
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
                 self->was_connected ? "the way to the peer is lost" : "no way to the peer");
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

static void
on_agent_component_state (NiceAgent *agent, guint stream, guint component, guint state,
                          BgSessionLink *link)
{
  bg_session_link_post (link, handle_component_state, NULL, NULL);
}

static void
on_agent_gathering_done (NiceAgent *agent, guint stream, BgSessionLink *link)
{
  bg_ice_raise_socket_buffers (agent);
}

typedef struct
{
  char *local, *remote;
  gboolean relayed;
} Pair;

static void
pair_free (gpointer data)
{
  Pair *pair = data;

  g_free (pair->local);
  g_free (pair->remote);
  g_free (pair);
}

static void update_rest (BgWebrtcSession *self);

static void
handle_pair (gpointer owner, gpointer payload)
{
  BgWebrtcSession *self = owner;
  Pair *pair = payload;

  g_free (self->pair_local);
  g_free (self->pair_remote);
  self->pair_local = g_steal_pointer (&pair->local);
  self->pair_remote = g_steal_pointer (&pair->remote);
  self->pair_relayed = pair->relayed;
  update_rest (self);
  bg_log (BG_TOPIC_ICE, INFO, NULL, "path %u: pair selected: %s, %s", self->path, self->pair_local,
          self->pair_remote);
  g_signal_emit (self, signals[SIGNAL_PAIR_CHANGED], 0);
}

static const char *
type_word (NiceCandidateType type)
{
  switch (type)
    {
    case NICE_CANDIDATE_TYPE_HOST:
      return "host";
    case NICE_CANDIDATE_TYPE_SERVER_REFLEXIVE:
      return "srflx";
    case NICE_CANDIDATE_TYPE_PEER_REFLEXIVE:
      return "prflx";
    case NICE_CANDIDATE_TYPE_RELAYED:
      return "relay";
    default:
      return "unknown";
    }
}

static char *
candidate_text (const NiceCandidate *candidate)
{
  char address[NICE_ADDRESS_STRING_LEN];

  nice_address_to_string (&candidate->addr, address);
  return g_strdup_printf (nice_address_ip_version (&candidate->addr) == 6 ? "%s %s [%s]:%u"
                                                                          : "%s %s %s:%u",
                          type_word (candidate->type),
                          candidate->transport == NICE_CANDIDATE_TRANSPORT_UDP ? "udp" : "tcp",
                          address, nice_address_get_port (&candidate->addr));
}

static void
on_agent_pair (NiceAgent *agent, guint stream, guint component, NiceCandidate *local,
               NiceCandidate *remote, BgSessionLink *link)
{
  Pair *pair = g_new0 (Pair, 1);

  bg_ice_raise_socket_buffers (agent);
  pair->local = candidate_text (local);
  pair->remote = candidate_text (remote);
  pair->relayed = local->type == NICE_CANDIDATE_TYPE_RELAYED
                  || remote->type == NICE_CANDIDATE_TYPE_RELAYED;
  bg_session_link_post (link, handle_pair, pair, pair_free);
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
      fail_with (self, BG_ERROR_FAILED,
                 "the peer's certificate is not the one in its session description");
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
    fail_with (self, BG_ERROR_FAILED, "the peer opens one data channel after another");
}

/* webrtcbin's locks are held. */
static void
on_webrtc_prepare_data_channel (GstElement *webrtc, GstWebRTCDataChannel *channel,
                                gboolean is_local, Watch *watch)
{
  if (!bg_data_channel_transport_attach (watch->channel, channel))
    bg_session_link_post (watch->link, handle_foreign_channel, g_object_ref (channel),
                          g_object_unref);
}

static void
on_webrtc_element_added (GstBin *bin, GstBin *sub_bin, GstElement *element, Watch *watch)
{
  GstElementFactory *factory = gst_element_get_factory (element);
  const char *name = factory ? GST_OBJECT_NAME (factory) : "";

  if (g_str_equal (name, "nicesrc"))
    bg_ice_transport_watch (watch->ice, element);
  else if (g_str_equal (name, "sctpdec"))
    bg_data_channel_transport_watch (watch->channel, element);
}

/* Promises: webrtcbin does everything on a thread of its own and answers there */

typedef struct
{
  GstWebRTCSessionDescription *description;
  GError *error;
} Outcome;

typedef struct
{
  BgSessionLink *link;
  BgSessionFunc func;
  const char *field; /* of the reply; NULL where it has none */
} Question;

static void
outcome_free (gpointer data)
{
  Outcome *outcome = data;

  g_clear_pointer (&outcome->description, gst_webrtc_session_description_free);
  g_clear_error (&outcome->error);
  g_free (outcome);
}

static void
question_free (gpointer data)
{
  Question *question = data;

  bg_session_link_unref (question->link);
  g_free (question);
}

static void
read_reply (GstPromise *promise, const char *field, Outcome *outcome)
{
  const GstStructure *reply = gst_promise_wait (promise) == GST_PROMISE_RESULT_REPLIED
                                ? gst_promise_get_reply (promise)
                                : NULL;

  if (reply && gst_structure_has_field (reply, "error"))
    gst_structure_get (reply, "error", G_TYPE_ERROR, &outcome->error, NULL);
  else if (reply && field)
    gst_structure_get (reply, field, GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &outcome->description,
                       NULL);
  if (field && !outcome->description && !outcome->error)
    outcome->error = g_error_new_literal (BG_ERROR, BG_ERROR_FAILED, "webrtcbin gave no answer");
}

static void
on_promise_changed (GstPromise *promise, gpointer data)
{
  Question *question = data;
  Outcome *outcome = g_new0 (Outcome, 1);

  read_reply (promise, question->field, outcome);
  bg_session_link_post (question->link, question->func, outcome, outcome_free);
}

/* The promise is the session's. */
static GstPromise *
ask (BgWebrtcSession *self, BgSessionFunc func, const char *field)
{
  Question *question = g_new0 (Question, 1);
  GstPromise *promise;

  *question = (Question){ bg_session_link_ref (self->link), func, field };
  promise = gst_promise_new_with_change_func (on_promise_changed, question, question_free);
  g_ptr_array_add (self->questions, promise);
  return promise;
}

/* A webrtcbin that is taken down forgets to answer, and a promise must not be freed while it is
 * pending. */
static void
withdraw_questions (BgWebrtcSession *self)
{
  for (guint i = 0; i < self->questions->len; i++)
    gst_promise_interrupt (self->questions->pdata[i]);
}

static gboolean
has_failed (BgWebrtcSession *self, const Outcome *outcome, const char *step)
{
  g_autoptr (GError) error = NULL;

  if (!outcome->error)
    return is_over (self);
  error = g_error_new (BG_ERROR, BG_ERROR_FAILED, "%s: %s", step, outcome->error->message);
  fail (self, error);
  return TRUE;
}

/* Negotiation */

static void
give_candidate (BgWebrtcSession *self, const BgIceCandidate *candidate)
{
  g_autofree char *line = NULL;

  if (self->n_candidates == CANDIDATES_MAX)
    return;
  self->n_candidates++;
  line = bg_ice_candidate_format (candidate, NULL);
  g_signal_emit_by_name (self->pipeline.webrtc, "add-ice-candidate", 0u, line);
}

static gboolean
is_of_remote_description (BgWebrtcSession *self, const BgIceCandidate *candidate)
{
  return !candidate->ufrag || g_str_equal (candidate->ufrag, self->remote->ufrag);
}

static void
give_kept_candidates (BgWebrtcSession *self)
{
  self->takes_candidates = TRUE;
  for (guint i = 0; i < self->candidates->len; i++)
    if (is_of_remote_description (self, self->candidates->pdata[i]))
      give_candidate (self, self->candidates->pdata[i]);
  g_ptr_array_set_size (self->candidates, 0);
}

static void
handle_local_set (gpointer owner, gpointer payload)
{
  BgWebrtcSession *self = owner;

  if (!has_failed (self, payload, "own session description") && !self->offerer)
    give_kept_candidates (self);
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
  Outcome *outcome = payload;
  g_autoptr (GError) error = NULL;

  if (has_failed (self, outcome, "own session description"))
    return;
  self->local_text = gst_sdp_message_as_text (outcome->description->sdp);
  self->local = bg_sdp_parse (self->local_text, &error);
  if (!self->local)
    {
      g_prefix_error (&error, "own ");
      fail (self, error);
      return;
    }
  announce_local (self);
  if (bg_session_link_is_cut (self->link))
    return;
  g_signal_emit_by_name (self->pipeline.webrtc, "set-local-description", outcome->description,
                         ask (self, handle_local_set, NULL));
}

static void
handle_remote_set (gpointer owner, gpointer payload)
{
  BgWebrtcSession *self = owner;

  if (has_failed (self, payload, "peer's session description"))
    return;
  if (self->offerer)
    {
      give_kept_candidates (self);
      return;
    }
  g_signal_emit_by_name (self->pipeline.webrtc, "create-answer", NULL,
                         ask (self, handle_local_created, "answer"));
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
  g_signal_emit (self, signals[SIGNAL_LOCAL_CANDIDATE], 0, line);
}

static void
on_webrtc_ice_candidate (GstElement *webrtc, guint m_line, const char *candidate,
                         BgSessionLink *link)
{
  if (candidate && *candidate)
    bg_session_link_post (link, handle_local_candidate, g_strdup (candidate), g_free);
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
      fail_with (self, BG_ERROR_FAILED, "webrtcbin makes no data channel");
      return;
    }
  g_signal_emit_by_name (self->pipeline.webrtc, "create-offer", NULL,
                         ask (self, handle_local_created, "offer"));
}

static gboolean
refuse (GError **error, BgError code, const char *message)
{
  g_set_error_literal (error, BG_ERROR, code, message);
  return FALSE;
}

static gboolean
check_type (BgWebrtcSession *self, const char *type, GError **error)
{
  if (is_over (self))
    return refuse (error, BG_ERROR_WRONG_STATE, "the session is over");
  if (g_strcmp0 (type, self->offerer ? "answer" : "offer") != 0)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT,
                   self->offerer ? "an answer was expected" : "an offer was expected");
  if (self->offerer && !self->local)
    return refuse (error, BG_ERROR_WRONG_STATE, "an answer before the offer");
  return TRUE;
}

static gboolean
check_remote (BgWebrtcSession *self, const BgSdp *sdp, GError **error)
{
  if (self->offerer && sdp->setup == BG_SDP_SETUP_ACTPASS)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT,
                   "session description: an answer must choose its DTLS role");
  if (self->offerer && !g_str_equal (sdp->mid, self->local->mid))
    return refuse (error, BG_ERROR_INVALID_ARGUMENT,
                   "session description: the answer has another mid than the offer");
  if (sdp->max_message > 0 && sdp->max_message < BG_DATA_CHANNEL_MAX_MESSAGE)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT,
                   "session description: the peer takes no message of 1184 bytes");
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
    return refuse (error, BG_ERROR_WRONG_STATE,
                   "session description: of another session than this one");
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
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, "session description: not accepted");
  description = gst_webrtc_session_description_new (
    self->offerer ? GST_WEBRTC_SDP_TYPE_ANSWER : GST_WEBRTC_SDP_TYPE_OFFER, message);
  g_signal_emit_by_name (self->pipeline.webrtc, "set-remote-description", description,
                         ask (self, handle_remote_set, NULL));
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
  for (guint i = 0; i < self->remote->candidates->len; i++)
    bg_webrtc_session_add_candidate (self, self->remote->candidates->pdata[i], NULL);
  set_deadline (self, CHECKING_TIMEOUT_S);
  update_state (self);
  return TRUE;
}

static gboolean
check_address (BgWebrtcSession *self, GInetAddress *address, GError **error)
{
  if (bg_ice_address_is_unusable (address))
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, "candidate: unusable address");
  if (bg_ice_address_is_in (address, (GInetAddressMask *const *) self->exclude->pdata))
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, "candidate: address inside the tunnel");
  if (g_inet_address_get_is_loopback (address) && !self->pipeline.on_loopback)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, "candidate: loopback address");
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
    return refuse (error, BG_ERROR_WRONG_STATE, "the session is over");
  if (*line == '\0') /* end of candidates (spec 2.3) */
    return TRUE;
  candidate = bg_ice_candidate_parse (line, error);
  if (!candidate)
    return FALSE;
  if (is_ignored (self, candidate))
    return TRUE;
  if (!check_address (self, candidate->address, error))
    return FALSE;
  if (self->takes_candidates)
    give_candidate (self, candidate);
  else if (self->candidates->len < BG_SDP_CANDIDATES_MAX)
    g_ptr_array_add (self->candidates, g_steal_pointer (&candidate));
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
  if (!self->pair_local)
    return FALSE;
  *local = g_strdup (self->pair_local);
  *remote = g_strdup (self->pair_remote);
  if (relayed)
    *relayed = self->pair_relayed;
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
                       self->may_rest && self->watched && !self->pair_relayed);
}

void
bg_webrtc_session_rest (BgWebrtcSession *self, gboolean rest)
{
  self->may_rest = rest;
  update_rest (self);
}

/* Life */

static void
watch_clear (gpointer data)
{
  Watch *watch = data;

  bg_session_link_unref (watch->link);
  bg_transport_unref (watch->channel);
  bg_transport_unref (watch->ice);
}

static void
watch_release (gpointer data)
{
  g_atomic_rc_box_release_full (data, watch_clear);
}

static void
watch_release_closure (gpointer data, GClosure *closure)
{
  watch_release (data);
}

static void
connect_watch (BgWebrtcSession *self, const char *signal, GCallback callback)
{
  g_signal_connect_data (self->pipeline.webrtc, signal, callback,
                         g_atomic_rc_box_acquire (self->watch), watch_release_closure, 0);
}

static void
connect_handlers (BgWebrtcSession *self)
{
  NiceAgent *agent = self->pipeline.agent;

  connect_watch (self, "deep-element-added", G_CALLBACK (on_webrtc_element_added));
  connect_watch (self, "prepare-data-channel", G_CALLBACK (on_webrtc_prepare_data_channel));
  connect_link (self, self->pipeline.webrtc, "on-ice-candidate",
                G_CALLBACK (on_webrtc_ice_candidate));
  connect_link (self, agent, "component-state-changed", G_CALLBACK (on_agent_component_state));
  connect_link (self, agent, "candidate-gathering-done", G_CALLBACK (on_agent_gathering_done));
  connect_link (self, agent, "new-selected-pair-full", G_CALLBACK (on_agent_pair));
}

static void
disconnect_handlers (BgWebrtcSession *self)
{
  if (!self->pipeline.pipeline)
    return;
  g_signal_handlers_disconnect_by_data (self->pipeline.webrtc, self->link);
  g_signal_handlers_disconnect_by_data (self->pipeline.webrtc, self->watch);
  g_signal_handlers_disconnect_by_data (self->pipeline.agent, self->link);
}

void
bg_webrtc_session_close (BgWebrtcSession *self)
{
  g_return_if_fail (BG_IS_WEBRTC_SESSION (self));
  if (bg_session_link_is_cut (self->link))
    return;
  bg_session_link_cut (self->link);
  self->state = BG_WEBRTC_CLOSED;
  bg_source_drop (&self->deadline);
  disconnect_handlers (self);
  withdraw_questions (self);
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

static void
make_transports (BgWebrtcSession *self, const BgWebrtcSessionConfig *config)
{
  const BgDataChannelEvents events = { on_channel_opened, on_channel_closed,
                                       bg_session_link_ref (self->link), unref_link };

  self->ice = bg_ice_transport_new (config->path, config->pool, &config->sink);
  self->channel = bg_data_channel_transport_new (config->path, config->offerer, config->pool,
                                                 &config->sink, &events);
  self->watch = g_atomic_rc_box_new0 (Watch);
  *self->watch = (Watch){ bg_session_link_ref (self->link), bg_transport_ref (self->channel),
                          bg_transport_ref (self->ice) };
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
  make_transports (self, config);
  if (!bg_webrtc_pipeline_init (&self->pipeline, config, error))
    return NULL;
  bg_ice_transport_attach (self->ice, self->pipeline.agent);
  connect_handlers (self);
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
  watch_release (self->watch);
  bg_session_link_unref (self->link);
  g_clear_pointer (&self->exclude, g_ptr_array_unref);
  g_clear_pointer (&self->local, bg_sdp_free);
  g_clear_pointer (&self->remote, bg_sdp_free);
  g_free (self->local_text);
  g_clear_pointer (&self->questions, g_ptr_array_unref);
  g_clear_pointer (&self->candidates, g_ptr_array_unref);
  g_free (self->pair_local);
  g_free (self->pair_remote);
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
  self->questions = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_promise_unref);
  self->candidates = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_ice_candidate_free);
}
