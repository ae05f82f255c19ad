/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the server does over time, and where it has enough. */
#include "core-test.h"
#include "worker/core/turn-allocation.h"

#include <string.h>

enum
{
  MINUTE = 60 * 1000
};

static Device
allocated (World *world, const char *username, guint64 network)
{
  Device device = device_new (world, username, network);

  g_assert_cmpint (device_allocate (&device), ==, 0);
  return device;
}

/* Two devices with channels to each other. */
static void
join_by_channels (Device *alpha, Device *bravo)
{
  g_assert_cmpint (device_bind (alpha, 0x4000, relay_ip (bravo->number), 50000), ==, 0);
  g_assert_cmpint (device_bind (bravo, 0x4007, relay_ip (alpha->number), 50000), ==, 0);
}

static void
assert_came (Device *device, const char *text)
{
  guint16 channel;
  guint32 ip;
  g_autofree char *came = device_take_text (device, &channel, &ip);

  g_assert_cmpstr (came, ==, text);
}

/* --- Frames --- */

static void
append_channel_data (GByteArray *to, const char *text, gsize padding)
{
  guint8 header[4] = { 0x40, 0, 0, (guint8) strlen (text) };
  static const guint8 zeros[4];

  g_byte_array_append (to, header, sizeof header);
  g_byte_array_append (to, (const guint8 *) text, (guint) strlen (text));
  g_byte_array_append (to, zeros, (guint) padding);
}

static void
test_many_in_a_frame (void)
{
  g_autoptr (World) world = world_new (&test_limits);
  Device alpha = allocated (world, TEST_USER, 0), bravo = allocated (world, "4102444800:bravo", 0);
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  BgTurnCounters before, after;

  join_by_channels (&alpha, &bravo);
  append_channel_data (frame, "hello", 3);
  append_channel_data (frame, "", 0);
  append_channel_data (frame, "without its padding", 0);
  bg_turn_server_get_counters (world->server, &before);
  g_assert_cmpint (world_receive_many (world, alpha.number, frame->data, frame->len), ==,
                   BG_TURN_TAKEN);
  bg_turn_server_get_counters (world->server, &after);
  g_assert_cmpuint (after.frames - before.frames, ==, 1);
  g_assert_cmpuint (after.messages - before.messages, ==, 3);
  assert_came (&bravo, "hello");
  assert_came (&bravo, "");
  assert_came (&bravo, "without its padding");
  g_assert_cmpint (world_receive (world, alpha.number, frame->data, frame->len), ==, BG_TURN_TAKEN);
  assert_came (&bravo, "hello");
  world_expect_nothing (world, bravo.number); /* the rest does not count */
}

/* What stands before it is taken. */
static void
test_frame_that_is_spoilt (void)
{
  static const guint8 spoilt[][6] = { { 0x40, 0, 0, 9, 'a', 'b' }, { 0xff, 0xff, 0, 0 }, { 0 } };
  g_autoptr (World) world = world_new (&test_limits);
  Device alpha = allocated (world, TEST_USER, 0), bravo = allocated (world, "4102444800:bravo", 0);

  join_by_channels (&alpha, &bravo);
  for (gsize i = 0; i < G_N_ELEMENTS (spoilt); i++)
    {
      g_autoptr (GByteArray) frame = g_byte_array_new ();

      append_channel_data (frame, "good", 0);
      g_byte_array_append (frame, spoilt[i], sizeof spoilt[i]);
      g_assert_cmpint (world_receive_many (world, alpha.number, frame->data, frame->len), ==,
                       BG_TURN_MALFORMED);
      assert_came (&bravo, "good");
      world_expect_nothing (world, bravo.number);
    }
  g_assert_cmpint (world_receive_many (world, alpha.number, "", 0), ==, BG_TURN_MALFORMED);
}

/* --- Time --- */

