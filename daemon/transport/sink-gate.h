/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packet/packet-pool.h"
#include "transport.h"

#include <glib.h>

/* The door between a transport that receives on GStreamer's threads and its sink. Once it is shut
 * no call is made through it, and shutting waits for one that is under way; so whoever shuts it
 * must not be called by the sink. */
typedef struct
{
  GMutex    lock;   /* held during every call of the sink */
  gboolean  shut;
  BgPacketPool *pool;
  guint64   received; /* messages */
} BgSinkGate;

void bg_sink_gate_init (BgSinkGate *gate, BgPacketPool *pool);
void bg_sink_gate_clear (BgSinkGate *gate);
/* A message as packet of the pool, from the path of `from`; NULL, and counted in its losses, where it is empty,
 * too big, or no packet is free. */
BgPacket *bg_sink_gate_copy_in (BgSinkGate *gate, BgTransport *from, gconstpointer data, gsize len);
/* Hands packets to the sink of `from`, or frees them where the gate is shut. */
void bg_sink_gate_hand_over (BgSinkGate *gate, BgTransport *from, BgPacket **pkts, int n);
/* Tells the sink that the transport is dead and shuts; nothing where it is shut already. */
void bg_sink_gate_announce_closed (BgSinkGate *gate, BgTransport *from);
/* Shuts without a word; returns FALSE where it was shut already. */
gboolean bg_sink_gate_shut (BgSinkGate *gate);
