/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packet/packet-pool.h"
#include "transport/transport.h"

/* Plain WireGuard over UDP, for all static peers: one IPv4 and one IPv6 socket on one port. The caller polls the sockets
 * and calls receive on its own thread, which is where the sink runs; pkt->endpoint is the address of the other side, with
 * the local one that the message came to, and pkt->traffic_class that of the datagram. What is sent leaves from the local
 * address of its endpoint while the kernel lets it. No DF is set. */

enum { BG_UDP_SOCKETS = 2 };

/* `port` 0: any free one. NULL and `*error` = errno, EADDRINUSE for a port in use. A host without IPv6 gets one socket. */
BgTransport *bg_transport_udp_new (uint16_t port, BgPacketPool *pool, const BgTransportSink *sink, int *error);
/* In host order. */
uint16_t bg_transport_udp_port (const BgTransport *transport);
/* Fills in the sockets that there are, -1 for one that is not; they stay the transport's. */
void bg_transport_udp_fds (const BgTransport *transport, int fds[BG_UDP_SOCKETS]);
/* Receives one batch from `fd` and hands it to the sink. True where more may wait. */
bool bg_transport_udp_receive (BgTransport *transport, int fd);
