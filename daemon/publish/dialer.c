/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/dialer.h"

#include "publish/side.h"

#include <errno.h>
#include <sys/epoll.h>

enum
{
  SHORT_OF_US = 20 * 1000, /* before another try where the kernel lacks something just now */
};

typedef struct
{
  BgDialer *dialer;
  BgReactorWatch watch;
  int fd;
} Attempt;

struct _BgDialer
{
  BgReactor *reactor;
  const BgSocketAddress *addresses;
  guint n, next, n_open;
  Attempt attempts[BG_DIAL_MAX];
  BgDeadline pace;
  int error;
  BgDialFunc func;
  gpointer data;
};

static void
drop (Attempt *attempt)
{
  if (attempt->fd < 0)
    return;
  bg_reactor_unwatch (attempt->dialer->reactor, &attempt->watch);
  bg_socket_abort (attempt->fd);
  attempt->fd = -1;
  attempt->dialer->n_open--;
}

void
bg_dialer_cancel (BgDialer *dialer)
{
  for (guint i = 0; i < dialer->n; i++)
    drop (&dialer->attempts[i]);
  bg_reactor_disarm (dialer->reactor, &dialer->pace);
  bg_reactor_bury (dialer->reactor, dialer, g_free);
}

static void
finish (BgDialer *dialer, int fd, guint index)
{
  bg_dialer_cancel (dialer);
  dialer->func (dialer->data, fd, index, dialer->error);
}

static void
win (Attempt *attempt)
{
  BgDialer *dialer = attempt->dialer;
  int fd = attempt->fd;

  bg_reactor_unwatch (dialer->reactor, &attempt->watch);
  attempt->fd = -1;
  dialer->n_open--;
  finish (dialer, fd, (guint) (attempt - dialer->attempts));
}

static void
on_attempt_ready (gpointer data, guint32 events)
{
  Attempt *attempt = data;
  BgDialer *dialer = attempt->dialer;
  int error = 0;
  socklen_t len = sizeof error;

  if (getsockopt (attempt->fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0
      && (events & EPOLLOUT) && !(events & EPOLLERR))
    {
      win (attempt);
      return;
    }
  dialer->error = error ? error : ECONNREFUSED;
  drop (attempt);
  bg_reactor_arm (dialer->reactor, &dialer->pace, 0);
}

/* Not the address's fault: the queue of a Unix socket that is full, or our own limits. */
static gboolean
is_passing (int error)
{
  return error == EAGAIN || error == EMFILE || error == ENFILE || error == ENOBUFS
         || error == ENOMEM;
}

/* FALSE with errno. */
static gboolean
try (BgDialer *dialer, guint index)
{
  Attempt *attempt = &dialer->attempts[index];
  const BgSocketAddress *address = &dialer->addresses[index];

  attempt->fd = bg_socket_address_open (address);
  if (attempt->fd < 0)
    return FALSE;
  dialer->n_open++;
  if ((connect (attempt->fd, &address->any, address->len) == 0 || errno == EINPROGRESS)
      && bg_reactor_watch (dialer->reactor, &attempt->watch, attempt->fd, EPOLLOUT))
    return TRUE;
  dialer->error = errno;
  drop (attempt);
  errno = dialer->error;
  return FALSE;
}

static gint64
after (BgDialer *dialer, gint64 us)
{
  return bg_reactor_now (dialer->reactor) + us;
}

static void
on_pace_due (gpointer data)
{
  BgDialer *dialer = data;

  while (dialer->next < dialer->n)
    {
      gboolean is_under_way = try (dialer, dialer->next);

      dialer->error = is_under_way ? dialer->error : errno;
      if (!is_under_way && is_passing (errno))
        {
          bg_reactor_arm (dialer->reactor, &dialer->pace, after (dialer, SHORT_OF_US));
          return;
        }
      dialer->next++;
      if (is_under_way)
        {
          bg_reactor_arm (dialer->reactor, &dialer->pace,
                          after (dialer, BG_DIAL_STAGGER_MS * 1000));
          return;
        }
    }
  if (dialer->n_open == 0)
    finish (dialer, -1, 0);
}

BgDialer *
bg_dialer_new (BgReactor *reactor, const BgSocketAddress *addresses, guint n, guint first,
               BgDialFunc func, gpointer data)
{
  BgDialer *dialer = g_new0 (BgDialer, 1);

  dialer->reactor = reactor;
  dialer->addresses = addresses;
  dialer->n = MIN (n, BG_DIAL_MAX);
  dialer->next = first;
  dialer->error = EHOSTUNREACH;
  dialer->func = func;
  dialer->data = data;
  dialer->pace = (BgDeadline){ .due = on_pace_due, .data = dialer };
  for (guint i = 0; i < BG_DIAL_MAX; i++)
    dialer->attempts[i] = (Attempt){ dialer, { -1, on_attempt_ready, &dialer->attempts[i] }, -1 };
  bg_reactor_arm (reactor, &dialer->pace, 0);
  return dialer;
}
