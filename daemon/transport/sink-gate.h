/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packet/packet-pool.h"
#include "transport.h"

#include <gio/gio.h>

/* The door between a transport that receives on GStreamer's threads and its sink. Once it is shut no call is made through it, and
 * shutting waits for one that is under way; so whoever shuts it must not be called by the sink. */
typedef struct
{
  GMutex    lock;   /* held during every call of the sink */
  gboolean  shut;
  BgPacketPool *pool;
  _Atomic uint64_t received, no_buffer, too_big; /* messages; the last two were dropped */
} BgSinkGate;

void bg_sink_gate_init (BgSinkGate *gate, BgPacketPool *pool);
void bg_sink_gate_clear (BgSinkGate *gate);
/* Copies up to BG_BATCH_MAX messages into packets of the pool and hands them to the sink of `from`. */
void bg_sink_gate_receive (BgSinkGate *gate, BgTransport *from, const GOutputVector *messages, guint n);
/* Tells the sink that the transport is dead and shuts; nothing where it is shut already. */
void bg_sink_gate_announce_closed (BgSinkGate *gate, BgTransport *from);
/* Shuts without a word; returns FALSE where it was shut already. */
gboolean bg_sink_gate_shut (BgSinkGate *gate);
