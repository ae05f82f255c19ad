/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "webrtc-pipeline.h"

#include "common/error.h"
#include "common/log.h"
#include "local-addresses.h"
#include "sctp-clock.h"
#include "sctp-probe.h"

#include <string.h>

enum
{
  FAREWELL_MS = 1000, /* for the channel's closing handshake */
  QUIET_MS = 250,     /* usrsctp acknowledges up to 200 ms late */
};

typedef struct
{
  const char *element, *package;
} Requirement;

static const Requirement requirements[] = {
  { "webrtcbin", "gstreamer1.0-plugins-bad" }, { "dtlssrtpdec", "gstreamer1.0-plugins-bad" },
  { "sctpenc", "gstreamer1.0-plugins-bad" },   { "srtpenc", "gstreamer1.0-plugins-bad" },
  { "nicesrc", "gstreamer1.0-nice" },          { "rtpbin", "gstreamer1.0-plugins-good" },
  { "appsrc", "gstreamer1.0-plugins-base" },
};

static gboolean
check_elements (GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (requirements); i++)
    {
      g_autoptr (GstElementFactory) factory = gst_element_factory_find (requirements[i].element);

      if (!factory)
        {
          bg_error_set (error, BG_ERROR_FAILED, GSTREAMER_ELEMENT_MISSING, requirements[i].element,
                        requirements[i].package);
          return FALSE;
        }
    }
  return TRUE;
}

static void
set_boolean_if_known (gpointer object, const char *property, gboolean value)
{
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (object), property))
    g_object_set (object, property, value, NULL);
}

static GObject *
dup_object_property (gpointer object, const char *property)
{
  GObject *value = NULL;

  if (g_object_class_find_property (G_OBJECT_GET_CLASS (object), property))
    g_object_get (object, property, &value, NULL);
  return value;
}

/* An empty list would let libnice gather everything, our own tunnel included. */
static GPtrArray *
list_addresses (const BgWebrtcSessionConfig *config)
{
  const char *const *texts = config->addresses ? bg_ice_addresses_get_texts (config->addresses)
                                               : NULL;
  GPtrArray *addresses;

  if (!texts || !*texts)
    return bg_local_addresses_list (config->exclude, config->exclude_interface,
                                    config->loopback_only || texts);
  addresses = g_ptr_array_new_with_free_func (g_free);
  for (; *texts; texts++)
    g_ptr_array_add (addresses, g_strdup (*texts));
  return addresses;
}

static gboolean
add_addresses (BgWebrtcPipeline *self, GObject *ice, const BgWebrtcSessionConfig *config)
{
  g_autoptr (GPtrArray) addresses = list_addresses (config);
  gboolean any = FALSE;

  for (guint i = 0; i < addresses->len; i++)
    {
      g_autoptr (GInetAddress) address = g_inet_address_new_from_string (addresses->pdata[i]);
      gboolean added = FALSE;

      g_signal_emit_by_name (ice, "add-local-ip-address", addresses->pdata[i], &added);
      any |= added;
      self->on_loopback |= g_inet_address_get_is_loopback (address);
    }
  return any;
}

void
bg_webrtc_pipeline_set_keepalive_checks (BgWebrtcPipeline *self, gboolean checks)
{
  set_boolean_if_known (self->agent, "keepalive-conncheck", checks);
}

static gboolean
set_up_agent (BgWebrtcPipeline *self, const BgWebrtcSessionConfig *config, GError **error)
{
  g_autoptr (GObject) ice = dup_object_property (self->webrtc, "ice-agent");
  g_autoptr (GObject) agent = ice ? dup_object_property (ice, "agent") : NULL;

  if (!agent || !NICE_IS_AGENT (agent)
      || !g_signal_lookup ("add-local-ip-address", G_OBJECT_TYPE (ice)))
    {
      bg_error_set (error, BG_ERROR_FAILED, GSTREAMER_WITHOUT_ICE);
      return FALSE;
    }
  self->agent = NICE_AGENT (g_steal_pointer (&agent));
  self->ice_clock = bg_ice_clock_new (self->agent);
  set_boolean_if_known (self->agent, "upnp", FALSE);
  g_object_set (self->agent, "max-connectivity-checks", BG_ICE_PAIRS_MAX, NULL);
  bg_webrtc_pipeline_set_keepalive_checks (self, TRUE);
  set_boolean_if_known (ice, "ice-tcp", config->ice_tcp);
  if (!add_addresses (self, ice, config))
    {
      bg_error_set (error, BG_ERROR_FAILED, NO_LOCAL_ADDRESS);
      return FALSE;
    }
  return TRUE;
}

