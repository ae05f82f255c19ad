/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Packets in the data channel "bamgate": one message is one packet (spec 2.2), for every
 * implementation. */

#include "packet/packet-pool.h"
#include "transport.h"

#include <gst/gst.h>
#include <gst/webrtc/webrtc.h>

enum
{
  /* SCTP's path MTU is 1200 in GStreamer, headers take 16 + 12 and no more: a larger message
   * becomes two chunks, and an abandoned fragment can stall the association for good (notes 1).
   * Never send one. */
  BG_DATA_CHANNEL_MAX_MESSAGE = 1184,
  /* Bytes that may wait for SCTP; send() takes no more then, so that the data plane queues and
   * drops by its own rules. */
  BG_DATA_CHANNEL_QUEUE_MAX = 256 * 1024,
  /* What the peer need not have acknowledged. SCTP's own 1 MiB send buffer hides from
   * buffered-amount (notes 1). */
  BG_DATA_CHANNEL_CREDIT = 64 * 1024,
};

/* Called on GStreamer's threads. */
typedef struct
{
  void (*opened) (gpointer data); /* both ways, once */
  void (*closed) (gpointer data); /* by the peer or by an error, once */
  gpointer       data;
  GDestroyNotify destroy;
} BgDataChannelEvents;

/* A transport without channel; it takes nothing until it has one. `offerer`: we open the channel,
 * and it counts as open when the peer has acknowledged (RFC 8832, 6): what overtakes our OPEN is
 * lost, and may break the peer's channel. send() stops at a message above 1184 bytes and returns
 * how many went before it: whoever calls must know max_message. */
BgTransport *bg_data_channel_transport_new (guint32 path, gboolean offerer, BgPacketPool *pool,
                                            const BgTransportSink *sink, const BgDataChannelEvents *events);
/* Any thread: the channel to send on; the first one counts, later ones are ignored (FALSE). A
 * reference is taken. */
gboolean bg_data_channel_transport_attach (BgTransport *transport, GstWebRTCDataChannel *channel);
/* Any thread: takes the messages, binary and string ones alike, out of what `sctpdec` receives, and
 * leaves it the rest (that is, the channel's control messages). The signals of the channel would
 * cost two more threads per message and cut a string message at its first NUL byte. */
void bg_data_channel_transport_watch (BgTransport *transport, GstElement *sctpdec);
/* Any thread but the sink's: lets go of the channel, tells the sink (once), refuses with -ENOTCONN
 * from here on. Returns the channel, for the caller to close and unref, or NULL. */
GstWebRTCDataChannel *bg_data_channel_transport_detach (BgTransport *transport);
