/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A wire with properties: forwards Ethernet frames between two interfaces, each way with a delay, a loss, a rate.
 *
 *   impair IFACE IFACE DELAY_MS LOSS_PERCENT RATE_MBIT SEED
 *
 * Loss is drawn from a seeded generator per direction; a rate of 0 has no limit; behind a rate stands a queue of 100 ms,
 * and what does not fit is dropped. Says "ready", runs until a signal, and says what it did. */

#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

enum
{
  FRAME_MAX = 2048,
  RING_FRAMES = 32768,
  BATCH = 64,
  SOCKET_BUFFER = 16 << 20
};
static const int64_t QUEUE_NS = 100 * 1000000LL;

typedef struct
{
  int64_t due_ns;
  uint32_t len;
  uint8_t bytes[FRAME_MAX];
} Frame;

typedef struct
{
  int from, to;
  uint64_t random;
  int64_t wire_free_ns; /* when the last frame has left the rate limit */
  Frame *ring;
  uint32_t head, count;
  uint64_t forwarded, lost, overflown;
} Direction;

typedef struct
{
  int64_t delay_ns;
  double loss;
  double ns_per_byte;
} Wire;

static volatile sig_atomic_t stopped;

static void
on_signal (int signum)
{
  stopped = 1;
}

static int64_t
now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static bool
is_lost (Direction *direction, double loss)
{
  uint64_t x = direction->random;

  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  direction->random = x;
  return (double) (x >> 11) / (double) (1ULL << 53) < loss;
}

static void
take (Direction *direction, const Wire *wire, const uint8_t *bytes, uint32_t len, int64_t now)
{
  Frame *frame = &direction->ring[(direction->head + direction->count) % RING_FRAMES];
  int64_t starts = direction->wire_free_ns > now ? direction->wire_free_ns : now;

  if (is_lost (direction, wire->loss))
    {
      direction->lost++;
      return;
    }
  if (direction->count == RING_FRAMES || starts - now > QUEUE_NS)
    {
      direction->overflown++;
      return;
    }
  direction->wire_free_ns = starts + (int64_t) (len * wire->ns_per_byte);
  frame->due_ns = direction->wire_free_ns + wire->delay_ns;
  frame->len = len;
  memcpy (frame->bytes, bytes, len);
  direction->count++;
}

static void
receive (Direction *direction, const Wire *wire)
{
  static uint8_t buffer[FRAME_MAX];
  int64_t now = now_ns ();

  for (int i = 0; i < BATCH; i++)
    {
      ssize_t len = recv (direction->from, buffer, sizeof buffer, MSG_DONTWAIT | MSG_TRUNC);

      if (len < 0)
        return;
      if (len <= FRAME_MAX)
        take (direction, wire, buffer, (uint32_t) len, now);
      else
        direction->overflown++; /* a super-packet: offloads are on */
    }
}

/* Sends what is due; the time until the next frame is, or -1. */
static int64_t
release (Direction *direction)
{
  while (direction->count > 0)
    {
      Frame *frame = &direction->ring[direction->head];
      int64_t wait = frame->due_ns - now_ns ();

      if (wait > 0)
        return wait;
      if (send (direction->to, frame->bytes, frame->len, 0) >= 0)
        direction->forwarded++;
      else
        direction->overflown++;
      direction->head = (direction->head + 1) % RING_FRAMES;
      direction->count--;
    }
  return -1;
}

static int
open_interface (const char *name)
{
  struct sockaddr_ll address = { .sll_family = AF_PACKET,
                                 .sll_protocol = __builtin_bswap16 (ETH_P_ALL) };
  int one = 1, size = SOCKET_BUFFER;
  int fd = socket (AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, address.sll_protocol);

  address.sll_ifindex = (int) if_nametoindex (name);
  if (fd < 0 || address.sll_ifindex == 0
      || bind (fd, (struct sockaddr *) &address, sizeof address) != 0
      || setsockopt (fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) != 0)
    {
      fprintf (stderr, "impair: %s: %s\n", name, strerror (errno));
      exit (1);
    }
  if (setsockopt (fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
    setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  return fd;
}

static void
forward_until_stopped (Direction ways[2], const Wire *wire)
{
  struct pollfd fds[2] = { { ways[0].from, POLLIN, 0 }, { ways[1].from, POLLIN, 0 } };
  int64_t waits[2] = { -1, -1 };

  while (!stopped)
    {
      int64_t wait = waits[0] < 0 || (waits[1] >= 0 && waits[1] < waits[0]) ? waits[1] : waits[0];
      struct timespec timeout = { wait / 1000000000LL, wait % 1000000000LL };

      if (ppoll (fds, 2, wait < 0 ? NULL : &timeout, NULL) < 0 && errno != EINTR)
        return;
      for (int i = 0; i < 2; i++)
        {
          receive (&ways[i], wire);
          waits[i] = release (&ways[i]);
        }
    }
}

int
main (int argc, char **argv)
{
  struct sigaction action = { .sa_handler = on_signal };
  Direction ways[2] = { 0 };
  Wire wire;

  if (argc != 7)
    {
      fprintf (stderr, "usage: impair IFACE IFACE DELAY_MS LOSS_PERCENT RATE_MBIT SEED\n");
      return 2;
    }
  wire.delay_ns = (int64_t) (strtod (argv[3], NULL) * 1e6);
  wire.loss = strtod (argv[4], NULL) / 100;
  wire.ns_per_byte = strtod (argv[5], NULL) > 0 ? 8000 / strtod (argv[5], NULL) : 0;
  ways[0].from = ways[1].to = open_interface (argv[1]);
  ways[1].from = ways[0].to = open_interface (argv[2]);
  for (int i = 0; i < 2; i++)
    {
      ways[i].random = (strtoull (argv[6], NULL, 10) + (uint64_t) i + 1) * 0x9E3779B97F4A7C15ULL;
      ways[i].ring = calloc (RING_FRAMES, sizeof (Frame));
      if (!ways[i].ring)
        return 1;
    }
  sigaction (SIGTERM, &action, NULL);
  sigaction (SIGINT, &action, NULL);
  printf ("ready\n");
  fflush (stdout);
  forward_until_stopped (ways, &wire);
  for (int i = 0; i < 2; i++)
    printf ("%s to %s: %llu forwarded, %llu lost, %llu without room\n", argv[1 + i], argv[2 - i],
            (unsigned long long) ways[i].forwarded, (unsigned long long) ways[i].lost,
            (unsigned long long) ways[i].overflown);
  free (ways[0].ring);
  free (ways[1].ring);
  return 0;
}
