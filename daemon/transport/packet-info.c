/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/packet-info.h"

#include <netinet/ip.h>
#include <netinet/udp.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

void
bg_packet_info_enable (int fd, int family, bool source)
{
  const int on = 1;

  if (family == AF_INET)
    {
      setsockopt (fd, IPPROTO_IP, IP_RECVTOS, &on, sizeof on);
      if (source)
        setsockopt (fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    }
  else
    {
      setsockopt (fd, IPPROTO_IPV6, IPV6_RECVTCLASS, &on, sizeof on);
      if (source)
        setsockopt (fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
    }
}

/* --- Received --- */

void
bg_packet_info_receive (struct msghdr *msg, BgPacketInfo *info)
{
  msg->msg_control = info->bytes;
  msg->msg_controllen = sizeof info->bytes;
}

static struct cmsghdr *
find (struct msghdr *msg, int level, int type)
{
  struct cmsghdr *c = CMSG_FIRSTHDR (msg);

  while (c && (c->cmsg_level != level || c->cmsg_type != type))
    c = CMSG_NXTHDR (msg, c);
  return c;
}

void
bg_packet_info_get_source (struct msghdr *msg, BgEndpoint *to)
{
  bool ipv6 = to->addr.sa.sa_family == AF_INET6;
  struct cmsghdr *c = ipv6 ? find (msg, IPPROTO_IPV6, IPV6_PKTINFO)
                           : find (msg, IPPROTO_IP, IP_PKTINFO);
  struct in6_pktinfo in6;
  struct in_pktinfo in4;

  to->ifindex = 0;
  if (!c)
    return;
  if (ipv6)
    {
      memcpy (&in6, CMSG_DATA (c), sizeof in6);
      to->ifindex = in6.ipi6_ifindex;
      to->local.in6 = in6.ipi6_addr;
    }
  else
    {
      memcpy (&in4, CMSG_DATA (c), sizeof in4);
      to->ifindex = (uint32_t) in4.ipi_ifindex;
      to->local.in4 = in4.ipi_spec_dst;
    }
}

uint8_t
bg_packet_info_get_class (struct msghdr *msg)
{
  struct cmsghdr *c = find (msg, IPPROTO_IP, IP_TOS);
  int class;

  if (c)
    return *CMSG_DATA (c);
  c = find (msg, IPPROTO_IPV6, IPV6_TCLASS);
  if (!c)
    return 0;
  memcpy (&class, CMSG_DATA (c), sizeof class);
  return (uint8_t) class;
}

uint32_t
bg_packet_info_get_segment (struct msghdr *msg)
{
  struct cmsghdr *c = find (msg, IPPROTO_UDP, UDP_GRO);
  int size;

  if (!c)
    return 0;
  memcpy (&size, CMSG_DATA (c), sizeof size);
  return size > 0 ? (uint32_t) size : 0;
}

/* --- Sent --- */

void
bg_packet_info_send (struct msghdr *msg, BgPacketInfo *info)
{
  msg->msg_control = info->bytes;
  msg->msg_controllen = 0;
}

static void
put (struct msghdr *msg, int level, int type, const void *bytes, size_t len)
{
  struct cmsghdr *c = (struct cmsghdr *) (void *) ((char *) msg->msg_control + msg->msg_controllen);

  memset (c, 0, CMSG_SPACE (len));
  c->cmsg_level = level;
  c->cmsg_type = type;
  c->cmsg_len = CMSG_LEN (len);
  memcpy (CMSG_DATA (c), bytes, len);
  msg->msg_controllen += CMSG_SPACE (len);
}

void
bg_packet_info_put_source6 (struct msghdr *msg, const struct in6_addr *from, uint32_t ifindex)
{
  struct in6_pktinfo info = { .ipi6_addr = *from };

  if (IN6_IS_ADDR_LINKLOCAL (from))
    info.ipi6_ifindex = ifindex;
  put (msg, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
}

/* The interface is left to the routes, as for every program that bound its address: with one that is named the kernel
 * takes any destination for a neighbour where no route leads out of it. A link-local address means nothing without. */
void
bg_packet_info_put_source (struct msghdr *msg, const BgEndpoint *to)
{
  struct in_pktinfo info = { .ipi_spec_dst = to->local.in4 };

  if (to->ifindex == 0)
    return;
  if (to->addr.sa.sa_family == AF_INET6)
    bg_packet_info_put_source6 (msg, &to->local.in6, to->ifindex);
  else
    put (msg, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
}

void
bg_packet_info_put_class (struct msghdr *msg, int family, uint8_t traffic_class)
{
  int class = traffic_class;

  if (traffic_class == 0)
    return;
  if (family == AF_INET)
    put (msg, IPPROTO_IP, IP_TOS, &class, sizeof class);
  else
    put (msg, IPPROTO_IPV6, IPV6_TCLASS, &class, sizeof class);
}

void
bg_packet_info_put_segment (struct msghdr *msg, uint16_t size)
{
  put (msg, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size);
}
