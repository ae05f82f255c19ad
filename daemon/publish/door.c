/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/door.h"

#include "publish/forward-way-private.h"
#include "publish/guests.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum
{
  ACCEPTED_A_ROUND = 64,
  BACKOFF_MIN_MS = 10,
  BACKOFF_MAX_MS = 1000,
};

struct _BgDoor
{
  const BgDoorHome *home;
  BgStreamHome streams_home;
  BgDoorOptions options;
  BgReactorWatch watch;
  GQueue streams;
  BgGuests *guests;
  guint backoff_ms; /* where the kernel lacks something; 0: it does not */
  BgDeadline pause, drain;
  gboolean is_closed;
};

BgDoorRules *
bg_door_rules_copy (const BgDoorRules *rules)
{
  BgDoorRules *copy = g_memdup2 (rules, sizeof *rules);

  copy->from = g_memdup2 (rules->from, rules->n_from * sizeof *rules->from);
  return copy;
}

void
bg_door_rules_free (BgDoorRules *rules)
{
  g_free (rules->from);
  g_free (rules);
}

/* Only an address of this machine can be bound to. */
static gboolean
can_bind (const BgSocketAddress *address)
{
  BgSocketAddress any_port = *address;
  int fd = socket (address->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  gboolean is_bound;

  if (fd < 0)
    return FALSE;
  if (address->any.sa_family == AF_INET)
    ((struct sockaddr_in *) &any_port.ip)->sin_port = 0;
  else
    ((struct sockaddr_in6 *) &any_port.ip)->sin6_port = 0;
  is_bound = bind (fd, &any_port.any, any_port.len) == 0;
  close (fd);
  return is_bound;
}

/* Mostly a program that connects to an address of ours comes from the same one. */
static gboolean
is_local (int fd, const BgSocketAddress *peer, const BgIpPrefix *from)
{
  BgSocketAddress own = { .len = sizeof own.ip };
  BgIpPrefix to;

  if (getsockname (fd, &own.any, &own.len) == 0 && bg_socket_address_get_ip (&own, &to, NULL)
      && bg_ip_prefix_equal (&to, from))
    return TRUE;
  return can_bind (peer);
}

static gboolean
is_from_one_of (const BgDoorRules *rules, const BgIpPrefix *from)
{
  for (guint i = 0; i < rules->n_from; i++)
    if (bg_ip_prefix_contains (&rules->from[i], from))
      return TRUE;
  return rules->n_from == 0;
}

gboolean
bg_door_rules_admit (const BgDoorRules *rules, int fd, const BgSocketAddress *peer)
{
  BgIpPrefix from;

  if (!bg_socket_address_get_ip (peer, &from, NULL))
    return rules->n_from == 0;
  return is_from_one_of (rules, &from) && (!rules->local_only || is_local (fd, peer, &from));
}

static void
turn_away (BgDoor *door, int fd)
{
  bg_door_tally_refused (door->options.tally);
  close (fd);
}

/* Where nobody is counted the table stays empty. */
static gboolean
is_one_too_many (BgDoor *door, const BgSocketAddress *peer, BgStream *stream)
{
  const BgForwardWay *way = door->options.way;
  g_autofree char *account = way->limits.of_caller > 0 ? bg_callers_account (way->callers, peer)
                                                       : NULL;

  return account && !bg_guests_enter (door->guests, account, way->limits.of_caller, stream);
}

static void
let_in (BgDoor *door, int fd, const BgSocketAddress *peer)
{
  BgStream *stream;

  if (!bg_door_rules_admit (door->options.rules, fd, peer))
    {
      turn_away (door, fd);
      return;
    }
  stream = bg_stream_new (&door->streams_home, door->options.way, fd);
  if (is_one_too_many (door, peer, stream))
    {
      bg_stream_free (stream);
      turn_away (door, fd);
      return;
    }
  g_queue_push_tail_link (&door->streams, bg_stream_link (stream));
  bg_stream_begin (stream);
}

static void
rest (BgDoor *door)
{
  bg_reactor_unwatch (door->home->reactor, &door->watch);
  door->backoff_ms = CLAMP (door->backoff_ms * 2, BACKOFF_MIN_MS, BACKOFF_MAX_MS);
  bg_reactor_arm (door->home->reactor, &door->pause,
                  bg_reactor_now (door->home->reactor) + (gint64) door->backoff_ms * 1000);
}

/* What is wrong with the one that was to be accepted, so that the next may be well (accept(2)). */
static gboolean
is_the_others_fault (int error)
{
  switch (error)
    {
    case ECONNABORTED:
    case EPROTO:
    case EINTR:
    case EPERM:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
      return TRUE;
    default:
      return FALSE;
    }
}

/* TRUE: there may be another. */
static gboolean
accept_one (BgDoor *door)
{
  BgSocketAddress peer = { .len = sizeof peer.ip };
  int fd = accept4 (door->options.fd, &peer.any, &peer.len, SOCK_NONBLOCK | SOCK_CLOEXEC);
  int error = errno;

  if (fd >= 0)
    {
      door->backoff_ms = 0;
      let_in (door, fd, &peer);
      return TRUE;
    }
  if (error != EAGAIN && !is_the_others_fault (error))
    rest (door);
  return is_the_others_fault (error);
}

static void
on_door_ready (gpointer data, guint32 events)
{
  guint n = 0;

  while (n < ACCEPTED_A_ROUND && accept_one (data))
    n++;
}

static void
watch (BgDoor *door)
{
  if (!bg_reactor_watch (door->home->reactor, &door->watch, door->options.fd, EPOLLIN))
    rest (door);
}

static void
on_pause_due (gpointer data)
{
  watch (data);
}

static void
on_drain_due (gpointer data)
{
  BgDoor *door = data;

  while (door->streams.head)
    bg_stream_abort (door->streams.head->data);
}

static void
check_drained (BgDoor *door)
{
  if (door->is_closed && door->streams.length == 0)
    door->home->drained (door->home->data, door);
}

static BgIdlePool *
pool_of (gpointer data, BgIngress *ingress)
{
  BgDoor *door = data;

  return door->home->pool_of (door->home->data, ingress);
}

static void
on_heard (gpointer data, BgIngress *ingress, gboolean is_rejected)
{
  BgDoor *door = data;

  door->home->heard (door->home->data, door, ingress, is_rejected);
}

static void
on_stream_ended (gpointer data, BgStream *stream)
{
  BgDoor *door = data;

  g_queue_unlink (&door->streams, bg_stream_link (stream));
  bg_guests_leave (door->guests, stream);
  check_drained (door);
}

void
bg_door_set_manner (int fd)
{
  const guint32 no_mark = 0;

  fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) | O_NONBLOCK);
  /* who comes in has the mark of the door; it is not the daemon's traffic */
  (void) setsockopt (fd, SOL_SOCKET, SO_MARK, &no_mark, sizeof no_mark);
}

