/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One engine, and several who have doors of it. */
#include "forward-world.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* One who has a single door. */
typedef struct
{
  BgForwarding *forwarding;
  guint64 door;
  guint16 port;
  guint n_drained;
} User;

static void
on_drained (gpointer owner, guint64 door)
{
  User *user = owner;

  g_assert_cmpuint (door, ==, user->door);
  user->n_drained++;
}

static void
begin (User *user, BgForwardingEngine *engine, guint16 target)
{
  static const BgForwardingEvents events = { .drained = on_drained };
  const BgDoorRules all = { 0 };
  BgSocketAddress address;
  g_autoptr (BgForwardWay) way = NULL;
  g_autoptr (GError) error = NULL;

  *user = (User){ .forwarding = bg_forwarding_new (engine, &events, user, &error) };
  g_assert_no_error (error);
  bg_socket_address_set_ip (&address, "127.0.0.1", target);
  way = bg_forward_way_new (&(BgForwardWayOptions){ .addresses = &address, .n_addresses = 1 },
                            &error);
  g_assert_no_error (error);
  user->door = bg_forwarding_open (user->forwarding, world_listen (&user->port), &all, way);
}

static void
pair (const User *user, int origin, int *client, int *service)
{
  *client = world_connect (user->port);
  *service = world_accept (origin);
  world_say (*client, "x");
  world_hear (*service, "x");
}

static guint
count_threads (void)
{
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  const char *task;
  guint n = 0;

  while ((task = g_dir_read_name (tasks)))
    {
      g_autofree char *path = g_build_filename ("/proc/self/task", task, "comm", NULL),
                      *name = NULL;

      n += g_file_get_contents (path, &name, NULL, NULL) && g_str_equal (name, "forwarding\n");
    }
  return n;
}

/* One that was joined is in /proc for a moment more. */
static gboolean
has_threads (guint n)
{
  gint64 end = g_get_monotonic_time () + 5 * G_TIME_SPAN_SECOND;

  while (count_threads () != n && g_get_monotonic_time () < end)
    g_thread_yield ();
  return count_threads () == n;
}

/* Nobody else of this program opens sockets meanwhile. */
static gboolean
is_free (guint16 port)
{
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_port = htons (port),
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  const int yes = 1;
  gboolean is_bound;

  setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  is_bound = bind (fd, (struct sockaddr *) &address, sizeof address) == 0 && listen (fd, 1) == 0;
  close (fd);
  return is_bound;
}

static void
test_one_thread (void)
{
  g_autoptr (BgForwardingEngine) engine = bg_forwarding_engine_new ();
  guint16 target;
  int origin = world_listen (&target);
  User a, b;

  g_assert_true (has_threads (0));
  begin (&a, engine, target);
  begin (&b, engine, target);
  g_assert_true (has_threads (1));
  bg_forwarding_free (a.forwarding);
  g_assert_true (has_threads (1));
  bg_forwarding_free (b.forwarding);
  g_assert_true (has_threads (0));
  begin (&a, engine, target);
  g_assert_true (has_threads (1));
  bg_forwarding_free (a.forwarding);
  close (origin);
}

/* Who goes takes his own connections with him, at once, and nobody else's. */
static void
test_one_goes (void)
{
  g_autoptr (BgForwardingEngine) engine = bg_forwarding_engine_new ();
  guint16 target;
  int origin = world_listen (&target), client_a, service_a, client_b, service_b;
  User a, b;

  begin (&a, engine, target);
  begin (&b, engine, target);
  pair (&a, origin, &client_a, &service_a);
  pair (&b, origin, &client_b, &service_b);
  bg_forwarding_free (a.forwarding);
  g_assert_true (is_free (a.port));
  world_hear_reset (client_a);
  world_say (client_b, "still here");
  world_hear (service_b, "still here");
  g_assert_cmpuint (a.n_drained, ==, 0);
  close (client_a);
  close (service_a);
  close (client_b);
  close (service_b);
  bg_forwarding_free (b.forwarding);
  close (origin);
}

/* Whoever still has doors keeps it. */
static void
test_owner_goes_first (void)
{
  BgForwardingEngine *engine = bg_forwarding_engine_new ();
  guint16 target;
  int origin = world_listen (&target), client, service;
  User a;

  begin (&a, engine, target);
  bg_forwarding_engine_free (engine);
  pair (&a, origin, &client, &service);
  close (client);
  close (service);
  bg_forwarding_free (a.forwarding);
  g_assert_true (has_threads (0));
  close (origin);
}

static void
wait_drained (const User *user)
{
  while (user->n_drained == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_own_doors (void)
{
  g_autoptr (BgForwardingEngine) engine = bg_forwarding_engine_new ();
  guint16 target;
  int origin = world_listen (&target), client, service;
  BgDoorCounters counters;
  User a, b;

  begin (&a, engine, target);
  begin (&b, engine, target);
  g_assert_cmpuint (a.door, !=, b.door);
  g_assert_false (bg_forwarding_counters (b.forwarding, a.door, &counters));
  bg_forwarding_close (b.forwarding, a.door, 0);
  bg_forwarding_close (b.forwarding, b.door, 0);
  wait_drained (&b);
  pair (&a, origin, &client, &service);
  close (client);
  close (service);
  bg_forwarding_close (a.forwarding, a.door, 0);
  wait_drained (&a);
  g_assert_cmpuint (a.n_drained + b.n_drained, ==, 2);
  bg_forwarding_free (a.forwarding);
  bg_forwarding_free (b.forwarding);
  close (origin);
}

/* It drained, and its owner has gone before he was told. */
static void
test_nobody_to_tell (void)
{
  g_autoptr (BgForwardingEngine) engine = bg_forwarding_engine_new ();
  guint16 target;
  int origin = world_listen (&target);
  User a, b;

  begin (&a, engine, target);
  begin (&b, engine, target);
  bg_forwarding_close (a.forwarding, a.door, 0);
  bg_forwarding_close (b.forwarding, b.door, 0);
  bg_forwarding_free (a.forwarding);
  wait_drained (&b);
  g_assert_cmpuint (a.n_drained, ==, 0);
  bg_forwarding_free (b.forwarding);
  close (origin);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/forwarding-engine/one-thread", test_one_thread);
  g_test_add_func ("/forwarding-engine/one-goes", test_one_goes);
  g_test_add_func ("/forwarding-engine/owner-goes-first", test_owner_goes_first);
  g_test_add_func ("/forwarding-engine/own-doors", test_own_doors);
  g_test_add_func ("/forwarding-engine/nobody-to-tell", test_nobody_to_tell);
  return g_test_run ();
}
