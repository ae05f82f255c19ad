/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packet/endpoint.h"

#include <stdint.h>
#include <sys/socket.h>

/* What the kernel says of a datagram beside its bytes, and is told, in control messages (ip(7), RFC 3542): the address and
 * interface of our own side, the traffic class (DSCP and ECN), the segment size of a train. Plain C, any thread. */

enum
{
  BG_PACKET_INFO_ROOM = CMSG_SPACE (sizeof (struct in6_pktinfo)) + 2 * CMSG_SPACE (sizeof (int)),
};

typedef union
{
  char           bytes[BG_PACKET_INFO_ROOM];
  struct cmsghdr align;
} BgPacketInfo;

/* Asks for the traffic class of what `fd` receives, and with `source` for our own side. */
void bg_packet_info_enable (int fd, int family, bool source);

/* Makes `info` the room for what `msg` receives. */
void bg_packet_info_receive (struct msghdr *msg, BgPacketInfo *info);
/* Our own side, into `to`, whose `addr` is there already; ifindex 0 where the kernel did not say. */
void bg_packet_info_get_source (struct msghdr *msg, BgEndpoint *to);
/* The traffic class, 0 where the kernel did not say. */
uint8_t bg_packet_info_get_class (struct msghdr *msg);
/* The size of each datagram of a train (UDP_GRO), 0 for one alone. */
uint32_t bg_packet_info_get_segment (struct msghdr *msg);

/* Makes `info` the room for what goes with `msg`; there is nothing in it yet. */
void bg_packet_info_send (struct msghdr *msg, BgPacketInfo *info);
/* Sends from the local address of `to`, where that has one. */
void bg_packet_info_put_source (struct msghdr *msg, const BgEndpoint *to);
/* Sends from `from`, of the interface `ifindex` where that address is link-local. */
void bg_packet_info_put_source6 (struct msghdr *msg, const struct in6_addr *from, uint32_t ifindex);
void bg_packet_info_put_class (struct msghdr *msg, int family, uint8_t traffic_class);
/* One message becomes a train of datagrams of this size (UDP_SEGMENT). */
void bg_packet_info_put_segment (struct msghdr *msg, uint16_t size);
