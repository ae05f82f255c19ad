/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport-ice.h"

#include "common/log.h"
#include "sink-gate.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum
{
  NICE_STREAM = 1, /* a session with nothing but data has one stream of one component */
  NICE_COMPONENT = 1,
  TYPE_DATA = 4,
  PREFIX_LEN = 4,
  RECEIVE_BUFFER = 4 << 20,
  SEND_BUFFER = 2 << 20,
};

static const guint8 handshake_prefix[PREFIX_LEN] = { TYPE_DATA, 1, 0, 0 };

typedef struct
{
  BgTransport base;
  BgSinkGate  gate;
  GMutex      send_lock; /* agent, dead */
  NiceAgent  *agent;
  gboolean    dead;
} IceTransport;

/* One message per packet, of one or two vectors; no copy. */
static void
describe (BgPacket **pkts, int n, GOutputVector *vectors, NiceOutputMessage *messages)
{
  for (int i = 0; i < n; i++)
    {
      messages[i].buffers = vectors;
      if (pkts[i]->len > 0 && pkts[i]->data[0] != TYPE_DATA)
        *vectors++ = (GOutputVector) { handshake_prefix, PREFIX_LEN };
      *vectors++ = (GOutputVector) { pkts[i]->data, pkts[i]->len };
      messages[i].n_buffers = (gint) (vectors - messages[i].buffers);
    }
}

static int
fitting (BgPacket **pkts, int n)
{
  int i;

  for (i = 0; i < n && pkts[i]->len <= BG_ICE_MAX_MESSAGE; i++)
    ;
  return i;
}

/* A socket error concerns one message (no route, too big for the link): it is lost, as on the wire, and the others go on. */
static int
send_all (NiceAgent *agent, const NiceOutputMessage *messages, int n)
{
  int taken = 0;

  while (taken < n)
    {
      g_autoptr (GError) error = NULL;
      gint sent = nice_agent_send_messages_nonblocking (agent, NICE_STREAM, NICE_COMPONENT, messages + taken, n - taken,
                                                        NULL, &error);

      if (sent > 0)
        taken += sent;
      else if (sent == 0 || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        break;
      else
        taken++;
    }
  return taken;
}

static int
ice_send (BgTransport *base, BgPacket **pkts, int n)
{
  IceTransport *self = (IceTransport *) base;
  GOutputVector vectors[2 * BG_BATCH_MAX];
  NiceOutputMessage messages[BG_BATCH_MAX];
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->send_lock);

  if (self->dead)
    return -ENOTCONN;
  if (!self->agent)
    return 0;
  n = fitting (pkts, MIN (n, BG_BATCH_MAX));
  describe (pkts, n, vectors, messages);
  return send_all (self->agent, messages, n);
}

static void
die (IceTransport *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->send_lock);

  self->dead = TRUE;
  g_clear_object (&self->agent);
}

static void
ice_close (BgTransport *base)
{
  IceTransport *self = (IceTransport *) base;

  die (self);
  bg_sink_gate_shut (&self->gate);
}

static void
ice_free (BgTransport *base)
{
  IceTransport *self = (IceTransport *) base;

  bg_log (BG_TOPIC_ICE, DEBUG, NULL, "path %u: ice received %" G_GUINT64_FORMAT " messages, dropped %" G_GUINT64_FORMAT
          " without a buffer, %" G_GUINT64_FORMAT " oversized", base->path, self->gate.received, self->gate.no_buffer,
          self->gate.too_big);
  g_clear_object (&self->agent);
  bg_sink_gate_clear (&self->gate);
  g_mutex_clear (&self->send_lock);
  g_free (self);
}

static const BgTransportOps ice_ops = { ice_send, ice_close, ice_free };

BgTransport *
bg_ice_transport_new (guint32 path, BgPacketPool *pool, const BgTransportSink *sink)
{
  IceTransport *self = g_new0 (IceTransport, 1);

  self->base = (BgTransport) {
    .ops = &ice_ops,
    .kind = BG_TRANSPORT_ICE,
    .refs = 1,
    .path = path,
    .max_message = BG_ICE_MAX_MESSAGE,
    .sink = *sink,
  };
  bg_sink_gate_init (&self->gate, pool);
  g_mutex_init (&self->send_lock);
  return &self->base;
}

void
bg_ice_transport_attach (BgTransport *transport, NiceAgent *agent)
{
  IceTransport *self = (IceTransport *) transport;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->send_lock);

  if (!self->dead)
    g_set_object (&self->agent, agent);
}

