/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packet/packet.h"

#include <stdbool.h>
#include <stdint.h>

/* What we say about an inner packet that its peer's path cannot carry (RFC 792, 1191, 4443), and echoes of our own. */

typedef enum
{
  BG_ICMP_TOO_BIG,    /* IPv4: destination unreachable, fragmentation needed; IPv6: packet too big */
  BG_ICMP_PROHIBITED, /* destination unreachable, communication administratively prohibited */
} BgIcmpError;

/* Writes the answer to `offender` into the empty packet `out`, from the offender's destination to its source: an own
 * address as source would make it a martian. False where no answer may be given (RFC 1122, 3.2.2; RFC 4443, 2.4): to
 * ICMP errors, later fragments, and sources that are no single host. */
bool bg_icmp_answer (const BgPacket *offender, BgIcmpError error, uint32_t mtu, BgPacket *out);

/* At most so many answers in a second, in bursts. */
typedef struct
{
  uint64_t refilled_ns;
  uint32_t tokens;
} BgIcmpLimit;

enum
{
  BG_ICMP_PER_SECOND = 100,
  BG_ICMP_BURST = 50,
};

/* True where one more answer may be given now; counts it. */
bool bg_icmp_limit_ok (BgIcmpLimit *limit, uint64_t now_ns);

/* An echo request and the reply to it: identifier, sequence number, and a nonce as payload, so that nobody's own ping is
 * mistaken for ours. One that is `near` goes one hop, and is answered by the error that it went too far, or nowhere. */
typedef struct
{
  int      family;
  uint8_t  src[16], dst[16];
  uint16_t id, seq;
  uint8_t  nonce[16];
  bool near;
} BgIcmpEcho;

/* Writes the request into the empty packet `out`. */
void bg_icmp_echo_request (const BgIcmpEcho *echo, BgPacket *out);
/* True where the packet is the reply to `echo`, or the error about one that is near. */
bool bg_icmp_is_echo_reply (const uint8_t *bytes, size_t len, const BgIcmpEcho *echo);
