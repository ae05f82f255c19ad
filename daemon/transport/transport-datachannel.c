/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport-datachannel.h"

#include "common/log.h"
#include "sctp-clock.h"
#include "sink-gate.h"

#include <errno.h>
#include <gst/sctp/sctpreceivemeta.h>

/* RFC 8831, 8 and RFC 8832, 8.1: what a SCTP message carries. */
enum
{
  PPID_CONTROL = 50,
  PPID_STRING = 51,
  PPID_BINARY_PARTIAL = 52,
  PPID_BINARY = 53,
  PPID_STRING_PARTIAL = 54,
  CONTROL_ACK = 2,
};

enum
{
  OPEN_CHANNEL = 1 << 0,      /* the channel says so */
  OPEN_ACKNOWLEDGED = 1 << 1, /* and so does the peer */
  OPEN_BOTH = OPEN_CHANNEL | OPEN_ACKNOWLEDGED,
};

typedef struct
{
  BgTransport base;
  BgSinkGate gate;
  BgDataChannelEvents events;
  _Atomic guint open;         /* OPEN_… */
  _Atomic gboolean is_closed; /* events.closed was called */
  GMutex send_lock;           /* channel, dead */
  GstWebRTCDataChannel *channel;
  gboolean dead;
} DataChannelTransport;

static int
queue_room (GstWebRTCDataChannel *channel)
{
  guint64 waiting = 0;

  g_object_get (channel, "buffered-amount", &waiting, NULL);
  return waiting >= BG_DATA_CHANNEL_QUEUE_MAX ? 0 : (int) (BG_DATA_CHANNEL_QUEUE_MAX - waiting);
}

static gboolean
send_one (GstWebRTCDataChannel *channel, const BgPacket *pkt)
{
  g_autoptr (GBytes) bytes = g_bytes_new (pkt->data, pkt->len);

  return gst_webrtc_data_channel_send_data_full (channel, bytes, NULL);
}

static int
channel_send (BgTransport *base, BgPacket **pkts, int n)
{
  DataChannelTransport *self = (DataChannelTransport *) base;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->send_lock);
  int room, i;

  if (self->dead)
    return -ENOTCONN;
  if (!self->channel)
    return 0;
  bg_sctp_clock_touch ();
  room = queue_room (self->channel);
  for (i = 0; i < n && room > 0 && pkts[i]->len <= BG_DATA_CHANNEL_MAX_MESSAGE; i++)
    {
      if (pkts[i]->len > 0 && !send_one (self->channel, pkts[i]))
        return i > 0 ? i : -ENOTCONN;
      room -= (int) pkts[i]->len;
    }
  return i;
}

/* Dead from here on; the channel is the caller's. */
static GstWebRTCDataChannel *
die (DataChannelTransport *self)
{
  GstWebRTCDataChannel *channel;

  g_mutex_lock (&self->send_lock);
  self->dead = TRUE;
  channel = g_steal_pointer (&self->channel);
  g_mutex_unlock (&self->send_lock);
  if (channel)
    g_signal_handlers_disconnect_by_data (channel, self);
  return channel;
}

static void
channel_close (BgTransport *base)
{
  DataChannelTransport *self = (DataChannelTransport *) base;

  /* The session goes on to watch its channel, and closes it; only the packets stop here. */
  g_mutex_lock (&self->send_lock);
  self->dead = TRUE;
  g_mutex_unlock (&self->send_lock);
  bg_sink_gate_shut (&self->gate);
}

static void
channel_free (BgTransport *base)
{
  DataChannelTransport *self = (DataChannelTransport *) base;

  bg_log (BG_TOPIC_ICE, DEBUG, NULL,
          "path %u: data channel received %" G_GUINT64_FORMAT " messages", base->path,
          self->gate.received);
  g_clear_object (&self->channel);
  if (self->events.destroy)
    self->events.destroy (self->events.data);
  bg_sink_gate_clear (&self->gate);
  g_mutex_clear (&self->send_lock);
  g_free (self);
}

static const BgTransportOps channel_ops = { .send = channel_send,
                                            .close = channel_close,
                                            .free = channel_free };

BgTransport *
bg_data_channel_transport_new (guint32 path, gboolean offerer, BgPacketPool *pool,
                               const BgTransportSink *sink, const BgDataChannelEvents *events)
{
  DataChannelTransport *self = g_new0 (DataChannelTransport, 1);

  self->base = (BgTransport){
    .ops = &channel_ops,
    .kind = BG_TRANSPORT_DATA_CHANNEL,
    .refs = 1,
    .path = path,
    .max_message = BG_DATA_CHANNEL_MAX_MESSAGE,
    .credit_bytes = BG_DATA_CHANNEL_CREDIT,
    .sink = *sink,
  };
  self->events = *events;
  self->open = offerer ? 0 : OPEN_ACKNOWLEDGED;
  bg_sink_gate_init (&self->gate, pool);
  g_mutex_init (&self->send_lock);
  return &self->base;
}

static void
unref_transport (gpointer data, GClosure *closure)
{
  bg_transport_unref (data);
}

