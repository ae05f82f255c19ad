/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packet/packet-pool.h"
#include "transport/transport.h"

#include <glib.h>

/* Two transports joined in memory. What one end sends is copied and handed to the other end's sink at once, in order, on
 * the sender's thread; unless the link loses or holds it. */
typedef struct FakeLink FakeLink;

typedef struct
{
  uint32_t        path;
  BgPacketPool   *pool;  /* packets received at this end */
  BgTransportSink sink;
} FakeEnd;

/* The data channel kind has its message size and asks for a credit window. */
FakeLink *fake_link_new (BgTransportKind kind, const FakeEnd *a, const FakeEnd *b);
/* The link lives until it is freed and both transports are. */
void fake_link_free (FakeLink *link);
/* End 0 or 1; a full reference. */
BgTransport *fake_link_dup_end (FakeLink *link, int end);
/* Nothing arrives any more, in either direction, or all does again. */
void fake_link_set_blackhole (FakeLink *link, gboolean blackhole);
/* Every `n`th message is lost, 0 for none. */
void fake_link_set_loss (FakeLink *link, guint n);
/* Messages from `end` are kept back, and delivered when holding ends. */
void fake_link_set_hold (FakeLink *link, int end, gboolean hold);
/* Of what is held: data messages above 128 bytes, which leaves out control messages. */
guint64 fake_link_held_data (FakeLink *link, int end);
/* send() of `end` takes at most so many messages in all from now on; -1 for no bound. */
void fake_link_set_room (FakeLink *link, int end, int messages);
/* The end says that it is closed, as a dying channel does. */
void fake_link_kill (FakeLink *link, int end);
gboolean fake_link_is_closed (FakeLink *link, int end);
/* Messages taken by send() of `end` so far, by first byte. */
guint64 fake_link_count_sent (FakeLink *link, int end, guint8 message_type);
/* Hands bytes to the sink of `end` as if they had come in. */
void fake_link_inject (FakeLink *link, int end, const void *bytes, gsize len);
