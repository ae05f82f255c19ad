/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Packets beside DTLS on the session's own ICE pair, between two bamgates (decision 3). Type-4
 * messages go as they are; others, whose first byte STUN owns (RFC 7983), behind the four bytes 04
 * 01 00 00, which no type-4 message starts with. */

#include "packet/packet-pool.h"
#include "transport.h"

#include <glib.h>
#include <nice/agent.h>

enum
{
  /* 1420 inside, on every network with an MTU of 1500, IPv4 or IPv6. */
  BG_ICE_MAX_MESSAGE = 1452,
  /* The one that there is of a stream. */
  BG_NICE_COMPONENT = 1,
};

/* A transport without agent; it refuses to send until it has one. */
BgTransport *bg_ice_transport_new (guint32 path, BgPacketPool *pool, const BgTransportSink *sink);
/* Any thread: sends on a stream of `agent` from here on; a reference is taken. */
void bg_ice_transport_attach (BgTransport *transport, NiceAgent *agent, guint stream);
/* Any thread but the sink's: lets go of the agent, tells the sink (once), refuses with -ENOTCONN
 * from here on. */
void bg_ice_transport_detach (BgTransport *transport);
/* For whoever receives: is it a message of this transport? */
gboolean bg_ice_transport_is_ours (gconstpointer data, gsize len);
/* A message that is, unwrapped, as packet; NULL where it was dropped, and counted. */
BgPacket *bg_ice_transport_copy_in (BgTransport *transport, gconstpointer data, gsize len);
/* To the sink, in order; the packets are taken. */
void bg_ice_transport_hand_over (BgTransport *transport, BgPacket **pkts, int n);
/* Any thread: makes the buffers of the stream's UDP sockets large enough for a burst (notes 2); as
 * often as sockets appear. */
void bg_ice_raise_socket_buffers (NiceAgent *agent, guint stream);
