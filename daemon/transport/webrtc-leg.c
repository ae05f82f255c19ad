/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "webrtc-leg.h"

#include "common/error.h"
#include "common/log.h"
#include "dtls-certificate.h"
#include "dtls-fingerprint.h"
#include "ice-closing.h"
#include "ice-thread.h"
#include "leg-ice.h"
#include "leg-plugins.h"
#include "sctp-clock.h"
#include "sctp-probe.h"
#include "transport-datachannel.h"
#include "transport-ice.h"

#include <gst/webrtc/webrtc.h>
#include <string.h>

enum
{
  ALERT = 21,
  MAC_LEN = 16,
  GOODBYE_LEN = 1 + MAC_LEN,
  HANDSHAKE = 22, /* RFC 9147, 4: the type of a record, and the length of its header */
  RECORD_MIN = 13,
  KEPT_MAX = 16, /* a flight of DTLS and its repetitions */
  BUILDERS = 2,
  FAREWELLS = 16,
  READY_STEP_US = 1000,
  READY_STEPS = 2000,
  FOREIGN_CHANNELS_MAX = 8,
  FAREWELL_MS = 1000, /* for the channel's closing handshake */
  LOOK_US = 20000,
  QUIET_MS = 250,     /* usrsctp acknowledges up to 200 ms late */
  QUEUE_MAX = 4 << 20 /* below where webrtcbin's queue, once it is not leaky any more, blocks */
};

struct BgWebrtcLeg
{
  char *name;
  gboolean offerer;
  BgTransport *channel;
  BgSessionLink *link;
  const BgWebrtcLegNews *news;

  /* set before the start */
  NiceAgent *agent;
  char *local, *remote;

  GMutex lock; /* all below; held while a packet is pushed */
  guint8 goodbye[GOODBYE_LEN];
  gboolean expects_goodbye;
  gboolean was_called; /* by bg_webrtc_leg_call() of the peer */
  GCond changed;
  guint stream;
  GQueue kept;     /* GBytes, until packets flow: they may be there before GStreamer */
  gboolean flows;  /* the pad takes packets */
  gboolean muted;  /* it gets no more of them */
  gboolean builds; /* on its thread */
  gboolean ends;   /* it was closed */
  gboolean holds_clock;
  BgLegIce *ice;
  GstElement *pipeline, *webrtc; /* webrtc: the pipeline's */
  GstElement *queue;             /* the one behind the pad */
  /* All channels that there were, and all in webrtcbin: it lets go of a closed channel and its bins
   * while the source still runs and 1.26 has tasks for them, and those trust them to live. */
  GPtrArray *held;
  guint n_foreign;

  /* its farewell */
  GstWebRTCDataChannel *last;
  void (*done) (gpointer data);
  gpointer done_data;
};

static gpointer
load_gstreamer (gpointer data)
{
  bg_leg_plugins_load (NULL);
  bg_ice_closing_end (BG_ENDING_LOAD);
  return NULL;
}

/* Nobody is to exit in the midst of it. */
void
bg_webrtc_leg_prepare (void)
{
  static gsize prepared;

  if (!g_once_init_enter (&prepared))
    return;
  bg_ice_closing_begin (BG_ENDING_LOAD);
  g_thread_unref (g_thread_new ("leg-prepare", load_gstreamer, NULL));
  g_once_init_leave (&prepared, TRUE);
}

BgWebrtcLeg *
bg_webrtc_leg_new (const BgWebrtcLegConfig *config)
{
  BgWebrtcLeg *self = g_atomic_rc_box_new0 (BgWebrtcLeg);

  self->name = g_strdup (config->name);
  self->offerer = config->offerer;
  self->channel = bg_transport_ref (config->channel);
  self->link = bg_session_link_ref (config->link);
  self->news = config->news;
  self->held = g_ptr_array_new_with_free_func (g_object_unref);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_queue_init (&self->kept);
  return self;
}

