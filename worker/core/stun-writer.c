/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/stun-writer.h"

static uint16_t
type_of (unsigned method, BgStunClass class)
{
  return (uint16_t) ((method & 0x000F) | (method & 0x0070) << 1 | (method & 0x0F80) << 2 | class);
}

/* The length in the header, as if the message ended at `end`. */
static void
set_length (BgStunWriter *writer, size_t end)
{
  bg_put16 (writer->bytes + 2, (uint16_t) (end - BG_STUN_HEADER));
}

void
bg_stun_writer_begin (BgStunWriter *writer, uint8_t *bytes, size_t room, BgStunMethod method,
                      BgStunClass class, const uint8_t transaction[BG_STUN_TRANSACTION])
{
  *writer = (BgStunWriter){ .bytes = bytes, .room = room, .is_full = room < BG_STUN_HEADER };
  if (writer->is_full)
    return;
  bg_put16 (bytes, type_of (method, class));
  bg_put32 (bytes + 4, BG_STUN_COOKIE);
  memcpy (bytes + 8, transaction, BG_STUN_TRANSACTION);
  writer->len = BG_STUN_HEADER;
}

/* Where the value of a new attribute goes; NULL: nowhere. */
static uint8_t *
put_room (BgStunWriter *writer, uint16_t type, size_t len)
{
  size_t padding = bg_padding (len);
  uint8_t *value;

  if (writer->is_full || writer->room - writer->len < BG_STUN_ATTRIBUTE + len + padding)
    {
      writer->is_full = true;
      return NULL;
    }
  value = writer->bytes + writer->len + BG_STUN_ATTRIBUTE;
  bg_put16 (value - 4, type);
  bg_put16 (value - 2, (uint16_t) len);
  memset (value + len, 0, padding);
  writer->len += BG_STUN_ATTRIBUTE + len + padding;
  return value;
}

void
bg_stun_writer_put (BgStunWriter *writer, uint16_t type, BgBytes value)
{
  uint8_t *to = put_room (writer, type, value.len);

  if (to != NULL && value.len > 0)
    memcpy (to, value.bytes, value.len);
}

void
bg_stun_writer_put_number (BgStunWriter *writer, uint16_t type, uint32_t value)
{
  uint8_t *to = put_room (writer, type, 4);

  if (to != NULL)
    bg_put32 (to, value);
}

void
bg_stun_writer_put_ipv4 (BgStunWriter *writer, uint16_t type, uint32_t ip, uint16_t port)
{
  uint8_t *to = put_room (writer, type, 8);

  if (to == NULL)
    return;
  to[0] = 0;
  to[1] = BG_STUN_IPV4;
  bg_put16 (to + 2, (uint16_t) (port ^ BG_STUN_COOKIE >> 16));
  bg_put32 (to + 4, ip ^ BG_STUN_COOKIE);
}

void
bg_stun_writer_put_error (BgStunWriter *writer, unsigned code, BgBytes reason)
{
  uint8_t *to = put_room (writer, BG_STUN_ERROR_CODE, 4 + reason.len);

  if (to == NULL)
    return;
  bg_put16 (to, 0);
  to[2] = (uint8_t) (code / 100);
  to[3] = (uint8_t) (code % 100);
  memcpy (to + 4, reason.bytes, reason.len);
}

void
bg_stun_writer_put_integrity (BgStunWriter *writer, BgStunIntegrity kind, BgBytes key,
                              const BgDigests *digests)
{
  bool is_sha1 = kind == BG_STUN_SHA1;
  size_t covered = writer->len;
  BgBytes part = { writer->bytes, covered };
  uint8_t *to = put_room (writer,
                          is_sha1 ? BG_STUN_MESSAGE_INTEGRITY : BG_STUN_MESSAGE_INTEGRITY_SHA256,
                          is_sha1 ? BG_SHA1_LEN : BG_SHA256_LEN);

  if (to == NULL)
    return;
  set_length (writer, writer->len);
  if (!(is_sha1 ? digests->hmac_sha1 : digests->hmac_sha256) (digests->data, key, &part, 1, to))
    writer->is_full = true;
}

void
bg_stun_writer_put_fingerprint (BgStunWriter *writer)
{
  BgBytes head = { writer->bytes, writer->len };
  uint8_t *to = put_room (writer, BG_STUN_FINGERPRINT, BG_STUN_FINGERPRINT_LEN);

  if (to == NULL)
    return;
  set_length (writer, writer->len);
  bg_put32 (to, bg_stun_fingerprint (head, (BgBytes){ NULL, 0 }));
}

size_t
bg_stun_writer_end (BgStunWriter *writer)
{
  if (writer->is_full)
    return 0;
  set_length (writer, writer->len);
  return writer->len;
}
