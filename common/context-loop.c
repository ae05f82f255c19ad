/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "context-loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define SOON_MS 1000
#define STEP_MS 5000

enum
{
  EVENTS_AT_ONCE = 64,
  FDS_AT_FIRST = 8,
  ROUNDS = 4, /* of a visit */
};

typedef struct
{
  GMainContext *context;
  GSequenceIter *place; /* in `by_due` */
  gint64 due_us;        /* monotonic; G_MAXINT64: only its descriptors wake it */
  GQueue *queue;        /* the one that it is in; NULL: it waits */

  /* as it was prepared last */
  int priority;
  gint timeout_ms;
  GPollFD *fds;
  guint n_fds, room;

  GArray *watched; /* int: its own in the epoll set */
} Member;

typedef struct
{
  GMainContext *context;
  gboolean is_over;
  BgContextLoop *to; /* where it is over: who runs it from then on, or NULL */
} Change;

struct _BgContextLoop
{
  int epoll, wake;
  int alarm;       /* of visits; -1: none yet */
  gint64 alarm_us; /* when it rings; G_MAXINT64: it does not */
  gboolean is_exact;
  GHashTable *members; /* GMainContext → Member */
  GHashTable *by_fd;   /* descriptor → Member, borrowed */
  GSequence *by_due;   /* Member, borrowed */
  GQueue ready;        /* the same: those for whom something came */
  GQueue ran;          /* those that ran since, and may have more to do */

  GMutex lock; /* changes */
  GArray *changes;
};

static int
compare_due (gconstpointer a, gconstpointer b, gpointer unused)
{
  const Member *left = a, *right = b;

  return left->due_us < right->due_us ? -1 : left->due_us > right->due_us;
}

/* To the end of the step in which it falls. */
static gint64
due_after (BgContextLoop *self, gint timeout_ms)
{
  gint64 due_us = g_get_monotonic_time () + timeout_ms * G_TIME_SPAN_MILLISECOND;
  const gint64 step_us = STEP_MS * G_TIME_SPAN_MILLISECOND;

  if (timeout_ms < 0)
    return G_MAXINT64;
  if (self->is_exact || timeout_ms <= SOON_MS)
    return due_us;
  return due_us - due_us % step_us + step_us;
}

/* --- The epoll set --- */

/* Numbers come back with other files behind them, in the same context or in another: each is said anew, and taken out only
 * by whom it belongs to. */
static void
watch (BgContextLoop *self, Member *member, const GPollFD *poll)
{
  struct epoll_event event = { .events = poll->events, .data.fd = poll->fd };

  if (epoll_ctl (self->epoll, EPOLL_CTL_MOD, poll->fd, &event) != 0 && errno == ENOENT
      && epoll_ctl (self->epoll, EPOLL_CTL_ADD, poll->fd, &event) != 0)
    return;
  g_hash_table_insert (self->by_fd, GINT_TO_POINTER (poll->fd), member);
  g_array_append_val (member->watched, poll->fd);
}

static void
unwatch (BgContextLoop *self, Member *member, int fd)
{
  if (g_hash_table_lookup (self->by_fd, GINT_TO_POINTER (fd)) != member)
    return;
  g_hash_table_remove (self->by_fd, GINT_TO_POINTER (fd));
  epoll_ctl (self->epoll, EPOLL_CTL_DEL, fd, NULL);
}

static gboolean
is_polled (const Member *member, int fd)
{
  for (guint i = 0; i < member->n_fds; i++)
    if (member->fds[i].fd == fd)
      return TRUE;
  return FALSE;
}

static void
watch_all (BgContextLoop *self, Member *member)
{
  for (guint i = 0; i < member->watched->len; i++)
    if (!is_polled (member, g_array_index (member->watched, int, i)))
      unwatch (self, member, g_array_index (member->watched, int, i));
  g_array_set_size (member->watched, 0);
  for (guint i = 0; i < member->n_fds; i++)
    watch (self, member, &member->fds[i]);
}

static void
unwatch_all (BgContextLoop *self, Member *member)
{
  member->n_fds = 0;
  watch_all (self, member);
}

