/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ice-session.h"

#include "common/error.h"
#include "common/log.h"
#include "common/source.h"
#include "dtls-fingerprint.h"
#include "ice-closing.h"
#include "ice-way.h"
#include "session-link.h"
#include "transport-datachannel.h"
#include "transport-ice.h"
#include "webrtc-leg.h"

#define MID "0"

enum
{
  CHECKING_TIMEOUT_S =
    30, /* from the remote description to a pair: the Go program's limit (spec 2.2) */
  OPENING_TIMEOUT_S = 30, /* from the pair to the open channel */
  LATE_LEGS_MAX = 4,      /* at once: where all is down they would be many, and of no use */
  SCTP_PORT = 5000,       /* webrtcbin takes no other (notes 3) */
  MAX_MESSAGE = 65536,
};

struct _BgIceSession
{
  GObject parent;

  BgSessionLink *link;
  BgIceWay *way;
  BgWebrtcLeg *leg;
  gboolean leg_runs; /* it was started */
  gboolean is_late;  /* one that was added later */
  BgTransport *channel, *ice;

  /* configuration */
  gboolean offerer, plain;
  guint32 path;
  BgPacketPool *pool;
  BgWatcher watcher;

  /* state */
  BgIceSessionState state;
  gboolean alone; /* both sides do without a leg */
  gboolean was_connected, is_open, has_channel;
  gboolean uses_ice, uses_direct;
  GSource *deadline;
  BgIcePair pair; /* known beyond the end */
};

G_DEFINE_FINAL_TYPE (BgIceSession, bg_ice_session, G_TYPE_OBJECT)