void
bg_ice_transport_detach (BgTransport *transport)
{
  IceTransport *self = (IceTransport *) transport;

  die (self);
  bg_sink_gate_announce_closed (&self->gate, transport);
}

static gboolean
is_ours (GstBuffer *buffer)
{
  guint8 first;

  return gst_buffer_extract (buffer, 0, &first, 1) == 1 && first == TYPE_DATA;
}

static GOutputVector
unwrap (const GstMapInfo *map)
{
  gsize skip = map->size > PREFIX_LEN && !memcmp (map->data, handshake_prefix, PREFIX_LEN) ? PREFIX_LEN : 0;

  return (GOutputVector) { map->data + skip, map->size - skip };
}

static GstPadProbeReturn
receive_buffer (IceTransport *self, GstBuffer *buffer)
{
  GstMapInfo map;
  GOutputVector message;

  if (!is_ours (buffer) || !gst_buffer_map (buffer, &map, GST_MAP_READ))
    return GST_PAD_PROBE_OK;
  message = unwrap (&map);
  bg_sink_gate_receive (&self->gate, &self->base, &message, 1);
  gst_buffer_unmap (buffer, &map);
  return GST_PAD_PROBE_DROP;
}

typedef struct
{
  IceTransport *self;
  GOutputVector messages[BG_BATCH_MAX];
  GstMapInfo    maps[BG_BATCH_MAX];
  GstBuffer    *buffers[BG_BATCH_MAX];
  guint         n;
} Batch;

static void
flush (Batch *batch)
{
  bg_sink_gate_receive (&batch->self->gate, &batch->self->base, batch->messages, batch->n);
  for (guint i = 0; i < batch->n; i++)
    {
      gst_buffer_unmap (batch->buffers[i], &batch->maps[i]);
      gst_buffer_unref (batch->buffers[i]);
    }
  batch->n = 0;
}

static gboolean
collect (GstBuffer **buffer, guint index, gpointer data)
{
  Batch *batch = data;
  guint n = batch->n;

  if (!is_ours (*buffer) || !gst_buffer_map (*buffer, &batch->maps[n], GST_MAP_READ))
    return TRUE;
  batch->messages[n] = unwrap (&batch->maps[n]);
  batch->buffers[n] = g_steal_pointer (buffer);
  if (++batch->n == BG_BATCH_MAX)
    flush (batch);
  return TRUE;
}

static GstPadProbeReturn
receive_list (IceTransport *self, GstPadProbeInfo *info)
{
  Batch batch;

  batch.self = self;
  batch.n = 0;
  info->data = gst_buffer_list_make_writable (GST_PAD_PROBE_INFO_BUFFER_LIST (info));
  gst_buffer_list_foreach (info->data, collect, &batch);
  flush (&batch);
  return gst_buffer_list_length (info->data) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

static GstPadProbeReturn
on_nicesrc_data (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER_LIST)
    return receive_list (data, info);
  return receive_buffer (data, GST_PAD_PROBE_INFO_BUFFER (info));
}

static void
unref_transport (gpointer data)
{
  bg_transport_unref (data);
}

void
bg_ice_transport_watch (BgTransport *transport, GstElement *nicesrc)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (nicesrc, "src");

  if (pad)
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_nicesrc_data,
                       bg_transport_ref (transport), unref_transport);
}

static void
raise_buffer (int fd, int forced, int plain, int bytes)
{
  if (setsockopt (fd, SOL_SOCKET, forced, &bytes, sizeof bytes) < 0)
    setsockopt (fd, SOL_SOCKET, plain, &bytes, sizeof bytes);
}

void
bg_ice_raise_socket_buffers (NiceAgent *agent)
{
  g_autoptr (GPtrArray) sockets = nice_agent_get_sockets (agent, NICE_STREAM, NICE_COMPONENT);

  for (guint i = 0; sockets && i < sockets->len; i++)
    {
      GSocket *socket = sockets->pdata[i];

      if (g_socket_get_socket_type (socket) != G_SOCKET_TYPE_DATAGRAM)
        continue;
      raise_buffer (g_socket_get_fd (socket), SO_RCVBUFFORCE, SO_RCVBUF, RECEIVE_BUFFER);
      raise_buffer (g_socket_get_fd (socket), SO_SNDBUFFORCE, SO_SNDBUF, SEND_BUFFER);
    }
}