/* --- A member --- */

static void
leave_queue (Member *member)
{
  if (member->queue)
    g_queue_remove (member->queue, member);
  member->queue = NULL;
}

static void
enter_queue (GQueue *queue, Member *member)
{
  leave_queue (member);
  member->queue = queue;
  g_queue_push_tail (queue, member);
}

static void
query (Member *member)
{
  gint n;

  g_main_context_prepare (member->context, &member->priority);
  while ((n = g_main_context_query (member->context, member->priority, &member->timeout_ms,
                                    member->fds, (gint) member->room))
         > (gint) member->room)
    {
      member->room = (guint) n;
      member->fds = g_renew (GPollFD, member->fds, member->room);
    }
  member->n_fds = (guint) n;
}

/* Only where it waits are all descriptors among those that were asked for. */
static void
await (BgContextLoop *self, Member *member)
{
  if (member->timeout_ms == 0)
    {
      enter_queue (&self->ran, member);
      return;
    }
  watch_all (self, member);
  member->due_us = due_after (self, member->timeout_ms);
  g_sequence_sort_changed (member->place, compare_due, NULL);
}

/* FALSE: there was nothing to run, and what it waits for is as it was prepared. A wake-up alone, mostly its own, is nothing. */
static gboolean
iterate (Member *member)
{
  gboolean has_run;

  query (member);
  if (g_poll (member->fds, member->n_fds, 0) <= 0 && member->timeout_ms != 0)
    return FALSE;
  has_run = g_main_context_check (member->context, member->priority, member->fds,
                                  (gint) member->n_fds);
  if (has_run)
    g_main_context_dispatch (member->context);
  else
    query (member);
  return has_run;
}

/* To tell the kernel what it waits for costs more than to ask once more whether there is something: that comes before, and after what
 * others have to do. */
static void
run_member (BgContextLoop *self, Member *member)
{
  gboolean has_run;

  g_main_context_push_thread_default (member->context);
  has_run = iterate (member);
  g_main_context_pop_thread_default (member->context);
  if (has_run)
    enter_queue (&self->ran, member);
  else
    await (self, member);
}

static void
member_free (gpointer data)
{
  Member *member = data;

  g_sequence_remove (member->place);
  g_main_context_release (member->context);
  g_main_context_unref (member->context);
  g_array_unref (member->watched);
  g_free (member->fds);
  g_free (member);
}

/* Its owner for good: so GLib wakes it for what others attach. */
static void
adopt_take (BgContextLoop *self, GMainContext *context)
{
  Member *member = g_new0 (Member, 1);

  member->context = context;
  member->room = FDS_AT_FIRST;
  member->fds = g_new (GPollFD, member->room);
  member->watched = g_array_new (FALSE, FALSE, sizeof (int));
  member->due_us = G_MAXINT64;
  member->place = g_sequence_append (self->by_due, member);
  g_hash_table_insert (self->members, context, member);
  if (!g_main_context_acquire (context))
    g_error ("a context that is run has an owner already");
  query (member);
  await (self, member);
}

static void
let_go (BgContextLoop *self, Member *member)
{
  unwatch_all (self, member);
  leave_queue (member);
  g_hash_table_remove (self->members, member->context);
}

/* --- Coming and going --- */

void
bg_context_loop_wake (BgContextLoop *self)
{
  eventfd_write (self->wake, 1);
}

static void
change (BgContextLoop *self, const Change *said)
{
  g_mutex_lock (&self->lock);
  g_array_append_val (self->changes, *said);
  g_mutex_unlock (&self->lock);
  bg_context_loop_wake (self);
}

GMainContext *
bg_context_loop_add (BgContextLoop *self)
{
  GMainContext *context = g_main_context_new ();

  change (self, &(Change){ .context = g_main_context_ref (context) });
  return context;
}

void
bg_context_loop_remove_take (BgContextLoop *self, GMainContext *context)
{
  change (self, &(Change){ .context = context, .is_over = TRUE });
}