enum
{
  SIGNAL_LOCAL_DESCRIPTION,
  SIGNAL_LOCAL_CANDIDATE,
  SIGNAL_STATE_CHANGED,
  SIGNAL_PAIR_CHANGED,
  SIGNAL_CHANNEL_OPENED,
  SIGNAL_FAILED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static const char *const state_words[] = {
  [BG_ICE_SESSION_NEW] = "new",
  [BG_ICE_SESSION_CHECKING] = "checking",
  [BG_ICE_SESSION_CONNECTED] = "connected",
  [BG_ICE_SESSION_OPEN] = "open",
  [BG_ICE_SESSION_DISCONNECTED] = "disconnected",
  [BG_ICE_SESSION_FAILED] = "failed",
  [BG_ICE_SESSION_CLOSED] = "closed",
};

/* State */

static gboolean
is_over (BgIceSession *self)
{
  return self->state == BG_ICE_SESSION_FAILED || self->state == BG_ICE_SESSION_CLOSED;
}

static void
set_state (BgIceSession *self, BgIceSessionState state)
{
  if (state == self->state || is_over (self))
    return;
  bg_log (BG_TOPIC_ICE, DEBUG, NULL, "path %u: session %s → %s", self->path,
          state_words[self->state], state_words[state]);
  self->state = state;
  g_signal_emit (self, signals[SIGNAL_STATE_CHANGED], 0);
}

/* Taking down. What receives lives until the leg, which may still say goodbye, is gone. */

static void
end_way (gpointer data)
{
  bg_ice_way_end (data);
  g_object_unref (data);
}

static guint late_legs;

static void
take_down_leg (BgIceSession *self)
{
  BgIceWay *way = g_steal_pointer (&self->way);

  if (self->is_late)
    late_legs--;
  if (self->leg_runs)
    bg_webrtc_leg_close (self->leg, end_way, way);
  else
    end_way (way);
  g_clear_pointer (&self->leg, bg_webrtc_leg_unref);
  bg_data_channel_transport_detach (self->channel);
}

static void
take_down (BgIceSession *self)
{
  bg_source_drop (&self->deadline);
  if (!self->way)
    return;
  if (self->alone && self->was_connected)
    bg_webrtc_leg_say_goodbye (bg_ice_way_get_agent (self->way), bg_ice_way_get_stream (self->way),
                               bg_ice_way_get_local (self->way)->pwd);
  bg_ice_transport_detach (self->ice);
  bg_ice_way_stop (self->way);
  take_down_leg (self);
}

void
bg_ice_session_wait_closed_all (void)
{
  bg_ice_closing_wait ();
}

/* The session stops to be one; the owner still has to close it. */
static void
end_session (BgIceSession *self, BgIceSessionState state)
{
  if (is_over (self))
    return;
  take_down (self);
  set_state (self, state);
}

static void
fail (BgIceSession *self, const GError *error)
{
  if (is_over (self))
    return;
  end_session (self, BG_ICE_SESSION_FAILED);
  if (!bg_session_link_is_cut (self->link))
    g_signal_emit (self, signals[SIGNAL_FAILED], 0, error);
}

static void
fail_with (BgIceSession *self, BgError code, BgWords *take)
{
  g_autoptr (GError) error = bg_error_new_take (code, take);

  fail (self, error);
}

static gboolean
on_deadline (gpointer data)
{
  BgIceSession *self = data;

  fail_with (self, BG_ERROR_TIMEOUT,
             self->was_connected ? bg_words (SESSION_CHANNEL_LATE)
                                 : bg_words (SESSION_NO_WAY_FOUND));
  return G_SOURCE_REMOVE;
}

static void
set_deadline (BgIceSession *self, guint seconds)
{
  bg_source_drop (&self->deadline);
  self->deadline = g_timeout_source_new_seconds (seconds);
  g_source_set_callback (self->deadline, on_deadline, self, NULL);
  g_source_attach (self->deadline, bg_session_link_get_context (self->link));
}

static BgIceSessionState
state_of (BgIceSession *self)
{
  if (!bg_ice_way_get_remote (self->way))
    return BG_ICE_SESSION_NEW;
  if (bg_ice_way_is_connected (self->way))
    return self->is_open ? BG_ICE_SESSION_OPEN : BG_ICE_SESSION_CONNECTED;
  return self->was_connected ? BG_ICE_SESSION_DISCONNECTED : BG_ICE_SESSION_CHECKING;
}

static void
handle_channel_closed (gpointer owner, gpointer payload)
{
  BgIceSession *self = owner;

  if (self->alone)
    self->has_channel = FALSE;
  else if (self->is_open)
    end_session (self, BG_ICE_SESSION_CLOSED);
  else
    fail_with (self, BG_ERROR_FAILED, bg_words (SESSION_CLOSED_EARLY));
}

static void
unref_link (gpointer data)
{
  bg_session_link_unref (data);
}

static void
update_poll (BgIceSession *self)
{
  bg_ice_way_set_busy (self->way, self->leg_runs || (self->uses_ice && !self->uses_direct));
}

static void
start_leg (BgIceSession *self)
{
  g_autofree char *remote = bg_sdp_format (bg_ice_way_get_remote (self->way));

  self->leg_runs = TRUE;
  bg_webrtc_leg_start (self->leg, bg_ice_way_get_agent (self->way),
                       bg_ice_way_get_stream (self->way), bg_ice_way_get_local_text (self->way),
                       remote);
  update_poll (self);
}

static void
note_connected (BgIceSession *self)
{
  if (self->was_connected)
    return;
  self->was_connected = TRUE;
  bg_source_drop (&self->deadline);
  self->is_open = self->alone;
  if (self->alone)
    return;
  start_leg (self);
  set_deadline (self, OPENING_TIMEOUT_S);
}

void
bg_ice_session_add_leg (BgIceSession *self)
{
  if (is_over (self) || !self->alone || !self->is_open || self->leg_runs
      || late_legs == LATE_LEGS_MAX)
    return;
  bg_log (BG_TOPIC_ICE, INFO, NULL, "path %u: a data channel is tried too", self->path);
  late_legs++;
  self->is_late = TRUE;
  bg_webrtc_leg_call (bg_ice_way_get_agent (self->way), bg_ice_way_get_stream (self->way));
  start_leg (self);
}

static void
announce_local (BgIceSession *self, BgIceWay *way)
{
  g_signal_emit (self, signals[SIGNAL_LOCAL_DESCRIPTION], 0,
                 bg_ice_way_offers (way) ? "offer" : "answer", bg_ice_way_get_local_text (way));
}

static void
update_state (BgIceSession *self)
{
  NiceComponentState component;

  if (is_over (self))
    return;
  component = bg_ice_way_get_component (self->way);
  if (component == NICE_COMPONENT_STATE_FAILED && self->was_connected
      && self->watcher == BG_WATCHED_BY_PATHS)
    return;
  if (component == NICE_COMPONENT_STATE_FAILED)
    {
      fail_with (self, BG_ERROR_FAILED,
                 self->was_connected ? bg_words (SESSION_WAY_LOST) : bg_words (SESSION_NO_WAY));
      return;
    }
  if (state_of (self) == BG_ICE_SESSION_CONNECTED)
    note_connected (self);
  set_state (self, state_of (self));
}

/* What the way says */

static void
on_way_described (gpointer data, BgIceWay *way)
{
  announce_local (data, way);
}

static void
on_way_candidate (gpointer data, BgIceWay *way, const char *line)
{
  g_signal_emit (data, signals[SIGNAL_LOCAL_CANDIDATE], 0, line);
}

static void
on_way_changed (gpointer data, BgIceWay *way)
{
  update_state (data);
}

static void
on_way_paired (gpointer data, BgIceWay *way)
{
  BgIceSession *self = data;

  bg_ice_pair_copy (bg_ice_way_get_pair (way), &self->pair);
  g_signal_emit (self, signals[SIGNAL_PAIR_CHANGED], 0);
}

static const BgIceWayEvents way_events = {
  .described = on_way_described,
  .candidate = on_way_candidate,
  .changed = on_way_changed,
  .paired = on_way_paired,
};

/* What the leg says */

/* DTLS proves that the peer has the certificate which signalling named; webrtcbin leaves the
 * comparison to us. */
static gboolean
is_peer_certificate_right (BgIceSession *self)
{
  g_autofree char *shown = bg_webrtc_leg_dup_peer_fingerprint (self->leg);

  return shown && g_str_equal (shown, bg_ice_way_get_remote (self->way)->fingerprint);
}

static void
handle_channel_open (gpointer owner, gpointer payload)
{
  BgIceSession *self = owner;

  if (is_over (self) || self->has_channel || !self->leg_runs)
    return;
  if (!is_peer_certificate_right (self))
    {
      fail_with (self, BG_ERROR_FAILED, bg_words (SESSION_CERTIFICATE_DIFFERS));
      return;
    }
  self->has_channel = self->is_open = TRUE;
  bg_webrtc_leg_settle (self->leg);
  bg_source_drop (&self->deadline);
  update_state (self);
  if (self->alone)
    g_signal_emit (self, signals[SIGNAL_CHANNEL_OPENED], 0);
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

static void
handle_leg_failed (gpointer owner, gpointer payload)
{
  BgIceSession *self = owner;
  const GError *error = payload;

  if (!self->alone)
    fail (self, error);
  else
    bg_log (BG_TOPIC_ICE, INFO, NULL, "path %u: %s", self->path, error->message);
}

static void
handle_leg_left (gpointer owner, gpointer payload)
{
  end_session (owner, BG_ICE_SESSION_CLOSED);
}

static void
handle_leg_wanted (gpointer owner, gpointer payload)
{
  bg_ice_session_add_leg (owner);
}

static const BgWebrtcLegNews leg_news = {
  .failed = handle_leg_failed,
  .closed = handle_channel_closed,
  .left = handle_leg_left,
  .wanted = handle_leg_wanted,
};

/* Negotiation */

static BgSdpSetup
role_beside (BgSdpSetup theirs)
{
  return theirs == BG_SDP_SETUP_ACTIVE ? BG_SDP_SETUP_PASSIVE : BG_SDP_SETUP_ACTIVE;
}

static void
describe (BgIceSession *self, const char *mid, BgSdpSetup setup, gboolean marked)
{
  BgSdp *sdp = g_new0 (BgSdp, 1);

  *sdp = (BgSdp){ .mid = g_strdup (mid),
                  .fingerprint = g_strdup (bg_dtls_fingerprint_get_own (NULL)),
                  .setup = setup,
                  .sctp_port = SCTP_PORT,
                  .max_message = MAX_MESSAGE,
                  .marked = marked };
  bg_ice_way_describe_take (self->way, sdp);
}

void
bg_ice_session_start (BgIceSession *self)
{
  g_return_if_fail (BG_IS_ICE_SESSION (self) && self->offerer);
  if (!is_over (self) && !bg_ice_way_get_local (self->way))
    describe (self, MID, BG_SDP_SETUP_ACTPASS, !self->plain);
}

static gboolean
refuse (GError **error, BgError code, BgWords *take)
{
  bg_error_set_take (error, code, take);
  return FALSE;
}

static gboolean
check_type (BgIceSession *self, const char *type, GError **error)
{
  if (is_over (self))
    return refuse (error, BG_ERROR_WRONG_STATE, bg_words (SESSION_OVER));
  if (g_strcmp0 (type, self->offerer ? "answer" : "offer") != 0)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT,
                   self->offerer ? bg_words (SDP_ANSWER_EXPECTED) : bg_words (SDP_OFFER_EXPECTED));
  if (self->offerer && !bg_ice_way_get_local (self->way))
    return refuse (error, BG_ERROR_WRONG_STATE, bg_words (SDP_TOO_EARLY));
  return TRUE;
}

static gboolean
check_remote (BgIceSession *self, const BgSdp *sdp, GError **error)
{
  if (self->offerer && sdp->setup == BG_SDP_SETUP_ACTPASS)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (SDP_WITHOUT_ROLE));
  if (self->offerer && !g_str_equal (sdp->mid, bg_ice_way_get_local (self->way)->mid))
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (SDP_OTHER_MID));
  if (sdp->max_message > 0 && sdp->max_message < BG_DATA_CHANNEL_MAX_MESSAGE)
    return refuse (error, BG_ERROR_INVALID_ARGUMENT, bg_words (SDP_SMALL_MESSAGES));
  return TRUE;
}

