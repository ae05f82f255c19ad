/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core-test.h"
#include "core-check.h"
#include "worker/core/turn-memory.h"

/* Two devices that talk over channels, of which the first renews its allocation. */
typedef struct
{
  World *world;
  Device a, b;
} Pair;

static void
pair_set_up (Pair *pair, gconstpointer data)
{
  pair->world = world_new (&test_limits);
  pair->a = device_new (pair->world, TEST_USER, 7);
  pair->b = device_new (pair->world, "4102444800:bravo", 8);
  g_assert_cmpint (device_allocate (&pair->a), ==, 0);
  g_assert_cmpint (device_allocate (&pair->b), ==, 0);
  g_assert_cmpint (device_bind (&pair->a, 0x4000, relay_ip (pair->b.number), BG_TURN_RELAY_PORT),
                   ==, 0);
  g_assert_cmpint (device_bind (&pair->b, 0x4001, relay_ip (pair->a.number), BG_TURN_RELAY_PORT),
                   ==, 0);
  g_assert_cmpint (device_permit (&pair->b, relay_ip (99)), ==, 0);
}

static void
pair_tear_down (Pair *pair, gconstpointer data)
{
  world_free (pair->world);
}

#define NOBODY BG_TEXT ("")

static gsize
save (const Pair *pair, const Device *device, guint8 bytes[BG_TURN_MEMORY_MAX])
{
  return bg_turn_server_save (pair->world->server, device->number, pair->world->now.ms, bytes);
}

/* The device in another server, which has forgotten all. */
static Device
move (const Pair *pair, const Device *device, World *world)
{
  guint8 bytes[BG_TURN_MEMORY_MAX];
  gsize len = save (pair, device, bytes);
  Device moved = *device;

  moved.world = world;
  g_assert_cmpuint (len, <=, sizeof bytes);
  g_assert_true (bg_turn_server_restore (world->server, device->number, (BgBytes){ bytes, len },
                                         NOBODY, world->now.ms));
  turn_server_check (world->server);
  return moved;
}

static World *
later (const Pair *pair, guint64 ms)
{
  World *world = world_new (&test_limits);

  world->now = pair->world->now;
  world->nonce = pair->world->nonce;
  world_pass (world, ms);
  return world;
}

static void
test_goes_on (Pair *pair, gconstpointer data)
{
  g_autoptr (World) world = later (pair, 1000);
  Device b = move (pair, &pair->b, world), a = move (pair, &pair->a, world); /* in whatever order */
  g_autofree char *text = NULL, *back = NULL;
  guint16 channel;
  guint32 ip;

  device_send_channel (&a, 0x4000, "there");
  text = device_take_text (&b, &channel, &ip);
  g_assert_cmpstr (text, ==, "there");
  g_assert_cmpuint (channel, ==, 0x4001);
  device_send_channel (&b, 0x4001, "and back");
  back = device_take_text (&a, &channel, &ip);
  g_assert_cmpstr (back, ==, "and back");
  g_assert_cmpint (device_refresh (&a, 600), ==, 600); /* with the nonce that it had */
  g_assert_cmpint (device_allocate (&a), ==, 437);
  turn_server_check (world->server);
}

static void
test_numbers (Pair *pair, gconstpointer data)
{
  g_autoptr (World) world = later (pair, 0);
  guint8 bytes[BG_TURN_MEMORY_MAX];
  gsize len = save (pair, &pair->b, bytes);
  BgBytes saved = { bytes, len };

  move (pair, &pair->b, world);
  g_assert_false (bg_turn_server_restore (world->server, pair->b.number, saved, NOBODY,
                                          world->now.ms)); /* somebody has it */
  g_assert_false (bg_turn_server_restore (world->server, 0, saved, NOBODY, world->now.ms));
  g_assert_false (
    bg_turn_server_restore (world->server, test_limits.clients + 1, saved, NOBODY, world->now.ms));
  g_assert_cmpuint (bg_turn_server_open (world->server, 0, world->now.ms), !=, pair->b.number);
  turn_server_check (world->server);
}

static void
test_expired_meanwhile (Pair *pair, gconstpointer data)
{
  g_autoptr (World) world = later (pair, 700 * 1000);
  Device a = move (pair, &pair->a, world);

  g_assert_false (bg_turn_server_has_allocation (world->server, a.number, world->now.ms));
  g_assert_cmpint (device_allocate (&a), ==, 0);
}

static void
test_nothing_changes_by_relaying (Pair *pair, gconstpointer data)
{
  guint8 before[BG_TURN_MEMORY_MAX], after[BG_TURN_MEMORY_MAX];
  gsize len = save (pair, &pair->a, before);

  device_send_channel (&pair->a, 0x4000, "there");
  g_assert_cmpmem (before, len, after, save (pair, &pair->a, after));
  g_assert_cmpint (device_refresh (&pair->a, 1200), ==, 1200);
  len = save (pair, &pair->a, after);
  g_assert_cmpint (memcmp (before, after, len), !=, 0);
}

static void
test_bad_bytes (Pair *pair, gconstpointer data)
{
  g_autoptr (World) world = later (pair, 0);
  guint8 bytes[BG_TURN_MEMORY_MAX + 1] = { 0 };
  gsize len = save (pair, &pair->b, bytes);

  for (gsize i = 0; i <= len + 1; i++)
    if (i != len)
      {
        g_autofree guint8 *exact = g_memdup2 (bytes, i);

        g_assert_false (bg_turn_server_restore (world->server, pair->b.number,
                                                (BgBytes){ exact, i }, NOBODY, world->now.ms));
      }
  bytes[0]++; /* of somebody newer */
  g_assert_false (bg_turn_server_restore (world->server, pair->b.number, (BgBytes){ bytes, len },
                                          NOBODY, world->now.ms));
  turn_server_check (world->server);
}

/* A device that slept has its own share, not that of a name. */
static void
test_device (Pair *pair, gconstpointer data)
{
  g_autoptr (World) world = later (pair, 0);
  guint8 bytes[BG_TURN_MEMORY_MAX];
  gsize len = save (pair, &pair->a, bytes);

  g_assert_true (bg_turn_server_restore (world->server, pair->a.number, (BgBytes){ bytes, len },
                                         BG_TEXT ("a device"), world->now.ms));
  for (guint i = 1; i < test_limits.per_user; i++)
    {
      Device more = device_new (world, TEST_USER, 0);

      bg_turn_server_set_device (world->server, more.number, BG_TEXT ("a device"));
      g_assert_cmpint (device_allocate (&more), ==, 0);
    }
  {
    Device last = device_new (world, "4102444800:another-name", 0),
           named = device_new (world, TEST_USER, 0);

    bg_turn_server_set_device (world->server, last.number, BG_TEXT ("a device"));
    g_assert_cmpint (device_allocate (&last), ==, 486);
    g_assert_cmpint (device_allocate (&named), ==, 0);
  }
}

#define ADD(name, function)                                                                        \
  g_test_add ("/core-turn-memory/" name, Pair, NULL, pair_set_up, function, pair_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("goes-on", test_goes_on);
  ADD ("numbers", test_numbers);
  ADD ("expired-meanwhile", test_expired_meanwhile);
  ADD ("relaying", test_nothing_changes_by_relaying);
  ADD ("bad-bytes", test_bad_bytes);
  ADD ("device", test_device);
  return g_test_run ();
}
