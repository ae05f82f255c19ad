/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A door of our own and nothing else: what comes in at 127.0.0.1 goes on to 127.0.0.1:TARGET. Says "port N".
 *   forwarding-door TARGET */
#include "publish/forwarding.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

static int
listen_somewhere (guint16 *port)
{
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t len = sizeof address;

  if (bind (fd, (struct sockaddr *) &address, len) < 0 || listen (fd, SOMAXCONN) < 0
      || getsockname (fd, (struct sockaddr *) &address, &len) < 0)
    abort ();
  *port = ntohs (address.sin_port);
  return fd;
}

int
main (int argc, char **argv)
{
  static const BgForwardingEvents events;
  const BgDoorRules all = { 0 };
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  g_autoptr (BgForwardingEngine) engine = bg_forwarding_engine_new ();
  g_autoptr (BgForwarding) forwarding = bg_forwarding_new (engine, &events, NULL, &error);
  BgSocketAddress address;
  BgForwardWayOptions options = { .addresses = &address, .n_addresses = 1 };
  g_autoptr (BgForwardWay) way = NULL;
  guint16 port;
  int fd;

  if (!forwarding || argc != 2)
    return EXIT_FAILURE;
  bg_socket_address_set_ip (&address, "127.0.0.1", (guint16) strtoul (argv[1], NULL, 10));
  way = bg_forward_way_new (&options, &error);
  fd = listen_somewhere (&port);
  bg_forwarding_open (forwarding, fd, &all, way);
  printf ("port %u\n", port);
  fflush (stdout);
  g_main_loop_run (loop);
  return EXIT_SUCCESS;
}
