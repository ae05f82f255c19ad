/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Some devices do this and that, and time passes. Whatever arrives has to arrive by a model that knows nothing but the words
 * of RFC 8656, and what the server holds always fits together. */
#include "core-check.h"
#include "core-test.h"

#include <string.h>

enum
{
  DEVICES = 3,
  NUMBERS = DEVICES + 1, /* of clients: who comes again has another */
  CHANNELS = 4,
  STEPS = 4000,
  WORLDS = 20,
  ALLOCATION_MS = 600 * 1000,
  PERMISSION_MS = 300 * 1000,
  CHANNEL_MS = 600 * 1000,
};

/* By device: until when, and who is whose. Peers are numbers, as addresses are, whoever has them. */
typedef struct
{
  guint64 allocation[DEVICES];
  guint64 permission[DEVICES][NUMBERS + 1];
  guint64 channel_until[DEVICES][CHANNELS];
  guint32 channel_peer[DEVICES][CHANNELS];
} Model;

typedef struct
{
  World *world;
  Device devices[DEVICES];
  char names[DEVICES][32];
  Model model;
  guint arrived, dropped;
} Play;

static const BgTurnLimits limits = { .clients = NUMBERS, .per_user = 2, .per_network = 2 };

static guint64
now_of (Play *p)
{
  return p->world->now.ms;
}

static gboolean
has_allocation (Play *p, int i)
{
  return p->model.allocation[i] > now_of (p);
}

static int
channel_to (Play *p, int owner, guint32 peer)
{
  for (int c = 0; c < CHANNELS; c++)
    if (p->model.channel_peer[owner][c] == peer && p->model.channel_until[owner][c] > now_of (p))
      return c;
  return -1;
}

static gboolean
permits (Play *p, int owner, guint32 peer)
{
  return p->model.permission[owner][peer] > now_of (p) || channel_to (p, owner, peer) >= 0;
}

static void
forget (Play *p, int i)
{
  p->model.allocation[i] = 0;
  memset (p->model.permission[i], 0, sizeof p->model.permission[i]);
  memset (p->model.channel_until[i], 0, sizeof p->model.channel_until[i]);
}

static void
reopen (Play *p, int i)
{
  if (p->devices[i].number != 0)
    bg_turn_server_close (p->world->server, p->devices[i].number);
  forget (p, i);
  p->devices[i] = device_new (p->world, p->names[i], (guint64) i % 3);
}

static void
play_allocate (Play *p, int i)
{
  int code = device_allocate (&p->devices[i]);

  if (code == 0)
    {
      g_assert_false (has_allocation (p, i));
      forget (p, i);
      p->model.allocation[i] = now_of (p) + ALLOCATION_MS;
    }
  else if (code == 437)
    g_assert_true (has_allocation (p, i));
}

static void
play_refresh (Play *p, int i)
{
  int wanted = g_test_rand_int_range (0, 3) > 0 ? 600 : 0;
  int lifetime = device_refresh (&p->devices[i], wanted);

  if (lifetime == -437)
    g_assert_false (has_allocation (p, i));
  if (lifetime < 0)
    return;
  g_assert_true (has_allocation (p, i));
  g_assert_cmpint (lifetime, ==, wanted);
  if (wanted == 0)
    forget (p, i);
  else
    p->model.allocation[i] = now_of (p) + ALLOCATION_MS;
}

static void
play_permit (Play *p, int i, guint32 peer)
{
  if (device_permit (&p->devices[i], relay_ip (peer)) != 0)
    return;
  g_assert_true (has_allocation (p, i));
  p->model.permission[i][peer] = now_of (p) + PERMISSION_MS;
}

static void
play_bind (Play *p, int i, guint32 peer)
{
  int c = g_test_rand_int_range (0, CHANNELS), old = channel_to (p, i, peer);
  int code = device_bind (&p->devices[i], (guint16) (0x4000 + c), relay_ip (peer), 50000);
  gboolean is_live = p->model.channel_until[i][c] > now_of (p);

  if (code == 400)
    g_assert_true (is_live && p->model.channel_peer[i][c] != peer);
  if (code != 0)
    return;
  g_assert_true (has_allocation (p, i) && (!is_live || p->model.channel_peer[i][c] == peer));
  if (old >= 0)
    p->model.channel_until[i][old] = 0;
  p->model.channel_peer[i][c] = peer;
  p->model.channel_until[i][c] = now_of (p) + CHANNEL_MS;
  p->model.permission[i][peer] = now_of (p) + PERMISSION_MS;
}

