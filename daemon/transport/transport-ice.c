/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport-ice.h"

#include "common/log.h"
#include "sink-gate.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum
{
  TYPE_DATA = 4,
  RECEIVE_BUFFER = 4 << 20,
  SEND_BUFFER = 2 << 20,
};

typedef struct
{
  BgTransport base;
  BgSinkGate gate;
  GMutex send_lock; /* agent, stream, dead */
  NiceAgent *agent;
  guint stream;
  gboolean dead;
} IceTransport;

/* One message per packet, of one or two vectors; no copy. */
static void
describe (BgPacket **pkts, int n, GOutputVector *vectors, NiceOutputMessage *messages)
{
  for (int i = 0; i < n; i++)
    {
      messages[i].buffers = vectors;
      if (pkts[i]->len > 0 && pkts[i]->data[0] != TYPE_DATA)
        *vectors++ = (GOutputVector){ bg_transport_wrapper, BG_WRAPPER_LEN };
      *vectors++ = (GOutputVector){ pkts[i]->data, pkts[i]->len };
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

/* A socket error concerns one message (no route, too big for the link): it is lost, as on the wire,
 * and the others go on. */
static int
send_all (IceTransport *self, const NiceOutputMessage *messages, int n)
{
  int taken = 0;

  while (taken < n)
    {
      g_autoptr (GError) error = NULL;
      gint sent = nice_agent_send_messages_nonblocking (
        self->agent, self->stream, BG_NICE_COMPONENT, messages + taken, n - taken, NULL, &error);

      if (sent > 0)
        taken += sent;
      else if (sent == 0 || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        break;
      else
        {
          bg_transport_lose (&self->base.losses.refused, 1);
          taken++;
        }
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
  return send_all (self, messages, n);
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

  bg_log (BG_TOPIC_ICE, DEBUG, NULL, "path %u: ice received %" G_GUINT64_FORMAT " messages",
          base->path, self->gate.received);
  g_clear_object (&self->agent);
  bg_sink_gate_clear (&self->gate);
  g_mutex_clear (&self->send_lock);
  g_free (self);
}

static const BgTransportOps ice_ops = { .send = ice_send, .close = ice_close, .free = ice_free };

BgTransport *
bg_ice_transport_new (guint32 path, BgPacketPool *pool, const BgTransportSink *sink)
{
  IceTransport *self = g_new0 (IceTransport, 1);

  self->base = (BgTransport){
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
bg_ice_transport_attach (BgTransport *transport, NiceAgent *agent, guint stream)
{
  IceTransport *self = (IceTransport *) transport;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->send_lock);

  if (self->dead)
    return;
  g_set_object (&self->agent, agent);
  self->stream = stream;
}

void
bg_ice_transport_detach (BgTransport *transport)
{
  IceTransport *self = (IceTransport *) transport;

  die (self);
  bg_sink_gate_announce_closed (&self->gate, transport);
}

gboolean
bg_ice_transport_is_ours (gconstpointer data, gsize len)
{
  return len > 0 && *(const guint8 *) data == TYPE_DATA;
}

BgPacket *
bg_ice_transport_copy_in (BgTransport *transport, gconstpointer data, gsize len)
{
  IceTransport *self = (IceTransport *) transport;
  gsize skip = bg_transport_is_wrapped (data, len) ? BG_WRAPPER_LEN : 0;

  return bg_sink_gate_copy_in (&self->gate, transport, (const guint8 *) data + skip, len - skip);
}

void
bg_ice_transport_hand_over (BgTransport *transport, BgPacket **pkts, int n)
{
  bg_sink_gate_hand_over (&((IceTransport *) transport)->gate, transport, pkts, n);
}

static void
raise_buffer (int fd, int forced, int plain, int bytes)
{
  if (setsockopt (fd, SOL_SOCKET, forced, &bytes, sizeof bytes) < 0)
    setsockopt (fd, SOL_SOCKET, plain, &bytes, sizeof bytes);
}

void
bg_ice_raise_socket_buffers (NiceAgent *agent, guint stream)
{
  g_autoptr (GPtrArray) sockets = nice_agent_get_sockets (agent, stream, BG_NICE_COMPONENT);

  for (guint i = 0; sockets && i < sockets->len; i++)
    {
      GSocket *socket = sockets->pdata[i];

      if (g_socket_get_socket_type (socket) != G_SOCKET_TYPE_DATAGRAM)
        continue;
      raise_buffer (g_socket_get_fd (socket), SO_RCVBUFFORCE, SO_RCVBUF, RECEIVE_BUFFER);
      raise_buffer (g_socket_get_fd (socket), SO_SNDBUFFORCE, SO_SNDBUF, SEND_BUFFER);
    }
}
