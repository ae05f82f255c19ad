/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/stun-message.h"

enum
{
  LENGTH_AT = 2,
  COOKIE_AT = 4,
  TRANSACTION_AT = 8,
  CLASS_BITS = 0x0110,
  FINGERPRINT_XOR = 0x5354554E,
};

/* Parsing */

/* The method is in three pieces, between the bits of the class (RFC 8489, figure 3). */
static uint16_t
method_of (uint16_t type)
{
  return (uint16_t) ((type & 0x000F) | (type & 0x00E0) >> 1 | (type & 0x3E00) >> 2);
}

static bool
chain_is_whole (const BgStunMessage *message)
{
  BgStunAttribute attribute;
  size_t offset = 0;

  while (bg_stun_message_next (message, &offset, &attribute))
    ;
  return offset == message->len;
}

bool
bg_stun_message_parse (BgStunMessage *message, const uint8_t *bytes, size_t len)
{
  uint16_t type, body;

  if (len < BG_STUN_HEADER)
    return false;
  type = bg_get16 (bytes);
  body = bg_get16 (bytes + LENGTH_AT);
  if (type >> 14 != 0 || body % 4 != 0 || (size_t) BG_STUN_HEADER + body > len
      || bg_get32 (bytes + COOKIE_AT) != BG_STUN_COOKIE)
    return false;
  message->method = method_of (type);
  message->class = (BgStunClass) (type & CLASS_BITS);
  message->bytes = bytes;
  message->len = (size_t) BG_STUN_HEADER + body;
  return chain_is_whole (message);
}

bool
bg_stun_message_next (const BgStunMessage *message, size_t *offset, BgStunAttribute *attribute)
{
  size_t at = *offset == 0 ? BG_STUN_HEADER : *offset, len;

  *offset = at;
  if (message->len - at < BG_STUN_ATTRIBUTE)
    return false;
  len = bg_get16 (message->bytes + at + 2);
  if (message->len - at - BG_STUN_ATTRIBUTE < len + bg_padding (len))
    return false;
  attribute->type = bg_get16 (message->bytes + at);
  attribute->value = (BgBytes){ message->bytes + at + BG_STUN_ATTRIBUTE, len };
  *offset = at + BG_STUN_ATTRIBUTE + len + bg_padding (len);
  return true;
}

static bool
counts_behind_integrity (uint16_t type)
{
  return type == BG_STUN_MESSAGE_INTEGRITY_SHA256 || type == BG_STUN_FINGERPRINT;
}

static bool
is_integrity (uint16_t type)
{
  return type == BG_STUN_MESSAGE_INTEGRITY || type == BG_STUN_MESSAGE_INTEGRITY_SHA256;
}

bool
bg_stun_message_next_of (const BgStunMessage *message, uint16_t type, size_t *offset,
                         BgBytes *value)
{
  BgStunAttribute attribute;

  while (bg_stun_message_next (message, offset, &attribute))
    {
      if (attribute.type == type)
        {
          *value = attribute.value;
          return true;
        }
      if (is_integrity (attribute.type) && !counts_behind_integrity (type))
        return false;
    }
  return false;
}

bool
bg_stun_message_find (const BgStunMessage *message, uint16_t type, BgBytes *value)
{
  size_t offset = 0;

  return bg_stun_message_next_of (message, type, &offset, value);
}

bool
bg_stun_message_find_number (const BgStunMessage *message, uint16_t type, uint32_t *value)
{
  BgBytes bytes;

  if (!bg_stun_message_find (message, type, &bytes) || bytes.len != 4)
    return false;
  *value = bg_get32 (bytes.bytes);
  return true;
}

const uint8_t *
bg_stun_message_get_transaction (const BgStunMessage *message)
{
  return message->bytes + TRANSACTION_AT;
}

bool
bg_stun_address_read (const BgStunMessage *message, BgBytes value, BgStunAddress *address)
{
  const uint8_t *mask = message->bytes + COOKIE_AT;
  size_t ip_len;

  if (value.len < 4)
    return false;
  ip_len = value.bytes[1] == BG_STUN_IPV4 ? 4 : 16;
  if ((value.bytes[1] != BG_STUN_IPV4 && value.bytes[1] != BG_STUN_IPV6) || value.len != 4 + ip_len)
    return false;
  *address = (BgStunAddress){ .family = value.bytes[1] };
  address->port = (uint16_t) (bg_get16 (value.bytes + 2) ^ bg_get16 (mask));
  for (size_t i = 0; i < ip_len; i++)
    address->ip[i] = value.bytes[4 + i] ^ mask[i];
  return true;
}

