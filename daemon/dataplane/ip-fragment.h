/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packet/packet-queue.h"

/* Cuts an IPv4 packet that may be fragmented into pieces of at most `mtu` bytes (RFC 791, 2.3 and 3.2); it may be a
 * fragment itself. True: `pkt`, which is the first piece now, and the others, which come from its pool, are appended to
 * `out`. False where the packet is malformed, the MTU too small for its header, or the pool empty: `pkt` is as before. */
bool bg_ip_fragment (BgPacket *pkt, uint32_t mtu, BgPacketQueue *out);
