/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/stun-message.h"

/* Writes one STUN message into bytes of the caller. What does not fit is left out, and bg_stun_writer_end() then gives 0. */
typedef struct
{
  uint8_t *bytes;
  size_t   room, len;
  bool     is_full;
} BgStunWriter;

/* Writes the header. `transaction` may lie anywhere but in `bytes`. */
void bg_stun_writer_begin (BgStunWriter *writer, uint8_t *bytes, size_t room, BgStunMethod method, BgStunClass class,
                           const uint8_t transaction[BG_STUN_TRANSACTION]);

/* Appends an attribute, padded with zeros. */
void bg_stun_writer_put (BgStunWriter *writer, uint16_t type, BgBytes value);
void bg_stun_writer_put_number (BgStunWriter *writer, uint16_t type, uint32_t value);
/* XORed with the cookie; IPv4 only. */
void bg_stun_writer_put_ipv4 (BgStunWriter *writer, uint16_t type, uint32_t ip, uint16_t port);
void bg_stun_writer_put_error (BgStunWriter *writer, unsigned code, BgBytes reason);

/* Appends MESSAGE-INTEGRITY or its kin over what stands there. */
void bg_stun_writer_put_integrity (BgStunWriter *writer, BgStunIntegrity kind, BgBytes key, const BgDigests *digests);
/* Appends FINGERPRINT; nothing may follow. */
void bg_stun_writer_put_fingerprint (BgStunWriter *writer);

/* The length of the whole message, 0 where it did not fit. */
size_t bg_stun_writer_end (BgStunWriter *writer);