BgWebrtcLeg *
bg_webrtc_leg_ref (BgWebrtcLeg *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
drop_kept (BgWebrtcLeg *self)
{
  g_queue_clear_full (&self->kept, (GDestroyNotify) g_bytes_unref);
}

static void
leg_clear (gpointer data)
{
  BgWebrtcLeg *self = data;

  drop_kept (self);
  if (self->agent)
    bg_ice_thread_let_go (self->agent);
  g_free (self->name);
  g_free (self->local);
  g_free (self->remote);
  bg_transport_unref (self->channel);
  bg_session_link_unref (self->link);
  g_ptr_array_unref (self->held);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
}

void
bg_webrtc_leg_unref (BgWebrtcLeg *self)
{
  g_atomic_rc_box_release_full (self, leg_clear);
}

/* Packets */

gboolean
bg_webrtc_leg_is_dtls (gconstpointer data, gsize len)
{
  return len > 0 && *(const guint8 *) data >= 20 && *(const guint8 *) data <= 63;
}

static gboolean
is_full (BgWebrtcLeg *self)
{
  guint level = 0;

  if (self->queue)
    g_object_get (self->queue, "current-level-bytes", &level, NULL);
  return level > QUEUE_MAX;
}

static void
make_goodbye (const char *password, guint8 *out)
{
  static const guchar text[] = "bamgate goodbye";
  g_autoptr (GHmac)
    hmac = g_hmac_new (G_CHECKSUM_SHA256, (const guchar *) password, strlen (password));
  guint8 digest[32];
  gsize len = sizeof digest;

  g_hmac_update (hmac, text, sizeof text - 1);
  g_hmac_get_digest (hmac, digest, &len);
  out[0] = ALERT;
  memcpy (out + 1, digest, MAC_LEN);
}

void
bg_webrtc_leg_say_goodbye (NiceAgent *agent, guint stream, const char *password)
{
  guint8 goodbye[GOODBYE_LEN];

  make_goodbye (password, goodbye);
  nice_agent_send (agent, stream, BG_NICE_COMPONENT, sizeof goodbye, (const gchar *) goodbye);
}

void
bg_webrtc_leg_expect_goodbye (BgWebrtcLeg *self, const char *password)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  make_goodbye (password, self->goodbye);
  self->expects_goodbye = TRUE;
}

static gboolean
is_goodbye (BgWebrtcLeg *self, gconstpointer data, gsize len)
{
  return self->expects_goodbye && len == GOODBYE_LEN && memcmp (data, self->goodbye, len) == 0;
}

/* Of a handshake: one of a record's first epoch, or the call. The end of a leg that was here before is none. */
static gboolean
is_beginning (const guint8 *data, gsize len)
{
  return data[0] == HANDSHAKE && (len < RECORD_MIN || (data[3] == 0 && data[4] == 0));
}

static void
note_beginning (BgWebrtcLeg *self, gconstpointer data, gsize len)
{
  if (is_beginning (data, len))
    bg_session_link_post (self->link, self->news->wanted, NULL, NULL);
}

static gboolean
is_call (const guint8 *data, gsize len)
{
  return len == 1 && data[0] == HANDSHAKE;
}

void
bg_webrtc_leg_take (BgWebrtcLeg *self, gconstpointer data, gsize len)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if ((!self->agent && self->kept.length == 0) || self->ends)
    note_beginning (self, data, len);
  self->was_called |= is_call (data, len);
  if (self->muted)
    return;
  if (is_goodbye (self, data, len))
    {
      bg_session_link_post (self->link, self->news->left, NULL, NULL);
      return;
    }
  if (len < RECORD_MIN || (!self->agent && !is_beginning (data, len)))
    return;
  if (self->flows && !is_full (self))
    gst_pad_push (bg_leg_ice_get_pad (self->ice), gst_buffer_new_memdup (data, len));
  else if (!self->flows && self->kept.length < KEPT_MAX)
    g_queue_push_tail (&self->kept, g_bytes_new (data, len));
}

void
bg_webrtc_leg_call (NiceAgent *agent, guint stream)
{
  static const gchar call[] = { HANDSHAKE };

  nice_agent_send (agent, stream, BG_NICE_COMPONENT, sizeof call, call);
}

gboolean
bg_webrtc_leg_was_called (BgWebrtcLeg *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->was_called;
}

static void
mute (BgWebrtcLeg *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->muted = TRUE;
  drop_kept (self);
}

static gboolean
is_ready (BgWebrtcLeg *self)
{
  for (guint i = 0; i < READY_STEPS; i++)
    {
      if (bg_leg_ice_is_ready (self->ice))
        return TRUE;
      g_usleep (READY_STEP_US);
    }
  return FALSE;
}