static void
set_up_servers (BgWebrtcPipeline *self, const BgWebrtcSessionConfig *config)
{
  if (config->stun_server)
    g_object_set (self->webrtc, "stun-server", config->stun_server, NULL);
  for (guint i = 0; config->turn_servers && config->turn_servers[i]; i++)
    {
      gboolean added = FALSE;

      g_signal_emit_by_name (self->webrtc, "add-turn-server", config->turn_servers[i], &added);
      if (!added) /* the text has a password in it */
        bg_log (BG_TOPIC_ICE, WARNING, NULL, "TURN server %u of the list has an unusable address",
                i + 1);
    }
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

static void
free_pipeline (GstElement *pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

gboolean
bg_webrtc_pipeline_init (BgWebrtcPipeline *self, const BgWebrtcSessionConfig *config,
                         GError **error)
{
  g_autoptr (GstBus) bus = NULL;

  if (!gst_init_check (NULL, NULL, error) || !check_elements (error))
    return FALSE;
  self->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  self->webrtc = gst_element_factory_make ("webrtcbin", NULL);
  if (!self->webrtc)
    {
      bg_error_set (error, BG_ERROR_FAILED, GSTREAMER_WITHOUT_WEBRTC);
      g_clear_pointer (&self->pipeline, free_pipeline);
      return FALSE;
    }
  bg_sctp_probe_attach (self->webrtc);
  gst_bin_add (GST_BIN (self->pipeline), self->webrtc);
  bus = gst_element_get_bus (self->pipeline);
  gst_bus_set_sync_handler (bus, on_bus_message, g_strdup (config->name), g_free);
  g_object_set (self->webrtc, "bundle-policy", GST_WEBRTC_BUNDLE_POLICY_MAX_BUNDLE,
                "ice-transport-policy",
                config->relay_only ? GST_WEBRTC_ICE_TRANSPORT_POLICY_RELAY
                                   : GST_WEBRTC_ICE_TRANSPORT_POLICY_ALL,
                NULL);
  set_up_servers (self, config);
  if (set_up_agent (self, config, error))
    return TRUE;
  g_clear_pointer (&self->ice_clock, bg_ice_clock_free);
  g_clear_object (&self->agent);
  g_clear_pointer (&self->pipeline, free_pipeline);
  return FALSE;
}

gboolean
bg_webrtc_pipeline_start (BgWebrtcPipeline *self, GError **error)
{
  if (gst_element_set_state (self->pipeline, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE)
    return TRUE;
  bg_error_set (error, BG_ERROR_FAILED, GSTREAMER_DOES_NOT_START);
  return FALSE;
}

void
bg_webrtc_pipeline_receive_ice (BgWebrtcPipeline *self, BgTransport *ice)
{
  GstIterator *iterator;
  g_auto (GValue) item = G_VALUE_INIT;

  if (self->ice_receiver)
    return;
  iterator = gst_bin_iterate_all_by_element_factory_name (GST_BIN (self->webrtc), "nicesrc");
  if (gst_iterator_next (iterator, &item) == GST_ITERATOR_OK)
    self->ice_receiver = bg_ice_receiver_new (self->agent, g_value_get_object (&item), ice);
  gst_iterator_free (iterator);
}

void
bg_webrtc_pipeline_keep (BgWebrtcPipeline *self, GstWebRTCDataChannel *channel)
{
  if (!self->channels)
    self->channels = g_ptr_array_new_with_free_func (g_object_unref);
  if (channel)
    g_ptr_array_add (self->channels, channel);
}

/* Pipelines on their way out. */
static GMutex farewell_lock;
static GCond farewell_done;
static guint farewells;

typedef struct
{
  GstElement *pipeline;
  GstWebRTCDataChannel *channel;
  BgIceReceiver *ice_receiver;
  GPtrArray *channels;
  GMutex lock;
  GCond changed;
} Farewell;

static GstWebRTCDataChannelState
state_of (GstWebRTCDataChannel *channel)
{
  GstWebRTCDataChannelState state;

  g_object_get (channel, "ready-state", &state, NULL);
  return state;
}

void
bg_webrtc_pipeline_close_channel (GstWebRTCDataChannel *channel)
{
  if (state_of (channel) == GST_WEBRTC_DATA_CHANNEL_STATE_OPEN)
    gst_webrtc_data_channel_close (channel);
}

static void
on_farewell_state (GstWebRTCDataChannel *channel, GParamSpec *pspec, Farewell *self)
{
  g_mutex_lock (&self->lock);
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
}

static gboolean
has_goodbye_to_say (GstWebRTCDataChannel *channel)
{
  GstWebRTCDataChannelState state = state_of (channel);

  return state == GST_WEBRTC_DATA_CHANNEL_STATE_OPEN
         || state == GST_WEBRTC_DATA_CHANNEL_STATE_CLOSING;
}

/* The SCTP stream reset must get out, and ours is closed when the peer's came back. */
static void
say_goodbye (Farewell *self)
{
  gint64 until = g_get_monotonic_time () + FAREWELL_MS * G_TIME_SPAN_MILLISECOND;
  gulong handler = g_signal_connect (self->channel, "notify::ready-state",
                                     G_CALLBACK (on_farewell_state), self);

  bg_webrtc_pipeline_close_channel (self->channel);
  g_mutex_lock (&self->lock);
  while (has_goodbye_to_say (self->channel)
         && g_cond_wait_until (&self->changed, &self->lock, until))
    ;
  g_mutex_unlock (&self->lock);
  g_signal_handler_disconnect (self->channel, handler);
}

static GstPadProbeReturn
on_late_data (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  return GST_PAD_PROBE_DROP;
}

static void
drop_late_data (const GValue *nicesrc, gpointer data)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (g_value_get_object (nicesrc), "src");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_late_data,
                     NULL, NULL);
}

/* usrsctp's timer thread calls into GStreamer's association without a reference (usrsctp issues 147
 * and 405): taken down in the midst of traffic, it is used after it was freed. Without input, and
 * when the last acknowledgement is due, no timer is. */
static void
quiet_down (GstElement *pipeline)
{
  GstIterator *sources = gst_bin_iterate_all_by_element_factory_name (GST_BIN (pipeline),
                                                                      "nicesrc");

  gst_iterator_foreach (sources, drop_late_data, NULL);
  gst_iterator_free (sources);
  g_usleep (QUIET_MS * 1000);
}

static gpointer
farewell_thread (gpointer data)
{
  Farewell *self = data;

  if (self->channel && has_goodbye_to_say (self->channel))
    say_goodbye (self);
  quiet_down (self->pipeline);
  bg_sctp_clock_hold (); /* its thread may have to end */
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  g_clear_object (&self->channel);
  g_clear_pointer (&self->channels, g_ptr_array_unref);
  g_clear_pointer (&self->ice_receiver, bg_ice_receiver_free);
  gst_object_unref (self->pipeline);
  bg_sctp_clock_release ();
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);

  g_mutex_lock (&farewell_lock);
  if (--farewells == 0)
    g_cond_broadcast (&farewell_done);
  g_mutex_unlock (&farewell_lock);
  return NULL;
}

