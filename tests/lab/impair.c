/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A wire with properties: forwards Ethernet frames between two interfaces, each way as it is told.
 *
 *   impair IFACE IFACE SEED [PROPERTY VALUE]…
 *
 * delay_ms           that every frame takes
 * loss_percent       are lost
 * duplicate_percent  come twice
 * reorder_percent    are held back for one to eight milliseconds more, while others pass
 * rate_mbit          0 for no limit; behind it stands a queue of 100 ms, and what does not fit is dropped
 * mtu                bytes of IP that a frame may hold, 0 for no limit; larger ones vanish, and nobody is told
 *
 * What is not named is 0. Chances are drawn from a seeded generator per direction. Says "ready"; a line of properties on
 * standard input takes the place of all before it, answered by "set". Runs until a signal, and says what it did. */

#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
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
  LATE_FRAMES = 64,
  LATE_STEPS = 8,
  BATCH = 64,
  SOCKET_BUFFER = 16 << 20,
  LINE_SIZE = 256,
  WORDS_MAX = 16,
};
static const int64_t QUEUE_NS = 100 * 1000000LL, LATE_STEP_NS = 1000000LL;

typedef struct
{
  int64_t due_ns; /* 0: an empty place */
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
  Frame *late;
  uint32_t late_count;
  uint64_t forwarded, lost, doubled, delayed, overflown;
} Direction;

typedef struct
{
  double delay_ms, loss_percent, duplicate_percent, reorder_percent, rate_mbit, mtu;
} Wire;

static const struct
{
  const char *name;
  size_t offset;
} properties[] = {
  { "delay_ms", offsetof (Wire, delay_ms) },
  { "loss_percent", offsetof (Wire, loss_percent) },
  { "duplicate_percent", offsetof (Wire, duplicate_percent) },
  { "reorder_percent", offsetof (Wire, reorder_percent) },
  { "rate_mbit", offsetof (Wire, rate_mbit) },
  { "mtu", offsetof (Wire, mtu) },
};

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

static double *
property_of (Wire *wire, const char *name)
{
  for (size_t i = 0; i < sizeof properties / sizeof *properties; i++)
    if (strcmp (properties[i].name, name) == 0)
      return (double *) ((char *) wire + properties[i].offset);
  return NULL;
}

static bool
parse_wire (Wire *wire, int n, char **words)
{
  Wire parsed = { 0 };

  for (int i = 0; i + 1 < n; i += 2)
    {
      double *value = property_of (&parsed, words[i]);

      if (!value)
        return false;
      *value = strtod (words[i + 1], NULL);
    }
  *wire = parsed;
  return n % 2 == 0;
}

static uint64_t
draw (Direction *direction)
{
  uint64_t x = direction->random;

  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  direction->random = x;
  return x;
}

static bool
happens (Direction *direction, double percent)
{
  return percent > 0 && (double) (draw (direction) >> 11) / (double) (1ULL << 53) < percent / 100;
}

static void
fill (Frame *frame, const uint8_t *bytes, uint32_t len, int64_t due_ns)
{
  frame->due_ns = due_ns;
  frame->len = len;
  memcpy (frame->bytes, bytes, len);
}

static void
hold_back (Direction *direction, const uint8_t *bytes, uint32_t len, int64_t due_ns)
{
  for (int i = 0; i < LATE_FRAMES; i++)
    if (direction->late[i].due_ns == 0)
      {
        fill (&direction->late[i], bytes, len,
              due_ns + LATE_STEP_NS * (1 + (int64_t) (draw (direction) % LATE_STEPS)));
        direction->late_count++;
        direction->delayed++;
        return;
      }
}

static void
carry (Direction *direction, const Wire *wire, const uint8_t *bytes, uint32_t len, int64_t now)
{
  int64_t starts = direction->wire_free_ns > now ? direction->wire_free_ns : now;
  double ns_per_byte = wire->rate_mbit > 0 ? 8000 / wire->rate_mbit : 0;
  int64_t due;

  if (direction->count == RING_FRAMES || starts - now > QUEUE_NS)
    {
      direction->overflown++;
      return;
    }
  direction->wire_free_ns = starts + (int64_t) (len * ns_per_byte);
  due = direction->wire_free_ns + (int64_t) (wire->delay_ms * 1e6);
  if (direction->late_count < LATE_FRAMES && happens (direction, wire->reorder_percent))
    {
      hold_back (direction, bytes, len, due);
      return;
    }
  fill (&direction->ring[(direction->head + direction->count) % RING_FRAMES], bytes, len, due);
  direction->count++;
}

