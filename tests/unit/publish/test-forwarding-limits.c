/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What ends: doors, patience, descriptors; and many connections at once. */
#include "forward-world.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum
{
  CROWD = 1000,
};

static World *
with_limits (BgForwardWayLimits limits)
{
  BgForwardWayOptions options = { .limits = limits };

  return world_new (&options);
}

static World *
towards_silence (BgForwardWayLimits limits, int *full, int *filler)
{
  BgSocketAddress address;
  BgForwardWayOptions options = { .addresses = &address, .n_addresses = 1, .limits = limits };
  guint16 port;

  *full = world_listen_full (&port, filler);
  bg_socket_address_set_ip (&address, "127.0.0.1", port);
  return world_new (&options);
}

static void
test_drains (void)
{
  g_autoptr (World) world = with_limits ((BgForwardWayLimits){ 0 });
  int client, service;

  world_pair (world, &client, &service);
  bg_forwarding_close (world->forwarding, world->door, WORLD_PATIENCE_S * G_USEC_PER_SEC);
  world_say (client, "still");
  world_hear (service, "still");
  close (client);
  world_hear_end (service);
  close (service);
  world_wait_drained (world, world->door);
  g_assert_false (bg_forwarding_counters (world->forwarding, world->door, &world->counters));
}

static void
test_drain_has_an_end (void)
{
  g_autoptr (World) world = with_limits ((BgForwardWayLimits){ 0 });
  int client, service;

  world_pair (world, &client, &service);
  bg_forwarding_close (world->forwarding, world->door, G_MAXINT64 / 4);
  bg_forwarding_close (world->forwarding, world->door, 20 * 1000); /* it was to be for ever */
  world_wait_drained (world, world->door);
  world_hear_reset (client);
  world_hear_reset (service);
  close (client);
  close (service);
}

/* Who has connected before the door was closed is let in, though nobody had time for him. */
static void
test_queue_is_let_in (void)
{
  BgForwardWayOptions options = { 0 };
  g_autoptr (World) world = world_new (&options);
  BgSocketAddress address;
  g_autoptr (BgForwardWay) way = NULL;
  const BgDoorRules all = { 0 };
  guint16 port;
  guint64 door;
  int fd = world_listen (&port), client = world_connect (port), service;

  bg_socket_address_set_ip (&address, "127.0.0.1", world->origin_port);
  options.addresses = &address;
  options.n_addresses = 1;
  way = bg_forward_way_new (&options, NULL);
  door = bg_forwarding_open (world->forwarding, fd, &all, way);
  bg_forwarding_close (world->forwarding, door, WORLD_PATIENCE_S * G_USEC_PER_SEC);
  service = world_accept (world->origin);
  world_say (service, "in time");
  close (service);
  world_hear (client, "in time");
  world_hear_end (client);
  close (client);
  world_wait_drained (world, door);
}

static void
test_dial_takes_too_long (void)
{
  int full, filler, client;
  g_autoptr (World) world = towards_silence ((BgForwardWayLimits){ .dial_ms = 20 }, &full, &filler);

  client = world_connect (world->door_port);
  world_hear_reset (client);
  close (client);
  g_assert_cmpuint (world_finish (world).errors[BG_FORWARD_TIMEOUT], ==, 1);
  close (filler);
  close (full);
}

/* A client that goes away takes its dial with it: the door drains long before that would have ended. */
static void
test_client_goes_while_dialling (void)
{
  int full, filler, client;
  g_autoptr (World)
    world = towards_silence ((BgForwardWayLimits){ .dial_ms = 600 * 1000 }, &full, &filler);
  BgDoorCounters counters;

  client = world_connect (world->door_port);
  world_say (client, "anybody?");
  world_reset (client);
  counters = world_finish (world);
  g_assert_cmpuint (counters.errors[BG_FORWARD_TIMEOUT], ==, 0);
  close (filler);
  close (full);
}

static void
test_idle_has_an_end (void)
{
  g_autoptr (World) world = with_limits ((BgForwardWayLimits){ .idle_ms = 30 });
  int client, service;

  world_pair (world, &client, &service);
  world_hear_reset (client);
  world_hear_reset (service);
  close (client);
  close (service);
}

static void
test_half_closed_has_an_end (void)
{
  g_autoptr (World) world = with_limits ((BgForwardWayLimits){ .half_closed_ms = 30 });
  int client, service;

  world_pair (world, &client, &service);
  shutdown (client, SHUT_WR);
  world_hear_reset (client);
  close (client);
  close (service);
}

