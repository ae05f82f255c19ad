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

static void
count (_Atomic uint64_t *counter, uint64_t n)
{
  atomic_fetch_add_explicit (counter, n, memory_order_relaxed);
}

static guint
select_fitting (BgSinkGate *gate, const GOutputVector *messages, guint n, const GOutputVector **fitting)
{
  guint kept = 0;

  for (guint i = 0; i < n; i++)
    if (messages[i].size > 0 && messages[i].size <= bg_packet_pool_max_message (gate->pool))
      fitting[kept++] = &messages[i];
  count (&gate->too_big, n - kept);
  return kept;
}

void
bg_sink_gate_receive (BgSinkGate *gate, BgTransport *from, const GOutputVector *messages, guint n)
{
  const GOutputVector *fitting[BG_BATCH_MAX];
  BgPacket *pkts[BG_BATCH_MAX];
  guint wanted = select_fitting (gate, messages, MIN (n, BG_BATCH_MAX), fitting);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&gate->lock);
  int got;

  if (gate->shut || wanted == 0)
    return;
  got = bg_packet_new_batch (gate->pool, pkts, (int) wanted);
  for (int i = 0; i < got; i++)
    {
      memcpy (pkts[i]->data, fitting[i]->buffer, fitting[i]->size);
      pkts[i]->len = (uint32_t) fitting[i]->size;
      pkts[i]->endpoint.path = from->path;
    }
  count (&gate->received, got);
  count (&gate->no_buffer, wanted - got);
  if (got > 0)
    from->sink.receive (from->sink.data, from, pkts, got);
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
