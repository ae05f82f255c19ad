/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "leg-ice.h"

#include "ice-thread.h"
#include "transport-ice.h"

#include <gst/webrtc/webrtc.h>
#include <gst/webrtc/ice.h>

/* webrtcbin's first filter wants them. */
#define CAPS "application/x-rtp"

/* The element in nicesink's place: what DTLS says goes to the agent. */

#define BG_TYPE_LEG_SINK (bg_leg_sink_get_type ())
G_DECLARE_FINAL_TYPE (BgLegSink, bg_leg_sink, BG, LEG_SINK, GstElement)

struct _BgLegSink
{
  GstElement parent;
  GMutex lock; /* what follows */
  NiceAgent *agent;
  guint stream;
};

G_DEFINE_FINAL_TYPE (BgLegSink, bg_leg_sink, GST_TYPE_ELEMENT)

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
  "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

/* The one before is still its owner's: what frees an agent is to be its own thread. */
static void
leg_sink_set_agent (BgLegSink *self, NiceAgent *agent, guint stream)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_set_object (&self->agent, agent);
  self->stream = stream;
}

static void
leg_sink_send (BgLegSink *self, const GstMapInfo *map)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  nice_agent_send (self->agent, self->stream, BG_NICE_COMPONENT, (guint) map->size,
                   (const gchar *) map->data);
}

static GstFlowReturn
leg_sink_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  BgLegSink *self = BG_LEG_SINK (parent);
  GstMapInfo map;

  if (gst_buffer_map (buffer, &map, GST_MAP_READ))
    {
      leg_sink_send (self, &map);
      gst_buffer_unmap (buffer, &map);
    }
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static void
bg_leg_sink_finalize (GObject *object)
{
  BgLegSink *self = BG_LEG_SINK (object);

  bg_ice_thread_let_go (self->agent);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (bg_leg_sink_parent_class)->finalize (object);
}

static void
bg_leg_sink_class_init (BgLegSinkClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bg_leg_sink_finalize;
  gst_element_class_add_static_pad_template (GST_ELEMENT_CLASS (klass), &sink_template);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass), "Sends through an ICE agent",
                                         "Sink/Network", "What DTLS says, to its peer", "bamgate");
}

static void
bg_leg_sink_init (BgLegSink *self)
{
  GstPad *pad = gst_pad_new_from_static_template (&sink_template, "sink");

  g_mutex_init (&self->lock);
  gst_pad_set_chain_function (pad, leg_sink_chain);
  gst_element_add_pad (GST_ELEMENT (self), pad);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SINK);
}

/* The element in nicesrc's place: a pad that others push from. */

#define BG_TYPE_LEG_SOURCE (bg_leg_source_get_type ())
G_DECLARE_FINAL_TYPE (BgLegSource, bg_leg_source, BG, LEG_SOURCE, GstElement)

struct _BgLegSource
{
  GstElement parent;
};

G_DEFINE_FINAL_TYPE (BgLegSource, bg_leg_source, GST_TYPE_ELEMENT)

static GstStaticPadTemplate source_template = GST_STATIC_PAD_TEMPLATE (
  "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

static void
bg_leg_source_class_init (BgLegSourceClass *klass)
{
  gst_element_class_add_static_pad_template (GST_ELEMENT_CLASS (klass), &source_template);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass), "Received by an ICE agent",
                                         "Source/Network", "What its peer says, to DTLS",
                                         "bamgate");
}

static void
bg_leg_source_init (BgLegSource *self)
{
  gst_element_add_pad (GST_ELEMENT (self),
                       gst_pad_new_from_static_template (&source_template, "src"));
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);
}

/* The transport: connected from the start. */

#define BG_TYPE_LEG_TRANSPORT (bg_leg_transport_get_type ())
G_DECLARE_FINAL_TYPE (BgLegTransport, bg_leg_transport, BG, LEG_TRANSPORT, GstWebRTCICETransport)

struct _BgLegTransport
{
  GstWebRTCICETransport parent;
};

G_DEFINE_FINAL_TYPE (BgLegTransport, bg_leg_transport, GST_TYPE_WEBRTC_ICE_TRANSPORT)

static gboolean
leg_transport_gather (GstWebRTCICETransport *transport)
{
  return TRUE;
}

static void
bg_leg_transport_class_init (BgLegTransportClass *klass)
{
  GST_WEBRTC_ICE_TRANSPORT_CLASS (klass)->gather_candidates = leg_transport_gather;
}

static void
bg_leg_transport_init (BgLegTransport *self)
{
  self->parent.state = GST_WEBRTC_ICE_CONNECTION_STATE_CONNECTED;
}

/* The stream: it has the one transport. */

#define BG_TYPE_LEG_STREAM (bg_leg_stream_get_type ())
G_DECLARE_FINAL_TYPE (BgLegStream, bg_leg_stream, BG, LEG_STREAM, GstWebRTCICEStream)

