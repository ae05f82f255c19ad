/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The CRC with Castagnoli's polynomial (RFC 9260, appendix A). SCTP writes it little endian. Any thread. */
uint32_t bg_crc32c (const uint8_t *bytes, size_t len);
