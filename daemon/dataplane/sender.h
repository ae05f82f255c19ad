/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dataplane/credit.h"
#include "packet/packet-queue.h"
#include "transport/transport.h"

/* What is on its way into one transport: sealed messages, in order. Urgent ones pass the queue and the credit window.
 * The queue is bounded and loses its oldest packet first, which TCP notices soonest. Data thread only. */

#define BG_SENDER_NEVER UINT64_MAX

enum
{
  BG_SENDER_QUEUE_MAX = 128, /* packets */
  BG_SENDER_RETRY_MS = 1,    /* a transport that took fewer than offered is offered again */
};

typedef struct BgSender BgSender;

struct BgSender
{
  BgTransport  *transport; /* borrowed; NULL: none */
  BgPacketQueue urgent, waiting;
  bool          windowed;  /* the peer reports credit */
  BgCredit      credit;
  uint64_t      retry_ns;  /* BG_SENDER_NEVER: nothing to offer again */

  void         *owner;     /* for the data thread: the peer */
  BgSender     *next_dirty;
  bool          dirty;     /* on the data thread's list of those to flush */
};

/* `credit`: the peer sends credit reports, so a transport that asks for a window gets one. */
void bg_sender_init (BgSender *sender, BgTransport *transport, bool credit, uint64_t now_ns);
/* Moves everything that waits to `victims` and forgets the transport. */
void bg_sender_close (BgSender *sender, BgPacketQueue *victims);
/* Takes a packet; it leaves with the next flush. */
void bg_sender_queue_take (BgSender *sender, BgPacket *pkt);
/* Hands over as much as transport and window take, then trims the queue to its bound: what had to go is appended to
 * `victims`. 0, or -errno where the transport is dead. */
int bg_sender_flush (BgSender *sender, uint64_t now_ns, BgPacketQueue *victims);
/* When the sender wants a flush or bg_credit_run(); BG_SENDER_NEVER when idle. */
uint64_t bg_sender_next (const BgSender *sender);