static gboolean
is_same (const BgSdp *a, const BgSdp *b)
{
  return g_str_equal (a->ufrag, b->ufrag) && g_str_equal (a->pwd, b->pwd)
         && g_str_equal (a->fingerprint, b->fingerprint);
}

static gboolean
set_same_remote (BgIceSession *self, const BgSdp *sdp, GError **error)
{
  if (!is_same (sdp, bg_ice_way_get_remote (self->way)))
    return refuse (error, BG_ERROR_WRONG_STATE, bg_words (SDP_OTHER_SESSION));
  if (!self->offerer && bg_ice_way_get_local (self->way))
    announce_local (self, self->way);
  return TRUE;
}

static void
apply_remote_take (BgIceSession *self, BgSdp *sdp)
{
  self->alone = !self->plain && sdp->marked && self->watcher == BG_WATCHED_BY_PATHS;
  if (self->alone)
    bg_webrtc_leg_expect_goodbye (self->leg, sdp->pwd);
  if (!self->offerer)
    describe (self, sdp->mid, role_beside (sdp->setup), self->alone);
  bg_ice_way_set_remote_take (self->way, sdp, self->watcher == BG_WATCHED_BY_ICE);
}

gboolean
bg_ice_session_set_remote (BgIceSession *self, const char *type, const char *text, GError **error)
{
  g_autoptr (BgSdp) sdp = NULL;

  g_return_val_if_fail (BG_IS_ICE_SESSION (self), FALSE);
  if (!check_type (self, type, error) || !(sdp = bg_sdp_parse (text, error))
      || !check_remote (self, sdp, error))
    return FALSE;
  if (bg_ice_way_get_remote (self->way))
    return set_same_remote (self, sdp, error);
  apply_remote_take (self, g_steal_pointer (&sdp));
  set_deadline (self, CHECKING_TIMEOUT_S);
  update_state (self);
  return TRUE;
}

