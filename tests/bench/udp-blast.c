/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* UDP between two network namespaces at a set rate, or at the highest rate that arrives whole. One process holds both
 * sockets: each was made inside its namespace. Prints one JSON object. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum
{
  BATCH = 64,
  MAX_SIZE = 9000,
  TICK_NS = 500000,
  SOCKET_BUFFER = 8 << 20,
  SETTLE_NS = 60000000,
};

typedef struct
{
  int              sender, receiver;
  uint32_t         size;
  _Atomic uint64_t received;
  _Atomic bool     stop;
} Blast;

typedef struct
{
  double   seconds;
  uint64_t sent, received;
} Trial;

static uint64_t
now_ns (void)
{
  struct timespec t;

  clock_gettime (CLOCK_MONOTONIC, &t);
  return (uint64_t) t.tv_sec * 1000000000u + (uint64_t) t.tv_nsec;
}

static void
sleep_until (uint64_t at)
{
  struct timespec t = { .tv_sec = (time_t) (at / 1000000000u), .tv_nsec = (long) (at % 1000000000u) };

  while (clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
    ;
}

static int
socket_in (const char *ns, int family)
{
  int bytes = SOCKET_BUFFER, home, fd, s;

  home = open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  fd = open (ns, O_RDONLY | O_CLOEXEC);
  if (home < 0 || fd < 0 || setns (fd, CLONE_NEWNET) < 0)
    g_error ("namespace %s: %s", ns, g_strerror (errno));
  s = socket (family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (s < 0 || setns (home, CLONE_NEWNET) < 0)
    g_error ("socket: %s", g_strerror (errno));
  if (setsockopt (s, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0)
    setsockopt (s, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  if (setsockopt (s, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) < 0)
    setsockopt (s, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  close (fd);
  close (home);
  return s;
}

static void *
receive (void *data)
{
  Blast *blast = data;
  static char bytes[BATCH][MAX_SIZE];
  struct iovec iov[BATCH];
  struct mmsghdr msgs[BATCH] = { 0 };
  struct timeval patience = { .tv_usec = 50000 };

  setsockopt (blast->receiver, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  for (int i = 0; i < BATCH; i++)
    {
      iov[i] = (struct iovec){ bytes[i], MAX_SIZE };
      msgs[i].msg_hdr.msg_iov = &iov[i];
      msgs[i].msg_hdr.msg_iovlen = 1;
    }
  while (!atomic_load (&blast->stop))
    {
      int n = recvmmsg (blast->receiver, msgs, BATCH, MSG_WAITFORONE, NULL);

      if (n > 0)
        atomic_fetch_add (&blast->received, (uint64_t) n);
    }
  return NULL;
}

static Trial
run (Blast *blast, double pps, double seconds)
{
  static char bytes[MAX_SIZE];
  struct iovec iov = { bytes, blast->size };
  struct mmsghdr msgs[BATCH] = { 0 };
  uint64_t start = now_ns (), end = start + (uint64_t) (seconds * 1e9), now = start, last;
  Trial trial = { 0 };
  uint64_t before = atomic_load (&blast->received);

  for (int i = 0; i < BATCH; i++)
    {
      msgs[i].msg_hdr.msg_iov = &iov;
      msgs[i].msg_hdr.msg_iovlen = 1;
    }
  while (now < end)
    {
      uint64_t due = (uint64_t) ((double) (now - start + TICK_NS) * pps / 1e9);

      while (trial.sent < due)
        {
          unsigned n = due - trial.sent < BATCH ? (unsigned) (due - trial.sent) : BATCH;
          int r = sendmmsg (blast->sender, msgs, n, 0);

          if (r > 0)
            trial.sent += (uint64_t) r;
          else if (errno != ENOBUFS && errno != EINTR && errno != ECONNREFUSED)
            g_error ("send: %s", g_strerror (errno));
          now = now_ns ();
          if (now >= end)
            break;
        }
      sleep_until (start + ((now - start) / TICK_NS + 1) * TICK_NS);
      now = now_ns ();
    }
  trial.seconds = (double) (now_ns () - start) / 1e9;
  /* What is under way may still arrive: until nothing did for a while. */
  do
    {
      last = atomic_load (&blast->received);
      sleep_until (now_ns () + SETTLE_NS);
    }
  while (atomic_load (&blast->received) != last);
  trial.received = last - before;
  return trial;
}

static gboolean
is_whole (const Trial *t, double pps, double allowed_loss)
{
  /* A sender that could not keep the pace proves nothing about this rate. */
  return (double) t->sent >= pps * t->seconds * 0.97
         && (double) (t->sent - t->received) <= (double) t->sent * allowed_loss;
}

static Trial
search (Blast *blast, double seconds, double allowed_loss)
{
  double low = 2000, high = 0, pps = 20000;
  Trial best = { .seconds = 1 };

  for (int i = 0; i < 16; i++)
    {
      Trial t = run (blast, pps, seconds);

      if (is_whole (&t, pps, allowed_loss))
        {
          best = t;
          low = pps;
        }
      else
        high = pps;
      if (high > 0 && high / low < 1.06)
        break;
      pps = high > 0 ? (low + high) / 2 : pps * 2;
    }
  return best;
}

int
main (int argc, char **argv)
{
  g_autofree char *from = NULL, *to = NULL, *address = NULL;
  double pps = 0, seconds = 0.4, loss = 0.001;
  int size = 1372, port = 9;
  GOptionEntry entries[] = {
    { "from-ns", 0, 0, G_OPTION_ARG_FILENAME, &from, "Sender's network namespace", "FILE" },
    { "to-ns", 0, 0, G_OPTION_ARG_FILENAME, &to, "Receiver's network namespace", "FILE" },
    { "to", 0, 0, G_OPTION_ARG_STRING, &address, "Receiver's address", "ADDRESS" },
    { "port", 0, 0, G_OPTION_ARG_INT, &port, "Receiver's port", "PORT" },
    { "size", 0, 0, G_OPTION_ARG_INT, &size, "Bytes in a datagram", "BYTES" },
    { "pps", 0, 0, G_OPTION_ARG_DOUBLE, &pps, "Datagrams per second; without it the highest rate that arrives whole", "N" },
    { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &seconds, "Length of a trial", "S" },
    { "loss", 0, 0, G_OPTION_ARG_DOUBLE, &loss, "Share that may be lost by a rate that counts as whole", "SHARE" },
    { NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- UDP between two namespaces at a set or the highest rate");
  g_autoptr (GError) error = NULL;
  union
  {
    struct sockaddr     sa;
    struct sockaddr_in  in4;
    struct sockaddr_in6 in6;
  } peer = { 0 };
  socklen_t len = sizeof peer.in4;
  Blast blast = { 0 };
  Trial t;
  pthread_t thread;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_error ("%s", error->message);
  if (!from || !to || !address || size < 1 || size > MAX_SIZE)
    g_error ("--from-ns, --to-ns and --to are needed, and a --size up to %d", MAX_SIZE);
  if (inet_pton (AF_INET, address, &peer.in4.sin_addr) == 1)
    {
      peer.in4.sin_family = AF_INET;
      peer.in4.sin_port = htons ((uint16_t) port);
    }
  else if (inet_pton (AF_INET6, address, &peer.in6.sin6_addr) == 1)
    {
      peer.in6.sin6_family = AF_INET6;
      peer.in6.sin6_port = htons ((uint16_t) port);
      len = sizeof peer.in6;
    }
  else
    g_error ("%s is no address", address);

  blast.size = (uint32_t) size;
  blast.receiver = socket_in (to, peer.sa.sa_family);
  blast.sender = socket_in (from, peer.sa.sa_family);
  if (bind (blast.receiver, &peer.sa, len) < 0 || connect (blast.sender, &peer.sa, len) < 0)
    g_error ("%s: %s", address, g_strerror (errno));
  pthread_create (&thread, NULL, receive, &blast);
  run (&blast, 2000, 0.1); /* routes, sessions and caches warm */
  t = pps > 0 ? run (&blast, pps, seconds) : search (&blast, seconds, loss);
  atomic_store (&blast.stop, true);
  pthread_join (thread, NULL);
  printf ("{\"sent\": %" G_GUINT64_FORMAT ", \"received\": %" G_GUINT64_FORMAT ", \"pps\": %.0f, \"mbit_s\": %.1f, "
          "\"loss_percent\": %.3f}\n",
          t.sent, t.received, (double) t.received / t.seconds, (double) t.received * size * 8 / t.seconds / 1e6,
          t.sent ? 100.0 * (double) (t.sent - t.received) / (double) t.sent : 0.0);
  return 0;
}
