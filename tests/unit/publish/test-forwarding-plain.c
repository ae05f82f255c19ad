/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes from a client at a door to a service and back: all of them, in order, with both ends of a connection where they belong. */
#include "forward-world.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum
{
  MUCH = 24 * 1024 * 1024,
  PIECE = 8192,
};

static World *
plain (void)
{
  BgForwardWayOptions options = { 0 };

  return world_new (&options);
}

static void
test_both_ways (void)
{
  g_autoptr (World) world = plain ();
  int client, service;
  BgDoorCounters counters;

  world_pair (world, &client, &service);
  world_say (client, "what");
  world_hear (service, "what");
  world_say (service, "that");
  world_hear (client, "that");
  close (client);
  world_hear_end (service);
  close (service);
  counters = world_finish (world);
  g_assert_cmpuint (counters.total, ==, 1);
  g_assert_cmpuint (counters.open, ==, 0);
  g_assert_cmpuint (counters.bytes_up, ==, 4);
  g_assert_cmpuint (counters.bytes_down, ==, 4);
  g_assert_cmpint (counters.active_at, >, 0);
  g_assert_cmpstr (counters.last_error, ==, "");
}

static void
test_service_speaks_first (void)
{
  g_autoptr (World) world = plain ();
  int client, service;

  world_pair (world, &client, &service);
  world_say (service, "220 ready");
  world_hear (client, "220 ready");
  close (client);
  close (service);
}

static void
test_client_ends_first (void)
{
  g_autoptr (World) world = plain ();
  int client, service;

  world_pair (world, &client, &service);
  world_say (client, "question");
  shutdown (client, SHUT_WR);
  world_hear (service, "question");
  world_hear_end (service);
  world_say (service, "answer");
  world_hear (client, "answer");
  close (service);
  world_hear_end (client);
  close (client);
  g_assert_cmpuint (world_finish (world).bytes_down, ==, 6);
}

static void
test_service_ends_first (void)
{
  g_autoptr (World) world = plain ();
  int client, service;

  world_pair (world, &client, &service);
  world_say (service, "bye");
  shutdown (service, SHUT_WR);
  world_hear (client, "bye");
  world_hear_end (client);
  world_say (client, "wait");
  world_hear (service, "wait");
  close (client);
  world_hear_end (service);
  close (service);
  world_finish (world);
}

static void
test_end_before_anything (void)
{
  g_autoptr (World) world = plain ();
  int client = world_connect (world->door_port), service;

  shutdown (client, SHUT_WR);
  service = world_accept (world->origin);
  world_hear_end (service);
  world_say (service, "all the same");
  close (service);
  world_hear (client, "all the same");
  world_hear_end (client);
  close (client);
}

static void
test_reset_is_told (void)
{
  g_autoptr (World) world = plain ();
  int client, service;

  world_pair (world, &client, &service);
  world_reset (client);
  world_hear_reset (service);
  close (service);
  world_pair (world, &client, &service);
  world_reset (service);
  world_hear_reset (client);
  close (client);
  world_finish (world);
}

/* A service that answers early and hangs up on what still comes: its answer gets through. */
static void
test_early_answer (void)
{
  g_autoptr (World) world = plain ();
  g_autofree guint8 *much = g_malloc0 (MUCH);
  int client, service;

  world_pair (world, &client, &service);
  world_write (client, much, 100 * 1000);
  world_read (service, much, 1000);
  world_say (service, "413 too large");
  world_hear (client, "413 too large");
  close (service);
  world_hear_reset (client);
  close (client);
  world_finish (world);
}

static guint8 *
noise (gsize len, guint32 seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  guint8 *bytes = g_malloc (len);

  for (gsize i = 0; i + 4 <= len; i += 4)
    {
      guint32 word = g_rand_int (rand);

      memcpy (bytes + i, &word, 4);
    }
  return bytes;
}

