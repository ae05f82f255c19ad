/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HTTP at a door: Host of every request, an Upgrade, what is no HTTP, and nobody behind the door. */
#include "forward-world.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static World *
http (void)
{
  BgForwardWayOptions options = {
    .is_http = TRUE, .rewrite = { .name = (char *) "app.example", .value = (char *) "app.example" }
  };

  return world_new (&options);
}

static void
test_two_requests (void)
{
  g_autoptr (World) world = http ();
  int client, server;

  world_pair (world, &client, &server);
  world_say (client, "GET /1 HTTP/1.1\r\nHost: box:9080\r\n\r\n");
  world_hear (server, "GET /1 HTTP/1.1\r\nHost: app.example\r\n\r\n");
  world_say (server, "HTTP/1.1 204 No Content\r\n\r\n");
  world_hear (client, "HTTP/1.1 204 No Content\r\n\r\n");
  world_say (client, "PUT /2 HTTP/1.1\r\nContent-Length: 4\r\nHost: box\r\n\r\n");
  world_hear (server, "PUT /2 HTTP/1.1\r\nContent-Length: 4\r\nHost: app.example\r\n\r\n");
  world_say (client, "body");
  world_hear (server, "body");
  close (client);
  world_hear_end (server);
  close (server);
}

static void
test_upgrade (void)
{
  g_autoptr (World) world = http ();
  int client, server;

  world_pair (world, &client, &server);
  world_say (
    client,
    "GET / HTTP/1.1\r\nHost: box\r\nUpgrade: tcp\r\n\r\nGET / HTTP/1.1\r\nHost: box\r\n\r\n");
  world_hear (server, "GET / HTTP/1.1\r\nHost: app.example\r\nUpgrade: tcp\r\n\r\n");
  world_say (server, "HTTP/1.1 101 Switching Protocols\r\n\r\n");
  world_hear (server, "GET / HTTP/1.1\r\nHost: box\r\n\r\n");
  world_hear (client, "HTTP/1.1 101 Switching Protocols\r\n\r\n");
  world_say (client, "e");
  world_hear (server, "e");
  close (client);
  close (server);
}

static void
test_no_http (void)
{
  g_autoptr (World) world = http ();
  int client, server;

  world_pair (world, &client, &server);
  world_say (client, "\x16\x03\x01 hello");
  world_hear (server, "\x16\x03\x01 hello");
  close (client);
  close (server);
  world_pair (world, &client, &server);
  world_say (client, "GET / HTT");
  shutdown (client, SHUT_WR);
  world_hear (server, "GET / HTT");
  world_hear_end (server);
  close (client);
  close (server);
}

/* A slow server, and a client in a hurry: heads change their length while bytes wait. */
static void
test_many_requests_at_once (void)
{
  g_autoptr (World) world = http ();
  g_autoptr (GString) in = g_string_new (NULL), out = g_string_new (NULL);
  g_autofree char *heard = NULL;
  int client, server;

  for (guint i = 0; i < 3000; i++)
    {
      g_string_append_printf (in, "GET /%u HTTP/1.1\r\nHost: b\r\n\r\n", i);
      g_string_append_printf (out, "GET /%u HTTP/1.1\r\nHost: app.example\r\n\r\n", i);
    }
  world_pair (world, &client, &server);
  world_write (client, in->str, in->len);
  shutdown (client, SHUT_WR);
  heard = world_read_all (server);
  g_assert_cmpstr (heard, ==, out->str);
  close (client);
  close (server);
}

static void
test_nobody_there (void)
{
  g_autoptr (World) world = http ();
  g_autofree char *answer = NULL;
  int client;

  close (world->origin);
  client = world_connect (world->door_port);
  world_say (client, "GET / HTTP/1.1\r\nHost: box\r\n\r\n");
  answer = world_read_all (client);
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 502 Bad Gateway\r\n"));
  g_assert_true (g_str_has_suffix (answer, "\r\n\r\nConnection refused\n"));
  close (client);
  g_assert_cmpuint (world_finish (world).errors[BG_FORWARD_DIAL], ==, 1);
  world->origin = world_listen (&world->origin_port);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/forwarding-http/two-requests", test_two_requests);
  g_test_add_func ("/forwarding-http/upgrade", test_upgrade);
  g_test_add_func ("/forwarding-http/no-http", test_no_http);
  g_test_add_func ("/forwarding-http/many-requests-at-once", test_many_requests_at_once);
  g_test_add_func ("/forwarding-http/nobody-there", test_nobody_there);
  return g_test_run ();
}