/* Integrity */

BgStunIntegrity
bg_stun_message_integrity (const BgStunMessage *message)
{
  BgBytes value;

  if (bg_stun_message_find (message, BG_STUN_MESSAGE_INTEGRITY_SHA256, &value))
    return BG_STUN_SHA256;
  return bg_stun_message_find (message, BG_STUN_MESSAGE_INTEGRITY, &value) ? BG_STUN_SHA1
                                                                           : BG_STUN_NO_INTEGRITY;
}

static bool
is_equal (const uint8_t *a, const uint8_t *b, size_t len)
{
  volatile uint8_t different = 0;

  for (size_t i = 0; i < len; i++)
    different = (uint8_t) (different | (a[i] ^ b[i]));
  return different == 0;
}

/* The MAC covers the header as if the message ended behind the attribute (RFC 8489, 14.5). */
bool
bg_stun_message_is_from (const BgStunMessage *message, BgStunIntegrity kind, BgBytes key,
                         const BgDigests *digests)
{
  bool is_sha1 = kind == BG_STUN_SHA1;
  uint16_t type = is_sha1 ? BG_STUN_MESSAGE_INTEGRITY : BG_STUN_MESSAGE_INTEGRITY_SHA256;
  uint8_t head[BG_STUN_HEADER], mac[BG_SHA256_LEN];
  BgBytes value, parts[2];
  size_t end, covered;

  if (kind == BG_STUN_NO_INTEGRITY || !bg_stun_message_find (message, type, &value)
      || value.len != (is_sha1 ? BG_SHA1_LEN : BG_SHA256_LEN))
    return false;
  end = (size_t) (value.bytes - message->bytes) + value.len;
  covered = end - value.len - BG_STUN_ATTRIBUTE;
  memcpy (head, message->bytes, sizeof head);
  bg_put16 (head + LENGTH_AT, (uint16_t) (end - BG_STUN_HEADER));
  parts[0] = BG_BYTES (head);
  parts[1] = (BgBytes){ message->bytes + BG_STUN_HEADER, covered - BG_STUN_HEADER };
  return (is_sha1 ? digests->hmac_sha1 : digests->hmac_sha256) (digests->data, key, parts, 2, mac)
         && is_equal (mac, value.bytes, value.len);
}

/* Fingerprint: the CRC-32 of ITU-T V.42 */

static uint32_t
crc_go_on (uint32_t crc, BgBytes part)
{
  /* of each half byte */
  static const uint32_t table[16] = {
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
    0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
  };

  for (size_t i = 0; i < part.len; i++)
    {
      crc ^= part.bytes[i];
      crc = crc >> 4 ^ table[crc & 15];
      crc = crc >> 4 ^ table[crc & 15];
    }
  return crc;
}

uint32_t
bg_stun_fingerprint (BgBytes head, BgBytes rest)
{
  return ~crc_go_on (crc_go_on (UINT32_MAX, head), rest) ^ FINGERPRINT_XOR;
}

bool
bg_stun_message_has_no_wrong_fingerprint (const BgStunMessage *message)
{
  uint8_t head[BG_STUN_HEADER];
  BgBytes value;
  size_t covered;

  if (!bg_stun_message_find (message, BG_STUN_FINGERPRINT, &value))
    return true;
  if (value.len != BG_STUN_FINGERPRINT_LEN
      || value.bytes + value.len != message->bytes + message->len)
    return false;
  covered = message->len - BG_STUN_ATTRIBUTE - BG_STUN_FINGERPRINT_LEN;
  memcpy (head, message->bytes, sizeof head);
  return bg_get32 (value.bytes)
         == bg_stun_fingerprint (
           BG_BYTES (head), (BgBytes){ message->bytes + BG_STUN_HEADER, covered - BG_STUN_HEADER });
}
