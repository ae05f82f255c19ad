/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/turn-watch.h"
#include "relay/turn-bytes.h"
#include "relay/turn-framing.h"

#include <string.h>

enum
{
  AT_TRANSACTION = 8,
  ATTRIBUTE_HEADER = 4,
  UNAUTHORIZED = 401,
  STALE_NONCE = 438, /* the client asks again with the new one */
  NO_CAPACITY = 508, /* of our hubs: the ceiling is reached */
};

/* The value of the first attribute of `type`, which has at least `least` bytes; NULL for none. */
static const guint8 *
find_attribute (const guint8 *message, gsize len, guint16 type, gsize least)
{
  for (gsize at = BG_TURN_HEADER_BYTES; at + ATTRIBUTE_HEADER <= len;)
    {
      gsize size = bg_turn_u16 (message + at + 2);

      if (size > len - at - ATTRIBUTE_HEADER)
        return NULL;
      if (bg_turn_u16 (message + at) == type)
        return size >= least ? message + at + ATTRIBUTE_HEADER : NULL;
      at += ATTRIBUTE_HEADER + ((size + 3) & ~(gsize) 3);
    }
  return NULL;
}

void
bg_turn_watch_sent (BgTurnWatch *self, const guint8 *message, gsize len)
{
  if (len < BG_TURN_HEADER_BYTES || bg_turn_u16 (message) != BG_TURN_ALLOCATE
      || !find_attribute (message, len, BG_TURN_USERNAME, 0))
    return;
  memcpy (self->transaction, message + AT_TRANSACTION, sizeof self->transaction);
  self->has_asked = TRUE;
}

/* RFC 8489, 14.8: a digit of hundreds, and a number below a hundred. */
static guint
error_code (const guint8 *message, gsize len)
{
  const guint8 *value = find_attribute (message, len, BG_TURN_ERROR_CODE, 4);

  return value ? (value[2] & 7) * 100u + value[3] : 0;
}

static BgTurnVerdict
verdict_of_code (guint code)
{
  switch (code)
    {
    case STALE_NONCE:
      return BG_TURN_NOTHING;
    case UNAUTHORIZED:
      return BG_TURN_UNAUTHORIZED;
    case NO_CAPACITY:
      return BG_TURN_OVER_CEILING;
    default:
      return BG_TURN_OTHER_REFUSAL;
    }
}

BgTurnVerdict
bg_turn_watch_heard (BgTurnWatch *self, const guint8 *message, gsize len, guint *code)
{
  guint16 type = len < BG_TURN_HEADER_BYTES ? 0 : bg_turn_u16 (message);

  *code = 0;
  if ((type != BG_TURN_ALLOCATE_SUCCESS && type != BG_TURN_ALLOCATE_ERROR) || !self->has_asked
      || memcmp (self->transaction, message + AT_TRANSACTION, sizeof self->transaction) != 0)
    return BG_TURN_NOTHING;
  if (type == BG_TURN_ALLOCATE_SUCCESS)
    return BG_TURN_ALLOCATED;
  *code = error_code (message, len);
  return verdict_of_code (*code);
}