static void
find_queue (BgWebrtcLeg *self)
{
  g_autoptr (GstPad) filter = gst_pad_get_peer (bg_leg_ice_get_pad (self->ice));
  g_autoptr (GstObject) bin = filter ? gst_object_get_parent (GST_OBJECT (filter)) : NULL;
  GstIterator *iterator;
  g_auto (GValue) item = G_VALUE_INIT;

  while (bin && !GST_IS_BIN (bin))
    {
      GstObject *parent = gst_object_get_parent (bin);

      gst_object_unref (bin);
      bin = parent;
    }
  if (!bin)
    return;
  iterator = gst_bin_iterate_all_by_element_factory_name (GST_BIN (bin), "queue");
  if (gst_iterator_next (iterator, &item) == GST_ITERATOR_OK)
    self->queue = g_value_dup_object (&item);
  gst_iterator_free (iterator);
}

/* Packets that came before go first. */
static void
let_flow (BgWebrtcLeg *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GBytes *packet;

  find_queue (self);
  bg_leg_ice_begin (self->ice);
  while ((packet = g_queue_pop_head (&self->kept)))
    {
      gst_pad_push (bg_leg_ice_get_pad (self->ice), gst_buffer_new_wrapped_bytes (packet));
      g_bytes_unref (packet);
    }
  self->flows = TRUE;
}

/* What webrtcbin says, on its threads */

static void
post_failure (BgWebrtcLeg *self, GError *take)
{
  bg_session_link_post (self->link, self->news->failed, take, (GDestroyNotify) g_error_free);
}

/* Spec 2.2 has one channel; others are let be, within reason. Each costs threads, and they are made here: nothing more is
 * heard of a peer that makes too many. */
static void
count_foreign (BgWebrtcLeg *self)
{
  gboolean too_many;

  g_mutex_lock (&self->lock);
  too_many = ++self->n_foreign == FOREIGN_CHANNELS_MAX + 1;
  g_mutex_unlock (&self->lock);
  if (self->n_foreign <= FOREIGN_CHANNELS_MAX)
    return;
  mute (self);
  if (too_many)
    post_failure (self, bg_error_new_take (BG_ERROR_FAILED, bg_words (SESSION_TOO_MANY_CHANNELS)));
}

static void
hold (BgWebrtcLeg *self, gpointer object)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_ptr_array_add (self->held, g_object_ref (object));
}

/* webrtcbin's locks are held. */
static void
on_webrtc_prepare_data_channel (GstElement *webrtc, GstWebRTCDataChannel *channel,
                                gboolean is_local, BgWebrtcLeg *self)
{
  hold (self, channel);
  if (!bg_data_channel_transport_attach (self->channel, channel))
    count_foreign (self);
}

static void
on_webrtc_element_added (GstBin *bin, GstBin *sub_bin, GstElement *element, BgWebrtcLeg *self)
{
  GstElementFactory *factory = gst_element_get_factory (element);
  const char *name = factory ? GST_OBJECT_NAME (factory) : NULL;

  if (sub_bin == bin)
    hold (self, element);
  if (g_strcmp0 (name, "sctpdec") == 0)
    bg_data_channel_transport_watch (self->channel, element);
  else if (g_strcmp0 (name, "dtlsdec") == 0)
    g_object_set (element, "pem", bg_dtls_certificate_get_pem (NULL), NULL);
}

static void
on_dtls_state (GObject *dtls, GParamSpec *pspec, BgWebrtcLeg *self)
{
  GstWebRTCDTLSTransportState state;

  g_object_get (dtls, "state", &state, NULL);
  if (state == GST_WEBRTC_DTLS_TRANSPORT_STATE_CLOSED
      || state == GST_WEBRTC_DTLS_TRANSPORT_STATE_FAILED)
    bg_session_link_post (self->link, self->news->closed, NULL, NULL);
}

static void
on_sctp_state (GObject *sctp, GParamSpec *pspec, BgWebrtcLeg *self)
{
  GstWebRTCSCTPTransportState state;

  g_object_get (sctp, "state", &state, NULL);
  if (state == GST_WEBRTC_SCTP_TRANSPORT_STATE_CLOSED)
    bg_session_link_post (self->link, self->news->closed, NULL, NULL);
}