static BgIpPrefix
network (const char *text)
{
  BgIpPrefix prefix;

  g_assert_true (bg_ip_prefix_parse (text, &prefix));
  return prefix;
}

static void
test_who_may_come_in (void)
{
  BgIpPrefix from[] = { network ("10.0.0.0/8"), network ("127.0.0.0/8") };
  const BgDoorRules nobody = { .from = from, .n_from = 1 }, some = { TRUE, from, 2 };
  BgForwardWayOptions options = { 0 };
  g_autoptr (World) shut = world_new_for (&options, &nobody);
  g_autoptr (World) open = NULL;
  int client = world_connect (shut->door_port), service;

  world_hear_end (client);
  close (client);
  g_assert_cmpuint (world_finish (shut).refused, ==, 1);
  options = (BgForwardWayOptions){ 0 };
  open = world_new_for (&options, &some);
  world_pair (open, &client, &service);
  close (client);
  close (service);
  g_assert_cmpuint (world_finish (open).refused, ==, 0);
}

static gint64
cpu_us (void)
{
  struct timespec used;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &used);
  return used.tv_sec * G_USEC_PER_SEC + used.tv_nsec / 1000;
}

/* The lowest number that is free: with that as the limit nothing can be opened. */
static int
first_free (void)
{
  int fd = dup (0);

  g_assert_no_errno (fd);
  close (fd);
  return fd;
}

/* No descriptors are left: the door rests instead of turning round and round, and goes on when there are some again. */
static void
test_no_descriptors (void)
{
  g_autoptr (World) world = with_limits ((BgForwardWayLimits){ 0 });
  struct rlimit before, none;
  struct pollfd waiting = { .fd = world->origin, .events = POLLIN };
  int early, early_service, client, service;
  gint64 used;

  world_pair (world, &early, &early_service); /* the door is open by now */
  client = world_socket ();
  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &before));
  none = (struct rlimit){ (rlim_t) first_free (), before.rlim_max };
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &none));
  world_connect_with (client, world->door_port);
  used = cpu_us ();
  g_assert_cmpint (poll (&waiting, 1, 300), ==, 0);
  used = cpu_us () - used;
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &before));
  g_assert_cmpint (used, <, 150 * 1000);
  service = world_accept (world->origin);
  world_say (service, "here again");
  world_hear (client, "here again");
  close (client);
  close (service);
  close (early);
  close (early_service);
}

static void
test_crowd (void)
{
  g_autoptr (World) world = with_limits ((BgForwardWayLimits){ 0 });
  g_autofree int *clients = g_new (int, CROWD), *services = g_new (int, CROWD);
  guint32 number;

  for (guint i = 0; i < CROWD; i++)
    clients[i] = world_connect (world->door_port);
  for (guint i = 0; i < CROWD; i++)
    services[i] = world_accept (world->origin);
  for (guint32 i = 0; i < CROWD; i++)
    world_write (clients[i], &i, sizeof i);
  for (guint i = 0; i < CROWD; i++)
    {
      world_read (services[i], &number, sizeof number);
      world_write (services[i], &number, sizeof number);
    }
  for (guint i = 0; i < CROWD; i++)
    {
      world_read (clients[i], &number, sizeof number);
      g_assert_cmpuint (number, ==, i);
      close (clients[i]);
      close (services[i]);
    }
  g_assert_cmpuint (world_finish (world).total, ==, CROWD);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/forwarding-limits/drains", test_drains);
  g_test_add_func ("/forwarding-limits/drain-has-an-end", test_drain_has_an_end);
  g_test_add_func ("/forwarding-limits/queue-is-let-in", test_queue_is_let_in);
  g_test_add_func ("/forwarding-limits/dial-takes-too-long", test_dial_takes_too_long);
  g_test_add_func ("/forwarding-limits/client-goes-while-dialling",
                   test_client_goes_while_dialling);
  g_test_add_func ("/forwarding-limits/idle-has-an-end", test_idle_has_an_end);
  g_test_add_func ("/forwarding-limits/half-closed-has-an-end", test_half_closed_has_an_end);
  g_test_add_func ("/forwarding-limits/who-may-come-in", test_who_may_come_in);
  g_test_add_func ("/forwarding-limits/no-descriptors", test_no_descriptors);
  g_test_add_func ("/forwarding-limits/crowd", test_crowd);
  return g_test_run ();
}
