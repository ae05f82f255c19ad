/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/data-events.h"
#include "peer/main-timer.h"

#include <sys/eventfd.h>
#include <unistd.h>

/* A data plane that counts what it is asked for, and timers that fire when a test says so. */
static struct
{
  int fd;
  guint asked;
  uint32_t n_stats; /* of an event to come; 0: none */
  guint period_ms;
  GSource **spacing; /* of one second */
  GSourceFunc due;
  gpointer data;
} world;

int
bg_dataplane_event_fd (BgDataplane *self)
{
  return world.fd;
}

bool
bg_dataplane_pop_event (BgDataplane *self, BgEvent *out)
{
  *out = (BgEvent){ .type = BG_EVENT_STATS, .n_stats = world.n_stats };
  world.n_stats = 0;
  return out->n_stats > 0;
}

void
bg_dataplane_event_clear (BgEvent *event)
{
}

bool
bg_dataplane_request_stats (BgDataplane *self, uint64_t cookie)
{
  world.asked++;
  return true;
}

void
bg_clear_source (GSource **source)
{
  if (*source)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

void
bg_arm_timer (GSource **source, guint delay_ms, GSourceFunc callback, gpointer data)
{
  bg_clear_source (source);
  *source = g_idle_source_new ();
  if (delay_ms != 1000)
    {
      world.period_ms = delay_ms;
      return;
    }
  world.spacing = source;
  world.due = callback;
  world.data = data;
}

static void
pass_a_second (void)
{
  g_assert_nonnull (*world.spacing);
  world.due (world.data);
}

static void
take (gpointer owner, const BgEvent *event)
{
}

/* The paths of a thousand peers that change at once ask for the figures of all of them twice, not a thousand times. */
static void
test_asked_once_a_second (void)
{
  BgDataEvents *events;

  world.fd = eventfd (0, EFD_CLOEXEC);
  events = bg_data_events_new (NULL, take, NULL);
  for (int i = 0; i < 1000; i++)
    bg_data_events_want_stats (events);
  g_assert_cmpuint (world.asked, ==, 1);
  pass_a_second ();
  g_assert_cmpuint (world.asked, ==, 2);
  pass_a_second ();
  g_assert_cmpuint (world.asked, ==, 2);
  bg_data_events_want_stats (events);
  g_assert_cmpuint (world.asked, ==, 3);
  bg_data_events_free (events);
  close (world.fd);
}

static void
say_stats (guint n)
{
  world.n_stats = n;
  eventfd_write (world.fd, 1);
  g_main_context_iteration (NULL, FALSE);
}

static void
test_less_often_of_many (void)
{
  BgDataEvents *events;

  world.fd = eventfd (0, EFD_CLOEXEC);
  events = bg_data_events_new (NULL, take, NULL);
  g_assert_cmpuint (world.period_ms, ==, 300 * 1000);
  say_stats (100);
  g_assert_cmpuint (world.period_ms, ==, 300 * 1000);
  say_stats (1000);
  g_assert_cmpuint (world.period_ms, ==, 500 * 1000);
  bg_data_events_free (events);
  close (world.fd);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data-events/asked-once-a-second", test_asked_once_a_second);
  g_test_add_func ("/data-events/less-often-of-many", test_less_often_of_many);
  return g_test_run ();
}
