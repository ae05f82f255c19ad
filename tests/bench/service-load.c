/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Very many devices at a hub, in one process: they join, tell each other something, and go. Commands are lines of standard
 * input, each answered by one JSON object in a line. `cpu_s` of an answer is this program's own share.
 *   service-load TOKEN-FILE
 *     port PORT              where the hub is from now on
 *     join N ROOMS WINDOW    N devices, spread over so many rooms, of which so many dial at once, until each knows all of its room;
 *                            one that is refused dials again after about a second, as bamgated does
 *     talk EACH              they pass frames to and fro in pairs, until each has sent so many
 *     cut                    all lines end */
#include "load-socket.h"
#include "lab/files.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum
{
  PATIENCE_MS = 60 * 1000,
  AGAIN_MIN_MS = 750,
  AGAIN_MAX_MS = 1500,
  REST_MS = 20,
};

#define ENTRY "\"peerId\":\""

static struct
{
  char *token;
  guint16 port;
  LoadSocket *sockets;
  guint n, rooms, dialled, open, complete, talking, refused;
  gint64 *again_at; /* of each; 0: it waits for nothing */
  guint each;
} load;

/* Time, and our share of it */

typedef struct
{
  gint64 at_us;
  double cpu_s;
  guint64 frames, bytes;
} Mark;

