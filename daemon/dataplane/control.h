/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "transport/transport.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Control messages between two bamgates: authentic WireGuard data whose inner bytes are no IP packet. They need no key
 * of their own, and the replay window covers them. docs/data-plane.md has the layout. */

typedef enum
{
  BG_CONTROL_PROBE = 1,       /* answer me on the transport that this came on */
  BG_CONTROL_PROBE_REPLY = 2,
  BG_CONTROL_CREDIT = 3,      /* `bytes` of what you sent need not be waited for any more */
  BG_CONTROL_MARK = 4,        /* so far I sent `bytes`: answer with credit */
  BG_CONTROL_REST = 5,        /* there is no traffic: I let the connection rest until there is */
  BG_CONTROL_HEAD = 6,        /* my log of the network is this: tell me yours, unless this answers that */
  BG_CONTROL_LOG = 7,         /* a part of my log of the network, or, without bytes: give me that part of yours */
  BG_CONTROL_LEAVE = 8,       /* I leave the network for good: the log may put me out */
  BG_CONTROL_REQUEST = 9,     /* a part of a request for a certificate of my names (RFC 2986) */
  BG_CONTROL_CERTIFICATE = 10, /* a part of such a certificate */
} BgControlType;

/* How far somebody's log of the network goes: how many entries, and the SHA-256 of the last. */
enum { BG_LOG_HASH = 32 };

typedef struct
{
  uint32_t count; /* 0: the network is not signed, as far as he knows */
  uint8_t  hash[BG_LOG_HASH];
  bool     is_answer;
} BgLogHead;

/* A part of somebody's log: its entries, one behind the other, from a byte of one of them on. Or of a request or a certificate: the same with
 * their length in place of the number. */
enum { BG_LOG_PART = 512 };

typedef struct
{
  uint8_t  type;   /* BG_CONTROL_LOG or 0; BG_CONTROL_REQUEST, BG_CONTROL_CERTIFICATE */
  uint32_t entry;  /* its number; of what is no log, how long it is in all */
  uint16_t offset; /* of the first byte, within that entry */
  uint16_t len;    /* 0: this asks for it */
  uint8_t  bytes[BG_LOG_PART];
} BgLogPart;

typedef struct
{
  BgControlType   type;
  BgTransportKind kind;   /* the transport that it is about */
  uint32_t        id;     /* of a probe and its reply */
  uint64_t        stamp;  /* of a probe, echoed: its sender's clock */
  uint64_t        bytes;  /* of credit and mark */
  uint32_t        size;   /* of the message, with zeros behind it; 0: none */
  BgLogHead       head;   /* of head */
  uint32_t        entry;  /* of log, request, certificate: as of BgLogPart, with `part` in place of its bytes, borrowed */
  uint16_t        offset, part_len;
  const uint8_t  *part;
} BgControl;

enum
{
  BG_CONTROL_FIRST_BYTE = 0xb0,
  BG_CONTROL_MAX = 12 + BG_LOG_PART, /* the longest without pad */
};

/* Writes the message into `bytes`, of at least BG_CONTROL_MAX and control->size, and returns its length. */
size_t bg_control_encode (const BgControl *control, uint8_t *bytes);
/* Whether the main thread is told what a peer says at `now_ns`: 32 words at once, then four a second. `paid_ns` is the caller's, for each
 * peer, 0 at first. */
bool bg_control_pace_take (uint64_t *paid_ns, uint64_t now_ns);
/* False for an unknown type or kind, or a message cut short; what follows a message is pad. `out->part` is within `bytes`. */
bool bg_control_decode (const uint8_t *bytes, size_t len, BgControl *out);
