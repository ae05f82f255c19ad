/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/turn-framing.h"

#include <string.h>

/* From the protocol's vectors: an Allocate, and "hello" on channel 0x4000. */
static const guint8 allocate[] = { 0x00, 0x03, 0x00, 0x10, 0x21, 0x12, 0xa4, 0x42, 1,
                                   2,    3,    4,    5,    6,    7,    8,    9,    10,
                                   11,   12,   0x00, 0x19, 0x00, 0x04, 0x11, 0,    0,
                                   0,    0x80, 0x28, 0x00, 0x04, 0x41, 0xc7, 0x78, 0xf0 };
static const guint8 hello[] = { 0x40, 0x00, 0x00, 0x05, 'h', 'e', 'l', 'l', 'o', 0, 0, 0 };

static void
assert_next (const guint8 *bytes, gsize len, BgTurnFraming framing, gsize size)
{
  gsize found = 0;

  g_assert_cmpint (bg_turn_next (bytes, len, &found), ==, framing);
  if (framing == BG_TURN_WHOLE)
    g_assert_cmpuint (found, ==, size);
}

static void
test_stream (void)
{
  guint8 both[sizeof hello + sizeof allocate];

  memcpy (both, hello, sizeof hello);
  memcpy (both + sizeof hello, allocate, sizeof allocate);
  assert_next (both, sizeof both, BG_TURN_WHOLE, sizeof hello);
  assert_next (both + sizeof hello, sizeof allocate, BG_TURN_WHOLE, sizeof allocate);
  for (gsize len = 0; len < sizeof allocate; len++)
    assert_next (allocate, len, BG_TURN_PARTIAL, 0);
  for (gsize len = 0; len < sizeof hello; len++)
    assert_next (hello, len, BG_TURN_PARTIAL, 0);
}

static void
test_nonsense (void)
{
  static const guint8 dtls[] = { 0x80 };
  guint8 odd[sizeof allocate], strange[sizeof allocate],
    large[BG_TURN_CHANNEL_HEADER_BYTES] = { 0x40, 0, 0xff, 0xff };

  memcpy (odd, allocate, sizeof odd);
  odd[3] = 0x11;
  memcpy (strange, allocate, sizeof strange);
  strange[7] ^= 1;
  assert_next (dtls, sizeof dtls, BG_TURN_NONSENSE, 0);
  assert_next (odd, sizeof odd, BG_TURN_NONSENSE, 0);
  assert_next (strange, sizeof strange, BG_TURN_NONSENSE, 0);
  assert_next (large, sizeof large, BG_TURN_NONSENSE, 0);
}

static void
test_frames (void)
{
  guint padding = 9;
  guint8 two[2 * sizeof hello];

  memcpy (two, hello, sizeof hello);
  memcpy (two + sizeof hello, hello, sizeof hello);
  g_assert_true (bg_turn_frame_check (hello, sizeof hello, &padding) && padding == 0);
  g_assert_true (bg_turn_frame_check (hello, 9, &padding) && padding == 3);
  g_assert_true (bg_turn_frame_check (two, sizeof two, &padding) && padding == 0);
  g_assert_true (bg_turn_frame_check (two, sizeof two - 3, &padding) && padding == 3);
  g_assert_true (bg_turn_frame_check (allocate, sizeof allocate, &padding) && padding == 0);

  g_assert_false (bg_turn_frame_check (hello, 0, &padding));
  g_assert_false (bg_turn_frame_check (hello, 8, &padding));
  g_assert_false (bg_turn_frame_check (hello, 10, &padding)); /* half of its padding */
  g_assert_false (bg_turn_frame_check (allocate, sizeof allocate - 4, &padding));
}

static void
test_data (void)
{
  guint8 indication[BG_TURN_HEADER_BYTES] = { 0x00, 0x17 };

  g_assert_true (bg_turn_carries_data (hello));
  g_assert_true (bg_turn_carries_data (indication));
  g_assert_false (bg_turn_carries_data (allocate));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/relay/turn-framing/stream", test_stream);
  g_test_add_func ("/relay/turn-framing/nonsense", test_nonsense);
  g_test_add_func ("/relay/turn-framing/frames", test_frames);
  g_test_add_func ("/relay/turn-framing/data", test_data);
  return g_test_run ();
}
