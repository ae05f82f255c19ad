/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Doors of published services: who comes is told, and datagrams find their way there and back. */
#include "forward-world.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- Who comes --- */

static World *
telling (gboolean by_proxy, gboolean by_headers)
{
  BgCaller caller = { .name = "laptop" };
  BgForwardWayOptions options = { .is_http = by_headers,
                                  .rewrite = { .when = BG_REWRITE_NEVER },
                                  .tells_proxy = by_proxy,
                                  .tells_headers = by_headers,
                                  .callers = &caller,
                                  .n_callers = 1 };

  g_assert_true (bg_ip_prefix_parse ("127.0.0.0/8", &caller.prefix));
  return world_new (&options);
}

static guint16
port_of (int fd)
{
  struct sockaddr_in address;
  socklen_t len = sizeof address;

  g_assert_no_errno (getsockname (fd, (struct sockaddr *) &address, &len));
  return ntohs (address.sin_port);
}

static void
test_proxy_protocol (void)
{
  g_autoptr (World) world = telling (TRUE, FALSE);
  guint8 head[16], ends[12], name[9];
  int client, service;

  world_pair (world, &client, &service);
  world_read (service, head, sizeof head); /* before the client says anything */
  g_assert_cmpmem (head, 12, "\r\n\r\n\0\r\nQUIT\n", 12);
  g_assert_cmpmem (head + 12, 4, "\x21\x11\0\x15", 4);
  world_read (service, ends, sizeof ends);
  g_assert_cmpmem (ends, 8, "\x7f\0\0\x01\x7f\0\0\x01", 8);
  g_assert_cmpuint (ends[8] << 8 | ends[9], ==, port_of (client));
  g_assert_cmpuint (ends[10] << 8 | ends[11], ==, world->door_port);
  world_read (service, name, sizeof name);
  g_assert_cmpmem (name, 9, "\xe0\0\x06laptop", 9);
  world_say (client, "hello");
  world_hear (service, "hello");
  world_say (service, "there");
  world_hear (client, "there");
  close (client);
  close (service);
}

#define US "X-Forwarded-For: 127.0.0.1\r\nBamgate-Peer: laptop\r\n"

static void
test_headers (void)
{
  g_autoptr (World) world = telling (FALSE, TRUE);
  int client, service;

  world_pair (world, &client, &service);
  world_say (client, "GET / HTTP/1.1\r\nHost: a\r\nBamgate-Peer: evil\r\n\r\n");
  world_hear (service, "GET / HTTP/1.1\r\nHost: a\r\n" US "\r\n");
  world_say (service, "HTTP/1.1 204 No Content\r\n\r\n");
  world_hear (client, "HTTP/1.1 204 No Content\r\n\r\n");
  /* an answer has been given: another one would be taken for that of something else */
  world_say (client, "GET / HTTP/1.1\nBamgate-Peer: evil\n\n");
  world_hear_reset (client);
  close (client);
  close (service);
}

/* A client that has said all is answered all the same. */
static void
test_half_closed (void)
{
  g_autoptr (World) world = telling (FALSE, TRUE);
  int client, service;

  world_pair (world, &client, &service);
  world_say (client, "GET / HTTP/1.1\r\n\r\nGET / HTT");
  shutdown (client, SHUT_WR);
  world_hear (service, "GET / HTTP/1.1\r\n" US "\r\n");
  world_hear_end (service);
  world_say (service, "HTTP/1.1 204 No Content\r\n\r\n");
  close (service);
  world_hear (client, "HTTP/1.1 204 No Content\r\n\r\n");
  world_hear_end (client);
  close (client);
  g_assert_cmpuint (world_finish (world).errors[BG_FORWARD_REQUEST], ==, 0);
}

static void
test_both (void)
{
  g_autoptr (World) world = telling (TRUE, TRUE);
  guint8 preface[16 + 12 + 9];
  int client, service;

  world_pair (world, &client, &service);
  world_read (service, preface, sizeof preface);
  world_say (client, "GET / HTTP/1.1\r\n\r\n");
  world_hear (service, "GET / HTTP/1.1\r\n" US "\r\n");
  close (client);
  close (service);
}

static void
test_no_request (void)
{
  g_autoptr (World) world = telling (FALSE, TRUE);
  g_autofree char *answer = NULL;
  int client, service;

  world_pair (world, &client, &service);
  world_say (client, "GET / HTTP/1.1\nBamgate-Peer: evil\n\n");
  shutdown (client, SHUT_WR);
  answer = world_read_all (client);
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 400 Bad Request\r\n"));
  close (client);
  close (service);
  g_assert_cmpuint (world_finish (world).errors[BG_FORWARD_REQUEST], ==, 1);
}

/* --- Datagrams --- */

static int
datagrams (guint16 *port)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  const struct timeval patience = { .tv_sec = WORLD_PATIENCE_S };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  g_assert_no_errno (fd);
  g_assert_no_errno (setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience));
  g_assert_no_errno (bind (fd, (struct sockaddr *) &address, sizeof address));
  *port = port_of (fd);
  return fd;
}

static int
sender_to (guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
                                 .sin_port = htons (port) };
  guint16 own;
  int fd = datagrams (&own);

  g_assert_no_errno (connect (fd, (struct sockaddr *) &address, sizeof address));
  return fd;
}

