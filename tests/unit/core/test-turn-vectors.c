/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes that the reference takes and gives. */
#include "core-test.h"
#include "vectors/turn.h"
#include "worker/core/turn-credential.h"
#include "worker/hub/hub-digests.h"

static void
test_credential (void)
{
  const BgBytes username = BG_TEXT (TEST_USER);
  guint8 key[BG_MD5_LEN];
  uint64_t expires_at;
  BgBytes user;

  g_assert_true (bg_turn_username_read (username, &expires_at, &user));
  g_assert_cmpuint (expires_at, ==, 4102444800);
  g_assert_cmpmem (user.bytes, user.len, "alpha", 5);
  g_assert_true (bg_turn_credential_key (BG_TEXT (TEST_SECRET), BG_TEXT (TEST_REALM), username,
                                         &bg_hub_digests, key));
  {
    g_autofree char *hex = bytes_to_hex (key, sizeof key);

    g_assert_cmpstr (hex, ==, "09ab317b5c0505af6bf0808bf06c3019");
  }
}

/* One client that has gone through challenge and Allocate. */
static World *
world_with_alpha (guint32 *alpha)
{
  World *world = world_new (&test_limits);

  *alpha = bg_turn_server_open (world->server, 0, world->now.ms);
  world_receive_hex (world, *alpha, ALLOCATE);
  world_expect_hex (world, *alpha, UNAUTHORIZED);
  world_receive_hex (world, *alpha, ALLOCATE_AS_ALPHA);
  world_expect_hex (world, *alpha, ALLOCATED);
  return world;
}

static Device
bravo_of (World *world)
{
  Device bravo = device_new (world, "4102444800:bravo", 0);

  g_assert_cmpint (device_allocate (&bravo), ==, 0);
  return bravo;
}

static void
test_allocate (void)
{
  guint32 alpha;
  g_autoptr (World) world = world_with_alpha (&alpha);

  world_expect_nothing (world, alpha);
}

/* The reference refuses its own answer's loss with 437. */
static void
test_allocate_again (void)
{
  guint32 alpha;
  g_autoptr (World) world = world_with_alpha (&alpha);

  world_pass (world, 30 * 1000);
  world_receive_hex (world, alpha, ALLOCATE_AS_ALPHA);
  world_expect_hex (world, alpha, ALLOCATED);
}

static void
test_permission (void)
{
  guint32 alpha;
  g_autoptr (World) world = world_with_alpha (&alpha);

  world_receive_hex (world, alpha, PERMIT_2);
  world_expect_hex (world, alpha, PERMITTED);
}

static void
test_channel_bind (void)
{
  guint32 alpha;
  g_autoptr (World) world = world_with_alpha (&alpha);

  world_receive_hex (world, alpha, BIND_2);
  world_expect_hex (world, alpha, BOUND);
}

static void
test_send (void)
{
  guint32 alpha;
  g_autoptr (World) world = world_with_alpha (&alpha);
  Device bravo = bravo_of (world);

  g_assert_cmpint (device_permit (&bravo, relay_ip (alpha)), ==, 0);
  world_receive_hex (world, alpha, PERMIT_2);
  world_expect_hex (world, alpha, PERMITTED);
  world_receive_hex (world, alpha, SEND_HELLO);
  world_expect_hex (world, bravo.number, DATA_HELLO);
}

static void
test_channel_data (void)
{
  guint32 alpha;
  g_autoptr (World) world = world_with_alpha (&alpha);
  Device bravo = bravo_of (world);

  g_assert_cmpint (device_bind (&bravo, 0x4001, relay_ip (alpha), BG_TURN_RELAY_PORT), ==, 0);
  world_receive_hex (world, alpha, BIND_2);
  world_expect_hex (world, alpha, BOUND);
  world_receive_hex (world, alpha, "4000000568656c6c6f000000");
  world_expect_hex (world, bravo.number, "4001000568656c6c6f000000");
  world_receive_hex (world, alpha, "4000000568656c6c6f");
  world_expect_hex (world, bravo.number, "4001000568656c6c6f000000");
  world_receive_hex (world, alpha, "4000000568656c6c6f000000 4000000568656c6c6f000000");
  world_expect_hex (world, bravo.number, "4001000568656c6c6f000000");
  world_expect_nothing (world, bravo.number);
}