static void
take (Direction *direction, const Wire *wire, const uint8_t *bytes, uint32_t len, int64_t now)
{
  if (happens (direction, wire->loss_percent) || (wire->mtu > 0 && len > wire->mtu + ETH_HLEN))
    {
      direction->lost++;
      return;
    }
  carry (direction, wire, bytes, len, now);
  if (happens (direction, wire->duplicate_percent))
    {
      direction->doubled++;
      carry (direction, wire, bytes, len, now);
    }
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

static void
put (Direction *direction, const Frame *frame)
{
  if (send (direction->to, frame->bytes, frame->len, 0) >= 0)
    direction->forwarded++;
  else
    direction->overflown++;
}

static int64_t
sooner (int64_t one, int64_t other)
{
  return one < 0 || (other >= 0 && other < one) ? other : one;
}

/* Each sends what is due; the time until the next frame is, or -1. */
static int64_t
release_late (Direction *direction)
{
  int64_t soonest = -1;

  for (int i = 0; i < LATE_FRAMES && direction->late_count > 0; i++)
    {
      Frame *frame = &direction->late[i];
      int64_t wait = frame->due_ns - now_ns ();

      if (frame->due_ns == 0)
        continue;
      if (wait > 0)
        {
          soonest = sooner (soonest, wait);
          continue;
        }
      put (direction, frame);
      frame->due_ns = 0;
      direction->late_count--;
    }
  return soonest;
}

static int64_t
release (Direction *direction)
{
  int64_t late = release_late (direction);

  while (direction->count > 0)
    {
      Frame *frame = &direction->ring[direction->head];
      int64_t wait = frame->due_ns - now_ns ();

      if (wait > 0)
        return sooner (late, wait);
      put (direction, frame);
      direction->head = (direction->head + 1) % RING_FRAMES;
      direction->count--;
    }
  return late;
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

/* Takes the line of properties that waits on standard input; false at its end. */
static bool
obey (Wire *wire)
{
  char line[LINE_SIZE], *words[WORDS_MAX], *rest = NULL;
  ssize_t len = read (STDIN_FILENO, line, sizeof line - 1);
  int n = 0;

  if (len <= 0)
    return false;
  line[len] = 0;
  for (char *word = strtok_r (line, " \n", &rest); word && n < WORDS_MAX;
       word = strtok_r (NULL, " \n", &rest))
    words[n++] = word;
  puts (parse_wire (wire, n, words) ? "set" : "not understood");
  fflush (stdout);
  return true;
}

static void
forward_until_stopped (Direction ways[2], Wire *wire)
{
  struct pollfd fds[3] = { { ways[0].from, POLLIN, 0 },
                           { ways[1].from, POLLIN, 0 },
                           { STDIN_FILENO, POLLIN, 0 } };
  int64_t waits[2] = { -1, -1 };

  while (!stopped)
    {
      int64_t wait = sooner (waits[0], waits[1]);
      struct timespec timeout = { wait / 1000000000LL, wait % 1000000000LL };

      if (ppoll (fds, 3, wait < 0 ? NULL : &timeout, NULL) < 0)
        {
          if (errno != EINTR)
            return;
          continue;
        }
      if (fds[2].revents != 0 && !obey (wire))
        fds[2].fd = -1;
      for (int i = 0; i < 2; i++)
        {
          receive (&ways[i], wire);
          waits[i] = release (&ways[i]);
        }
    }
}

static bool
prepare (Direction *way, uint64_t seed)
{
  way->random = (seed + 1) * 0x9E3779B97F4A7C15ULL;
  way->ring = calloc (RING_FRAMES, sizeof (Frame));
  way->late = calloc (LATE_FRAMES, sizeof (Frame));
  return way->ring && way->late;
}

static void
report (const Direction *way, const char *from, const char *to)
{
  printf ("%s to %s: %llu forwarded, %llu lost, %llu doubled, %llu held back, %llu without room\n",
          from, to, (unsigned long long) way->forwarded, (unsigned long long) way->lost,
          (unsigned long long) way->doubled, (unsigned long long) way->delayed,
          (unsigned long long) way->overflown);
}

int
main (int argc, char **argv)
{
  struct sigaction action = { .sa_handler = on_signal };
  Direction ways[2] = { 0 };
  Wire wire;

  if (argc < 4 || !parse_wire (&wire, argc - 4, argv + 4))
    {
      fprintf (stderr, "usage: impair IFACE IFACE SEED [PROPERTY VALUE]…\n");
      return 2;
    }
  ways[0].from = ways[1].to = open_interface (argv[1]);
  ways[1].from = ways[0].to = open_interface (argv[2]);
  for (int i = 0; i < 2; i++)
    if (!prepare (&ways[i], strtoull (argv[3], NULL, 10) + (uint64_t) i))
      return 1;
  sigaction (SIGTERM, &action, NULL);
  sigaction (SIGINT, &action, NULL);
  puts ("ready");
  fflush (stdout);
  forward_until_stopped (ways, &wire);
  for (int i = 0; i < 2; i++)
    {
      report (&ways[i], argv[1 + i], argv[2 - i]);
      free (ways[i].ring);
      free (ways[i].late);
    }
  return 0;
}
