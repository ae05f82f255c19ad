/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/context-loop.h"

#include <glib-unix.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Counts how often its context is walked. */
typedef struct
{
  GSource source;
  guint walked;
} Walked;

static gboolean
prepare_walked (GSource *source, gint *timeout_ms)
{
  ((Walked *) source)->walked++;
  *timeout_ms = -1;
  return FALSE;
}

static GSourceFuncs walked_funcs = { .prepare = prepare_walked };

/* A context with a descriptor that it waits for. */
typedef struct
{
  GMainContext *context;
  Walked *walked;
  int fd;
  guint came;
} Guest;

static gboolean
on_fd (gint fd, GIOCondition condition, gpointer data)
{
  eventfd_t ignored;

  eventfd_read (fd, &ignored);
  ((Guest *) data)->came++;
  return G_SOURCE_CONTINUE;
}

static GSource *
wait_for_fd (Guest *guest)
{
  GSource *source = g_unix_fd_source_new (guest->fd, G_IO_IN);

  g_source_set_callback (source, G_SOURCE_FUNC (on_fd), guest, NULL);
  g_source_attach (source, guest->context);
  return source;
}

static void
guest_enter (Guest *guest, BgContextLoop *loop)
{
  guest->context = bg_context_loop_add (loop);
  guest->walked = (Walked *) g_source_new (&walked_funcs, sizeof (Walked));
  g_source_attach (&guest->walked->source, guest->context);
  guest->fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  g_source_unref (wait_for_fd (guest));
}

static void
guest_leave (Guest *guest, BgContextLoop *loop)
{
  g_source_unref (&guest->walked->source);
  bg_context_loop_remove_take (loop, g_steal_pointer (&guest->context));
  close (guest->fd);
}

static void
settle (BgContextLoop *loop)
{
  for (int i = 0; i < 40; i++)
    bg_context_loop_turn (loop, FALSE);
}

/* A thousand that rest cost the one that has something to do nothing. */
static void
test_only_who_has_something_to_do (void)
{
  BgContextLoop *loop = bg_context_loop_new ();
  g_autofree Guest *guests = g_new0 (Guest, 1000);

  for (guint i = 0; i < 1000; i++)
    guest_enter (&guests[i], loop);
  settle (loop);
  for (guint i = 0; i < 1000; i++)
    guests[i].walked->walked = 0;
  eventfd_write (guests[500].fd, 1);
  bg_context_loop_turn (loop, TRUE);
  settle (loop);
  for (guint i = 0; i < 1000; i++)
    {
      g_assert_cmpuint (guests[i].came, ==, i == 500);
      g_assert_cmpuint (guests[i].walked->walked > 0, ==, i == 500);
    }
  for (guint i = 0; i < 1000; i++)
    guest_leave (&guests[i], loop);
  bg_context_loop_free (loop);
}

/* The number of a descriptor comes back with another file behind it: in the same context, and in another. */
static void
test_numbers_come_back (void)
{
  BgContextLoop *loop = bg_context_loop_new ();
  Guest one = { 0 }, other = { 0 };
  GSource *second;
  int number;

  guest_enter (&one, loop);
  settle (loop);
  number = one.fd;
  close (number);
  g_assert_cmpint (eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK), ==, number);
  g_main_context_wakeup (one.context);
  settle (loop);
  eventfd_write (number, 1);
  settle (loop);
  g_assert_cmpuint (one.came, ==, 1);

  /* From one to the other: who had it before takes it from nobody. */
  g_source_destroy (g_main_context_find_source_by_user_data (one.context, &one));
  close (number);
  guest_enter (&other, loop);
  g_assert_cmpint (other.fd, >=, number);
  one.fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  second = wait_for_fd (&one);
  settle (loop);
  eventfd_write (other.fd, 1);
  eventfd_write (one.fd, 1);
  settle (loop);
  g_assert_cmpuint (other.came, ==, 1);
  g_assert_cmpuint (one.came, ==, 2);
  g_source_unref (second);
  guest_leave (&one, loop);
  guest_leave (&other, loop);
  bg_context_loop_free (loop);
}

static gboolean
on_time (gpointer data)
{
  (*(guint *) data)++;
  return G_SOURCE_REMOVE;
}

static void
arm (GMainContext *context, guint ms, guint *fired)
{
  GSource *source = g_timeout_source_new (ms);

  g_source_set_callback (source, on_time, fired, NULL);
  g_source_attach (source, context);
  g_source_unref (source);
}

