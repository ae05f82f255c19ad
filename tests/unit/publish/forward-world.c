/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "forward-world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
be_patient (int fd)
{
  const struct timeval patience = { .tv_sec = WORLD_PATIENCE_S };

  g_assert_no_errno (setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience));
  g_assert_no_errno (setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience));
}

void
world_wait_for_ever (int fd)
{
  const struct timeval for_ever = { 0 };

  g_assert_no_errno (setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &for_ever, sizeof for_ever));
}

static int
listen_for (guint16 *port, int backlog)
{
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t len = sizeof address;

  g_assert_no_errno (fd);
  g_assert_no_errno (bind (fd, (struct sockaddr *) &address, sizeof address));
  g_assert_no_errno (listen (fd, backlog));
  g_assert_no_errno (getsockname (fd, (struct sockaddr *) &address, &len));
  *port = ntohs (address.sin_port);
  be_patient (fd);
  return fd;
}

int
world_listen (guint16 *port)
{
  return listen_for (port, SOMAXCONN);
}

int
world_listen_full (guint16 *port, int *filler)
{
  int fd = listen_for (port, 0);

  *filler = world_connect (*port);
  return fd;
}

int
world_socket (void)
{
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_no_errno (fd);
  be_patient (fd);
  return fd;
}

void
world_connect_with (int fd, guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_port = htons (port),
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };

  g_assert_no_errno (connect (fd, (struct sockaddr *) &address, sizeof address));
}

int
world_connect (guint16 port)
{
  int fd = world_socket ();

  world_connect_with (fd, port);
  return fd;
}

int
world_accept (int listener)
{
  int fd = accept4 (listener, NULL, NULL, SOCK_CLOEXEC);

  g_assert_no_errno (fd);
  be_patient (fd);
  return fd;
}

static void
on_drained (gpointer owner, guint64 door)
{
  World *world = owner;

  g_array_append_val (world->drained, door);
  g_assert_true (bg_forwarding_counters (world->forwarding, door, &world->counters));
}

static void
on_rejected (gpointer owner, guint64 door)
{
  World *world = owner;

  world->n_rejected++;
}

World *
world_new_for (BgForwardWayOptions *options, const BgDoorRules *rules)
{
  static const BgForwardingEvents events = { on_drained, on_rejected };
  World *world = g_new0 (World, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (BgForwardWay) way = NULL;
  BgSocketAddress address;
  int fd = world_listen (&world->door_port);

  world->drained = g_array_new (FALSE, FALSE, sizeof (guint64));
  world->origin = world_listen (&world->origin_port);
  bg_socket_address_set_ip (&address, "127.0.0.1", world->origin_port);
  if (!options->addresses && !options->ingress)
    {
      options->addresses = &address;
      options->n_addresses = 1;
    }
  way = bg_forward_way_new (options, &error);
  g_assert_no_error (error);
  world->engine = bg_forwarding_engine_new ();
  world->forwarding = bg_forwarding_new (world->engine, &events, world, &error);
  g_assert_no_error (error);
  world->door = bg_forwarding_open (world->forwarding, fd, rules, way);
  return world;
}

World *
world_new (BgForwardWayOptions *options)
{
  const BgDoorRules all = { 0 };

  return world_new_for (options, &all);
}

void
world_free (World *world)
{
  bg_forwarding_free (world->forwarding);
  bg_forwarding_engine_free (world->engine);
  close (world->origin);
  g_array_unref (world->drained);
  g_free (world);
}

void
world_pair (World *world, int *client, int *service)
{
  *client = world_connect (world->door_port);
  *service = world_accept (world->origin);
}

void
world_write (int fd, const void *bytes, gsize len)
{
  for (gsize at = 0; at < len;)
    {
      gssize n = send (fd, (const guint8 *) bytes + at, len - at, MSG_NOSIGNAL);

      g_assert_no_errno (n);
      at += (gsize) n;
    }
}

void
world_say (int fd, const char *text)
{
  world_write (fd, text, strlen (text));
}

void
world_read (int fd, void *bytes, gsize len)
{
  for (gsize at = 0; at < len;)
    {
      gssize n = recv (fd, (guint8 *) bytes + at, len - at, 0);

      g_assert_no_errno (n);
      g_assert_cmpint (n, >, 0);
      at += (gsize) n;
    }
}

void
world_hear (int fd, const char *text)
{
  g_autofree char *heard = g_malloc0 (strlen (text) + 1);

  world_read (fd, heard, strlen (text));
  g_assert_cmpstr (heard, ==, text);
}

void
world_hear_end (int fd)
{
  char byte;

  g_assert_cmpint (recv (fd, &byte, 1, 0), ==, 0);
}

void
world_hear_reset (int fd)
{
  char byte;

  g_assert_cmpint (recv (fd, &byte, 1, 0), ==, -1);
  g_assert_cmpint (errno, ==, ECONNRESET);
}

char *
world_read_all (int fd)
{
  GString *all = g_string_new (NULL);
  char some[4096];
  gssize n;

  while ((n = recv (fd, some, sizeof some, 0)) > 0)
    g_string_append_len (all, some, n);
  g_assert_no_errno (n);
  return g_string_free (all, FALSE);
}

void
world_reset (int fd)
{
  const struct linger none = { .l_onoff = 1 };

  setsockopt (fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  close (fd);
}

static gboolean
has_drained (World *world, guint64 door)
{
  for (guint i = 0; i < world->drained->len; i++)
    if (g_array_index (world->drained, guint64, i) == door)
      return TRUE;
  return FALSE;
}

void
world_wait_drained (World *world, guint64 door)
{
  while (!has_drained (world, door))
    g_main_context_iteration (NULL, TRUE);
}

BgDoorCounters
world_finish (World *world)
{
  bg_forwarding_close (world->forwarding, world->door, WORLD_PATIENCE_S * G_USEC_PER_SEC);
  world_wait_drained (world, world->door);
  return world->counters;
}
