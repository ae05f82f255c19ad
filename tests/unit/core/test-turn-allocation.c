/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/core/turn-allocation.h"

#include <glib.h>

enum
{
  NOW = 1000
};

static void
test_permission_ends (void)
{
  BgTurnAllocation a = { .until_ms = G_MAXUINT64 };

  g_assert_false (bg_turn_allocation_is_permitted (&a, 7, NOW));
  g_assert_true (bg_turn_allocation_permit (&a, 7, NOW));
  g_assert_true (bg_turn_allocation_is_permitted (&a, 7, NOW + BG_TURN_PERMISSION_MS - 1));
  g_assert_false (bg_turn_allocation_is_permitted (&a, 7, NOW + BG_TURN_PERMISSION_MS));
  g_assert_false (bg_turn_allocation_is_permitted (&a, 8, NOW));
}

static void
test_permissions_are_bounded (void)
{
  BgTurnAllocation a = { .until_ms = G_MAXUINT64 };

  for (guint32 peer = 1; peer <= BG_TURN_PERMISSIONS; peer++)
    g_assert_true (bg_turn_allocation_permit (&a, peer, NOW));
  g_assert_false (bg_turn_allocation_permit (&a, 1000, NOW));
  g_assert_true (bg_turn_allocation_permit (&a, 1, NOW + 5)); /* renewed */
  g_assert_true (bg_turn_allocation_permit (&a, 1000, NOW + BG_TURN_PERMISSION_MS));
  g_assert_true (bg_turn_allocation_is_permitted (&a, 1, NOW + BG_TURN_PERMISSION_MS));
}

static void
test_channel (void)
{
  BgTurnAllocation a = { .until_ms = G_MAXUINT64 };

  g_assert_cmpint (bg_turn_allocation_bind (&a, 0x4000, 7, NOW), ==, BG_TURN_BOUND);
  g_assert_cmpuint (bg_turn_allocation_peer_of (&a, 0x4000, NOW), ==, 7);
  g_assert_cmpuint (bg_turn_allocation_channel_of (&a, 7, NOW), ==, 0x4000);
  g_assert_cmpint (bg_turn_allocation_bind (&a, 0x4000, 8, NOW), ==, BG_TURN_BOUND_TO_OTHER);
  /* a channel outlives its permission, and is one */
  g_assert_true (bg_turn_allocation_is_permitted (&a, 7, NOW + BG_TURN_CHANNEL_MS - 1));
  g_assert_cmpuint (bg_turn_allocation_peer_of (&a, 0x4000, NOW + BG_TURN_CHANNEL_MS), ==, 0);
  g_assert_false (bg_turn_allocation_is_permitted (&a, 7, NOW + BG_TURN_CHANNEL_MS));
  g_assert_cmpint (bg_turn_allocation_bind (&a, 0x4000, 8, NOW + BG_TURN_CHANNEL_MS), ==,
                   BG_TURN_BOUND);
}

static void
test_peer_changes_channel (void)
{
  BgTurnAllocation a = { .until_ms = G_MAXUINT64 };

  bg_turn_allocation_bind (&a, 0x4000, 7, NOW);
  g_assert_cmpint (bg_turn_allocation_bind (&a, 0x4001, 7, NOW), ==, BG_TURN_BOUND);
  g_assert_cmpuint (bg_turn_allocation_channel_of (&a, 7, NOW), ==, 0x4001);
  g_assert_cmpuint (bg_turn_allocation_peer_of (&a, 0x4000, NOW), ==, 0);
  g_assert_cmpint (bg_turn_allocation_bind (&a, 0x4000, 8, NOW), ==, BG_TURN_BOUND);
}

static void
test_channels_are_bounded (void)
{
  BgTurnAllocation a = { .until_ms = G_MAXUINT64 };

  for (guint16 i = 0; i < BG_TURN_CHANNELS; i++)
    g_assert_cmpint (bg_turn_allocation_bind (&a, (guint16) (0x4000 + 7 * i), i + 1u, NOW), ==,
                     BG_TURN_BOUND);
  for (guint16 i = 0; i < BG_TURN_CHANNELS; i++)
    g_assert_cmpuint (bg_turn_allocation_peer_of (&a, (guint16) (0x4000 + 7 * i), NOW), ==, i + 1u);
  g_assert_cmpint (bg_turn_allocation_bind (&a, 0x5000, 1000, NOW), ==, BG_TURN_NO_CHANNEL_LEFT);
  /* those that lead nowhere need no place */
  for (guint16 i = 0; i < 1000; i++)
    g_assert_cmpint (bg_turn_allocation_bind (&a, (guint16) (0x6000 + i), 0, NOW), ==,
                     BG_TURN_BOUND);
  g_assert_cmpuint (bg_turn_allocation_peer_of (&a, 0x6000, NOW), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/turn-allocation/permission-ends", test_permission_ends);
  g_test_add_func ("/turn-allocation/permissions-are-bounded", test_permissions_are_bounded);
  g_test_add_func ("/turn-allocation/channel", test_channel);
  g_test_add_func ("/turn-allocation/peer-changes-channel", test_peer_changes_channel);
  g_test_add_func ("/turn-allocation/channels-are-bounded", test_channels_are_bounded);
  return g_test_run ();
}