static gulong
connect_own (gpointer instance, const char *signal, GCallback callback, DataChannelTransport *self)
{
  return g_signal_connect_data (instance, signal, callback, bg_transport_ref (&self->base),
                                unref_transport, 0);
}

/* Counts one of the two conditions; the one that comes last opens. */
static void
mark_open (DataChannelTransport *self, guint condition)
{
  guint before = atomic_fetch_or (&self->open, condition);

  if (before != OPEN_BOTH && (before | condition) == OPEN_BOTH)
    self->events.opened (self->events.data);
}

static void
mark_closed (DataChannelTransport *self)
{
  if (atomic_exchange (&self->is_closed, TRUE))
    return;
  g_mutex_lock (&self->send_lock);
  self->dead = TRUE;
  g_mutex_unlock (&self->send_lock);
  bg_sink_gate_announce_closed (&self->gate, &self->base);
  self->events.closed (self->events.data);
}

static void
on_channel_open (GstWebRTCDataChannel *channel, DataChannelTransport *self)
{
  mark_open (self, OPEN_CHANNEL);
}

static void
on_channel_end (GstWebRTCDataChannel *channel, DataChannelTransport *self)
{
  mark_closed (self);
}

static void
on_channel_error (GstWebRTCDataChannel *channel, GError *error, DataChannelTransport *self)
{
  bg_log (BG_TOPIC_ICE, DEBUG, NULL, "path %u: data channel: %s", self->base.path, error->message);
  mark_closed (self);
}

static void
on_channel_state (GstWebRTCDataChannel *channel, GParamSpec *pspec, DataChannelTransport *self)
{
  GstWebRTCDataChannelState state;

  g_object_get (channel, "ready-state", &state, NULL);
  if (state == GST_WEBRTC_DATA_CHANNEL_STATE_OPEN)
    mark_open (self, OPEN_CHANNEL);
  else if (state == GST_WEBRTC_DATA_CHANNEL_STATE_CLOSING
           || state == GST_WEBRTC_DATA_CHANNEL_STATE_CLOSED)
    mark_closed (self);
}

static gboolean
keep_channel (DataChannelTransport *self, GstWebRTCDataChannel *channel)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->send_lock);

  if (self->dead || self->channel)
    return FALSE;
  self->channel = g_object_ref (channel);
  return TRUE;
}

gboolean
bg_data_channel_transport_attach (BgTransport *transport, GstWebRTCDataChannel *channel)
{
  DataChannelTransport *self = (DataChannelTransport *) transport;

  if (!keep_channel (self, channel))
    return FALSE;
  connect_own (channel, "on-open", G_CALLBACK (on_channel_open), self);
  connect_own (channel, "on-close", G_CALLBACK (on_channel_end), self);
  connect_own (channel, "on-error", G_CALLBACK (on_channel_error), self);
  connect_own (channel, "notify::ready-state", G_CALLBACK (on_channel_state), self);
  on_channel_state (channel, NULL, self);
  return TRUE;
}

GstWebRTCDataChannel *
bg_data_channel_transport_detach (BgTransport *transport)
{
  DataChannelTransport *self = (DataChannelTransport *) transport;
  GstWebRTCDataChannel *channel = die (self);

  bg_sink_gate_announce_closed (&self->gate, transport);
  return channel;
}

static void
receive_message (DataChannelTransport *self, GstBuffer *buffer)
{
  GstMapInfo map;
  BgPacket *pkt;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return;
  pkt = bg_sink_gate_copy_in (&self->gate, &self->base, map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  if (pkt)
    bg_sink_gate_hand_over (&self->gate, &self->base, &pkt, 1);
}

static GstPadProbeReturn
on_sctp_message (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  DataChannelTransport *self = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  const GstSctpReceiveMeta *meta = gst_sctp_buffer_get_receive_meta (buffer);
  guint8 type;

  bg_sctp_clock_touch ();
  switch (meta ? meta->ppid : 0)
    {
    case PPID_STRING:
    case PPID_STRING_PARTIAL:
    case PPID_BINARY:
    case PPID_BINARY_PARTIAL:
      /* Who sends has our OPEN. */
      mark_open (self, OPEN_ACKNOWLEDGED);
      receive_message (self, buffer);
      return GST_PAD_PROBE_DROP;
    case PPID_CONTROL:
      if (gst_buffer_extract (buffer, 0, &type, 1) == 1 && type == CONTROL_ACK)
        mark_open (self, OPEN_ACKNOWLEDGED);
      return GST_PAD_PROBE_OK;
    default:
      return GST_PAD_PROBE_OK;
    }
}

static void
drop_probe_reference (gpointer data)
{
  bg_transport_unref (data);
}

static void
on_sctpdec_pad_added (GstElement *sctpdec, GstPad *pad, DataChannelTransport *self)
{
  if (gst_pad_get_direction (pad) == GST_PAD_SRC)
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_sctp_message,
                       bg_transport_ref (&self->base), drop_probe_reference);
}

void
bg_data_channel_transport_watch (BgTransport *transport, GstElement *sctpdec)
{
  connect_own (sctpdec, "pad-added", G_CALLBACK (on_sctpdec_pad_added),
               (DataChannelTransport *) transport);
}