static void
test_timers (void)
{
  BgContextLoop *loop = bg_context_loop_new ();
  GMainContext *one = bg_context_loop_add (loop), *other = bg_context_loop_add (loop);
  guint first = 0, second = 0;

  arm (one, 60, &first);
  arm (other, 30, &second);
  while (second == 0)
    bg_context_loop_turn (loop, TRUE);
  g_assert_cmpuint (first, ==, 0);
  while (first == 0)
    bg_context_loop_turn (loop, TRUE);
  bg_context_loop_remove_take (loop, one);
  bg_context_loop_remove_take (loop, other);
  bg_context_loop_free (loop);
}

/* Nor is what is distant put off where that was not wanted: two timers of more than a second between which no step ends are
 * two wake-ups, each in its time. */
static void
test_exact_timers (void)
{
  BgContextLoop *loop = bg_context_loop_new ();
  GMainContext *context = bg_context_loop_add (loop);
  guint first = 0, second = 0;

  bg_context_loop_set_exact (loop);
  arm (context, 1100, &first);
  arm (context, 1500, &second);
  while (first == 0)
    bg_context_loop_turn (loop, TRUE);
  g_assert_cmpuint (second, ==, 0);
  while (second == 0)
    bg_context_loop_turn (loop, TRUE);
  bg_context_loop_remove_take (loop, context);
  bg_context_loop_free (loop);
}

/* What is not urgent is one wake-up for all. */
static void
test_distant_timers_meet (void)
{
  BgContextLoop *loop = bg_context_loop_new ();
  GMainContext *contexts[20];
  guint fired = 0, turns = 0;

  for (guint i = 0; i < G_N_ELEMENTS (contexts); i++)
    {
      contexts[i] = bg_context_loop_add (loop);
      arm (contexts[i], 1100 + i * 10, &fired);
    }
  settle (loop);
  for (; fired < G_N_ELEMENTS (contexts); turns++)
    bg_context_loop_turn (loop, TRUE);
  g_assert_cmpuint (turns, <=, 4); /* two steps at most, each perhaps a moment early */
  for (guint i = 0; i < G_N_ELEMENTS (contexts); i++)
    bg_context_loop_remove_take (loop, contexts[i]);
  bg_context_loop_free (loop);
}

static gboolean ended;

static gpointer
run (gpointer loop)
{
  while (!g_atomic_int_get (&ended))
    bg_context_loop_turn (loop, TRUE);
  return NULL;
}

static gboolean
on_end (gpointer context)
{
  g_assert_true (g_main_context_get_thread_default () == context);
  g_atomic_int_set (&ended, TRUE);
  return G_SOURCE_REMOVE;
}

static void
test_other_threads_wake_it (void)
{
  BgContextLoop *loop = bg_context_loop_new ();
  GThread *thread = g_thread_new ("loop", run, loop);
  GMainContext *context = bg_context_loop_add (loop);
  GSource *source = g_idle_source_new ();

  g_source_set_callback (source, on_end, context, NULL);
  g_source_attach (source, context);
  g_source_unref (source);
  g_thread_join (thread);
  bg_context_loop_remove_take (loop, context);
  g_clear_pointer (&loop, bg_context_loop_free);
}

/* One of its own callbacks drops it, with a source that is always ready. */
typedef struct
{
  BgContextLoop *loop;
  GMainContext *context;
  guint calls;
} Leaver;

static gboolean
on_busy (gpointer data)
{
  Leaver *self = data;

  if (++self->calls == 3)
    bg_context_loop_remove_take (self->loop, g_steal_pointer (&self->context));
  return G_SOURCE_CONTINUE;
}

static void
test_leaves_by_itself (void)
{
  Leaver self = { .loop = bg_context_loop_new () };
  GSource *source = g_idle_source_new ();

  self.context = bg_context_loop_add (self.loop);
  g_source_set_callback (source, on_busy, &self, NULL);
  g_source_attach (source, self.context);
  g_source_unref (source);
  for (int i = 0; i < 10; i++)
    bg_context_loop_turn (self.loop, FALSE);
  g_assert_cmpuint (self.calls, ==, 3);
  bg_context_loop_free (self.loop);
}

/* Moved out of one of its own callbacks, with what it waits for. */
static gboolean
on_move (gpointer data)
{
  BgContextLoop **loops = data;

  bg_context_loop_move (loops[0], g_main_context_get_thread_default (), loops[1]);
  return G_SOURCE_REMOVE;
}