/* A new session is what helps. */
static void
on_stall (gpointer data)
{
  BgWebrtcLeg *self = data;

  bg_log (BG_TOPIC_ICE, MESSAGE, self->name, "no message of the data channel gets whole any more");
  bg_session_link_post (self->link, self->news->closed, NULL, NULL);
}

static void
unref_stalled (gpointer self)
{
  bg_webrtc_leg_unref (self);
}

static void
unref_closure (gpointer data, GClosure *closure)
{
  bg_webrtc_leg_unref (data);
}

static void
listen_to (BgWebrtcLeg *self, gpointer instance, const char *signal, GCallback callback)
{
  g_signal_connect_data (instance, signal, callback, bg_webrtc_leg_ref (self), unref_closure, 0);
}

/* Nobody reads the bus, so nothing may pile up there. */
static GstBusSyncReply
on_bus_message (GstBus *bus, GstMessage *message, gpointer data)
{
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    {
      g_autoptr (GError) error = NULL;
      const char *name = data;

      gst_message_parse_error (message, &error, NULL);
      bg_log (BG_TOPIC_ICE, INFO, name, "%s: %s", GST_MESSAGE_SRC_NAME (message), error->message);
    }
  gst_message_unref (message);
  return GST_BUS_DROP;
}

/* Building, on a thread of its own */

