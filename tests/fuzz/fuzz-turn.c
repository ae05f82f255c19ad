/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TURN as the bridge reads it, from a stream and from frames: what is called whole lies in the bytes, and what makes a frame
 * makes a stream. */
#include "relay/turn-framing.h"
#include "relay/turn-watch.h"
#include "fuzz.h"

#include <string.h>

static const guint8 allocate[] = { 0x00, 0x03, 0x00, 0x08, 0x21, 0x12, 0xa4, 0x42, 1,  2,
                                   3,    4,    5,    6,    7,    8,    9,    10,   11, 12,
                                   0x00, 0x06, 0,    0x01, 0x61, 0x00, 0x00, 0x00 };
static const guint8 refusal[] = { 0x01, 0x13, 0x00, 0x08, 0x21, 0x12, 0xa4, 0x42, 1,  2,
                                  3,    4,    5,    6,    7,    8,    9,    10,   11, 12,
                                  0x00, 0x09, 0,    0x04, 0x00, 0x00, 0x04, 0x01 };
static const guint8 hello[] = { 0x40, 0x00, 0x00, 0x05, 'h',  'e',  'l',  'l', 'o',
                                0,    0,    0,    0x40, 0x01, 0x00, 0x01, 'x' };

size_t
fuzz_example (unsigned n, uint8_t *out, size_t max)
{
  static const struct
  {
    const guint8 *bytes;
    gsize len;
  } examples[] = { { allocate, sizeof allocate },
                   { refusal, sizeof refusal },
                   { hello, sizeof hello } };

  if (n >= G_N_ELEMENTS (examples))
    return 0;
  g_assert (examples[n].len <= max);
  memcpy (out, examples[n].bytes, examples[n].len);
  return examples[n].len;
}

static void
watch (const guint8 *message, gsize len)
{
  BgTurnWatch watch = { 0 };
  guint code;

  bg_turn_watch_sent (&watch, allocate, sizeof allocate);
  bg_turn_watch_sent (&watch, message, len);
  bg_turn_watch_heard (&watch, message, len, &code);
  bg_turn_carries_data (message);
}

/* How many bytes are whole messages. */
static gsize
walk (const guint8 *bytes, gsize len)
{
  gsize at = 0, size = 0;

  while (bg_turn_next (bytes + at, len - at, &size) == BG_TURN_WHOLE)
    {
      g_assert (size > 0 && size <= len - at && size % 4 == 0);
      watch (bytes + at, size);
      at += size;
    }
  return at;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree guint8 *stream = NULL;
  gsize whole = walk (data, size);
  guint padding;

  if (!bg_turn_frame_check (data, size, &padding))
    return 0;
  g_assert (padding < 4 && (padding > 0 || whole == size));
  stream = g_malloc0 (size + padding);
  memcpy (stream, data, size);
  g_assert (walk (stream, size + padding) == size + padding);
  return 0;
}