/* A ChannelData to somebody without a channel comes as an indication with a transaction ID of zeros. */
static void
test_channel_data_becomes_indication (void)
{
  guint32 alpha;
  g_autoptr (World) world = world_with_alpha (&alpha);
  Device bravo = bravo_of (world);

  g_assert_cmpint (device_permit (&bravo, relay_ip (alpha)), ==, 0);
  world_receive_hex (world, alpha, BIND_2);
  world_expect_hex (world, alpha, BOUND);
  world_receive_hex (world, alpha, "4000000568656c6c6f000000");
  world_expect_hex (world, bravo.number,
                    "001700182112a442000000000000000000000000001200080001e2422beda443"
                    "0013000568656c6c6f000000");
}

/* The reference takes a Refresh without LIFETIME for one of 0; libnice sends such to go on. */
static void
test_refresh (void)
{
  guint32 alpha;
  g_autoptr (World) world = world_with_alpha (&alpha);
  Device device = { world, alpha, TEST_USER, TEST_NONCE, 1 };

  g_assert_cmpint (device_refresh (&device, -1), ==, 600);
  g_assert_cmpint (device_refresh (&device, 7200), ==, 3600);
  g_assert_cmpint (device_refresh (&device, 0), ==, 0);
  world_receive_hex (world, alpha, "000400002112a44275767778797a7b7c7d7e7f80");
  world_expect_hex (world, alpha, NO_ALLOCATION);
}

static void
test_wrong_integrity (void)
{
  guint32 alpha;
  g_autoptr (World) world = world_with_alpha (&alpha);
  Device device = { world, alpha, "4102444800:bravo", TEST_NONCE, 1 };

  g_assert_cmpint (device_refresh (&device, 600), ==, -438);
  g_assert_cmpint (device_permit (&device, relay_ip (2)), ==, 438);
  g_assert_cmpint (device_bind (&device, 0x4000, relay_ip (2), BG_TURN_RELAY_PORT), ==, 438);
}

static void
test_bad_channel (void)
{
  guint32 alpha;
  g_autoptr (World) world = world_with_alpha (&alpha);
  Device device = { world, alpha, TEST_USER, TEST_NONCE, 1 };

  g_assert_cmpint (device_bind (&device, 0x8000, relay_ip (2), BG_TURN_RELAY_PORT), ==, 400);
  g_assert_cmpint (device_bind (&device, 0x3FFF, relay_ip (2), BG_TURN_RELAY_PORT), ==, 400);
  g_assert_cmpint (device_bind (&device, 0x4000, relay_ip (2), BG_TURN_RELAY_PORT), ==, 0);
  g_assert_cmpint (device_bind (&device, 0x4000, relay_ip (3), BG_TURN_RELAY_PORT), ==, 400);
}

static void
test_binding (void)
{
  g_autoptr (World) world = world_new (&test_limits);
  guint32 client = bg_turn_server_open (world->server, 0, world->now.ms);

  world_receive_hex (world, client, "000100002112a4427172737475767778797a7b7c");
  world_expect_hex (world, client,
                    "010100142112a4427172737475767778797a7b7c00200008000125c05e12a443"
                    "8028000450efb14d");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/turn-vectors/credential", test_credential);
  g_test_add_func ("/turn-vectors/allocate", test_allocate);
  g_test_add_func ("/turn-vectors/allocate-again", test_allocate_again);
  g_test_add_func ("/turn-vectors/permission", test_permission);
  g_test_add_func ("/turn-vectors/channel-bind", test_channel_bind);
  g_test_add_func ("/turn-vectors/send", test_send);
  g_test_add_func ("/turn-vectors/channel-data", test_channel_data);
  g_test_add_func ("/turn-vectors/channel-data-becomes-indication",
                   test_channel_data_becomes_indication);
  g_test_add_func ("/turn-vectors/refresh", test_refresh);
  g_test_add_func ("/turn-vectors/wrong-integrity", test_wrong_integrity);
  g_test_add_func ("/turn-vectors/bad-channel", test_bad_channel);
  g_test_add_func ("/turn-vectors/binding", test_binding);
  return g_test_run ();
}