static gboolean
make_pipeline (BgWebrtcLeg *self, GError **error)
{
  g_autoptr (GstBus) bus = NULL;

  if (!bg_leg_plugins_load (error))
    return FALSE;
  g_mutex_lock (&self->lock);
  self->ice = bg_leg_ice_new (self->agent, self->stream);
  g_mutex_unlock (&self->lock);
  self->webrtc = gst_element_factory_make_full ("webrtcbin", "ice-agent",
                                                bg_leg_ice_dup_ice (self->ice), "bundle-policy",
                                                GST_WEBRTC_BUNDLE_POLICY_MAX_BUNDLE, NULL);
  if (!self->webrtc)
    {
      bg_error_set (error, BG_ERROR_FAILED, GSTREAMER_WITHOUT_WEBRTC);
      return FALSE;
    }
  bg_sctp_probe_attach (self->webrtc, on_stall, bg_webrtc_leg_ref (self), unref_stalled);
  self->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  gst_bin_add (GST_BIN (self->pipeline), self->webrtc);
  bus = gst_element_get_bus (self->pipeline);
  gst_bus_set_sync_handler (bus, on_bus_message, g_strdup (self->name), g_free);
  listen_to (self, self->webrtc, "deep-element-added", G_CALLBACK (on_webrtc_element_added));
  listen_to (self, self->webrtc, "prepare-data-channel",
             G_CALLBACK (on_webrtc_prepare_data_channel));
  if (gst_element_set_state (self->pipeline, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE)
    return TRUE;
  bg_error_set (error, BG_ERROR_FAILED, GSTREAMER_DOES_NOT_START);
  return FALSE;
}

static gboolean
make_channel (BgWebrtcLeg *self, GError **error)
{
  g_autoptr (GstWebRTCDataChannel) channel = NULL;
  /* 1 would become 16,777,216 (notes 1); 0 is what it says. */
  g_autoptr (GstStructure) options = gst_structure_new ("options", "ordered", G_TYPE_BOOLEAN, FALSE,
                                                        "max-retransmits", G_TYPE_INT, 0, NULL);

  g_signal_emit_by_name (self->webrtc, "create-data-channel", "bamgate", options, &channel);
  if (channel)
    return TRUE;
  bg_error_set_take (error, BG_ERROR_FAILED, bg_words (SESSION_WITHOUT_CHANNEL));
  return FALSE;
}

static gboolean
take_reply (GstPromise *promise, const char *step, GError **error)
{
  const GstStructure *reply;
  g_autoptr (GError) cause = NULL;

  gst_promise_wait (promise);
  reply = gst_promise_get_reply (promise);
  if (!reply || !gst_structure_get (reply, "error", G_TYPE_ERROR, &cause, NULL))
    return TRUE;
  g_propagate_error (error, bg_error (BG_ERROR_FAILED, ABOUT, step, cause));
  return FALSE;
}

static gboolean
set_description (BgWebrtcLeg *self, gboolean local, GError **error)
{
  g_autoptr (GstWebRTCSessionDescription) description = NULL;
  g_autoptr (GstPromise) promise = gst_promise_new ();
  GstSDPMessage *message = NULL;

  if (gst_sdp_message_new_from_text (local ? self->local : self->remote, &message) != GST_SDP_OK)
    {
      bg_error_set_take (error, BG_ERROR_INVALID_ARGUMENT, bg_words (SDP_NOT_ACCEPTED));
      return FALSE;
    }
  description = gst_webrtc_session_description_new (
    local == self->offerer ? GST_WEBRTC_SDP_TYPE_OFFER : GST_WEBRTC_SDP_TYPE_ANSWER, message);
  g_signal_emit_by_name (self->webrtc, local ? "set-local-description" : "set-remote-description",
                         description, promise);
  return take_reply (promise, local ? "own session description" : "peer's session description",
                     error);
}

/* A peer that goes without closing its channel says so with a close_notify or an abort. */
static void
watch_transports (BgWebrtcLeg *self)
{
  g_autoptr (GObject) sctp = NULL;
  g_autoptr (GObject) dtls = NULL;

  g_object_get (self->webrtc, "sctp-transport", &sctp, NULL);
  if (!sctp)
    return;
  listen_to (self, sctp, "notify::state", G_CALLBACK (on_sctp_state));
  g_object_get (sctp, "transport", &dtls, NULL);
  if (dtls)
    listen_to (self, dtls, "notify::state", G_CALLBACK (on_dtls_state));
}

static gboolean
build (BgWebrtcLeg *self, GError **error)
{
  if (!make_pipeline (self, error) || (self->offerer && !make_channel (self, error))
      || !set_description (self, self->offerer, error)
      || !set_description (self, !self->offerer, error))
    return FALSE;
  watch_transports (self);
  if (is_ready (self))
    {
      let_flow (self);
      return TRUE;
    }
  bg_error_set (error, BG_ERROR_FAILED, GSTREAMER_DOES_NOT_START);
  return FALSE;
}

static void
build_one (gpointer data, gpointer user_data)
{
  BgWebrtcLeg *self = data;
  GError *error = NULL;
  gboolean ends;

  g_mutex_lock (&self->lock);
  ends = self->ends;
  g_mutex_unlock (&self->lock);
  if (!ends && !build (self, &error))
    post_failure (self, error);
  g_mutex_lock (&self->lock);
  self->builds = FALSE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  bg_webrtc_leg_unref (self);
}

static GThreadPool *
get_pool (GThreadPool **pool, GFunc func, int threads)
{
  if (g_once_init_enter (pool))
    {
      GThreadPool *made = g_thread_pool_new (func, NULL, threads, FALSE, NULL);

      g_once_init_leave (pool, made);
    }
  return *pool;
}

void
bg_webrtc_leg_start (BgWebrtcLeg *self, NiceAgent *agent, guint stream, const char *local,
                     const char *remote)
{
  static GThreadPool *builders;

  g_mutex_lock (&self->lock);
  self->agent = g_object_ref (agent);
  g_mutex_unlock (&self->lock);
  self->stream = stream;
  self->local = g_strdup (local);
  self->remote = g_strdup (remote);
  self->builds = TRUE;
  self->holds_clock = TRUE;
  bg_sctp_clock_hold ();
  g_thread_pool_push (get_pool (&builders, build_one, BUILDERS), bg_webrtc_leg_ref (self), NULL);
}

/* While it lives */

void
bg_webrtc_leg_settle (BgWebrtcLeg *self)
{
  if (self->holds_clock)
    bg_sctp_clock_release ();
  self->holds_clock = FALSE;
}

void
bg_webrtc_leg_set_agent (BgWebrtcLeg *self, NiceAgent *agent, guint stream)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_set_object (&self->agent, agent);
  self->stream = stream;
  if (self->ice)
    bg_leg_ice_set_agent (self->ice, agent, stream);
}

