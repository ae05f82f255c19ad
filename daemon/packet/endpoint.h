/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Where a packet came from or goes to. Either a socket address of the plain UDP transport (path == 0), or the path of
 * a mesh peer (path != 0): there ICE keeps the addresses and WireGuard never learns any; `addr` is only used of a packet
 * that strayed. */
typedef struct
{
  uint32_t path;
  uint32_t ifindex; /* the interface that it came in by, with `local`; 0: unknown, the kernel chooses a source */
  union
  {
    struct sockaddr     sa;
    struct sockaddr_in  in4;
    struct sockaddr_in6 in6;
  } addr;
  union
  {
    struct in_addr  in4;
    struct in6_addr in6;
  } local;          /* our own address that it came to, of the family of `addr`; answers come from it */
} BgEndpoint;

/* The other side's address, port and scope, or its path, are the same. */
static inline bool
bg_endpoint_is_same_place (const BgEndpoint *a, const BgEndpoint *b)
{
  if (a->path != b->path || a->addr.sa.sa_family != b->addr.sa.sa_family)
    return false;
  if (a->addr.sa.sa_family == AF_INET6)
    return a->addr.in6.sin6_port == b->addr.in6.sin6_port
           && a->addr.in6.sin6_scope_id == b->addr.in6.sin6_scope_id
           && memcmp (&a->addr.in6.sin6_addr, &b->addr.in6.sin6_addr, 16) == 0;
  return a->addr.in4.sin_port == b->addr.in4.sin_port
         && a->addr.in4.sin_addr.s_addr == b->addr.in4.sin_addr.s_addr;
}

/* Our own side is the same, of two endpoints of one family. */
static inline bool
bg_endpoint_has_same_source (const BgEndpoint *a, const BgEndpoint *b)
{
  if (a->ifindex != b->ifindex || a->ifindex == 0)
    return a->ifindex == b->ifindex;
  return a->addr.sa.sa_family == AF_INET6
           ? memcmp (&a->local.in6, &b->local.in6, sizeof a->local.in6) == 0
           : a->local.in4.s_addr == b->local.in4.s_addr;
}
