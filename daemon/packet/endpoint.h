/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <netinet/in.h>
#include <stdint.h>

/* Where a packet came from or goes to. Either a socket address of the plain UDP transport (path == 0), or the path of
 * a mesh peer (path != 0): there ICE keeps the addresses and WireGuard never learns any; `addr` is only used of a packet
 * that strayed. */
typedef struct
{
  uint32_t path;
  union
  {
    struct sockaddr     sa;
    struct sockaddr_in  in4;
    struct sockaddr_in6 in6;
  } addr;
} BgEndpoint;