static void
test_allocation_ends (void)
{
  g_autoptr (World) world = world_new (&test_limits);
  Device alpha = allocated (world, TEST_USER, 0);
  BgTurnCounters counters;

  world_pass (world, 10 * MINUTE - 1);
  g_assert_cmpuint (bg_turn_server_expire (world->server, world->now.ms), ==, world->now.ms + 1);
  g_assert_cmpint (device_refresh (&alpha, 600), ==, 600);
  world_pass (world, 10 * MINUTE);
  g_assert_false (bg_turn_server_has_allocation (world->server, alpha.number, world->now.ms));
  g_assert_cmpint (device_refresh (&alpha, 600), ==, -437); /* although nobody has cleaned up */
  g_assert_cmpuint (bg_turn_server_expire (world->server, world->now.ms), ==, G_MAXUINT64);
  bg_turn_server_get_counters (world->server, &counters);
  g_assert_cmpuint (counters.live, ==, 0);
  g_assert_cmpint (device_allocate (&alpha), ==, 0); /* the same nonce is good for a new one */
}

/* An allocation that was forgotten to be cleaned up gives its shares back when the next is made. */
static void
test_allocation_after_the_end (void)
{
  BgTurnLimits limits = test_limits;
  BgTurnCounters counters;

  limits.per_user = 1;
  {
    g_autoptr (World) world = world_new (&limits);
    Device alpha = allocated (world, TEST_USER, 0);

    world_pass (world, 11 * MINUTE);
    g_assert_cmpint (device_allocate (&alpha), ==, 0);
    bg_turn_server_get_counters (world->server, &counters);
    g_assert_cmpuint (counters.live, ==, 1);
  }
}

static void
test_permission_ends (void)
{
  g_autoptr (World) world = world_new (&test_limits);
  Device alpha = allocated (world, TEST_USER, 0), bravo = allocated (world, "4102444800:bravo", 0);

  g_assert_cmpint (device_permit (&alpha, relay_ip (bravo.number)), ==, 0);
  g_assert_cmpint (device_permit (&bravo, relay_ip (alpha.number)), ==, 0);
  device_send (&alpha, relay_ip (bravo.number), "in time");
  assert_came (&bravo, "in time");
  world_pass (world, 4 * MINUTE);
  g_assert_cmpint (device_permit (&alpha, relay_ip (bravo.number)), ==, 0);
  world_pass (world, MINUTE);
  device_send (&alpha, relay_ip (bravo.number), "too late for the receiver");
  world_expect_nothing (world, bravo.number);
}

static void
test_channel_ends (void)
{
  g_autoptr (World) world = world_new (&test_limits);
  Device alpha = allocated (world, TEST_USER, 0), bravo = allocated (world, "4102444800:bravo", 0);

  join_by_channels (&alpha, &bravo);
  world_pass (world, 9 * MINUTE);
  g_assert_cmpint (device_refresh (&alpha, 3600), ==, 3600);
  g_assert_cmpint (device_refresh (&bravo, 3600), ==, 3600);
  device_send_channel (&alpha, 0x4000, "in time");
  assert_came (&bravo, "in time");
  world_pass (world, MINUTE);
  device_send_channel (&alpha, 0x4000, "too late");
  world_expect_nothing (world, bravo.number);
}

static void
test_nonce_gets_stale (void)
{
  g_autoptr (World) world = world_new (&test_limits);
  Device alpha = allocated (world, TEST_USER, 0);
  guint64 before = alpha.nonce;

  g_assert_cmpint (device_refresh (&alpha, 3600), ==, 3600);
  world_pass (world, 59 * MINUTE);
  g_assert_cmpint (device_refresh (&alpha, 3600), ==, 3600);
  world_pass (world, MINUTE);
  g_assert_cmpint (device_refresh (&alpha, 3600), ==, -438);
  g_assert_cmpuint (alpha.nonce, !=, before);
  g_assert_cmpint (device_refresh (&alpha, 3600), ==, 3600);
}