static double
own_cpu_s (void)
{
  struct rusage used;

  getrusage (RUSAGE_SELF, &used);
  return (double) (used.ru_utime.tv_sec + used.ru_stime.tv_sec)
         + (double) (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static Mark
mark (void)
{
  return (Mark){ g_get_monotonic_time (), own_cpu_s (), load_frames, load_bytes };
}

static void
answer (const Mark *since, guint64 count)
{
  Mark now = mark ();

  printf ("{\"refused\":%u,\"count\":%" G_GUINT64_FORMAT
          ",\"seconds\":%.4f,\"cpu_s\":%.4f,\"frames\":%" G_GUINT64_FORMAT
          ",\"bytes\":%" G_GUINT64_FORMAT "}\n",
          load.refused, count, (double) (now.at_us - since->at_us) / 1e6, now.cpu_s - since->cpu_s,
          now.frames - since->frames, now.bytes - since->bytes);
  fflush (stdout);
}

static void
turn (const char *what, int again_ms)
{
  if (!load_sockets_turn (MIN (PATIENCE_MS, again_ms)) && again_ms >= PATIENCE_MS)
    g_error ("%s: nothing happens any more (%u dialled, %u open, %u know all)", what, load.dialled,
             load.open, load.complete);
}

/* Joining */

static guint
room_of (guint number)
{
  return number % load.rooms;
}

/* How many are in a room, of those of which the first is number `room`. */
static guint
size_of (guint room)
{
  return (load.n - room + load.rooms - 1) / load.rooms;
}

static void
on_open (LoadSocket *socket)
{
  guint i = socket->number;
  g_autofree char *join = g_strdup_printf (
    "{\"address\":\"10.0.%u.%u/16\",\"bamgate\":{\"presence\":1},\"peerId\":\"device-%05u\","
    "\"publicKey\":\"%05uCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=\",\"type\":\"join\"}",
    (i + 2) / 250, (i + 2) % 250 + 1, i, i);

  load.open++;
  load_socket_say (socket, join, strlen (join));
}

static guint
count_words (const char *from, const char *to, const char *word)
{
  guint n = 0;

  while ((from = strstr (from, word)) != NULL && (to == NULL || from < to))
    {
      n++;
      from += strlen (word);
    }
  return n;
}

static gboolean
is_complete (const LoadSocket *socket)
{
  return socket->is_open && socket->known == size_of (room_of (socket->number)) - 1;
}

/* Names of those that left stand before the entries of those that came. */
static void
take_list (LoadSocket *socket, const char *text)
{
  const char *entries = strstr (text, "\"peers\":[");
  gboolean was_complete = is_complete (socket) && socket->is_listed;

  if (entries == NULL)
    return;
  socket->is_listed = TRUE;
  socket->known -= count_words (text, entries, "\"device-");
  socket->known += count_words (entries, NULL, ENTRY);
  load.complete += (guint) is_complete (socket) - (guint) was_complete;
}

static void
dial (guint number)
{
  LoadSocket *socket = &load.sockets[number];
  g_autofree char *request = g_strdup_printf (
    "GET /connect?room=%s%u HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer %s\r\n\r\n",
    "r", room_of (number), load.token);

  socket->number = number;
  load_socket_dial (socket, load.port, request);
}

static void
on_lost (LoadSocket *socket)
{
  load.refused++;
  load.open -= socket->is_open;
  load.complete -= is_complete (socket) && socket->is_listed;
  socket->is_listed = FALSE;
  if (load.again_at == NULL)
    return; /* the host was killed */
  load.again_at[socket->number] = g_get_monotonic_time ()
                                  + g_random_int_range (AGAIN_MIN_MS, AGAIN_MAX_MS) * 1000;
}

/* The milliseconds until the next is to be dialled again. */
static int
dial_again (void)
{
  gint64 now = g_get_monotonic_time (), next = now + (gint64) PATIENCE_MS * 1000;

  for (guint i = 0; i < load.n; i++)
    if (load.again_at[i] != 0 && load.again_at[i] <= now)
      {
        load.again_at[i] = 0;
        dial (i);
      }
    else if (load.again_at[i] != 0)
      next = MIN (next, load.again_at[i]);
  return (int) ((next - now) / 1000) + 1;
}

/* Talking: the two of a pair are neighbours in their room */

static void
speak (LoadSocket *socket)
{
  g_autofree char *frame = NULL;

  if (socket->sent >= load.each)
    {
      load.talking--;
      return;
    }
  socket->sent++;
  frame = g_strdup_printf (
    "{\"candidate\":\"candidate:1 1 udp 2130706431 192.0.2.10 50000 typ host\",\"from\":\"device-%05u\","
    "\"to\":\"device-%05u\",\"type\":\"ice-candidate\"}",
    socket->number, socket->partner);
  load_socket_say (socket, frame, strlen (frame));
}

static void
on_text (LoadSocket *socket, const char *text, gsize len)
{
  if (g_str_has_prefix (text, "{\"candidate\""))
    speak (socket);
  else
    take_list (socket, text);
}

static void
talk (guint each)
{
  Mark start = mark ();

  load.each = each;
  load.talking = 0;
  for (guint i = 0; i < load.n; i++)
    {
      guint place = i / load.rooms, partner = place % 2 == 0 ? i + load.rooms : i - load.rooms;

      if (partner >= load.n)
        continue;
      load.sockets[i].partner = partner;
      load.sockets[i].sent = 0;
      load.talking += place % 2 == 0;
    }
  for (guint i = 0; i < load.n; i++)
    if (i / load.rooms % 2 == 0 && i + load.rooms < load.n)
      speak (&load.sockets[i]);
  while (load.talking > 0)
    turn ("talk", PATIENCE_MS);
  answer (&start, (guint64) (load.n / 2 * 2) * each);
}

/* Commands */

static void
cut (void)
{
  Mark start = mark ();

  for (guint i = 0; i < load.n; i++)
    load_socket_cut (&load.sockets[i]);
  g_clear_pointer (&load.sockets, g_free);
  answer (&start, load.n);
  load.n = 0;
}

static void
join (guint n, guint rooms, guint window)
{
  static const LoadSocketOps ops = { on_open, on_lost, on_text };
  int again_ms = PATIENCE_MS;
  Mark start = mark ();

  load.n = n;
  load.rooms = rooms;
  load.dialled = load.open = load.complete = load.refused = 0;
  load.again_at = g_new0 (gint64, n);
  load.sockets = g_new0 (LoadSocket, n);
  for (guint i = 0; i < n; i++)
    load.sockets[i].ops = &ops;
  while (load.complete < n)
    {
      while (load.dialled < n && load.dialled - load.open < window)
        dial (load.dialled++);
      if (load.refused > 0)
        again_ms = dial_again ();
      turn ("join", again_ms);
    }
  g_clear_pointer (&load.again_at, g_free);
  answer (&start, n);
}

/* FALSE: there are no more. What comes to the devices meanwhile is read, and their pings are answered. */
static gboolean
next_command (char *line, int size)
{
  struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

  while (poll (&input, 1, 0) == 0)
    load_sockets_turn (REST_MS);
  return fgets (line, size, stdin) != NULL;
}

int
main (int argc, char **argv)
{
  char line[128];
  guint a, b, c;

  if (argc != 2 || !g_file_get_contents (argv[1], &load.token, NULL, NULL))
    {
      g_printerr ("service-load TOKEN-FILE\n");
      return 2;
    }
  g_strstrip (load.token);
  allow_many_files ();
  setvbuf (stdin, NULL, _IONBF, 0);
  while (next_command (line, sizeof line))
    if (sscanf (line, "port %u", &a) == 1)
      load.port = (guint16) a;
    else if (sscanf (line, "join %u %u %u", &a, &b, &c) == 3)
      join (a, b, c);
    else if (sscanf (line, "talk %u", &a) == 1)
      talk (a);
    else if (g_str_has_prefix (line, "cut"))
      cut ();
  return 0;
}
