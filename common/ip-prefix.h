/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* An address with a prefix length: an interface address ("10.0.0.2/24", host bits kept), or a route (masked). */
typedef struct
{
  int     family;   /* AF_INET or AF_INET6 */
  uint8_t addr[16]; /* network order; 4 bytes used for AF_INET */
  uint8_t len;      /* bits */
} BgIpPrefix;

enum { BG_IP_PREFIX_TEXT = 64 };

/* Sets of address families. */
enum
{
  BG_FAMILY_4 = 1 << 0,
  BG_FAMILY_6 = 1 << 1,
};

/* Reads "address/len" or a bare address (then /32 or /128). Strict: no blanks, no leading zeros, no scope. */
bool bg_ip_prefix_parse (const char *text, BgIpPrefix *out);
/* Writes "address/len". */
void bg_ip_prefix_format (const BgIpPrefix *prefix, char out[BG_IP_PREFIX_TEXT]);
/* The address alone. */
void bg_ip_prefix_format_address (const BgIpPrefix *prefix, char out[BG_IP_PREFIX_TEXT]);
/* Clears the host bits. */
void bg_ip_prefix_mask (BgIpPrefix *prefix);
/* /32 or /128 of the address. */
BgIpPrefix bg_ip_prefix_host (const BgIpPrefix *prefix);
bool bg_ip_prefix_equal (const BgIpPrefix *a, const BgIpPrefix *b);
/* `n_a` and `n_b` of them, in order. */
bool bg_ip_prefixes_equal (const BgIpPrefix *a, unsigned n_a, const BgIpPrefix *b, unsigned n_b);
/* Is the address of `inner` (and its whole prefix) inside `outer`? */
bool bg_ip_prefix_contains (const BgIpPrefix *outer, const BgIpPrefix *inner);
/* Is `host` the first or the last address of an IPv4 subnet, which are nobody's (RFC 919)? /31 and /32 have none to spare
 * (RFC 3021). */
bool bg_ip_prefix_is_edge (const BgIpPrefix *subnet, const BgIpPrefix *host);
/* Wholly of the private or shared addresses, which belong to nobody (RFC 1918, RFC 6598, RFC 4193)? */
bool bg_ip_prefix_is_nobodys (const BgIpPrefix *network);
/* A host that a peer may own: not unspecified, loopback, multicast, broadcast or link-local. */
bool bg_ip_prefix_is_unicast_host (const BgIpPrefix *prefix);
