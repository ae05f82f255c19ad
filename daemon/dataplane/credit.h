/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* How much may be under way in a data channel, whose own buffers (SCTP's 1 MiB) would else hold a second of traffic.
 * Both sides count the bytes of messages with inner packets. The sender marks its total in the channel every 5 to 25 ms, and
 * the receiver reports the last mark plus what came behind it: so what is lost is forgiven with the next mark, and both
 * need not have begun together.
 *
 * The window is twice what the path holds by itself: the rate that arrives, times the round trip without our own queue.
 * To see that round trip the sender almost drains the path at the start, and then every 10 s. The clock is the caller's. */

#define BG_CREDIT_NEVER UINT64_MAX

enum
{
  BG_CREDIT_MARK_MS = 25,
  BG_CREDIT_MARK_MIN_MS = 5,          /* where the window is shut or a fast path would empty it sooner */
  BG_CREDIT_REPORT_MS = 25,
  BG_CREDIT_REPORT_BYTES = 16 * 1024, /* a report also after so much: smooth at high rates */
  BG_CREDIT_LOST_MS = 2000,           /* without any report: what is under way is lost */
  BG_CREDIT_MAX = 1024 * 1024,
  BG_CREDIT_DRAINED = 4 * 1184,       /* as good as nothing */
};

/* The sender's side. */
typedef struct
{
  uint32_t floor, window;
  uint64_t sent, acked;        /* bytes */
  bool     limited;            /* the window held something back since the last sample */

  uint64_t marked_ns;          /* the last mark went out */
  uint64_t heard_ns;           /* the last report came, or the window was empty */

  uint64_t sampled_ns, sampled_bytes, rate; /* rate: bytes/s as acknowledged */

  bool     timing;             /* a round trip is being measured: from `timed_ns` until `timed_bytes` are acknowledged */
  uint64_t timed_ns, timed_bytes;
  bool     timed_empty;        /* and nothing of ours was in its way */
  uint64_t round_trip_ns, round_trip_at; /* of the empty path */
  bool     draining;           /* the window is almost shut for a moment, to measure it */
} BgCredit;

/* The receiver's side. */
typedef struct
{
  uint64_t marked, since_mark; /* the report is their sum */
  uint64_t unreported;         /* bytes */
  uint64_t due_ns;             /* the next report; BG_CREDIT_NEVER: none owed */
} BgCreditReceiver;

/* `floor`: bytes that may always be under way. */
void bg_credit_init (BgCredit *credit, uint32_t floor, uint64_t now_ns);
uint64_t bg_credit_outstanding (const BgCredit *credit);
/* Bytes that may be sent now. */
uint64_t bg_credit_room (const BgCredit *credit);
void bg_credit_sent (BgCredit *credit, uint32_t bytes, uint64_t now_ns);
/* Something waits for room. */
void bg_credit_limited (BgCredit *credit);
/* The peer's report; a total beyond what was sent counts as all of it. */
void bg_credit_reported (BgCredit *credit, uint64_t bytes, uint64_t now_ns);
/* When bg_credit_run() has something to do; BG_CREDIT_NEVER while nothing is under way. */
uint64_t bg_credit_next (const BgCredit *credit);
/* True where a mark with the total `*bytes` is to be sent now. Presumes lost what is long unreported. */
bool bg_credit_run (BgCredit *credit, uint64_t now_ns, uint64_t *bytes);

void bg_credit_receiver_init (BgCreditReceiver *receiver);
void bg_credit_receiver_data (BgCreditReceiver *receiver, uint32_t bytes, uint64_t now_ns);
void bg_credit_receiver_mark (BgCreditReceiver *receiver, uint64_t bytes, uint64_t now_ns);
/* True where a report of `*bytes` is to be sent now. */
bool bg_credit_receiver_run (BgCreditReceiver *receiver, uint64_t now_ns, uint64_t *bytes);
