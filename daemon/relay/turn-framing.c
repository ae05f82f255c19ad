/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/turn-framing.h"
#include "relay/turn-bytes.h"

enum
{
  KIND_STUN = 0, /* the first two bits, RFC 7983 */
  KIND_CHANNEL_DATA = 1,
};

static gsize
padded (gsize len)
{
  return (len + 3) & ~(gsize) 3;
}

static guint
kind_of (const guint8 *bytes)
{
  return bytes[0] >> 6;
}

static gboolean
is_stun_header (const guint8 *bytes)
{
  return bg_turn_u16 (bytes + 2) % 4 == 0 && bg_turn_u32 (bytes + 4) == BG_TURN_COOKIE;
}

static BgTurnFraming
size_of (const guint8 *bytes, gsize len, gsize *size)
{
  if (len < BG_TURN_CHANNEL_HEADER_BYTES)
    return len > 0 && kind_of (bytes) > KIND_CHANNEL_DATA ? BG_TURN_NONSENSE : BG_TURN_PARTIAL;
  if (kind_of (bytes) > KIND_CHANNEL_DATA)
    return BG_TURN_NONSENSE;
  if (kind_of (bytes) == KIND_CHANNEL_DATA)
    *size = BG_TURN_CHANNEL_HEADER_BYTES + padded (bg_turn_u16 (bytes + 2));
  else if (len < BG_TURN_HEADER_BYTES)
    return BG_TURN_PARTIAL;
  else if (!is_stun_header (bytes))
    return BG_TURN_NONSENSE;
  else
    *size = BG_TURN_HEADER_BYTES + bg_turn_u16 (bytes + 2);
  return *size <= BG_TURN_MAX_BYTES ? BG_TURN_WHOLE : BG_TURN_NONSENSE;
}

BgTurnFraming
bg_turn_next (const guint8 *bytes, gsize len, gsize *size)
{
  BgTurnFraming framing = size_of (bytes, len, size);

  return framing == BG_TURN_WHOLE && *size > len ? BG_TURN_PARTIAL : framing;
}

/* Channel data may end a frame without its padding. */
static gboolean
may_lack (const guint8 *bytes, gsize len, gsize size)
{
  return kind_of (bytes) == KIND_CHANNEL_DATA
         && len == (gsize) BG_TURN_CHANNEL_HEADER_BYTES + bg_turn_u16 (bytes + 2) && size - len < 4;
}

gboolean
bg_turn_frame_check (const guint8 *frame, gsize len, guint *padding)
{
  gsize size;

  *padding = 0;
  for (gsize at = 0; at < len; at += size)
    {
      if (size_of (frame + at, len - at, &size) != BG_TURN_WHOLE)
        return FALSE;
      if (size <= len - at)
        continue;
      if (!may_lack (frame + at, len - at, size))
        return FALSE;
      *padding = (guint) (size - (len - at));
    }
  return len > 0;
}

gboolean
bg_turn_carries_data (const guint8 *message)
{
  guint16 type = bg_turn_u16 (message);

  return kind_of (message) == KIND_CHANNEL_DATA || type == BG_TURN_SEND_INDICATION
         || type == BG_TURN_DATA_INDICATION;
}