gboolean
bg_ice_session_add_candidate (BgIceSession *self, const char *line, GError **error)
{
  g_return_val_if_fail (BG_IS_ICE_SESSION (self), FALSE);
  if (is_over (self))
    return refuse (error, BG_ERROR_WRONG_STATE, bg_words (SESSION_OVER));
  return bg_ice_way_add_candidate (self->way, line, error);
}

/* Questions */

BgIceSessionState
bg_ice_session_get_state (BgIceSession *self)
{
  return self->state;
}

gboolean
bg_ice_session_is_alone (BgIceSession *self)
{
  return self->alone && !self->leg_runs;
}

BgTransport *
bg_ice_session_dup_data_channel (BgIceSession *self)
{
  return self->has_channel && !is_over (self) ? bg_transport_ref (self->channel) : NULL;
}

BgTransport *
bg_ice_session_dup_ice (BgIceSession *self)
{
  if (!self->was_connected || is_over (self))
    return NULL;
  self->uses_ice = TRUE;
  update_poll (self);
  return bg_transport_ref (self->ice);
}

BgTransport *
bg_ice_session_dup_direct (BgIceSession *self, GError **error)
{
  BgTransport *direct;

  if (!self->was_connected || is_over (self))
    return NULL;
  direct = bg_ice_way_make_direct (self->way, self->pool, &self->ice->sink, error);
  self->uses_direct = direct != NULL;
  update_poll (self);
  return direct;
}

gboolean
bg_ice_session_get_pair (BgIceSession *self, char **local, char **remote, gboolean *relayed)
{
  if (!self->pair.local)
    return FALSE;
  *local = g_strdup (self->pair.local);
  *remote = g_strdup (self->pair.remote);
  if (relayed)
    *relayed = self->pair.relayed;
  return TRUE;
}

/* Life */

void
bg_ice_session_set_watcher (BgIceSession *self, BgWatcher watcher)
{
  if (self->way && !bg_ice_way_get_remote (self->way))
    self->watcher = watcher;
}