/* What was said on one connection is never good on another, challenged or not. */
static void
test_nonce_of_another_connection (void)
{
  g_autoptr (World) world = world_new (&test_limits);
  Device alpha = device_new (world, TEST_USER, 0), thief;

  alpha.nonce = TEST_NONCE;
  g_assert_cmpint (device_allocate (&alpha), ==, 401); /* before there was a challenge */
  g_assert_cmpint (device_allocate (&alpha), ==, 0);
  thief = device_new (world, TEST_USER, 0);
  thief.nonce = alpha.nonce;
  g_assert_cmpint (device_allocate (&thief), ==, 401);
  thief.nonce = alpha.nonce;
  g_assert_cmpint (device_allocate (&thief), ==, 438);
}

/* --- Credentials --- */

static void
test_credentials (void)
{
  static const struct
  {
    const char *username;
    int code;
  } cases[] = {
    { "4102444800:alpha", 0 },
    { "4102444800:", 0 },
    { "4102444800:a:b", 0 },
    { "1700000000:alpha", 0 },
    { "1699999999:alpha", 401 },
    { "0:alpha", 401 },
    { ":alpha", 401 },
    { "alpha", 401 },
    { "", 401 },
    { "4102444800", 401 },
    { "-1:alpha", 401 },
    { " 4102444800:alpha", 401 },
    { "99999999999999999999999:alpha", 401 },
  };
  g_autoptr (World) world = world_new (&test_limits);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Device device = device_new (world, cases[i].username, 0);

      g_assert_cmpint (device_allocate (&device), ==, cases[i].code);
    }
}

static void
test_longest_username (void)
{
  g_autofree char *name = g_strnfill (BG_TURN_USERNAME_MAX + 1, 'x');
  g_autoptr (World) world = world_new (&test_limits);
  Device device;

  memcpy (name, "4102444800:", 11);
  device = device_new (world, name, 0);
  g_assert_cmpint (device_allocate (&device), ==, 401);
  name[BG_TURN_USERNAME_MAX] = '\0';
  g_assert_cmpint (device_allocate (&device), ==, 0);
  g_assert_cmpint (device_permit (&device, relay_ip (1)), ==, 0);
}

/* A connection that lasts longer than its credentials is not cut: Go peers never renew them. */
static void
test_credentials_end_in_use (void)
{
  g_autoptr (World) world = world_new (&test_limits);
  Device device = allocated (world, "1700000100:alpha", 0);

  world_pass (world, 9 * MINUTE);
  g_assert_cmpint (device_refresh (&device, 600), ==, 600);
  g_assert_cmpint (device_refresh (&device, 0), ==, 0);
  g_assert_cmpint (device_allocate (&device), ==, 401);
}

/* The right key with another name than the allocation's. */
static void
test_other_username (void)
{
  g_autoptr (World) world = world_new (&test_limits);
  Device alpha = allocated (world, TEST_USER, 0);

  alpha.username = "4102444800:bravo";
  g_assert_cmpint (device_allocate (&alpha), ==, 437); /* good credentials, but it is taken */
  g_assert_cmpint (device_refresh (&alpha, 0), ==, -438);
}

/* --- Wishes --- */

static int
allocate_with (World *world, guint16 type, guint32 value)
{
  Device device = device_new (world, TEST_USER, 0);
  BgStunWriter writer;
  int code;

  g_assert_cmpint (device_allocate (&device), ==, 0);
  g_assert_cmpint (device_refresh (&device, 0), ==, 0);
  device_begin (&device, &writer, BG_STUN_ALLOCATE);
  if (type != BG_STUN_REQUESTED_TRANSPORT)
    bg_stun_writer_put_number (&writer, BG_STUN_REQUESTED_TRANSPORT, 17u << 24);
  if (type != 0)
    bg_stun_writer_put_number (&writer, type, value);
  code = device_finish (&device, &writer);
  bg_turn_server_close (world->server, device.number);
  return code;
}

