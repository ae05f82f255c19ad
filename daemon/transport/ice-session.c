/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ice-session-private.h"

#include "common/error.h"
#include "common/log.h"
#include "common/source.h"
#include "dtls-fingerprint.h"
#include "ice-closing.h"
#include "transport-datachannel.h"
#include "transport-ice.h"

enum
{
  CHECKING_TIMEOUT_S = 30, /* from the remote description to a pair, as the Go program (spec 2.2) */
  OPENING_TIMEOUT_S = 30,  /* from the pair to the open channel */
  OLD_WAY_S = 3,           /* for what the peer still sends by it */
};

G_DEFINE_FINAL_TYPE (BgIceSession, bg_ice_session, G_TYPE_OBJECT)

enum
{
  SIGNAL_LOCAL_DESCRIPTION,
  SIGNAL_LOCAL_CANDIDATE,
  SIGNAL_STATE_CHANGED,
  SIGNAL_PAIR_CHANGED,
  SIGNAL_CHANNEL_OPENED,
  SIGNAL_RESTARTED,
  SIGNAL_RESTART_FAILED,
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

gboolean
bg_ice_session_is_over (BgIceSession *self)
{
  return self->state == BG_ICE_SESSION_FAILED || self->state == BG_ICE_SESSION_CLOSED;
}

static void
set_state (BgIceSession *self, BgIceSessionState state)
{
  if (state == self->state || bg_ice_session_is_over (self))
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

static void
drop_way (BgIceWay **way)
{
  if (!*way)
    return;
  bg_ice_way_stop (*way);
  end_way (g_steal_pointer (way));
}

void
bg_ice_session_drop_next (BgIceSession *self)
{
  bg_source_drop (&self->next_deadline);
  drop_way (&self->next);
}

static void
drop_old (BgIceSession *self)
{
  bg_source_drop (&self->old_time);
  drop_way (&self->old);
}

/* The way goes with it. */
static void
take_down_leg (BgIceSession *self)
{
  BgIceWay *way = g_steal_pointer (&self->way);

  bg_ice_way_stop (way);
  bg_ice_session_end_late (self);
  if (self->leg_runs && !self->leg_drops)
    bg_webrtc_leg_close (self->leg, end_way, way);
  else
    end_way (way);
  bg_session_link_cut (self->leg_link);
  g_clear_pointer (&self->leg_link, bg_session_link_unref);
  g_clear_pointer (&self->leg, bg_webrtc_leg_unref);
  bg_data_channel_transport_detach (self->channel);
  self->leg_runs = self->has_channel = self->leg_ended = FALSE;
  self->leg_drops = self->leg_again = FALSE;
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
  bg_ice_session_drop_next (self);
  drop_old (self);
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
  if (bg_ice_session_is_over (self))
    return;
  take_down (self);
  set_state (self, state);
}

static void
fail (BgIceSession *self, const GError *error)
{
  if (bg_ice_session_is_over (self))
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

void
bg_ice_session_arm (BgIceSession *self, GSource **timer, guint seconds, GSourceFunc func)
{
  bg_source_drop (timer);
  *timer = g_timeout_source_new_seconds (seconds);
  g_source_set_callback (*timer, func, self, NULL);
  g_source_attach (*timer, bg_session_link_get_context (self->link));
}

static void
set_deadline (BgIceSession *self, guint seconds)
{
  bg_ice_session_arm (self, &self->deadline, seconds, on_deadline);
}

void
bg_ice_session_await_pair (BgIceSession *self)
{
  set_deadline (self, CHECKING_TIMEOUT_S);
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

/* Some Go peers end what they have before they answer (spec 2.6). */
static gboolean
is_offering_restart (BgIceSession *self)
{
  return self->next && bg_ice_way_offers (self->next) && !bg_ice_way_get_remote (self->next);
}

static void
handle_channel_closed (gpointer owner, gpointer payload)
{
  BgIceSession *self = owner;

  if (self->alone)
    bg_ice_session_drop_leg (self);
  else if (is_offering_restart (self))
    self->leg_ended = TRUE;
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

/* A leg hands on to GStreamer's threads in any case. */
static BgIceInletPlace
place_of_polling (BgIceSession *self)
{
  if (self->leg_runs)
    return BG_ICE_INLET_BUSY;
  if (!self->uses_ice || self->uses_direct)
    return BG_ICE_INLET_RESTS;
  return bg_ice_way_get_pair (self->way)->relayed ? BG_ICE_INLET_RELAYED : BG_ICE_INLET_BUSY;
}

static void
update_poll (BgIceSession *self)
{
  bg_ice_way_poll_on (self->way, place_of_polling (self));
}

void
bg_ice_session_start_leg (BgIceSession *self)
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
  bg_ice_session_start_leg (self);
  set_deadline (self, OPENING_TIMEOUT_S);
}

void
bg_ice_session_announce (BgIceSession *self, BgIceWay *way)
{
  g_signal_emit (self, signals[SIGNAL_LOCAL_DESCRIPTION], 0,
                 bg_ice_way_offers (way) ? "offer" : "answer", bg_ice_way_get_local_text (way));
}

/* Who probes by itself knows better; a session that was open may be restarted, with what its leg has. */
static gboolean
may_come_back (BgIceSession *self)
{
  return self->next
         || (self->was_connected && (self->is_open || self->watcher == BG_WATCHED_BY_PATHS));
}

void
bg_ice_session_update (BgIceSession *self)
{
  NiceComponentState component;

  if (bg_ice_session_is_over (self))
    return;
  component = bg_ice_way_get_component (self->way);
  if (component == NICE_COMPONENT_STATE_FAILED && self->watcher == BG_WATCHED_BY_PATHS
      && may_come_back (self))
    return;
  if (component == NICE_COMPONENT_STATE_FAILED && !may_come_back (self))
    {
      fail_with (self, BG_ERROR_FAILED,
                 self->was_connected ? bg_words (SESSION_WAY_LOST) : bg_words (SESSION_NO_WAY));
      return;
    }
  if (state_of (self) == BG_ICE_SESSION_CONNECTED)
    note_connected (self);
  set_state (self, state_of (self));
}

/* Restart */

static void
note_pair (BgIceSession *self)
{
  bg_ice_pair_copy (bg_ice_way_get_pair (self->way), &self->pair);
  update_poll (self);
  g_signal_emit (self, signals[SIGNAL_PAIR_CHANGED], 0);
}

static gboolean
on_old_time (gpointer data)
{
  drop_old (data);
  return G_SOURCE_REMOVE;
}

/* From here on packets leave by the new way; what the peer sends by the old one still arrives. */
static void
take_over (BgIceSession *self)
{
  drop_old (self);
  self->old = self->way;
  self->way = g_steal_pointer (&self->next);
  bg_source_drop (&self->next_deadline);
  bg_ice_session_arm (self, &self->old_time, OLD_WAY_S, on_old_time);
  bg_ice_transport_attach (self->ice, bg_ice_way_get_agent (self->way),
                           bg_ice_way_get_stream (self->way));
  if (self->leg_runs)
    bg_webrtc_leg_set_agent (self->leg, bg_ice_way_get_agent (self->way),
                             bg_ice_way_get_stream (self->way));
  if (self->alone)
    bg_webrtc_leg_expect_goodbye (self->leg, bg_ice_way_get_remote (self->way)->pwd);
  self->uses_direct = FALSE;
  update_poll (self);
  bg_log (BG_TOPIC_ICE, DEBUG, NULL, "path %u: restarted", self->path);
  g_signal_emit (self, signals[SIGNAL_RESTARTED], 0);
  if (bg_ice_session_is_over (self))
    return;
  bg_ice_session_update (self);
  note_pair (self);
}

static void
fail_restart (BgIceSession *self)
{
  bg_ice_session_drop_next (self);
  bg_log (BG_TOPIC_ICE, DEBUG, NULL, "path %u: restart found no way", self->path);
  g_signal_emit (self, signals[SIGNAL_RESTART_FAILED], 0);
  bg_ice_session_update (self);
}

static gboolean
on_next_deadline (gpointer data)
{
  fail_restart (data);
  return G_SOURCE_REMOVE;
}

void
bg_ice_session_await_next (BgIceSession *self)
{
  bg_ice_session_arm (self, &self->next_deadline, CHECKING_TIMEOUT_S, on_next_deadline);
}

void
bg_ice_session_update_next (BgIceSession *self)
{
  if (!bg_ice_way_get_remote (self->next))
    return;
  if (bg_ice_way_is_connected (self->next))
    take_over (self);
  else if (bg_ice_way_get_component (self->next) == NICE_COMPONENT_STATE_FAILED)
    fail_restart (self);
}

/* What the way says */

static void
on_way_described (gpointer data, BgIceWay *way)
{
  bg_ice_session_announce (data, way);
}

static void
on_way_candidate (gpointer data, BgIceWay *way, const char *line)
{
  g_signal_emit (data, signals[SIGNAL_LOCAL_CANDIDATE], 0, line);
}

static void
on_way_changed (gpointer data, BgIceWay *way)
{
  BgIceSession *self = data;

  if (way == self->next)
    bg_ice_session_update_next (self);
  else if (way == self->way)
    bg_ice_session_update (self);
}

static void
on_way_paired (gpointer data, BgIceWay *way)
{
  BgIceSession *self = data;

  if (way == self->way)
    note_pair (self);
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

  if (bg_ice_session_is_over (self) || self->has_channel || !self->leg_runs || self->leg_drops)
    return;
  if (!is_peer_certificate_right (self))
    {
      fail_with (self, BG_ERROR_FAILED, bg_words (SESSION_CERTIFICATE_DIFFERS));
      return;
    }
  self->has_channel = self->is_open = TRUE;
  bg_webrtc_leg_settle (self->leg);
  bg_ice_session_end_late (self);
  bg_source_drop (&self->deadline);
  bg_ice_session_update (self);
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

/* What is made at the beginning, and when the peer turns out to be another one */

static void
make_channel (BgIceSession *self, const BgTransportSink *sink)
{
  BgDataChannelEvents events = { .opened = on_channel_opened,
                                 .closed = on_channel_closed,
                                 .destroy = unref_link };

  self->leg_link = bg_session_link_new (G_OBJECT (self));
  events.data = bg_session_link_ref (self->leg_link);
  self->channel = bg_data_channel_transport_new (self->path, self->offerer, self->pool, sink,
                                                 &events);
}

/* What the peer says before we know that it needs a leg is kept there. */
static void
make_leg (BgIceSession *self)
{
  self->leg = bg_webrtc_leg_new (
    &(BgWebrtcLegConfig){ self->name, self->offerer, self->channel, self->leg_link, &leg_news });
  bg_ice_way_set_leg (self->way, self->leg);
}

void
bg_ice_session_renew_leg (BgIceSession *self)
{
  bg_ice_session_end_late (self);
  self->leg_runs = FALSE;
  bg_session_link_cut (self->leg_link);
  bg_session_link_unref (self->leg_link);
  bg_webrtc_leg_unref (self->leg);
  bg_transport_unref (self->channel);
  make_channel (self, &self->ice->sink);
  make_leg (self);
  bg_webrtc_leg_expect_goodbye (self->leg, bg_ice_way_get_remote (self->way)->pwd);
  update_poll (self);
}

BgIceWay *
bg_ice_session_make_way (BgIceSession *self, gboolean offers, const BgIceSettings *ice)
{
  return bg_ice_way_new (&(BgIceWayConfig){ .offers = offers,
                                            .controls = self->controls,
                                            .path = self->path,
                                            .ice = ice,
                                            .transport = self->ice,
                                            .events = &way_events,
                                            .data = self });
}

void
bg_ice_session_begin_anew (BgIceSession *self)
{
  const BgTransportSink sink = self->ice->sink;
  BgIceWay *way = g_steal_pointer (&self->next);

  bg_source_drop (&self->next_deadline);
  bg_ice_transport_attach (self->ice, bg_ice_way_get_agent (way), bg_ice_way_get_stream (way));
  take_down_leg (self);
  bg_transport_unref (self->channel);
  self->way = way;
  self->offerer = TRUE;
  self->was_connected = self->is_open = FALSE;
  make_channel (self, &sink);
  make_leg (self);
  bg_ice_way_set_controls (way, self->controls = TRUE);
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
  return self->has_channel && !bg_ice_session_is_over (self) ? bg_transport_ref (self->channel)
                                                             : NULL;
}

BgTransport *
bg_ice_session_dup_ice (BgIceSession *self)
{
  if (!self->was_connected || bg_ice_session_is_over (self))
    return NULL;
  self->uses_ice = TRUE;
  update_poll (self);
  return bg_transport_ref (self->ice);
}

BgTransport *
bg_ice_session_dup_direct (BgIceSession *self, GError **error)
{
  BgTransport *direct;

  if (!self->was_connected || bg_ice_session_is_over (self))
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

const char *
bg_ice_session_get_base (BgIceSession *self)
{
  return self->pair.base;
}

/* Life */

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

BgIceSession *
bg_ice_session_new (const BgIceSessionConfig *config, GError **error)
{
  BgIceSession *self;

  if (!bg_dtls_fingerprint_get_own (error))
    return NULL;
  self = g_object_new (BG_TYPE_ICE_SESSION, NULL);
  self->name = g_strdup (config->name);
  self->offerer = self->controls = config->offerer;
  self->plain = config->plain;
  self->path = config->path;
  self->pool = config->pool;
  self->ice = bg_ice_transport_new (config->path, config->pool, &config->sink);
  make_channel (self, &config->sink);
  self->way = bg_ice_session_make_way (self, self->offerer, &config->ice);
  bg_ice_transport_attach (self->ice, bg_ice_way_get_agent (self->way),
                           bg_ice_way_get_stream (self->way));
  make_leg (self);
  if (self->plain)
    bg_webrtc_leg_prepare ();
  return self;
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
  g_free (self->name);
  g_free (self->origin);
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
  signals[SIGNAL_RESTARTED] = new_signal (object_class, "restarted", 0, G_TYPE_NONE, G_TYPE_NONE);
  signals[SIGNAL_RESTART_FAILED] = new_signal (object_class, "restart-failed", 0, G_TYPE_NONE,
                                               G_TYPE_NONE);
  signals[SIGNAL_FAILED] = new_signal (object_class, "failed", 1, G_TYPE_ERROR, G_TYPE_NONE);
}

/* As RFC 8829, 5.2.1 wants it; 1 is what all sessions had before there were restarts in place. */
static char *
new_origin (void)
{
  guint64 number = (guint64) g_random_int () << 31 | g_random_int () >> 1;

  return g_strdup_printf ("%" G_GUINT64_FORMAT, number + 2);
}

static void
bg_ice_session_init (BgIceSession *self)
{
  self->link = bg_session_link_new (G_OBJECT (self));
  self->origin = new_origin ();
}
