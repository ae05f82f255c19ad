/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/core-bytes.h"

/* The tunnel addresses of a network (docs/hub.md, Addresses), as numbers of hosts in it. IPv4, /8 to /30. */

enum
{
  BG_SUBNET_TEXT = 19, /* "255.255.255.255/30" and a NUL */
  BG_HOSTS_MAX = 40960,
};

typedef struct
{
  uint32_t network; /* its first address, in the host's order */
  uint8_t len;
} BgSubnet;

/* Reads "10.0.0.0/24"; host bits are cleared. False for anything else. */
bool bg_subnet_read (BgSubnet *self, BgBytes text);
/* The host, or the network for 0, with the prefix length of the subnet, and a NUL. Its length. */
size_t bg_subnet_write (const BgSubnet *self, uint32_t host, char out[BG_SUBNET_TEXT]);
/* The number of the host that an address names, with whatever prefix length or none; 0: it is none that could be handed out. */
uint32_t bg_subnet_host_of (const BgSubnet *self, BgBytes address);

/* A set of hosts, of which those above BG_HOSTS_MAX do not matter: as many are never given out. */
typedef struct
{
  uint8_t bits[BG_HOSTS_MAX / 8];
} BgHosts;

/* Both mean nothing for hosts above that. */
void bg_hosts_add (BgHosts *self, uint32_t host);
bool bg_hosts_has (const BgHosts *self, uint32_t host);
/* The lowest host from 1 that is in neither set; 0: there is none. */
uint32_t bg_hosts_lowest_free (const BgHosts *a, const BgHosts *b, const BgSubnet *subnet);
