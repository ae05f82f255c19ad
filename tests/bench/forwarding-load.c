/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands before and behind a proxy on 127.0.0.1.
 *   forwarding-load serve             says "port N"; a connection that begins with "e" has everything echoed, one with "s" and
 *                                     eight bytes has so many bytes sent to it
 *   forwarding-load latency PORT N    so many connections one after the other, a byte there and back: median and 99th percentile, µs
 *   forwarding-load pull PORT BYTES   over one connection: seconds
 *   forwarding-load hold PORT N       opens so many, has a byte echoed on each, says "held", and waits for the end of its input */
#include <errno.h>
#include <glib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab/ticks.h"

enum
{
  CHUNK = 256 * 1024,
  EVENTS = 256,
};

static guint8 chunk[CHUNK];

static void
must (gboolean is_well, const char *what)
{
  if (is_well)
    return;
  fprintf (stderr, "forwarding-load: %s: %s\n", what, strerror (errno));
  exit (EXIT_FAILURE);
}

static struct sockaddr_in
at_port (guint16 port)
{
  return (struct sockaddr_in){ .sin_family = AF_INET,
                               .sin_port = htons (port),
                               .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
}

static int
connect_to (guint16 port)
{
  struct sockaddr_in address = at_port (port);
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;

  must (connect (fd, (struct sockaddr *) &address, sizeof address) == 0, "connect");
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return fd;
}

static void
write_whole (int fd, const void *bytes, gsize len)
{
  for (gssize n; len > 0; len -= (gsize) n, bytes = (const guint8 *) bytes + n)
    {
      n = send (fd, bytes, len, MSG_NOSIGNAL);
      if (n < 0)
        return;
    }
}

static void
echo_one (int fd)
{
  char byte = 'e';

  write_whole (fd, &byte, 1);
  must (recv (fd, &byte, 1, 0) == 1, "echo");
}

/* serve */

static gpointer
send_much (gpointer data)
{
  int fd = GPOINTER_TO_INT (data);
  guint64 left;

  must (recv (fd, &left, sizeof left, MSG_WAITALL) == sizeof left, "count");
  for (gsize n; left > 0; left -= n)
    {
      n = MIN (left, CHUNK);
      write_whole (fd, chunk, n);
    }
  close (fd);
  return NULL;
}

static void
answer (int epoll, int fd)
{
  char what;
  gssize n = recv (fd, &what, 1, MSG_PEEK);

  if (n == 1 && what == 's')
    {
      epoll_ctl (epoll, EPOLL_CTL_DEL, fd, NULL);
      must (recv (fd, &what, 1, 0) == 1, "command");
      g_thread_unref (g_thread_new ("sender", send_much, GINT_TO_POINTER (fd)));
      return;
    }
  n = recv (fd, chunk, CHUNK, 0);
  if (n > 0)
    write_whole (fd, chunk, (gsize) n);
  else
    close (fd);
}

static void
watch (int epoll, int fd)
{
  struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

  must (epoll_ctl (epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll");
}

static void
take_events (int epoll, int listener)
{
  struct epoll_event events[EVENTS];
  int n = epoll_wait (epoll, events, EVENTS, -1);

  for (int i = 0; i < n; i++)
    if (events[i].data.fd == listener)
      watch (epoll, accept4 (listener, NULL, NULL, SOCK_CLOEXEC));
    else
      answer (epoll, events[i].data.fd);
}

static void
serve (void)
{
  int epoll = epoll_create1 (EPOLL_CLOEXEC), listener = socket (AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = at_port (0);
  socklen_t len = sizeof address;

  must (bind (listener, (struct sockaddr *) &address, len) == 0, "bind");
  must (listen (listener, SOMAXCONN) == 0, "listen");
  getsockname (listener, (struct sockaddr *) &address, &len);
  printf ("port %u\n", ntohs (address.sin_port));
  fflush (stdout);
  watch (epoll, listener);
  while (TRUE)
    take_events (epoll, listener);
}

/* load */

static int
compare (gconstpointer a, gconstpointer b)
{
  guint64 one = *(const guint64 *) a, other = *(const guint64 *) b;

  return one < other ? -1 : one > other;
}

static void
latency (guint16 port, guint n)
{
  g_autofree guint64 *took = g_new (guint64, n);

  for (guint i = 0; i < n; i++)
    {
      guint64 begin = now_ns ();
      int fd = connect_to (port);

      echo_one (fd);
      took[i] = now_ns () - begin;
      close (fd);
    }
  qsort (took, n, sizeof *took, compare);
  printf ("{\"median_us\": %.1f, \"p99_us\": %.1f}\n", (double) took[n / 2] / 1e3,
          (double) took[n * 99 / 100] / 1e3);
}

static void
pull (guint16 port, guint64 bytes)
{
  int fd = connect_to (port);
  guint64 begin = now_ns (), got = 0;
  gssize n;

  write_whole (fd, "s", 1);
  write_whole (fd, &bytes, sizeof bytes);
  while ((n = recv (fd, chunk, CHUNK, 0)) > 0)
    got += (guint64) n;
  must (got == bytes, "bytes lost");
  printf ("{\"seconds\": %.4f}\n", (double) (now_ns () - begin) / 1e9);
}

static void
hold (guint16 port, guint n)
{
  for (guint i = 0; i < n; i++)
    echo_one (connect_to (port));
  printf ("held\n");
  fflush (stdout);
  while (getchar () != EOF)
    ;
}

int
main (int argc, char **argv)
{
  struct rlimit limit;
  const char *verb = argc > 1 ? argv[1] : "";
  guint16 port = argc > 3 ? (guint16) strtoul (argv[2], NULL, 10) : 0;
  guint64 n = argc > 3 ? strtoull (argv[3], NULL, 10) : 0;

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
  if (strcmp (verb, "serve") == 0)
    serve ();
  else if (port && strcmp (verb, "latency") == 0)
    latency (port, (guint) n);
  else if (port && strcmp (verb, "pull") == 0)
    pull (port, n);
  else if (port && strcmp (verb, "hold") == 0)
    hold (port, (guint) n);
  else
    return EXIT_FAILURE;
  return EXIT_SUCCESS;
}