static void
test_moves (void)
{
  BgContextLoop *loops[2] = { bg_context_loop_new (), bg_context_loop_new () };
  GSource *source = g_idle_source_new ();
  Guest guest = { 0 };

  guest_enter (&guest, loops[0]);
  g_source_set_callback (source, on_move, loops, NULL);
  g_source_attach (source, guest.context);
  g_source_unref (source);
  settle (loops[0]);
  eventfd_write (guest.fd, 1);
  settle (loops[0]);
  g_assert_cmpuint (guest.came, ==, 0);
  settle (loops[1]);
  g_assert_cmpuint (guest.came, ==, 1);
  guest_leave (&guest, loops[1]);
  bg_context_loop_free (loops[0]);
  bg_context_loop_free (loops[1]);
}

/* What one has for another is run in the next visit, before the first is asked whether it has more to do. */
static gboolean
on_pass_on (gint fd, GIOCondition condition, gpointer data)
{
  Guest *guests = data;
  eventfd_t ignored;

  eventfd_read (fd, &ignored);
  guests[0].came++;
  eventfd_write (guests[1].fd, 1);
  return G_SOURCE_CONTINUE;
}

static void
test_visits_come_back_with_news (void)
{
  BgContextLoop *loop = bg_context_loop_new ();
  Guest guests[2] = { 0 };
  GSource *source;

  guest_enter (&guests[0], loop);
  guest_enter (&guests[1], loop);
  source = g_main_context_find_source_by_user_data (guests[0].context, &guests[0]);
  g_source_set_callback (source, G_SOURCE_FUNC (on_pass_on), guests, NULL);
  while (bg_context_loop_visit (loop))
    ;
  eventfd_write (guests[0].fd, 1);
  g_assert_true (bg_context_loop_visit (loop));
  g_assert_cmpuint (guests[0].came, ==, 1);
  g_assert_cmpuint (guests[1].came, ==, 0);
  guests[0].walked->walked = 0;
  g_assert_true (bg_context_loop_visit (loop));
  g_assert_cmpuint (guests[1].came, ==, 1);
  g_assert_cmpuint (guests[0].walked->walked, ==, 0);
  g_assert_false (bg_context_loop_visit (loop));
  g_assert_cmpuint (guests[0].walked->walked, >, 0);
  guest_leave (&guests[0], loop);
  guest_leave (&guests[1], loop);
  bg_context_loop_free (loop);
}

/* Always busy, it still lets the others have their turn, and visits end. */
static void
test_busy_one_is_no_hindrance (void)
{
  BgContextLoop *loop = bg_context_loop_new ();
  GMainContext *context = bg_context_loop_add (loop);
  Leaver busy = { .loop = loop, .context = context };
  GSource *source = g_idle_source_new ();
  Guest guest = { 0 };

  busy.calls = 10; /* it stays */
  g_source_set_callback (source, on_busy, &busy, NULL);
  g_source_attach (source, context);
  guest_enter (&guest, loop);
  for (guint i = 1; i <= 100; i++)
    {
      eventfd_write (guest.fd, 1);
      g_assert_true (bg_context_loop_visit (loop));
      g_assert_true (bg_context_loop_visit (loop));
      g_assert_cmpuint (guest.came, ==, i);
      g_assert_cmpuint (busy.calls, >=, 10 + i);
    }
  g_source_destroy (source);
  g_source_unref (source);
  guest_leave (&guest, loop);
  bg_context_loop_remove_take (loop, context);
  bg_context_loop_free (loop);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/context-loop/only-who-has-something-to-do", test_only_who_has_something_to_do);
  g_test_add_func ("/context-loop/numbers-come-back", test_numbers_come_back);
  g_test_add_func ("/context-loop/timers", test_timers);
  g_test_add_func ("/context-loop/exact-timers", test_exact_timers);
  g_test_add_func ("/context-loop/distant-timers-meet", test_distant_timers_meet);
  g_test_add_func ("/context-loop/other-threads-wake-it", test_other_threads_wake_it);
  g_test_add_func ("/context-loop/leaves-by-itself", test_leaves_by_itself);
  g_test_add_func ("/context-loop/moves", test_moves);
  g_test_add_func ("/context-loop/visits-come-back-with-news", test_visits_come_back_with_news);
  g_test_add_func ("/context-loop/busy-one-is-no-hindrance", test_busy_one_is_no_hindrance);
  return g_test_run ();
}
