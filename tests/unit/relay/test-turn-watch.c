/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/turn-watch.h"

/* Allocate with or without USERNAME "a" */
#define ALLOCATE(id)                                                                               \
  0x00, 0x03, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42, id, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
#define WITH_NAME(id)                                                                              \
  0x00, 0x03, 0x00, 0x08, 0x21, 0x12, 0xa4, 0x42, id, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x06, \
    0x00, 0x01, 'a', 0, 0, 0
#define SUCCESS(id)                                                                                \
  0x01, 0x03, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42, id, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
#define REFUSAL(id, hundreds, rest)                                                                \
  0x01, 0x13, 0x00, 0x08, 0x21, 0x12, 0xa4, 0x42, id, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x09, \
    0x00, 0x04, 0, 0, hundreds, rest

static BgTurnVerdict
heard (BgTurnWatch *watch, const guint8 *bytes, gsize len, guint *code)
{
  return bg_turn_watch_heard (watch, bytes, len, code);
}

#define SENT(...)                                                                                  \
  bg_turn_watch_sent (&watch, (const guint8[]){ __VA_ARGS__ },                                     \
                      sizeof ((const guint8[]){ __VA_ARGS__ }))
#define HEARD(...)                                                                                 \
  heard (&watch, (const guint8[]){ __VA_ARGS__ }, sizeof ((const guint8[]){ __VA_ARGS__ }), &code)

/* The first question has no name, and its 401 is no refusal. */
static void
test_verdicts (void)
{
  BgTurnWatch watch = { 0 };
  guint code;

  SENT (ALLOCATE (1));
  g_assert_cmpint (HEARD (REFUSAL (1, 4, 1)), ==, BG_TURN_NOTHING);
  SENT (WITH_NAME (2));
  g_assert_cmpint (HEARD (REFUSAL (1, 4, 1)), ==, BG_TURN_NOTHING);
  g_assert_cmpint (HEARD (REFUSAL (2, 4, 38)), ==, BG_TURN_NOTHING);
  g_assert_cmpint (HEARD (REFUSAL (2, 4, 1)), ==, BG_TURN_UNAUTHORIZED);
  SENT (WITH_NAME (3));
  g_assert_cmpint (HEARD (REFUSAL (3, 4, 86)), ==, BG_TURN_OTHER_REFUSAL);
  g_assert_cmpuint (code, ==, 486);
  SENT (WITH_NAME (4));
  g_assert_cmpint (HEARD (SUCCESS (4)), ==, BG_TURN_ALLOCATED);
}

/* Attributes that end behind the message, or are too short, are none. */
static void
test_rubbish (void)
{
  BgTurnWatch watch = { 0 };
  guint code;

  SENT (0x00, 0x03);
  SENT (0x00, 0x03, 0, 8, 0x21, 0x12, 0xa4, 0x42, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x06,
        0xff, 0xff);
  g_assert_cmpint (HEARD (SUCCESS (1)), ==, BG_TURN_NOTHING);
  SENT (WITH_NAME (2));
  g_assert_cmpint (HEARD (0x01, 0x13), ==, BG_TURN_NOTHING);
  g_assert_cmpint (HEARD (0x01, 0x13, 0, 4, 0x21, 0x12, 0xa4, 0x42, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                          0, 0, 9, 0, 0),
                   ==, BG_TURN_OTHER_REFUSAL);
  g_assert_cmpuint (code, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/relay/turn-watch/verdicts", test_verdicts);
  g_test_add_func ("/relay/turn-watch/rubbish", test_rubbish);
  return g_test_run ();
}