void
bg_context_loop_move (BgContextLoop *self, GMainContext *context, BgContextLoop *to)
{
  change (self, &(Change){ .context = g_main_context_ref (context), .is_over = TRUE, .to = to });
}

/* NULL for none. */
static GArray *
steal_changes (BgContextLoop *self)
{
  GArray *changes = NULL;

  g_mutex_lock (&self->lock);
  if (self->changes->len > 0)
    {
      changes = self->changes;
      self->changes = g_array_new (FALSE, FALSE, sizeof (Change));
    }
  g_mutex_unlock (&self->lock);
  return changes;
}

static void
apply (BgContextLoop *self, const Change *said)
{
  if (!said->is_over)
    {
      adopt_take (self, said->context);
      return;
    }
  let_go (self, g_hash_table_lookup (self->members, said->context));
  if (said->to)
    change (said->to, &(Change){ .context = said->context });
  else
    g_main_context_unref (said->context);
}

static void
apply_changes (BgContextLoop *self)
{
  g_autoptr (GArray) changes = steal_changes (self);

  for (guint i = 0; changes && i < changes->len; i++)
    apply (self, &g_array_index (changes, Change, i));
}

/* --- The loop --- */

static gboolean
is_idle (BgContextLoop *self)
{
  return g_queue_is_empty (&self->ready) && g_queue_is_empty (&self->ran);
}

static int
wait_ms (BgContextLoop *self, gboolean may_wait)
{
  GSequenceIter *first = g_sequence_get_begin_iter (self->by_due);
  const Member *member = g_sequence_iter_is_end (first) ? NULL : g_sequence_get (first);
  gint64 left_us;

  if (!may_wait || !is_idle (self))
    return 0;
  if (!member || member->due_us == G_MAXINT64)
    return -1;
  left_us = member->due_us - g_get_monotonic_time ();
  return left_us > 0 ? (int) (left_us / G_TIME_SPAN_MILLISECOND) + 1 : 0;
}

static void
alarm_rang (BgContextLoop *self)
{
  guint64 times;

  if (read (self->alarm, &times, sizeof times) > 0)
    self->alarm_us = G_MAXINT64;
}

static void
take_event (BgContextLoop *self, int fd)
{
  Member *member = g_hash_table_lookup (self->by_fd, GINT_TO_POINTER (fd));
  eventfd_t ignored;

  if (fd == self->wake)
    eventfd_read (self->wake, &ignored);
  else if (fd == self->alarm)
    alarm_rang (self);
  else if (member && !member->queue)
    enter_queue (&self->ready, member);
}

static void
take_due (BgContextLoop *self)
{
  gint64 now = g_get_monotonic_time ();
  GSequenceIter *at = g_sequence_get_begin_iter (self->by_due);

  for (; !g_sequence_iter_is_end (at); at = g_sequence_iter_next (at))
    {
      Member *member = g_sequence_get (at);

      if (member->due_us > now)
        return;
      if (!member->queue)
        enter_queue (&self->ready, member);
    }
}

/* Those that are ready again at once come after all others had their turn. */
static void
run_queue (BgContextLoop *self, GQueue *queue)
{
  for (guint left = g_queue_get_length (queue); left > 0; left--)
    {
      Member *member = g_queue_pop_head (queue);

      member->queue = NULL;
      run_member (self, member);
    }
}

static void
collect (BgContextLoop *self, gboolean may_wait)
{
  struct epoll_event events[EVENTS_AT_ONCE];
  int n;

  apply_changes (self);
  n = epoll_wait (self->epoll, events, EVENTS_AT_ONCE, wait_ms (self, may_wait));
  for (int i = 0; i < n; i++)
    take_event (self, events[i].data.fd);
  apply_changes (self);
  take_due (self);
}

gboolean
bg_context_loop_turn (BgContextLoop *self, gboolean may_wait)
{
  collect (self, may_wait);
  if (is_idle (self))
    return FALSE;
  run_queue (self, g_queue_is_empty (&self->ready) ? &self->ran : &self->ready);
  return TRUE;
}

/* --- On somebody else's thread --- */

