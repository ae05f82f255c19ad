/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packet/packet.h"
#include "transport/path-mtu.h"

/* The path MTU of a static peer that is a bamgate too, by the padded probes of the direct path (path-mtu.h). They would be
 * errors in the interface of a foreign WireGuard, so first both sides say what they are where only a bamgate looks: behind
 * the end of an inner packet, among the padding that every WireGuard cuts off. What does not say so is never probed, and its
 * packets are cut outside, as the kernel's module has it. Data thread only. */

enum
{
  BG_PLAIN_MARK_LEN = 8,
  BG_PLAIN_MARKS = 8,    /* packets of a session that bear the mark */
  BG_PLAIN_SILENT = 2,   /* sessions without one, and the peer is taken for a foreign one */
};

typedef struct
{
  BgPathMtu mtu;
  uint32_t  next_id;
  uint32_t  marks;  /* that this session's packets have still to bear */
  bool      marked; /* the peer's mark came since the session began, which we may hear of after its first packets */
  uint8_t   silent; /* sessions in a row without one */
  bool      known;  /* the peer is a bamgate */
} BgPlainMtu;

void bg_plain_mtu_init (BgPlainMtu *plain);
/* A session began. Who did not say for BG_PLAIN_SILENT of them that it is a bamgate may be none any more. */
void bg_plain_mtu_session (BgPlainMtu *plain);
/* Puts the mark behind the inner packet, while there is need, and room in what passes whole. */
void bg_plain_mtu_mark (BgPlainMtu *plain, BgPacket *pkt, uint32_t tun_mtu);
/* What was behind the end of an inner packet of the peer. True where it says for the first time that the peer is a bamgate:
 * the search begins. */
bool bg_plain_mtu_heard (BgPlainMtu *plain, const uint8_t *pad, uint32_t len, uint32_t floor, uint32_t ceiling, uint64_t now_ns);
/* The size in use, 0 for none. */
static inline uint32_t
bg_plain_mtu_proved (const BgPlainMtu *plain)
{
  return plain->known ? plain->mtu.proved : 0;
}
