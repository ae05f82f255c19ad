/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the data plane reads of an inner IP packet (RFC 791, RFC 8200). Safe on hostile bytes. */

enum
{
  BG_IPV4_HEADER = 20,
  BG_IPV6_HEADER = 40,
  BG_IPV6_MIN_MTU = 1280,
};

typedef struct
{
  int            family;        /* AF_INET or AF_INET6 */
  uint32_t       len;           /* of the packet, as its header says: at most what is there */
  uint32_t       header_len;    /* IPv4 with options; IPv6 without extension headers */
  const uint8_t *src, *dst;     /* inside the packet, 4 or 16 bytes */
} BgIpHeader;

/* False where the bytes are no IP packet, or their lengths lie. */
bool bg_ip_parse (const uint8_t *bytes, size_t len, BgIpHeader *out);

/* Where the transport header begins, and its protocol; extension headers are walked. False where there is none: a later
 * fragment, an encrypted or unknown header, a chain that runs out of the packet. */
bool bg_ip_transport (const uint8_t *bytes, const BgIpHeader *header, uint32_t *offset, uint8_t *protocol);

/* The packet is IPv4 and may not be fragmented. */
bool bg_ip_dont_fragment (const uint8_t *bytes, const BgIpHeader *header);

static inline uint16_t
bg_get_be16 (const uint8_t *at)
{
  return (uint16_t) (at[0] << 8 | at[1]);
}

static inline void
bg_put_be16 (uint8_t *at, uint16_t value)
{
  at[0] = (uint8_t) (value >> 8);
  at[1] = (uint8_t) value;
}

static inline void
bg_put_be32 (uint8_t *at, uint32_t value)
{
  bg_put_be16 (at, (uint16_t) (value >> 16));
  bg_put_be16 (at + 2, (uint16_t) value);
}

static inline uint32_t
bg_get_be32 (const uint8_t *at)
{
  return (uint32_t) bg_get_be16 (at) << 16 | bg_get_be16 (at + 2);
}
