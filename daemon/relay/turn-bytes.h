/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The few numbers of STUN and TURN (RFC 8489, 8656) that a bridge has to know. */

#include <glib.h>

enum
{
  BG_TURN_COOKIE = 0x2112A442,
  BG_TURN_ALLOCATE = 0x0003,
  BG_TURN_ALLOCATE_SUCCESS = 0x0103,
  BG_TURN_ALLOCATE_ERROR = 0x0113,
  BG_TURN_SEND_INDICATION = 0x0016,
  BG_TURN_DATA_INDICATION = 0x0017,
  BG_TURN_USERNAME = 0x0006,
  BG_TURN_ERROR_CODE = 0x0009,
};

static inline guint16
bg_turn_u16 (const guint8 *bytes)
{
  return (guint16) (bytes[0] << 8 | bytes[1]);
}

static inline guint32
bg_turn_u32 (const guint8 *bytes)
{
  return (guint32) bg_turn_u16 (bytes) << 16 | bg_turn_u16 (bytes + 2);
}