static void
test_wishes (void)
{
  g_autoptr (World) world = world_new (&test_limits);
  Device device = allocated (world, TEST_USER, 0);
  BgStunWriter writer;

  g_assert_cmpint (allocate_with (world, BG_STUN_REQUESTED_TRANSPORT, 6u << 24), ==, 442);
  g_assert_cmpint (allocate_with (world, BG_STUN_REQUESTED_ADDRESS_FAMILY, 1u << 24), ==, 0);
  g_assert_cmpint (allocate_with (world, BG_STUN_REQUESTED_ADDRESS_FAMILY, 2u << 24), ==, 440);
  g_assert_cmpint (allocate_with (world, BG_STUN_EVEN_PORT, 0), ==, 0);
  g_assert_cmpint (allocate_with (world, BG_STUN_EVEN_PORT, 0x80u << 24), ==, 508);
  g_assert_cmpint (allocate_with (world, BG_STUN_RESERVATION_TOKEN, 1), ==, 508);
  g_assert_cmpint (allocate_with (world, 0x7000, 1), ==, 420);
  g_assert_cmpint (allocate_with (world, 0xC001, 1), ==, 0);

  g_assert_cmpint (device_refresh (&device, 0), ==, 0);
  device_begin (&device, &writer, BG_STUN_ALLOCATE);
  g_assert_cmpint (device_finish (&device, &writer), ==, 400); /* no transport */
}

static void
test_lifetimes (void)
{
  g_autoptr (World) world = world_new (&test_limits);
  Device alpha = allocated (world, TEST_USER, 0);

  g_assert_cmpint (device_refresh (&alpha, 1), ==, 600);
  g_assert_cmpint (device_refresh (&alpha, 1800), ==, 1800);
  g_assert_cmpint (device_refresh (&alpha, G_MAXINT), ==, 3600);
  g_assert_cmpint (device_refresh (&alpha, 0), ==, 0);
  g_assert_cmpint (device_refresh (&alpha, 0), ==, -437);
}

static void
test_several_permissions (void)
{
  g_autoptr (World) world = world_new (&test_limits);
  Device alpha = allocated (world, TEST_USER, 0), bravo = allocated (world, "4102444800:bravo", 0);
  static const guint8 ipv6[20] = { 0, BG_STUN_IPV6 }, bad[6] = { 0, BG_STUN_IPV4 };
  BgStunWriter writer;

  device_begin (&alpha, &writer, BG_STUN_CREATE_PERMISSION);
  bg_stun_writer_put_ipv4 (&writer, BG_STUN_XOR_PEER_ADDRESS, 0xc0000201, 9);
  bg_stun_writer_put (&writer, BG_STUN_XOR_PEER_ADDRESS, BG_BYTES (ipv6));
  bg_stun_writer_put_ipv4 (&writer, BG_STUN_XOR_PEER_ADDRESS, relay_ip (bravo.number), 0);
  g_assert_cmpint (device_finish (&alpha, &writer), ==, 0);
  g_assert_cmpint (device_permit (&bravo, relay_ip (alpha.number)), ==, 0);
  device_send (&alpha, relay_ip (bravo.number), "hello");
  assert_came (&bravo, "hello");

  device_begin (&alpha, &writer, BG_STUN_CREATE_PERMISSION);
  g_assert_cmpint (device_finish (&alpha, &writer), ==, 400);
  device_begin (&alpha, &writer, BG_STUN_CREATE_PERMISSION);
  bg_stun_writer_put_ipv4 (&writer, BG_STUN_XOR_PEER_ADDRESS, relay_ip (bravo.number), 0);
  bg_stun_writer_put (&writer, BG_STUN_XOR_PEER_ADDRESS, BG_BYTES (bad));
  g_assert_cmpint (device_finish (&alpha, &writer), ==, 400);
}

/* --- Who may be reached --- */

