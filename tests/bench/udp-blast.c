/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* UDP between two network namespaces at a set rate, or at the highest rate that arrives whole. One process holds both
 * sockets: each was made inside its namespace. Prints one JSON object. */

#include "lab/ticks.h"

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
  SETTLE_NS = 40000000,
};

#define LEAST_PPS 200.0
#define MOST_PPS 4e6

typedef struct
{
  int sender, receiver;
  uint32_t size;
  _Atomic uint64_t received, last_arrival;
  _Atomic bool stop;
} Blast;

typedef struct
{
  double seconds; /* from the first send to the last arrival, or to the end of sending */
  double sending, late;
  uint64_t sent, received;
} Trial;

typedef struct
{
  double seconds, start, step, tolerance, allowed_loss;
} Search;

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
        {
          atomic_store (&blast->last_arrival, now_ns ());
          atomic_fetch_add (&blast->received, (uint64_t) n);
        }
    }
  return NULL;
}

/* What is under way may still arrive: until all did, or nothing for a while. Returns how much. */
static uint64_t
wait_for_the_rest (Blast *blast, uint64_t before, uint64_t sent)
{
  uint64_t seen = atomic_load (&blast->received) - before, quiet_since = now_ns ();

  while (seen < sent && now_ns () - quiet_since < SETTLE_NS)
    {
      uint64_t received;

      sleep_until (now_ns () + TICK_NS);
      received = atomic_load (&blast->received) - before;
      if (received != seen)
        quiet_since = now_ns ();
      seen = received;
    }
  return seen;
}

static Trial
run (Blast *blast, double pps, double seconds)
{
  static char bytes[MAX_SIZE];
  struct iovec iov = { bytes, blast->size };
  struct mmsghdr msgs[BATCH] = { 0 };
  uint64_t start = now_ns (), end = start + (uint64_t) (seconds * 1e9), now = start;
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
  trial.sending = (double) (now - start) / 1e9;
  trial.received = wait_for_the_rest (blast, before, trial.sent);
  trial.late = (double) (int64_t) (atomic_load (&blast->last_arrival) - now) / 1e9;
  trial.seconds = trial.sending + MAX (trial.late, 0);
  return trial;
}

/* Neither loss nor a queue that only grows; and a sender that could not keep the pace proves nothing about this rate. */
static gboolean
is_whole (const Trial *t, double pps, double allowed_loss)
{
  return (double) t->sent >= pps * t->sending * 0.97 && t->late <= t->sending * 0.1
         && (double) (t->sent - t->received) <= (double) t->sent * allowed_loss;
}

/* A second chance: on a busy machine anything may be lost once. */
static gboolean
is_sustained (Blast *blast, const Search *search, double pps, Trial *best)
{
  for (int i = 0; i < 2; i++)
    {
      Trial t = run (blast, pps, search->seconds);

      if (is_whole (&t, pps, search->allowed_loss))
        {
          *best = t;
          return TRUE;
        }
    }
  return FALSE;
}

/* The highest rate that is sustained: by steps from the start, then by halving the gap. */
static Trial
find_highest (Blast *blast, const Search *search)
{
  Trial best = { .seconds = 1 };
  double low = search->start, high;

  if (is_sustained (blast, search, low, &best))
    {
      high = low * search->step;
      while (high < MOST_PPS && is_sustained (blast, search, high, &best))
        {
          low = high;
          high *= search->step;
        }
    }
  else
    {
      high = low;
      low /= search->step;
      while (low > LEAST_PPS && !is_sustained (blast, search, low, &best))
        {
          high = low;
          low /= search->step;
        }
    }
  while (high / low > 1 + search->tolerance)
    {
      double middle = (low + high) / 2;

      if (is_sustained (blast, search, middle, &best))
        low = middle;
      else
        high = middle;
    }
  return best;
}

int
main (int argc, char **argv)
{
  g_autofree char *from = NULL, *to = NULL, *address = NULL;
  double pps = 0;
  Search search = {
    .seconds = 0.4, .start = 30000, .step = 1.5, .tolerance = 0.05, .allowed_loss = 0.001
  };
  int size = 1372, port = 9;
  GOptionEntry entries[] = {
    { "from-ns", 0, 0, G_OPTION_ARG_FILENAME, &from, "Sender's network namespace", "FILE" },
    { "to-ns", 0, 0, G_OPTION_ARG_FILENAME, &to, "Receiver's network namespace", "FILE" },
    { "to", 0, 0, G_OPTION_ARG_STRING, &address, "Receiver's address", "ADDRESS" },
    { "port", 0, 0, G_OPTION_ARG_INT, &port, "Receiver's port", "PORT" },
    { "size", 0, 0, G_OPTION_ARG_INT, &size, "Bytes in a datagram", "BYTES" },
    { "pps", 0, 0, G_OPTION_ARG_DOUBLE, &pps,
      "Datagrams per second; without it the highest rate that arrives whole", "N" },
    { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &search.seconds, "Length of a trial", "S" },
    { "start", 0, 0, G_OPTION_ARG_DOUBLE, &search.start, "First rate that is tried", "N" },
    { "step", 0, 0, G_OPTION_ARG_DOUBLE, &search.step,
      "Factor to the next rate until the limit is passed", "FACTOR" },
    { "tolerance", 0, 0, G_OPTION_ARG_DOUBLE, &search.tolerance,
      "How near to the highest rate is good enough", "SHARE" },
    { "loss", 0, 0, G_OPTION_ARG_DOUBLE, &search.allowed_loss,
      "Share that may be lost by a rate that counts as whole", "SHARE" },
    { NULL }
  };
  g_autoptr (GOptionContext)
    context = g_option_context_new ("- UDP between two namespaces at a set or the highest rate");
  g_autoptr (GError) error = NULL;
  union
  {
    struct sockaddr sa;
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
  } peer = { 0 };
  socklen_t len = sizeof peer.in4;
  Blast blast = { 0 };
  Trial t;
  pthread_t thread;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_error ("%s", error->message);
  if (search.step < 1.01)
    g_error ("--step must be more than 1");
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
  t = pps > 0 ? run (&blast, pps, search.seconds) : find_highest (&blast, &search);
  atomic_store (&blast.stop, true);
  pthread_join (thread, NULL);
  printf ("{\"sent\": %" G_GUINT64_FORMAT ", \"received\": %" G_GUINT64_FORMAT
          ", \"pps\": %.0f, \"mbit_s\": %.1f, "
          "\"loss_percent\": %.3f}\n",
          t.sent, t.received, (double) t.received / t.seconds,
          (double) t.received * size * 8 / t.seconds / 1e6,
          t.sent ? 100.0 * (double) (t.sent - t.received) / (double) t.sent : 0.0);
  return 0;
}