struct _BgLegStream
{
  GstWebRTCICEStream parent;
  GstWebRTCICETransport *transport;
};

G_DEFINE_FINAL_TYPE (BgLegStream, bg_leg_stream, GST_TYPE_WEBRTC_ICE_STREAM)

static GstWebRTCICETransport *
leg_stream_find_transport (GstWebRTCICEStream *stream, GstWebRTCICEComponent component)
{
  return gst_object_ref (BG_LEG_STREAM (stream)->transport);
}

static gboolean
leg_stream_gather (GstWebRTCICEStream *stream)
{
  return TRUE;
}

static void
bg_leg_stream_finalize (GObject *object)
{
  gst_clear_object (&BG_LEG_STREAM (object)->transport);
  G_OBJECT_CLASS (bg_leg_stream_parent_class)->finalize (object);
}

static void
bg_leg_stream_class_init (BgLegStreamClass *klass)
{
  GstWebRTCICEStreamClass *stream_class = GST_WEBRTC_ICE_STREAM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = bg_leg_stream_finalize;
  stream_class->find_transport = leg_stream_find_transport;
  stream_class->gather_candidates = leg_stream_gather;
}

static void
bg_leg_stream_init (BgLegStream *self)
{
}

/* What webrtcbin takes for its agent. It calls every one of these without asking whether it is there. */

#define BG_TYPE_LEG_AGENT (bg_leg_agent_get_type ())
G_DECLARE_FINAL_TYPE (BgLegAgent, bg_leg_agent, BG, LEG_AGENT, GstWebRTCICE)

struct _BgLegAgent
{
  GstWebRTCICE parent;
  gboolean controls;
  GstWebRTCICEStream *stream;
};

G_DEFINE_FINAL_TYPE (BgLegAgent, bg_leg_agent, GST_TYPE_WEBRTC_ICE)

/* Later GStreamers take the reference, earlier ones do not; bg_leg_ice_free() drops what is left over. */
static GstWebRTCICEStream *
leg_agent_add_stream (GstWebRTCICE *ice, guint session)
{
  return gst_object_ref (BG_LEG_AGENT (ice)->stream);
}

static GstWebRTCICETransport *
leg_agent_find_transport (GstWebRTCICE *ice, GstWebRTCICEStream *stream,
                          GstWebRTCICEComponent component)
{
  return leg_stream_find_transport (BG_LEG_AGENT (ice)->stream, component);
}

static gboolean
leg_agent_gather (GstWebRTCICE *ice, GstWebRTCICEStream *stream)
{
  return TRUE;
}

#if GST_CHECK_VERSION(1, 24, 0)
static void
leg_agent_add_candidate (GstWebRTCICE *ice, GstWebRTCICEStream *stream, const gchar *candidate,
                         GstPromise *promise)
{
  if (promise)
    gst_promise_reply (promise, NULL);
}
#else
static void
leg_agent_add_candidate (GstWebRTCICE *ice, GstWebRTCICEStream *stream, const gchar *candidate)
{
}
#endif

static gboolean
leg_agent_set_credentials (GstWebRTCICE *ice, GstWebRTCICEStream *stream, const gchar *ufrag,
                           const gchar *pwd)
{
  return TRUE;
}

static gboolean
leg_agent_add_turn_server (GstWebRTCICE *ice, const gchar *uri)
{
  return FALSE;
}

static void
leg_agent_set_boolean (GstWebRTCICE *ice, gboolean value)
{
}

static gboolean
leg_agent_get_is_controller (GstWebRTCICE *ice)
{
  return BG_LEG_AGENT (ice)->controls;
}

static void
leg_agent_set_text (GstWebRTCICE *ice, const gchar *text)
{
}

static gchar *
leg_agent_get_text (GstWebRTCICE *ice)
{
  return NULL;
}

static void
leg_agent_set_tos (GstWebRTCICE *ice, GstWebRTCICEStream *stream, guint tos)
{
}

static void
leg_agent_set_on_candidate (GstWebRTCICE *ice, GstWebRTCICEOnCandidateFunc func, gpointer data,
                            GDestroyNotify notify)
{
  if (notify)
    notify (data);
}

static GstWebRTCICECandidateStats **
leg_agent_get_candidates (GstWebRTCICE *ice, GstWebRTCICEStream *stream)
{
  return g_new0 (GstWebRTCICECandidateStats *, 1);
}

static gboolean
leg_agent_get_selected_pair (GstWebRTCICE *ice, GstWebRTCICEStream *stream,
                             GstWebRTCICECandidateStats **local,
                             GstWebRTCICECandidateStats **remote)
{
  return FALSE;
}

#if GST_CHECK_VERSION(1, 28, 0)
static void
leg_agent_close (GstWebRTCICE *ice, GstPromise *promise)
{
  if (promise)
    gst_promise_reply (promise, NULL);
}
#endif