static void
test_reach (void)
{
  g_autoptr (World) world = world_new (&test_limits);
  Device alpha = allocated (world, TEST_USER, 0), bravo = allocated (world, "4102444800:bravo", 0);
  guint32 nobody[] = { 0x0aff0000, 0x0aff00ff, 0x0affffff,  0x0aff0101,
                       0x0afe0001, 0x7f000001, relay_ip (3) };

  for (gsize i = 0; i < G_N_ELEMENTS (nobody); i++)
    {
      g_assert_cmpint (device_permit (&alpha, nobody[i]), ==, 0);
      g_assert_cmpint (device_bind (&alpha, (guint16) (0x4100 + i), nobody[i], 50000), ==, 0);
      device_send (&alpha, nobody[i], "x");
      device_send_channel (&alpha, (guint16) (0x4100 + i), "x");
    }
  /* another port than every address has */
  g_assert_cmpint (device_bind (&alpha, 0x4200, relay_ip (bravo.number), 50001), ==, 0);
  g_assert_cmpint (device_bind (&bravo, 0x4007, relay_ip (alpha.number), 50000), ==, 0);
  device_send_channel (&alpha, 0x4200, "x");
  device_send (&alpha, relay_ip (bravo.number), "without a permission of the sender's");
  world_expect_nothing (world, bravo.number);
}

static void
test_itself (void)
{
  g_autoptr (World) world = world_new (&test_limits);
  Device alpha = allocated (world, TEST_USER, 0);

  g_assert_cmpint (device_bind (&alpha, 0x4000, relay_ip (alpha.number), 50000), ==, 0);
  device_send_channel (&alpha, 0x4000, "to myself");
  assert_came (&alpha, "to myself");
}

/* Closing one connection leaves everybody else's as they are, and the address is not handed on at once. */
static void
test_close (void)
{
  g_autoptr (World) world = world_new (&test_limits);
  Device alpha = allocated (world, TEST_USER, 0), bravo = allocated (world, "4102444800:bravo", 0);
  Device again, charlie;

  join_by_channels (&alpha, &bravo);
  bg_turn_server_close (world->server, alpha.number);
  again = allocated (world, TEST_USER, 0);
  g_assert_cmpuint (again.number, !=, alpha.number);
  device_send_channel (&bravo, 0x4007, "to whom is gone");
  world_expect_nothing (world, alpha.number);
  world_expect_nothing (world, again.number);
  charlie = allocated (world, "4102444800:charlie", 0);
  g_assert_cmpint (device_bind (&charlie, 0x4000, relay_ip (bravo.number), 50000), ==, 0);
  device_send_channel (&charlie, 0x4000, "from whom is not permitted");
  world_expect_nothing (world, bravo.number);
  g_assert_cmpint (device_bind (&bravo, 0x4007, relay_ip (charlie.number), 50000), ==, 400);
  g_assert_cmpint (device_bind (&bravo, 0x4008, relay_ip (charlie.number), 50000), ==, 0);
  device_send_channel (&charlie, 0x4000, "hello");
  assert_came (&bravo, "hello");
}

/* The addresses of many do not collide: the reference has no more than 255. */
static void
test_many_addresses (void)
{
  BgTurnLimits limits = test_limits;
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  limits.per_user = WORLD_CLIENTS;
  {
    g_autoptr (World) world = world_new (&limits);
    Device first = allocated (world, TEST_USER, 0), last = first;

    for (guint i = 1; i < WORLD_CLIENTS; i++)
      {
        last = allocated (world, TEST_USER, 0);
        g_assert_true (g_hash_table_add (seen, GUINT_TO_POINTER (relay_ip (last.number))));
        g_assert_cmpuint (relay_ip (last.number) & 255, >, 0);
        g_assert_cmpuint (relay_ip (last.number) & 255, <, 255);
      }
    g_assert_cmpuint (bg_turn_server_open (world->server, 0, world->now.ms), ==, 0);
    join_by_channels (&first, &last);
    device_send_channel (&first, 0x4000, "far");
    assert_came (&last, "far");
  }
}