static void
send_text (int fd, const char *text)
{
  g_assert_cmpint (send (fd, text, strlen (text), 0), ==, (gssize) strlen (text));
}

static void
hear_text (int fd, const char *text)
{
  char bytes[64];
  gssize n = recv (fd, bytes, sizeof bytes, 0);

  g_assert_cmpint (n, >=, 0);
  g_assert_cmpmem (bytes, (gsize) n, text, strlen (text));
}

/* Gives back what it hears next, in capitals. */
static void
answer_next (int fd, const char *expected)
{
  struct sockaddr_in from;
  socklen_t len = sizeof from;
  char bytes[64] = "";
  gssize n = recvfrom (fd, bytes, sizeof bytes - 1, 0, (struct sockaddr *) &from, &len);
  g_autofree char *upper = NULL;

  g_assert_cmpint (n, >=, 0);
  g_assert_cmpstr (bytes, ==, expected);
  upper = g_ascii_strup (bytes, -1);
  g_assert_cmpint (sendto (fd, upper, strlen (upper), 0, (struct sockaddr *) &from, len), ==, n);
}

static guint64
open_datagram_door (World *world, guint16 target, guint16 *port)
{
  BgSocketAddress address;
  BgForwardWayOptions options = { .addresses = &address, .n_addresses = 1 };
  const BgDoorRules everybody = { 0 };
  g_autoptr (BgForwardWay) way = NULL;

  g_assert_true (bg_socket_address_set_ip (&address, "127.0.0.1", target));
  way = bg_forward_way_new (&options, NULL);
  return bg_forwarding_open (world->forwarding, datagrams (port), &everybody, way);
}

static void
test_datagrams (void)
{
  BgForwardWayOptions options = { 0 };
  g_autoptr (World) world = world_new (&options);
  guint16 target, port;
  int service = datagrams (&target), one, other;
  guint64 door = open_datagram_door (world, target, &port);
  BgDoorCounters counters;

  one = sender_to (port);
  other = sender_to (port);
  send_text (one, "one");
  answer_next (service, "one");
  hear_text (one, "ONE");
  send_text (other, "other");
  send_text (one, "");
  answer_next (service, "other");
  answer_next (service, "");
  hear_text (other, "OTHER");
  hear_text (one, "");
  g_assert_true (bg_forwarding_counters (world->forwarding, door, &counters));
  g_assert_cmpuint (counters.open, ==, 2);
  g_assert_cmpuint (counters.bytes_up, ==, 8);
  bg_forwarding_close (world->forwarding, door, 0);
  world_wait_drained (world, door);
  g_assert_cmpuint (world->counters.open, ==, 0);
  close (service);
  close (one);
  close (other);
}

/* The owner sees why; who sent hears of the next that there is. */
static void
test_datagrams_to_nobody (void)
{
  BgForwardWayOptions options = { 0 };
  g_autoptr (World) world = world_new (&options);
  guint16 target, port;
  int service = datagrams (&target), one;
  guint64 door = open_datagram_door (world, target, &port);
  BgDoorCounters counters = { 0 };

  close (service);
  one = sender_to (port);
  send_text (one, "one");
  while (counters.errors[BG_FORWARD_DIAL] == 0)
    {
      g_assert_true (bg_forwarding_counters (world->forwarding, door, &counters));
      g_thread_yield ();
    }
  g_assert_cmpstr (counters.last_error, !=, "");
  close (one);
}

/* --- How many of one peer --- */

/* One peer's connections are counted, wherever among its addresses they come from; who is one too many is closed, and has room when another has gone. */
static void
test_one_too_many (void)
{
  BgCaller caller = { .name = "laptop" };
  BgForwardWayOptions options = { .callers = &caller,
                                  .n_callers = 1,
                                  .limits = { .of_caller = 2 } };
  g_autoptr (World) world = NULL;
  int clients[3], services[3];

  g_assert_true (bg_ip_prefix_parse ("127.0.0.0/8", &caller.prefix));
  world = world_new (&options);
  for (guint i = 0; i < 2; i++)
    world_pair (world, &clients[i], &services[i]);
  clients[2] = world_connect (world->door_port);
  world_hear_end (clients[2]);
  close (clients[2]);
  world_reset (clients[0]);
  world_hear_reset (services[0]);
  world_pair (world, &clients[2], &services[2]);
  for (guint i = 0; i < 3; i++)
    {
      close (services[i]);
      if (i > 0)
        close (clients[i]);
    }
  g_assert_cmpuint (world_finish (world).refused, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/forwarding-services/proxy-protocol", test_proxy_protocol);
  g_test_add_func ("/forwarding-services/headers", test_headers);
  g_test_add_func ("/forwarding-services/half-closed", test_half_closed);
  g_test_add_func ("/forwarding-services/both", test_both);
  g_test_add_func ("/forwarding-services/no-request", test_no_request);
  g_test_add_func ("/forwarding-services/datagrams", test_datagrams);
  g_test_add_func ("/forwarding-services/datagrams-to-nobody", test_datagrams_to_nobody);
  g_test_add_func ("/forwarding-services/one-too-many", test_one_too_many);
  return g_test_run ();
}