static int
device_at (Play *p, guint32 number)
{
  for (int i = 0; i < DEVICES; i++)
    if (p->devices[i].number == number)
      return i;
  return -1;
}

/* Arrives at that number as the model says, and nowhere else. */
static void
check_arrival (Play *p, int from, guint32 number, gboolean may_send)
{
  guint32 sender = p->devices[from].number;
  int to = device_at (p, number);
  gboolean arrives = to >= 0 && may_send && has_allocation (p, from) && has_allocation (p, to)
                     && permits (p, to, sender);
  guint16 channel = 0;
  guint32 ip = 0;

  for (int i = 0; i < DEVICES; i++)
    {
      g_autofree char *text = device_take_text (&p->devices[i], &channel, &ip);

      g_assert_cmpstr (text, ==, arrives && i == to ? "payload" : NULL);
      if (text == NULL)
        continue;
      g_assert_cmpint (channel, ==,
                       channel_to (p, to, sender) >= 0 ? 0x4000 + channel_to (p, to, sender) : 0);
      g_assert_true (channel != 0 || ip == relay_ip (sender));
    }
  *(arrives ? &p->arrived : &p->dropped) += 1;
}

static void
play_send (Play *p, int from, guint32 to)
{
  device_send (&p->devices[from], relay_ip (to), "payload");
  check_arrival (p, from, to, permits (p, from, to));
}

static void
play_channel (Play *p, int from)
{
  int c = g_test_rand_int_range (0, CHANNELS);
  gboolean is_live = p->model.channel_until[from][c] > now_of (p);

  device_send_channel (&p->devices[from], (guint16) (0x4000 + c), "payload");
  check_arrival (p, from, is_live ? p->model.channel_peer[from][c] : 0, TRUE);
}

static void
play_garbage (Play *p, int i)
{
  guint8 bytes[64];
  gsize len = (gsize) g_test_rand_int_range (0, sizeof bytes);

  for (gsize k = 0; k < len; k++)
    bytes[k] = (guint8) g_test_rand_int ();
  if (len > 0)
    bytes[0] |= 0x80; /* no ChannelData, which the model would have to know */
  g_assert_cmpint (world_receive (p->world, p->devices[i].number, bytes, len), ==,
                   BG_TURN_MALFORMED);
}

static void
play_one (Play *p)
{
  int i = g_test_rand_int_range (0, DEVICES);
  guint32 peer = (guint32) g_test_rand_int_range (1, NUMBERS + 1);

  switch (g_test_rand_int_range (0, 24))
    {
    case 0:
      reopen (p, i);
      break;
    case 1:
      play_refresh (p, i);
      break;
    case 2:
      world_pass (p->world, (guint64) g_test_rand_int_range (0, 400 * 1000));
      bg_turn_server_expire (p->world->server, now_of (p));
      break;
    case 3:
      play_garbage (p, i);
      break;
    case 4:
    case 5:
    case 6:
      world_pass (p->world, (guint64) g_test_rand_int_range (0, 10 * 1000));
      break;
    case 7:
    case 8:
    case 9:
    case 10:
      play_allocate (p, i);
      break;
    case 11:
    case 12:
    case 13:
      play_permit (p, i, peer);
      break;
    case 14:
    case 15:
    case 16:
      play_bind (p, i, peer);
      break;
    case 17:
    case 18:
    case 19:
    case 20:
      play_send (p, i, peer);
      break;
    default:
      play_channel (p, i);
      break;
    }
}

static void
play_world (guint *arrived, guint *dropped)
{
  g_autoptr (World) world = world_new (&limits);
  Play play = { .world = world };

  for (int i = 0; i < DEVICES; i++)
    {
      g_snprintf (play.names[i], sizeof play.names[i], "4102444800:%d", i / 2);
      reopen (&play, i);
    }
  for (int step = 0; step < STEPS; step++)
    {
      play_one (&play);
      turn_server_check (world->server);
    }
  *arrived += play.arrived;
  *dropped += play.dropped;
}

static void
test_random (void)
{
  guint arrived = 0, dropped = 0;

  for (int i = 0; i < WORLDS; i++)
    play_world (&arrived, &dropped);
  /* both happen often enough to mean something */
  g_assert_cmpuint (arrived, >, WORLDS * STEPS / 100);
  g_assert_cmpuint (dropped, >, WORLDS * STEPS / 100);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/turn-random/model", test_random);
  return g_test_run ();
}
