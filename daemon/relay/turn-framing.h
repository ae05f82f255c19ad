/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where one TURN message ends and the next begins: in a stream of bytes, as libnice speaks (RFC 8656, 12.5: ChannelData is
 * padded to four bytes there; RFC 8489, 5: STUN messages are so by themselves), and in WebSocket messages, as the hub does
 * (one message each, padded or not). */

#include <glib.h>

G_BEGIN_DECLS

enum
{
  BG_TURN_HEADER_BYTES = 20,
  BG_TURN_CHANNEL_HEADER_BYTES = 4,
  BG_TURN_MAX_BYTES = 16 * 1024, /* of a message; packets of ours are below 10 000 */
};

typedef enum
{
  BG_TURN_WHOLE,
  BG_TURN_PARTIAL,  /* more bytes are needed */
  BG_TURN_NONSENSE, /* neither STUN nor ChannelData, or too large: the stream cannot be followed any more */
} BgTurnFraming;

/* The message at the start of `bytes`; `size` (out) is what a WHOLE one takes in the stream, padding included. */
BgTurnFraming bg_turn_next (const guint8 *bytes, gsize len, gsize *size);
/* Is `frame` made of whole messages? `padding` (out): the bytes that the last one lacks in a stream. */
gboolean bg_turn_frame_check (const guint8 *frame, gsize len, guint *padding);
/* Does `message`, which is whole, carry data of peers: ChannelData, or a Send or Data indication? */
gboolean bg_turn_carries_data (const guint8 *message);

G_END_DECLS
