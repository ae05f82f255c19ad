/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which conversation an inner packet belongs to, seen from this machine. Pure, and safe on hostile bytes. */

/* All bytes are set, so that two of them can be compared and hashed as bytes. */
typedef struct
{
  uint8_t  local[16], remote[16];
  uint16_t local_port, remote_port; /* host order; of an echo its identifier, and 1 where this machine asks */
  uint8_t  family;                  /* AF_INET or AF_INET6 */
  uint8_t  protocol;                /* IPPROTO_*; ICMP of both families is IPPROTO_ICMP */
  uint8_t  fragments;               /* 1: the pieces of one packet, whose identification stands in the ports */
  uint8_t  zero;
} BgFlowKey;

typedef struct
{
  BgFlowKey key;
  bool      has_ports;
  bool      starts;           /* a TCP SYN, an echo request: nobody answers with one */
  bool      continues;        /* a TCP segment of a connection that there is */
  bool      related;          /* an ICMP error; `about` is what it is about */
  bool      later_fragment;   /* has no ports: `pieces` alone tells what it belongs to */
  bool      first_fragment;
  BgFlowKey about;
  BgFlowKey pieces;
} BgFlow;

/* At a glance: a segment of a TCP connection that there is. False also where it takes more to tell. `len` is
 * what the packet's header says. */
bool bg_flow_is_segment (const uint8_t *bytes, size_t len);
/* False where the packet cannot be read. `inbound`: it came out of the tunnel. */
bool bg_flow_read (const uint8_t *bytes, size_t len, bool inbound, BgFlow *out);