/* --- Quotas --- */

static void
test_quota_of_a_user (void)
{
  g_autoptr (World) world = world_new (&test_limits);
  Device one = { 0 }, more;

  for (guint i = 0; i < test_limits.per_user; i++)
    one = allocated (world, i % 2 ? TEST_USER : "4102444801:alpha", 0);
  more = device_new (world, TEST_USER, 0);
  g_assert_cmpint (device_allocate (&more), ==, 486);
  allocated (world, "4102444800:bravo", 0);
  g_assert_cmpint (device_refresh (&one, 0), ==, 0);
  g_assert_cmpint (device_allocate (&more), ==, 0);
}

static Device
of_device (World *world, const char *username, const char *device)
{
  Device client = device_new (world, username, 0);

  bg_turn_server_set_device (world->server, client.number,
                             (BgBytes){ (const guint8 *) device, strlen (device) });
  return client;
}

/* Whoever has registered has one share, under whatever names; who has the token of all gets none of it by a name. */
static void
test_quota_of_a_device (void)
{
  g_autoptr (World) world = world_new (&test_limits);
  Device more;

  for (guint i = 0; i < test_limits.per_user; i++)
    {
      g_autofree char *name = g_strdup_printf ("4102444800:%u", i);
      Device one = of_device (world, g_intern_string (name), "d1");

      g_assert_cmpint (device_allocate (&one), ==, 0);
    }
  more = of_device (world, "4102444800:one-more", "d1");
  g_assert_cmpint (device_allocate (&more), ==, 486);
  more = of_device (world, TEST_USER, "d2");
  g_assert_cmpint (device_allocate (&more), ==, 0);
  allocated (world, "4102444800:d1", 0);
}

static void
test_quota_of_a_network (void)
{
  g_autoptr (World) world = world_new (&test_limits);
  Device more;

  for (guint i = 0; i < test_limits.per_network; i++)
    {
      g_autofree char *name = g_strdup_printf ("4102444800:%u", i);
      Device device = device_new (world, name, 7);

      g_assert_cmpint (device_allocate (&device), ==, 0);
    }
  more = device_new (world, "4102444800:more", 7);
  g_assert_cmpint (device_allocate (&more), ==, 486);
  allocated (world, "4102444800:more", 8);
  allocated (world, "4102444800:more", 0);
}

static void
test_quota_of_bytes (void)
{
  BgTurnLimits limits = test_limits;
  BgTurnCounters counters;
  g_autofree char *text = g_strnfill (1000, 'x');

  limits.user_bytes_per_s = 1000 * 1000;
  {
    g_autoptr (World) world = world_new (&limits);
    Device alpha = allocated (world, TEST_USER, 0),
           bravo = allocated (world, "1800000000:bravo", 0);

    join_by_channels (&alpha, &bravo);
    for (int i = 0; i < 1000; i++)
      device_send_channel (&alpha, 0x4000, text);
    bg_turn_server_get_counters (world->server, &counters);
    g_assert_cmpuint (counters.messages, <=, 500);
    g_assert_cmpuint (counters.messages, >, 400);
    g_assert_cmpuint (counters.messages + counters.dropped_over_rate, ==, 1000);
    device_send_channel (&bravo, 0x4007, "others have their own");
    assert_came (&alpha, "others have their own");
    world_pass (world, 100);
    for (int i = 0; i < 1000; i++)
      device_send_channel (&alpha, 0x4000, text);
    bg_turn_server_get_counters (world->server, &counters);
    g_assert_cmpuint (counters.messages, <=, 601);
  }
}

static void
test_quota_of_requests (void)
{
  g_autoptr (World) world = world_new (&test_limits);
  Device alpha = allocated (world, TEST_USER, 0);
  guint answered = 0;

  for (int i = 0; i < 2000; i++)
    answered += device_refresh (&alpha, 600) == 600;
  g_assert_cmpuint (answered, <=, 256);
  g_assert_cmpuint (answered, >, 200);
  world_pass (world, 1000);
  g_assert_cmpint (device_refresh (&alpha, 600), ==, 600);
}

