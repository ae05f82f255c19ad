/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Lowers the MSS option (RFC 9293, 3.7.1) of a TCP SYN or SYN-ACK inside `bytes` to what fits `mtu`: 40 bytes less with
 * IPv4, 60 with IPv6. The checksum is updated in place (RFC 1624). True where something was changed; all else, whatever
 * it is, stays as it was. */
bool bg_mss_clamp (uint8_t *bytes, size_t len, uint32_t mtu);
