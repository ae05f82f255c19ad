/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/core-digests.h"

/* Reading STUN messages (RFC 8489, 5 and 14). Nothing is copied: what is read points into the bytes that were parsed. */

#define BG_STUN_COOKIE UINT32_C (0x2112A442)

enum
{
  BG_STUN_HEADER = 20,
  BG_STUN_TRANSACTION = 12,
  BG_STUN_ATTRIBUTE = 4, /* type and length */
  BG_STUN_FINGERPRINT_LEN = 4,
};

typedef enum
{
  BG_STUN_REQUEST = 0x0000,
  BG_STUN_INDICATION = 0x0010,
  BG_STUN_SUCCESS = 0x0100,
  BG_STUN_ERROR = 0x0110,
} BgStunClass;

typedef enum
{
  BG_STUN_BINDING = 0x001,
  BG_STUN_ALLOCATE = 0x003,
  BG_STUN_REFRESH = 0x004,
  BG_STUN_SEND = 0x006,
  BG_STUN_DATA = 0x007,
  BG_STUN_CREATE_PERMISSION = 0x008,
  BG_STUN_CHANNEL_BIND = 0x009,
} BgStunMethod;

typedef enum
{
  BG_STUN_USERNAME = 0x0006,
  BG_STUN_MESSAGE_INTEGRITY = 0x0008,
  BG_STUN_ERROR_CODE = 0x0009,
  BG_STUN_UNKNOWN_ATTRIBUTES = 0x000A,
  BG_STUN_CHANNEL_NUMBER = 0x000C,
  BG_STUN_LIFETIME = 0x000D,
  BG_STUN_XOR_PEER_ADDRESS = 0x0012,
  BG_STUN_DATA_VALUE = 0x0013,
  BG_STUN_REALM = 0x0014,
  BG_STUN_NONCE = 0x0015,
  BG_STUN_XOR_RELAYED_ADDRESS = 0x0016,
  BG_STUN_REQUESTED_ADDRESS_FAMILY = 0x0017,
  BG_STUN_EVEN_PORT = 0x0018,
  BG_STUN_REQUESTED_TRANSPORT = 0x0019,
  BG_STUN_DONT_FRAGMENT = 0x001A,
  BG_STUN_MESSAGE_INTEGRITY_SHA256 = 0x001C,
  BG_STUN_XOR_MAPPED_ADDRESS = 0x0020,
  BG_STUN_RESERVATION_TOKEN = 0x0022,
  BG_STUN_OPTIONAL = 0x8000, /* from here on, whoever does not know it ignores it */
  BG_STUN_FINGERPRINT = 0x8028,
} BgStunAttributeType;

typedef struct
{
  uint16_t       method; /* a BgStunMethod, or one that we do not know */
  BgStunClass    class;
  const uint8_t *bytes;
  size_t         len;    /* of the message, which may be less than what was parsed */
} BgStunMessage;

typedef struct
{
  uint16_t type;
  BgBytes  value;
} BgStunAttribute;

enum
{
  BG_STUN_IPV4 = 1,
  BG_STUN_IPV6 = 2,
};

typedef struct
{
  uint8_t  family;
  uint16_t port;
  uint8_t  ip[16]; /* of IPv4 the first four */
} BgStunAddress;

/* False unless a STUN message stands at the beginning of `bytes`, whole, with the cookie and a chain of attributes that ends
 * where the message does. What follows it does not matter. */
bool bg_stun_message_parse (BgStunMessage *message, const uint8_t *bytes, size_t len);

/* The attributes in a row: begin with `*offset` 0; false at the end. */
bool bg_stun_message_next (const BgStunMessage *message, size_t *offset, BgStunAttribute *attribute);

/* Those of one type in a row, begun like that. Behind a MESSAGE-INTEGRITY only MESSAGE-INTEGRITY-SHA256 and FINGERPRINT
 * count (RFC 8489, 14.5). */
bool bg_stun_message_next_of (const BgStunMessage *message, uint16_t type, size_t *offset, BgBytes *value);

/* The first of its type. */
bool bg_stun_message_find (const BgStunMessage *message, uint16_t type, BgBytes *value);

/* The same for one that is a number of 32 bits. */
bool bg_stun_message_find_number (const BgStunMessage *message, uint16_t type, uint32_t *value);

/* An address that is XORed with cookie and transaction ID (RFC 8489, 14.2). */
bool bg_stun_address_read (const BgStunMessage *message, BgBytes value, BgStunAddress *address);

const uint8_t *bg_stun_message_get_transaction (const BgStunMessage *message);

typedef enum
{
  BG_STUN_NO_INTEGRITY,
  BG_STUN_SHA1,
  BG_STUN_SHA256,
} BgStunIntegrity;

/* Which kind it has; the stronger one, where it has both. */
BgStunIntegrity bg_stun_message_integrity (const BgStunMessage *message);

/* Is the message, up to that attribute, from somebody who knows the key (RFC 8489, 14.5 and 14.6)? Takes the same time for
 * every wrong one. */
bool bg_stun_message_is_from (const BgStunMessage *message, BgStunIntegrity kind, BgBytes key, const BgDigests *digests);

/* True without a FINGERPRINT, or with a right one (RFC 8489, 14.7). */
bool bg_stun_message_has_no_wrong_fingerprint (const BgStunMessage *message);

/* The fingerprint of a message that is `bytes` before its FINGERPRINT attribute. */
uint32_t bg_stun_fingerprint (BgBytes head, BgBytes rest);
