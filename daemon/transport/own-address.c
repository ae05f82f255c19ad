/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport/own-address.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

typedef union
{
  struct sockaddr sa;
  struct sockaddr_in in4;
  struct sockaddr_in6 in6;
} Address;

/* 0 or errno. */
static int
try_bind (const struct sockaddr *address)
{
  bool ipv4 = address->sa_family == AF_INET;
  socklen_t len = ipv4 ? sizeof (struct sockaddr_in) : sizeof (struct sockaddr_in6);
  int fd = socket (address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  Address any_port;
  int error;

  if (fd < 0)
    return errno;
  memcpy (&any_port, address, len);
  if (ipv4)
    any_port.in4.sin_port = 0;
  else
    any_port.in6.sin6_port = 0;
  error = bind (fd, &any_port.sa, len) < 0 ? errno : 0;
  close (fd);
  return error;
}

static bool
is_loopback4 (const Address *address)
{
  return address->sa.sa_family == AF_INET
         && ntohl (address->in4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

static bool
is_same (const Address *a, const Address *b)
{
  if (a->sa.sa_family != b->sa.sa_family)
    return false;
  return a->sa.sa_family == AF_INET
           ? a->in4.sin_addr.s_addr == b->in4.sin_addr.s_addr
           : memcmp (&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof a->in6.sin6_addr) == 0;
}

static BgOwnAddress
find (const Address *address)
{
  BgOwnAddress found = BG_OWN_ADDRESS_NO;
  struct ifaddrs *all;

  if (is_loopback4 (address))
    return BG_OWN_ADDRESS_YES;
  if (getifaddrs (&all) < 0)
    return BG_OWN_ADDRESS_UNKNOWN;
  for (const struct ifaddrs *at = all; at && found == BG_OWN_ADDRESS_NO; at = at->ifa_next)
    if (at->ifa_addr && is_same ((const Address *) (const void *) at->ifa_addr, address))
      found = BG_OWN_ADDRESS_YES;
  freeifaddrs (all);
  return found;
}

/* What cannot be bound is not ours, and that is soon said. What can be is ours unless ip_nonlocal_bind lets everybody bind
 * everything, as on hosts whose addresses move from one to the other. */
BgOwnAddress
bg_own_address_check (const struct sockaddr *address)
{
  switch (try_bind (address))
    {
    case 0:
      return find ((const Address *) (const void *) address);
    case EADDRNOTAVAIL:
    case ENODEV:
      return BG_OWN_ADDRESS_NO;
    default:
      return BG_OWN_ADDRESS_UNKNOWN;
    }
}