char *
bg_webrtc_leg_dup_peer_fingerprint (BgWebrtcLeg *self)
{
  g_autoptr (GObject) sctp = NULL;
  g_autoptr (GObject) dtls = NULL;
  g_autofree char *pem = NULL;

  if (self->webrtc)
    g_object_get (self->webrtc, "sctp-transport", &sctp, NULL);
  if (sctp)
    g_object_get (sctp, "transport", &dtls, NULL);
  if (dtls)
    g_object_get (dtls, "remote-certificate", &pem, NULL);
  return pem ? bg_dtls_fingerprint_of_pem (pem) : NULL;
}

/* The farewell, on a thread of its own */

static GstWebRTCDataChannelState
state_of (GstWebRTCDataChannel *channel)
{
  GstWebRTCDataChannelState state;

  g_object_get (channel, "ready-state", &state, NULL);
  return state;
}

/* Asked again while it closes, webrtcbin 1.26 takes it down before its stream is reset. */
static void
close_channel (GstWebRTCDataChannel *channel)
{
  if (state_of (channel) == GST_WEBRTC_DATA_CHANNEL_STATE_OPEN)
    gst_webrtc_data_channel_close (channel);
}

static gboolean
has_goodbye_to_say (GstWebRTCDataChannel *channel)
{
  GstWebRTCDataChannelState state = state_of (channel);

  return state == GST_WEBRTC_DATA_CHANNEL_STATE_OPEN
         || state == GST_WEBRTC_DATA_CHANNEL_STATE_CLOSING;
}

static void
on_farewell_state (GstWebRTCDataChannel *channel, GParamSpec *pspec, BgWebrtcLeg *self)
{
  g_mutex_lock (&self->lock);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

/* The SCTP stream reset must get out, and ours is closed when the peer's came back. */
static void
say_goodbye (BgWebrtcLeg *self)
{
  gint64 until = g_get_monotonic_time () + FAREWELL_MS * G_TIME_SPAN_MILLISECOND;
  gulong handler = g_signal_connect (self->last, "notify::ready-state",
                                     G_CALLBACK (on_farewell_state), self);

  close_channel (self->last);
  while (has_goodbye_to_say (self->last) && g_get_monotonic_time () < until)
    {
      g_mutex_lock (&self->lock);
      g_cond_wait_until (&self->changed, &self->lock, g_get_monotonic_time () + LOOK_US);
      g_mutex_unlock (&self->lock);
    }
  g_signal_handler_disconnect (self->last, handler);
}

static void
wait_built (BgWebrtcLeg *self)
{
  g_mutex_lock (&self->lock);
  while (self->builds)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
}

static void
take_down (BgWebrtcLeg *self)
{
  if (self->last && has_goodbye_to_say (self->last))
    say_goodbye (self);
  /* usrsctp's timer thread calls into GStreamer's association without a reference (usrsctp issues 147 and 405): taken down in
   * the midst of traffic, it is used after it was freed. Without input, and when the last acknowledgement is due, no timer is. */
  mute (self);
  g_usleep (QUIET_MS * 1000);
  bg_sctp_clock_hold (); /* its thread may have to end */
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  g_clear_object (&self->last);
  g_ptr_array_set_size (self->held, 0);
  gst_clear_object (&self->queue);
  self->webrtc = NULL;
  gst_clear_object (&self->pipeline);
  bg_sctp_clock_release ();
}

static void
farewell (gpointer data, gpointer user_data)
{
  BgWebrtcLeg *self = data;

  wait_built (self);
  if (self->pipeline)
    take_down (self);
  g_clear_object (&self->last);
  mute (self);
  g_clear_pointer (&self->ice, bg_leg_ice_free);
  self->done (self->done_data);
  bg_webrtc_leg_unref (self);
  bg_ice_closing_end (BG_ENDING_LEG);
}

void
bg_webrtc_leg_close (BgWebrtcLeg *self, void (*done) (gpointer data), gpointer data)
{
  static GThreadPool *farewells;

  bg_ice_closing_begin (BG_ENDING_LEG);
  bg_webrtc_leg_settle (self);
  bg_sctp_clock_touch ();
  self->last = bg_data_channel_transport_detach (self->channel);
  self->done = done;
  self->done_data = data;
  g_mutex_lock (&self->lock);
  self->ends = TRUE;
  g_mutex_unlock (&self->lock);
  g_thread_pool_push (get_pool (&farewells, farewell, FAREWELLS), bg_webrtc_leg_ref (self), NULL);
}