/* --- Garbage --- */

static void
test_garbage (void)
{
  g_autoptr (World) world = world_new (&test_limits);
  Device alpha = allocated (world, TEST_USER, 0);

  g_assert_cmpint (world_receive_hex (world, alpha.number, ""), ==, BG_TURN_MALFORMED);
  g_assert_cmpint (world_receive_hex (world, alpha.number, "40"), ==, BG_TURN_MALFORMED);
  g_assert_cmpint (world_receive_hex (world, alpha.number, "4000000141"), ==, BG_TURN_TAKEN);
  g_assert_cmpint (world_receive_hex (world, alpha.number, "40000002ff"), ==, BG_TURN_MALFORMED);
  g_assert_cmpint (world_receive_hex (world, alpha.number, "80000000"), ==, BG_TURN_MALFORMED);
  g_assert_cmpint (world_receive_hex (world, alpha.number, "ff"), ==, BG_TURN_MALFORMED);
  /* a wrong fingerprint */
  g_assert_cmpint (world_receive_hex (world, alpha.number,
                                      "000100082112a4427172737475767778797a7b7c 8028000400000000"),
                   ==, BG_TURN_MALFORMED);
  /* what a server sends, and methods that are none */
  world_receive_hex (world, alpha.number, "010100002112a4427172737475767778797a7b7c");
  world_receive_hex (world, alpha.number, "001700002112a4427172737475767778797a7b7c");
  world_receive_hex (world, alpha.number, "000a00002112a4427172737475767778797a7b7c");
  world_receive_hex (world, alpha.number, "001100002112a4427172737475767778797a7b7c");
  world_expect_nothing (world, alpha.number);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/turn-server/many-in-a-frame", test_many_in_a_frame);
  g_test_add_func ("/turn-server/frame-that-is-spoilt", test_frame_that_is_spoilt);
  g_test_add_func ("/turn-server/allocation-ends", test_allocation_ends);
  g_test_add_func ("/turn-server/allocation-after-the-end", test_allocation_after_the_end);
  g_test_add_func ("/turn-server/permission-ends", test_permission_ends);
  g_test_add_func ("/turn-server/channel-ends", test_channel_ends);
  g_test_add_func ("/turn-server/nonce-gets-stale", test_nonce_gets_stale);
  g_test_add_func ("/turn-server/nonce-of-another-connection", test_nonce_of_another_connection);
  g_test_add_func ("/turn-server/credentials", test_credentials);
  g_test_add_func ("/turn-server/longest-username", test_longest_username);
  g_test_add_func ("/turn-server/credentials-end-in-use", test_credentials_end_in_use);
  g_test_add_func ("/turn-server/other-username", test_other_username);
  g_test_add_func ("/turn-server/wishes", test_wishes);
  g_test_add_func ("/turn-server/lifetimes", test_lifetimes);
  g_test_add_func ("/turn-server/several-permissions", test_several_permissions);
  g_test_add_func ("/turn-server/reach", test_reach);
  g_test_add_func ("/turn-server/itself", test_itself);
  g_test_add_func ("/turn-server/close", test_close);
  g_test_add_func ("/turn-server/many-addresses", test_many_addresses);
  g_test_add_func ("/turn-server/quota-of-a-user", test_quota_of_a_user);
  g_test_add_func ("/turn-server/quota-of-a-device", test_quota_of_a_device);
  g_test_add_func ("/turn-server/quota-of-a-network", test_quota_of_a_network);
  g_test_add_func ("/turn-server/quota-of-bytes", test_quota_of_bytes);
  g_test_add_func ("/turn-server/quota-of-requests", test_quota_of_requests);
  g_test_add_func ("/turn-server/garbage", test_garbage);
  return g_test_run ();
}