/* Nobody reads: what the kernel and 64 KiB hold is all that the service can send. Then somebody does, and has it all. */
static void
test_slow_reader (void)
{
  g_autoptr (World) world = plain ();
  g_autofree guint8 *sent = noise (MUCH, 1), *read_back = g_malloc (MUCH);
  gsize before = 0;
  gssize n;
  int client, service;
  const int small = 16 * 1024;

  world_pair (world, &client, &service);
  setsockopt (client, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  fcntl (service, F_SETFL, O_NONBLOCK);
  while ((n = send (service, sent + before, MUCH - before, MSG_NOSIGNAL)) > 0)
    before += (gsize) n;
  g_assert_cmpuint (before, <, MUCH);
  fcntl (service, F_SETFL, 0);
  world_read (client, read_back, before);
  world_write (service, sent + before, 5000);
  close (service);
  world_read (client, read_back + before, 5000);
  world_hear_end (client);
  g_assert_cmpmem (read_back, before + 5000, sent, before + 5000);
  close (client);
}

typedef struct
{
  int fd;
  const guint8 *bytes;
  gsize len;
} Sender;

static gpointer
send_all (gpointer data)
{
  Sender *sender = data;

  for (gsize at = 0, n; at < sender->len; at += n)
    {
      n = MIN (sender->len - at, 1 + (at * 7919) % 70000);
      world_write (sender->fd, sender->bytes + at, n);
    }
  shutdown (sender->fd, SHUT_WR);
  return NULL;
}

/* By turns, or neither sender would end. */
static void
check_both (int one, const guint8 *expected_one, int other, const guint8 *expected_other)
{
  g_autofree guint8 *bytes = g_malloc (PIECE);

  for (gsize at = 0; at < MUCH; at += PIECE)
    {
      world_read (one, bytes, PIECE);
      g_assert_cmpmem (bytes, PIECE, expected_one + at, PIECE);
      world_read (other, bytes, PIECE);
      g_assert_cmpmem (bytes, PIECE, expected_other + at, PIECE);
    }
}

/* Both directions at once, in pieces of all sizes. */
static void
test_much_both_ways (void)
{
  g_autoptr (World) world = plain ();
  g_autofree guint8 *up = noise (MUCH, 2), *down = noise (MUCH, 3);
  int client, service;
  Sender senders[2];
  GThread *threads[2];
  BgDoorCounters counters;

  world_pair (world, &client, &service);
  senders[0] = (Sender){ client, up, MUCH };
  senders[1] = (Sender){ service, down, MUCH };
  for (guint i = 0; i < 2; i++)
    threads[i] = g_thread_new ("sender", send_all, &senders[i]);
  check_both (client, down, service, up);
  for (guint i = 0; i < 2; i++)
    g_thread_join (threads[i]);
  world_hear_end (client);
  world_hear_end (service);
  close (client);
  close (service);
  counters = world_finish (world);
  g_assert_cmpuint (counters.bytes_up, ==, MUCH);
  g_assert_cmpuint (counters.bytes_down, ==, MUCH);
}

static void
test_unix (void)
{
  g_autofree char *dir = g_dir_make_tmp ("forward-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "service", NULL);
  BgSocketAddress address;
  BgForwardWayOptions options = { .addresses = &address, .n_addresses = 1 };
  g_autoptr (World) world = NULL;
  int listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), client, service;

  g_assert_true (bg_socket_address_set_unix (&address, path));
  g_assert_no_errno (bind (listener, &address.any, address.len));
  g_assert_no_errno (listen (listener, 8));
  world = world_new (&options);
  client = world_connect (world->door_port);
  service = world_accept (listener);
  world_say (client, "ping");
  shutdown (client, SHUT_WR);
  world_hear (service, "ping");
  world_hear_end (service);
  world_say (service, "pong");
  close (service);
  world_hear (client, "pong");
  world_hear_end (client);
  close (client);
  close (listener);
  unlink (path);
  rmdir (dir);
}

static void
test_next_address (void)
{
  BgSocketAddress addresses[2];
  BgForwardWayOptions options = { .addresses = addresses, .n_addresses = 2 };
  g_autoptr (World) world = NULL;
  guint16 closed_port, port;
  int closed = world_listen (&closed_port), service, listener = world_listen (&port), client;

  close (closed);
  bg_socket_address_set_ip (&addresses[0], "127.0.0.1", closed_port);
  bg_socket_address_set_ip (&addresses[1], "127.0.0.1", port);
  world = world_new (&options);
  client = world_connect (world->door_port);
  service = world_accept (listener);
  world_say (service, "second");
  world_hear (client, "second");
  close (client);
  close (service);
  close (listener);
}

/* The first address is silent: the second is tried beside it. */
static void
test_silent_address (void)
{
  BgSocketAddress addresses[2];
  BgForwardWayOptions options = { .addresses = addresses, .n_addresses = 2 };
  g_autoptr (World) world = NULL;
  guint16 full_port, port;
  int filler, full = world_listen_full (&full_port, &filler), listener = world_listen (&port);
  int client, service;

  bg_socket_address_set_ip (&addresses[0], "127.0.0.1", full_port);
  bg_socket_address_set_ip (&addresses[1], "127.0.0.1", port);
  world = world_new (&options);
  client = world_connect (world->door_port);
  service = world_accept (listener);
  world_say (service, "second");
  world_hear (client, "second");
  close (client);
  close (service);
  close (listener);
  close (filler);
  close (full);
}

static void
test_nobody_there (void)
{
  g_autoptr (World) world = plain ();
  BgDoorCounters counters;
  int client;

  close (world->origin);
  client = world_connect (world->door_port);
  world_hear_reset (client);
  close (client);
  counters = world_finish (world);
  g_assert_cmpuint (counters.errors[BG_FORWARD_DIAL], ==, 1);
  g_assert_cmpstr (counters.last_error, ==, "Connection refused");
  world->origin = world_listen (&world->origin_port);
}

static void
test_another_way (void)
{
  g_autoptr (World) world = plain ();
  BgSocketAddress address;
  BgForwardWayOptions options = { .addresses = &address, .n_addresses = 1 };
  g_autoptr (BgForwardWay) other = NULL;
  guint16 port;
  int listener = world_listen (&port), old_client, old_service, client, service;

  bg_socket_address_set_ip (&address, "127.0.0.1", port);
  other = bg_forward_way_new (&options, NULL);
  world_pair (world, &old_client, &old_service);
  bg_forwarding_set_way (world->forwarding, world->door, other);
  client = world_connect (world->door_port);
  service = world_accept (listener);
  world_say (client, "new");
  world_hear (service, "new");
  world_say (old_client, "old");
  world_hear (old_service, "old");
  close (client);
  close (service);
  close (old_client);
  close (old_service);
  close (listener);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/forwarding-plain/both-ways", test_both_ways);
  g_test_add_func ("/forwarding-plain/service-speaks-first", test_service_speaks_first);
  g_test_add_func ("/forwarding-plain/client-ends-first", test_client_ends_first);
  g_test_add_func ("/forwarding-plain/service-ends-first", test_service_ends_first);
  g_test_add_func ("/forwarding-plain/end-before-anything", test_end_before_anything);
  g_test_add_func ("/forwarding-plain/reset-is-told", test_reset_is_told);
  g_test_add_func ("/forwarding-plain/early-answer", test_early_answer);
  g_test_add_func ("/forwarding-plain/slow-reader", test_slow_reader);
  g_test_add_func ("/forwarding-plain/much-both-ways", test_much_both_ways);
  g_test_add_func ("/forwarding-plain/unix", test_unix);
  g_test_add_func ("/forwarding-plain/next-address", test_next_address);
  g_test_add_func ("/forwarding-plain/silent-address", test_silent_address);
  g_test_add_func ("/forwarding-plain/nobody-there", test_nobody_there);
  g_test_add_func ("/forwarding-plain/another-way", test_another_way);
  return g_test_run ();
}