int
bg_context_loop_get_fd (BgContextLoop *self)
{
  return self->epoll;
}

static void
watch_alarm (BgContextLoop *self)
{
  struct epoll_event event = { .events = EPOLLIN };

  self->alarm = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  event.data.fd = self->alarm;
  if (self->alarm < 0 || epoll_ctl (self->epoll, EPOLL_CTL_ADD, self->alarm, &event) != 0)
    g_error ("no timer: %s", g_strerror (errno));
}

/* One that rings too early costs less than setting it each time. */
static void
set_alarm (BgContextLoop *self)
{
  GSequenceIter *first = g_sequence_get_begin_iter (self->by_due);
  gint64 at = g_sequence_iter_is_end (first) ? G_MAXINT64
                                             : ((const Member *) g_sequence_get (first))->due_us;
  struct itimerspec spec = { .it_value = { at / G_USEC_PER_SEC, at % G_USEC_PER_SEC * 1000 } };

  if (at >= self->alarm_us)
    return;
  if (self->alarm < 0)
    watch_alarm (self);
  timerfd_settime (self->alarm, TFD_TIMER_ABSTIME, &spec, NULL);
  self->alarm_us = at;
}

gboolean
bg_context_loop_visit (BgContextLoop *self)
{
  for (int i = 0; i < ROUNDS; i++)
    {
      gboolean has_news;

      collect (self, FALSE);
      has_news = !g_queue_is_empty (&self->ready);
      if (!is_idle (self))
        run_queue (self, has_news ? &self->ready : &self->ran);
      if (is_idle (self))
        {
          set_alarm (self);
          return FALSE;
        }
      if (has_news)
        return TRUE;
    }
  return TRUE;
}

void
bg_context_loop_leave (BgContextLoop *self)
{
  GHashTableIter iter;
  gpointer context;

  g_hash_table_iter_init (&iter, self->members);
  while (g_hash_table_iter_next (&iter, &context, NULL))
    g_main_context_release (context);
}

/* What was attached while nobody was its owner woke nobody. */
void
bg_context_loop_enter (BgContextLoop *self)
{
  GHashTableIter iter;
  gpointer context, member;

  g_hash_table_iter_init (&iter, self->members);
  while (g_hash_table_iter_next (&iter, &context, &member))
    {
      if (!g_main_context_acquire (context))
        g_error ("a context that is run has an owner already");
      enter_queue (&self->ready, member);
    }
  bg_context_loop_wake (self);
}

BgContextLoop *
bg_context_loop_new (void)
{
  BgContextLoop *self = g_new0 (BgContextLoop, 1);
  struct epoll_event event = { .events = EPOLLIN };

  self->epoll = epoll_create1 (EPOLL_CLOEXEC);
  self->wake = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  self->alarm = -1;
  self->alarm_us = G_MAXINT64;
  event.data.fd = self->wake;
  if (self->epoll < 0 || epoll_ctl (self->epoll, EPOLL_CTL_ADD, self->wake, &event) != 0)
    g_error ("no epoll: %s", g_strerror (errno));
  self->members = g_hash_table_new_full (NULL, NULL, NULL, member_free);
  self->by_fd = g_hash_table_new (NULL, NULL);
  self->by_due = g_sequence_new (NULL);
  g_queue_init (&self->ready);
  g_queue_init (&self->ran);
  g_mutex_init (&self->lock);
  self->changes = g_array_new (FALSE, FALSE, sizeof (Change));
  return self;
}

void
bg_context_loop_set_exact (BgContextLoop *self)
{
  self->is_exact = TRUE;
}

void
bg_context_loop_free (BgContextLoop *self)
{
  apply_changes (self);
  g_queue_clear (&self->ready);
  g_queue_clear (&self->ran);
  g_hash_table_unref (self->members);
  g_hash_table_unref (self->by_fd);
  g_sequence_free (self->by_due);
  g_array_unref (self->changes);
  g_mutex_clear (&self->lock);
  close (self->epoll);
  close (self->wake);
  if (self->alarm >= 0)
    close (self->alarm);
  g_free (self);
}