BgDoor *
bg_door_open (const BgDoorHome *home, const BgDoorOptions *options)
{
  BgDoor *door = g_new0 (BgDoor, 1);

  door->home = home;
  door->options = *options;
  door->streams_home = (BgStreamHome){ home->reactor, options->tally,  pool_of,
                                       on_heard,      on_stream_ended, door };
  door->watch = (BgReactorWatch){ -1, on_door_ready, door };
  door->pause = (BgDeadline){ .due = on_pause_due, .data = door };
  door->drain = (BgDeadline){ .due = on_drain_due, .data = door };
  g_queue_init (&door->streams);
  door->guests = bg_guests_new ();
  bg_door_set_manner (options->fd);
  watch (door);
  return door;
}

guint64
bg_door_id (const BgDoor *door)
{
  return door->options.id;
}

BgIngress *
bg_door_ingress (const BgDoor *door)
{
  return door->options.way->ingress;
}

void
bg_door_set_way (BgDoor *door, BgForwardWay *way)
{
  bg_forward_way_unref (door->options.way);
  door->options.way = way;
}

static void
shut (BgDoor *door)
{
  bg_reactor_unwatch (door->home->reactor, &door->watch);
  bg_reactor_disarm (door->home->reactor, &door->pause);
  if (door->options.fd >= 0)
    close (door->options.fd);
  door->options.fd = -1;
}

/* Whoever is inside has no more time than this from now on. */
static void
hasten (BgDoor *door, gint64 drain_us)
{
  BgReactor *reactor = door->home->reactor;
  gint64 due = bg_reactor_now (reactor) + drain_us;

  if (door->drain.at > due)
    bg_reactor_arm (reactor, &door->drain, due);
}

void
bg_door_close (BgDoor *door, gint64 drain_us)
{
  BgReactor *reactor = door->home->reactor;

  if (door->is_closed)
    {
      hasten (door, drain_us);
      return;
    }
  for (guint n = 0; n < SOMAXCONN && accept_one (door); n++)
    ;
  door->is_closed = TRUE;
  shut (door);
  bg_reactor_arm (reactor, &door->drain, bg_reactor_now (reactor) + drain_us);
  check_drained (door);
}

static void
door_free (gpointer data)
{
  BgDoor *door = data;

  bg_door_rules_free (door->options.rules);
  bg_forward_way_unref (door->options.way);
  bg_door_tally_unref (door->options.tally);
  bg_guests_free (door->guests);
  g_free (door);
}

void
bg_door_free (BgDoor *door)
{
  door->is_closed = FALSE;
  shut (door);
  bg_reactor_disarm (door->home->reactor, &door->drain);
  on_drain_due (door);
  bg_reactor_bury (door->home->reactor, door, door_free);
}