void
bg_webrtc_pipeline_clear (BgWebrtcPipeline *self, GstWebRTCDataChannel *channel)
{
  Farewell *farewell;

  g_clear_pointer (&self->ice_clock, bg_ice_clock_free);
  g_clear_object (&self->agent);
  self->webrtc = NULL;
  if (!self->pipeline)
    return;
  farewell = g_new0 (Farewell, 1);
  farewell->pipeline = g_steal_pointer (&self->pipeline);
  farewell->channel = channel;
  farewell->channels = g_steal_pointer (&self->channels);
  farewell->ice_receiver = g_steal_pointer (&self->ice_receiver);
  g_mutex_init (&farewell->lock);
  g_cond_init (&farewell->changed);
  g_mutex_lock (&farewell_lock);
  farewells++;
  g_mutex_unlock (&farewell_lock);
  g_thread_unref (g_thread_new ("webrtc-farewell", farewell_thread, farewell));
}

void
bg_webrtc_session_wait_closed_all (void)
{
  g_mutex_lock (&farewell_lock);
  while (farewells > 0)
    g_cond_wait (&farewell_done, &farewell_lock);
  g_mutex_unlock (&farewell_lock);
}

static GBytes *
der_of_pem (const char *pem)
{
  static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";
  const char *from = strstr (pem, begin), *to = from ? strstr (from, end) : NULL;
  g_autofree char *base64 = NULL;
  guchar *der;
  gsize len;

  if (!to)
    return NULL;
  from += sizeof begin - 1;
  base64 = g_strndup (from, to - from);
  der = g_base64_decode (base64, &len);
  return g_bytes_new_take (der, len);
}

static char *
fingerprint_of_pem (const char *pem)
{
  g_autoptr (GBytes) der = der_of_pem (pem);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize len = sizeof digest;
  GString *text;

  if (!der)
    return NULL;
  g_checksum_update (sum, g_bytes_get_data (der, NULL), g_bytes_get_size (der));
  g_checksum_get_digest (sum, digest, &len);
  text = g_string_new (NULL);
  for (guint i = 0; i < sizeof digest; i++)
    g_string_append_printf (text, i ? ":%02X" : "%02X", digest[i]);
  return g_string_free (text, FALSE);
}

char *
bg_webrtc_pipeline_dup_peer_fingerprint (BgWebrtcPipeline *self)
{
  g_autoptr (GObject) sctp = dup_object_property (self->webrtc, "sctp-transport");
  g_autoptr (GObject) dtls = sctp ? dup_object_property (sctp, "transport") : NULL;
  g_autofree char *pem = NULL;

  if (dtls)
    g_object_get (dtls, "remote-certificate", &pem, NULL);
  return pem ? fingerprint_of_pem (pem) : NULL;
}
