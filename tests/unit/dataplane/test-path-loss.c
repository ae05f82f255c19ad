/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A path whose only way is slow and loses packets at once: whatever answers is alive, however late and seldom. Losses and round
 * trips are drawn from a seed. */
#include "path-world.h"
#include "tests/split-mix.h"

enum
{
  SEEDS = 20,
  PERCENT_MIN = 8,
  PERCENT_MAX = 10,
  ROUND_TRIP_MIN_MS = 100,
  ROUND_TRIP_MAX_MS = 200,
  STEP_MS = 10,
};

/* Something that comes back. */
typedef struct
{
  guint64 due_ns, sent_ns;
  guint32 id;
  gboolean is_probe;
} Echo;

typedef struct
{
  PathWorld *world;
  guint64 random;
  GArray *echoes; /* Echo */
  guint lost, answered;
  guint64 silent_ns; /* without a live way */
} Channel;

static guint
draw (Channel *self, guint min, guint max)
{
  return min + (guint) (split_mix (&self->random) % (max - min + 1));
}

/* Each direction loses. */
static gboolean
loses (Channel *self)
{
  return draw (self, 1, 100) <= draw (self, PERCENT_MIN, PERCENT_MAX);
}

static void
send_out (Channel *self, gboolean is_probe, guint32 id)
{
  guint64 now_ns = self->world->now_ns;
  Echo echo = { now_ns + draw (self, ROUND_TRIP_MIN_MS, ROUND_TRIP_MAX_MS) * MS, now_ns, id,
                is_probe };

  if (loses (self) || loses (self))
    self->lost++;
  else
    g_array_append_val (self->echoes, echo);
}

static void
take (Channel *self, const Echo *echo)
{
  guint64 now_ns = self->world->now_ns;

  self->answered++;
  bg_path_received (&self->world->path, DC, now_ns);
  if (echo->is_probe)
    bg_path_probe_answered (&self->world->path, DC, echo->id, now_ns - echo->sent_ns, now_ns);
}

static void
take_due (Channel *self)
{
  for (guint i = self->echoes->len; i-- > 0;)
    {
      Echo echo = g_array_index (self->echoes, Echo, i);

      if (echo.due_ns > self->world->now_ns)
        continue;
      g_array_remove_index_fast (self->echoes, i);
      take (self, &echo);
    }
}

static void
probe (Channel *self)
{
  BgProbe probe;

  while (bg_path_pop_probe (&self->world->path, self->world->now_ns, &probe))
    {
      self->world->probes[DC]++;
      send_out (self, TRUE, probe.id);
    }
}

/* With a packet in every `spacing_ms`. */
static void
run (Channel *self, guint64 duration_ns, guint spacing_ms)
{
  PathWorld *world = self->world;
  guint64 end_ns = world->now_ns + duration_ns, next_ns = world->now_ns;

  for (; world->now_ns < end_ns; world->now_ns += STEP_MS * MS)
    {
      take_due (self);
      if (world->now_ns >= next_ns)
        {
          bg_path_sent (&world->path, DC, FLOOR, world->now_ns);
          send_out (self, FALSE, 0);
          next_ns += spacing_ms * MS;
        }
      probe (self);
      path_world_choose (world);
      if (world->path.live == BG_TRANSPORT_NONE)
        self->silent_ns += STEP_MS * MS;
    }
}

static void
test_no_flapping (PathWorld *f, gconstpointer data)
{
  static const guint spacings_ms[] = { 20, 300, 2000 };

  for (guint seed = 1; seed <= SEEDS; seed++)
    {
      Channel channel = { f, .random = seed, .echoes = g_array_new (FALSE, FALSE, sizeof (Echo)) };

      *f = (PathWorld){ 0 };
      path_world_set_up (f, data);
      path_world_attach (f, DC);
      path_world_start_session (f);
      run (&channel, 2 * SECOND, 100); /* proved */
      g_assert_cmpint (f->path.live, ==, DC);
      f->moves = 0;
      channel.silent_ns = 0;
      for (guint i = 0; i < G_N_ELEMENTS (spacings_ms); i++)
        run (&channel, 200 * SECOND, spacings_ms[i]);
      g_assert_cmpuint (channel.lost * 100, >, 14 * (channel.lost + channel.answered));
      g_test_message ("seed %u: %u lost, %u answered, %u probes", seed, channel.lost,
                      channel.answered, f->probes[DC]);
      g_assert_cmpuint (f->moves, ==, 0);
      g_assert_cmpuint (channel.silent_ns, ==, 0);
      g_array_unref (channel.echoes);
    }
}

/* It is left all the same when nothing answers any more. */
static void
test_dies (PathWorld *f, gconstpointer data)
{
  Channel channel = { f, .random = 1, .echoes = g_array_new (FALSE, FALSE, sizeof (Echo)) };
  guint64 dead_ns;

  path_world_attach (f, DC);
  path_world_start_session (f);
  run (&channel, 10 * SECOND, 100);
  g_array_set_size (channel.echoes, 0);
  dead_ns = f->now_ns;
  f->dead_wire[DC] = TRUE;
  path_world_run (f, 10 * SECOND, TRUE);
  g_assert_cmpint (f->path.live, ==, BG_TRANSPORT_NONE);
  g_assert_cmpuint (f->moved_ns - dead_ns, <=, 3500 * MS);
  g_array_unref (channel.echoes);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  PATH_WORLD_ADD ("/path-loss/no-flapping", TRUE, test_no_flapping);
  PATH_WORLD_ADD ("/path-loss/dies", TRUE, test_dies);
  return g_test_run ();
}