void
bg_ice_session_close (BgIceSession *self)
{
  g_return_if_fail (BG_IS_ICE_SESSION (self));
  if (bg_session_link_is_cut (self->link))
    return;
  bg_session_link_cut (self->link);
  self->state = BG_ICE_SESSION_CLOSED;
  take_down (self);
}

static void
make_transports (BgIceSession *self, const BgIceSessionConfig *config)
{
  const BgDataChannelEvents events = { on_channel_opened, on_channel_closed,
                                       bg_session_link_ref (self->link), unref_link };

  self->ice = bg_ice_transport_new (config->path, config->pool, &config->sink);
  self->channel = bg_data_channel_transport_new (config->path, config->offerer, config->pool,
                                                 &config->sink, &events);
}

static void
make_way (BgIceSession *self, const BgIceSettings *ice)
{
  self->way = bg_ice_way_new (&(BgIceWayConfig){ .offers = self->offerer,
                                                 .controls = self->offerer,
                                                 .path = self->path,
                                                 .ice = ice,
                                                 .transport = self->ice,
                                                 .events = &way_events,
                                                 .data = self });
  bg_ice_transport_attach (self->ice, bg_ice_way_get_agent (self->way),
                           bg_ice_way_get_stream (self->way));
}

/* What the peer says before we know that it needs a leg is kept there. */
static void
make_leg (BgIceSession *self, const BgIceSessionConfig *config)
{
  self->leg = bg_webrtc_leg_new (
    &(BgWebrtcLegConfig){ config->name, config->offerer, self->channel, self->link, &leg_news });
  bg_ice_way_set_leg (self->way, self->leg);
}

BgIceSession *
bg_ice_session_new (const BgIceSessionConfig *config, GError **error)
{
  BgIceSession *self;

  if (!bg_dtls_fingerprint_get_own (error))
    return NULL;
  self = g_object_new (BG_TYPE_ICE_SESSION, NULL);
  self->offerer = config->offerer;
  self->plain = config->plain;
  self->path = config->path;
  self->pool = config->pool;
  make_transports (self, config);
  make_way (self, &config->ice);
  make_leg (self, config);
  return self;
}

static gpointer
prepare (gpointer data)
{
  bg_dtls_fingerprint_get_own (NULL);
  bg_ice_closing_end ();
  return NULL;
}

/* Nobody is to exit in the midst of it. */
void
bg_ice_session_prepare (void)
{
  bg_ice_closing_begin ();
  g_thread_unref (g_thread_new ("dtls-prepare", prepare, NULL));
}

static void
bg_ice_session_dispose (GObject *object)
{
  bg_ice_session_close (BG_ICE_SESSION (object));
  G_OBJECT_CLASS (bg_ice_session_parent_class)->dispose (object);
}

static void
bg_ice_session_finalize (GObject *object)
{
  BgIceSession *self = BG_ICE_SESSION (object);

  bg_transport_unref (self->channel);
  bg_transport_unref (self->ice);
  bg_session_link_unref (self->link);
  bg_ice_pair_clear (&self->pair);
  G_OBJECT_CLASS (bg_ice_session_parent_class)->finalize (object);
}

static guint
new_signal (GObjectClass *klass, const char *name, guint n_params, GType first, GType second)
{
  return g_signal_new (name, G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, n_params, first, second);
}

static void
bg_ice_session_class_init (BgIceSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = bg_ice_session_dispose;
  object_class->finalize = bg_ice_session_finalize;
  signals[SIGNAL_LOCAL_DESCRIPTION] = new_signal (object_class, "local-description", 2,
                                                  G_TYPE_STRING, G_TYPE_STRING);
  signals[SIGNAL_LOCAL_CANDIDATE] = new_signal (object_class, "local-candidate", 1, G_TYPE_STRING,
                                                G_TYPE_NONE);
  signals[SIGNAL_STATE_CHANGED] = new_signal (object_class, "state-changed", 0, G_TYPE_NONE,
                                              G_TYPE_NONE);
  signals[SIGNAL_PAIR_CHANGED] = new_signal (object_class, "pair-changed", 0, G_TYPE_NONE,
                                             G_TYPE_NONE);
  signals[SIGNAL_CHANNEL_OPENED] = new_signal (object_class, "channel-opened", 0, G_TYPE_NONE,
                                               G_TYPE_NONE);
  signals[SIGNAL_FAILED] = new_signal (object_class, "failed", 1, G_TYPE_ERROR, G_TYPE_NONE);
}

static void
bg_ice_session_init (BgIceSession *self)
{
  self->link = bg_session_link_new (G_OBJECT (self));
}
