/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/reactor.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

enum
{
  EVENTS_A_ROUND = 256,
};

typedef struct
{
  gpointer dead;
  GDestroyNotify free_func;
} Grave;

struct _BgReactor
{
  int epoll_fd;
  gint64 now;
  const BgReactorWatch *preferred;
  GPtrArray *heap; /* BgDeadline, the earliest first; heap[place - 1] */
  GArray *graves;  /* Grave */
  guint8 *scratch;
};

BgReactor *
bg_reactor_new (GError **error)
{
  BgReactor *reactor;
  int fd = epoll_create1 (EPOLL_CLOEXEC);

  if (fd < 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "epoll: %s",
                   g_strerror (errno));
      return NULL;
    }
  reactor = g_new0 (BgReactor, 1);
  reactor->epoll_fd = fd;
  reactor->now = g_get_monotonic_time ();
  reactor->heap = g_ptr_array_new ();
  reactor->graves = g_array_new (FALSE, FALSE, sizeof (Grave));
  reactor->scratch = g_malloc (BG_REACTOR_SCRATCH);
  return reactor;
}

static void
empty_graves (BgReactor *reactor)
{
  for (guint i = 0; i < reactor->graves->len; i++)
    {
      Grave grave = g_array_index (reactor->graves, Grave, i);

      grave.free_func (grave.dead);
    }
  g_array_set_size (reactor->graves, 0);
}

void
bg_reactor_free (BgReactor *reactor)
{
  empty_graves (reactor);
  g_ptr_array_unref (reactor->heap);
  g_array_unref (reactor->graves);
  close (reactor->epoll_fd);
  g_free (reactor->scratch);
  g_free (reactor);
}

gint64
bg_reactor_now (const BgReactor *reactor)
{
  return reactor->now;
}

guint8 *
bg_reactor_scratch (BgReactor *reactor)
{
  return reactor->scratch;
}

gboolean
bg_reactor_watch (BgReactor *reactor, BgReactorWatch *watch, int fd, guint32 events)
{
  struct epoll_event event = { .events = events, .data.ptr = watch };

  if (epoll_ctl (reactor->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
    return FALSE;
  watch->fd = fd;
  return TRUE;
}

void
bg_reactor_unwatch (BgReactor *reactor, BgReactorWatch *watch)
{
  if (watch->fd < 0)
    return;
  epoll_ctl (reactor->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
  watch->fd = -1;
}

static BgDeadline *
at_place (BgReactor *reactor, guint place)
{
  return g_ptr_array_index (reactor->heap, place - 1);
}

static void
put (BgReactor *reactor, BgDeadline *deadline, guint place)
{
  g_ptr_array_index (reactor->heap, place - 1) = deadline;
  deadline->place = place;
}

static void
rise (BgReactor *reactor, BgDeadline *deadline)
{
  guint place = deadline->place;

  for (; place > 1 && at_place (reactor, place / 2)->at > deadline->at; place /= 2)
    put (reactor, at_place (reactor, place / 2), place);
  put (reactor, deadline, place);
}

static guint
earlier_child (BgReactor *reactor, guint place)
{
  guint child = place * 2;

  if (child < reactor->heap->len
      && at_place (reactor, child + 1)->at < at_place (reactor, child)->at)
    child++;
  return child;
}

static void
sink (BgReactor *reactor, BgDeadline *deadline)
{
  guint place = deadline->place;

  for (guint child; place * 2 <= reactor->heap->len; place = child)
    {
      child = earlier_child (reactor, place);
      if (at_place (reactor, child)->at >= deadline->at)
        break;
      put (reactor, at_place (reactor, child), place);
    }
  put (reactor, deadline, place);
}

void
bg_reactor_arm (BgReactor *reactor, BgDeadline *deadline, gint64 at)
{
  deadline->at = at;
  if (!deadline->place)
    {
      g_ptr_array_add (reactor->heap, deadline);
      deadline->place = reactor->heap->len;
    }
  rise (reactor, deadline);
  sink (reactor, deadline);
}

void
bg_reactor_disarm (BgReactor *reactor, BgDeadline *deadline)
{
  BgDeadline *last;

  if (!deadline->place)
    return;
  last = g_ptr_array_steal_index_fast (reactor->heap, reactor->heap->len - 1);
  if (last != deadline)
    {
      put (reactor, last, deadline->place);
      rise (reactor, last);
      sink (reactor, last);
    }
  deadline->place = 0;
}

void
bg_reactor_bury (BgReactor *reactor, gpointer dead, GDestroyNotify free_func)
{
  Grave grave = { dead, free_func };

  g_array_append_val (reactor->graves, grave);
}

/* What is armed for now during these calls waits for the next round, so that descriptors have their turn. */
static void
call_due (BgReactor *reactor)
{
  while (reactor->heap->len > 0 && at_place (reactor, 1)->at < reactor->now)
    {
      BgDeadline *deadline = at_place (reactor, 1);

      bg_reactor_disarm (reactor, deadline);
      deadline->due (deadline->data);
    }
}

static int
wait_ms (BgReactor *reactor)
{
  gint64 wait;

  if (reactor->heap->len == 0)
    return -1;
  wait = at_place (reactor, 1)->at - g_get_monotonic_time ();
  return wait < 0 ? 0 : (int) MIN (wait / 1000 + 1, G_MAXINT);
}

void
bg_reactor_prefer (BgReactor *reactor, const BgReactorWatch *watch)
{
  reactor->preferred = watch;
}

static void
call_ready (BgReactor *reactor, const struct epoll_event *events, int n, gboolean preferred)
{
  for (int i = 0; i < n; i++)
    {
      BgReactorWatch *watch = events[i].data.ptr;

      if (watch->fd >= 0 && (watch == reactor->preferred) == preferred)
        watch->ready (watch->data, events[i].events);
    }
}

void
bg_reactor_turn (BgReactor *reactor)
{
  struct epoll_event events[EVENTS_A_ROUND];
  int n = epoll_wait (reactor->epoll_fd, events, EVENTS_A_ROUND, wait_ms (reactor));

  reactor->now = g_get_monotonic_time ();
  call_ready (reactor, events, n, TRUE);
  call_ready (reactor, events, n, FALSE);
  call_due (reactor);
  empty_graves (reactor);
}
