/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes that the reference takes and gives. */
#include "core-test.h"
#include "worker/core/turn-credential.h"
#include "worker/hub/hub-digests.h"

/* of "alpha", without and with credentials */
#define ALLOCATE                                                                                   \
  "00030010 2112a442 0102030405060708090a0b0c"                                                     \
  "00190004 11000000"                                                                              \
  "80280004 41c778f0"
#define UNAUTHORIZED                                                                               \
  "011300402112a4420102030405060708090a0b0c0009001000000401556e617574686f72697a6564"               \
  "0014000762616d676174650000150013313730303030303030303030303030303030300080280004"               \
  "72abc98a"
#define ALLOCATE_AS_ALPHA                                                                          \
  "000300602112a4421112131415161718191a1b1c0019000411000000000600103431303234343438"               \
  "30303a616c7068610014000762616d67617465000015001331373030303030303030303030303030"               \
  "30303000000800146311ee501fc3172cc27edb225451e7d93e47d4da802800049ce7fd66"
#define ALLOCATED                                                                                  \
  "010300402112a4421112131415161718191a1b1c001600080001e2422beda44300200008000125c0"               \
  "5e12a443000d00040000025800080014a568f4425e2d2cde5f74bdbb3cee68e9fb16c81e80280004"               \
  "198ee892"
#define PERMIT_2                                                                                   \
  "000800642112a4423132333435363738393a3b3c001200080001e2422beda4400006001034313032"               \
  "3434343830303a616c7068610014000762616d676174650000150013313730303030303030303030"               \
  "303030303030300000080014af67249f7aad291d17177451641cd813d1cb2d2e802800044bd3a6a8"
#define PERMITTED                                                                                  \
  "010800202112a4423132333435363738393a3b3c00080014d76681b89a031e47b9eea68cb8fb2543"               \
  "9f97dade80280004d7846ba1"
#define BIND_2                                                                                     \
  "0009006c2112a4425152535455565758595a5b5c001200080001e2422beda440000c000440000000"               \
  "00060010343130323434343830303a616c7068610014000762616d67617465000015001331373030"               \
  "3030303030303030303030303030300000080014916735e671b678e14f897abd83f379e67ec4ce0b"               \
  "80280004bad02c29"
#define BOUND                                                                                      \
  "010900202112a4425152535455565758595a5b5c000800149d0cbfb8ba3e51f088bab415ff444f0e"               \
  "9a2d495280280004f5021cc7"
#define SEND_HELLO                                                                                 \
  "001600202112a4424142434445464748494a4b4c0013000568656c6c6f000000001200080001e242"               \
  "2beda44080280004b80dbd83"
#define DATA_HELLO                                                                                 \
  "001700182112a4424142434445464748494a4b4c001200080001e2422beda4430013000568656c6c"               \
  "6f000000"
#define NO_ALLOCATION                                                                              \
  "011400242112a44275767778797a7b7c7d7e7f800009001700000425416c6c6f636174696f6e204d"               \
  "69736d61746368008028000449219508"

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