static void
bg_leg_agent_finalize (GObject *object)
{
  BgLegAgent *self = BG_LEG_AGENT (object);

  gst_clear_object (&self->stream);
  G_OBJECT_CLASS (bg_leg_agent_parent_class)->finalize (object);
}

static void
bg_leg_agent_class_init (BgLegAgentClass *klass)
{
  GstWebRTCICEClass *ice = GST_WEBRTC_ICE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = bg_leg_agent_finalize;
  ice->add_stream = leg_agent_add_stream;
  ice->find_transport = leg_agent_find_transport;
  ice->gather_candidates = leg_agent_gather;
  ice->add_candidate = leg_agent_add_candidate;
  ice->set_local_credentials = leg_agent_set_credentials;
  ice->set_remote_credentials = leg_agent_set_credentials;
  ice->add_turn_server = leg_agent_add_turn_server;
  ice->set_is_controller = leg_agent_set_boolean;
  ice->get_is_controller = leg_agent_get_is_controller;
  ice->set_force_relay = leg_agent_set_boolean;
  ice->set_stun_server = leg_agent_set_text;
  ice->get_stun_server = leg_agent_get_text;
  ice->set_turn_server = leg_agent_set_text;
  ice->get_turn_server = leg_agent_get_text;
  ice->set_http_proxy = leg_agent_set_text;
  ice->get_http_proxy = leg_agent_get_text;
  ice->set_tos = leg_agent_set_tos;
  ice->set_on_ice_candidate = leg_agent_set_on_candidate;
  ice->get_local_candidates = leg_agent_get_candidates;
  ice->get_remote_candidates = leg_agent_get_candidates;
  ice->get_selected_pair = leg_agent_get_selected_pair;
#if GST_CHECK_VERSION(1, 28, 0)
  ice->close = leg_agent_close;
#endif
}

static void
bg_leg_agent_init (BgLegAgent *self)
{
}

/* All of them together */

struct _BgLegIce
{
  BgLegAgent *agent;
  BgLegStream *stream;
  BgLegSource *source;
  BgLegSink *sink;
  GstPad *pad; /* the source's */
};

static gpointer
make (GType type)
{
  return gst_object_ref_sink (g_object_new (type, NULL));
}

BgLegIce *
bg_leg_ice_new (NiceAgent *agent, guint stream)
{
  BgLegIce *self = g_new0 (BgLegIce, 1);
  GstWebRTCICETransport *transport;

  self->agent = make (BG_TYPE_LEG_AGENT);
  self->stream = make (BG_TYPE_LEG_STREAM);
  self->source = make (BG_TYPE_LEG_SOURCE);
  self->sink = make (BG_TYPE_LEG_SINK);
  self->pad = gst_element_get_static_pad (GST_ELEMENT (self->source), "src");
  leg_sink_set_agent (self->sink, agent, stream);
  transport = make (BG_TYPE_LEG_TRANSPORT);
  transport->src = GST_ELEMENT (self->source);
  transport->sink = GST_ELEMENT (self->sink);
  self->stream->transport = transport;
  g_object_get (agent, "controlling-mode", &self->agent->controls, NULL);
  self->agent->stream = gst_object_ref (GST_WEBRTC_ICE_STREAM (self->stream));
  return self;
}

void
bg_leg_ice_free (BgLegIce *self)
{
  GObject *stream = G_OBJECT (self->stream);

  gst_clear_object (&self->pad);
  gst_clear_object (&self->agent);
  if (stream->ref_count > 1)
    g_object_unref (stream); /* what add_stream gave */
  gst_clear_object (&self->stream);
  gst_clear_object (&self->source);
  gst_clear_object (&self->sink);
  g_free (self);
}

GstObject *
bg_leg_ice_dup_ice (BgLegIce *self)
{
  return gst_object_ref (GST_OBJECT (self->agent));
}

GstPad *
bg_leg_ice_get_pad (BgLegIce *self)
{
  return self->pad;
}

gboolean
bg_leg_ice_is_ready (BgLegIce *self)
{
  g_autoptr (GstPad) peer = gst_pad_get_peer (self->pad);

  return peer && GST_PAD_IS_ACTIVE (self->pad) && GST_PAD_IS_ACTIVE (peer);
}

void
bg_leg_ice_begin (BgLegIce *self)
{
  g_autofree char *id = gst_pad_create_stream_id (self->pad, GST_ELEMENT (self->source), NULL);
  g_autoptr (GstCaps) caps = gst_caps_from_string (CAPS);
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (self->pad, gst_event_new_stream_start (id));
  gst_pad_push_event (self->pad, gst_event_new_caps (caps));
  gst_pad_push_event (self->pad, gst_event_new_segment (&segment));
}

void
bg_leg_ice_set_agent (BgLegIce *self, NiceAgent *agent, guint stream)
{
  leg_sink_set_agent (self->sink, agent, stream);
}
