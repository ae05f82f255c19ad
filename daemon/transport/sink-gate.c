/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sink-gate.h"

#include <string.h>

void
bg_sink_gate_init (BgSinkGate *gate, BgPacketPool *pool)
{
  g_mutex_init (&gate->lock);
  gate->pool = pool;
}

void
bg_sink_gate_clear (BgSinkGate *gate)
{
  g_mutex_clear (&gate->lock);
}

BgPacket *
bg_sink_gate_copy_in (BgSinkGate *gate, BgTransport *from, gconstpointer data, gsize len)
{
  BgPacket *pkt;

  if (len == 0 || len > bg_packet_pool_max_message (gate->pool))
    {
      bg_transport_lose (&from->losses.malformed, 1);
      return NULL;
    }
  pkt = bg_packet_new_for (gate->pool, BG_PACKET_INBOUND);
  if (!pkt)
    {
      bg_transport_lose (&from->losses.no_buffer, 1);
      return NULL;
    }
  memcpy (pkt->data, data, len);
  pkt->len = (uint32_t) len;
  pkt->endpoint.path = from->path;
  return pkt;
}

void
bg_sink_gate_hand_over (BgSinkGate *gate, BgTransport *from, BgPacket **pkts, int n)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&gate->lock);

  if (n == 0)
    return;
  if (gate->shut)
    {
      bg_packet_free_batch (pkts, n);
      return;
    }
  gate->received += (guint64) n;
  from->sink.receive (from->sink.data, from, pkts, n);
}

void
bg_sink_gate_announce_closed (BgSinkGate *gate, BgTransport *from)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&gate->lock);

  if (gate->shut)
    return;
  gate->shut = TRUE;
  from->sink.closed (from->sink.data, from);
}

gboolean
bg_sink_gate_shut (BgSinkGate *gate)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&gate->lock);
  gboolean was_open = !gate->shut;

  gate->shut = TRUE;
  return was_open;
}
