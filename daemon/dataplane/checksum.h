/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Internet checksum (RFC 1071). Sums are ones' complement sums of 16-bit words in memory order, kept in 64 bits, so that
 * they can be added up; `data` of every piece but the last has even length. */

/* Adds `len` bytes to `sum`. */
uint64_t bg_checksum_add (uint64_t sum, const void *data, size_t len);

/* Adds the pseudo header of TCP, UDP or ICMPv6: addresses of `addr_len` bytes (4 or 16) lying behind each other as in
 * the IP header, protocol and upper-layer length. */
uint64_t bg_checksum_add_pseudo (uint64_t sum, const void *addresses, size_t addr_len, uint8_t protocol, uint32_t len);

/* Folds to 16 bits, without the final complement, in the order of the words that were added. */
static inline uint16_t
bg_checksum_fold (uint64_t sum)
{
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t) sum;
}

/* Completes a checksum field: folds and complements a sum in memory order. */
void bg_checksum_store (uint8_t *field, uint64_t sum);

/* Fills in the checksum of an IPv4 header of `len` bytes. */
void bg_ipv4_set_checksum (uint8_t *header, size_t len);
