/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long a connection through the ingress takes until a byte has been there and back, on 127.0.0.1: medians in µs, as JSON.
 *   forwarding-tls N */
#include "unit/publish/forward-world.h"
#include "unit/publish/test-ingress.h"

#include <glib/gstdio.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/ticks.h"

typedef struct
{
  TestIdentity root, leaf, client;
  char *dir, *file;
  TestIngress *server;
  guint n;
} Bench;

static BgIngress *
ingress_of (Bench *bench, guint pool_idle)
{
  g_autofree char *certificate = test_certificate_pem (&bench->client),
                  *key = test_key_pem (&bench->client);
  const BgTlsClientOptions tls = {
    .name = "ingress.test", .file = bench->file, .certificate = certificate, .key = key
  };
  g_autoptr (BgTlsClient) client = bg_tls_client_new (&tls, NULL);
  BgSocketAddress address;
  const BgIngressOptions options = {
    .addresses = &address, .n_addresses = 1, .tls = client, .pool_idle = pool_idle
  };

  bg_socket_address_set_ip (&address, "127.0.0.1", test_ingress_port (bench->server));
  return bg_ingress_new (&options);
}

static World *
world_through (BgIngress *ingress)
{
  BgForwardWayOptions options = { .ingress = ingress, .host = "echo", .port = 80 };

  return world_new (&options);
}

static double
one_us (World *world)
{
  guint64 begin = now_ns (), took;
  int fd = world_connect (world->door_port);

  world_say (fd, "e");
  world_hear (fd, "e");
  took = now_ns () - begin;
  shutdown (fd, SHUT_WR);
  g_free (world_read_all (fd));
  close (fd);
  return (double) took / 1e3;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double one = *(const double *) a, other = *(const double *) b;

  return one < other ? -1 : one > other;
}

static double
median (double *values, guint n)
{
  qsort (values, n, sizeof *values, compare);
  return values[n / 2];
}

/* Nothing is known of the ingress yet, each time. */
static double
cold_us (Bench *bench)
{
  g_autofree double *took = g_new (double, bench->n);

  for (guint i = 0; i < bench->n; i++)
    {
      g_autoptr (BgIngress) ingress = ingress_of (bench, 0);
      g_autoptr (World) world = world_through (ingress);

      took[i] = one_us (world);
      world_finish (world);
    }
  return median (took, bench->n);
}

static void
wait_ready (BgIngress *ingress, guint64 handshakes)
{
  BgIngressCounters counters = { 0 };

  for (; counters.handshakes < handshakes; bg_ingress_counters (ingress, &counters))
    g_usleep (100);
}

/* With a session of before; with `pool_idle`, with a connection that waits. */
static double
known_us (Bench *bench, guint pool_idle)
{
  g_autofree double *took = g_new (double, bench->n);
  g_autoptr (BgIngress) ingress = ingress_of (bench, pool_idle);
  g_autoptr (World) world = world_through (ingress);

  one_us (world);
  for (guint i = 0; i < bench->n; i++)
    {
      wait_ready (ingress, pool_idle ? 1 + pool_idle + i : 1);
      took[i] = one_us (world);
    }
  world_finish (world);
  return median (took, bench->n);
}

/* A door without TLS, to a server that echoes in the same manner. */
static gpointer
echo_plainly (gpointer data)
{
  World *world = data;
  int fd;

  while ((fd = accept (world->origin, NULL, NULL)) >= 0)
    {
      char byte;

      while (recv (fd, &byte, 1, 0) == 1)
        world_write (fd, &byte, 1);
      close (fd);
    }
  return NULL;
}

static double
plain_us (Bench *bench)
{
  g_autofree double *took = g_new (double, bench->n);
  BgForwardWayOptions options = { 0 };
  g_autoptr (World) world = world_new (&options);
  GThread *server = g_thread_new ("echo", echo_plainly, world);

  for (guint i = 0; i < bench->n; i++)
    took[i] = one_us (world);
  world_finish (world);
  shutdown (world->origin, SHUT_RDWR);
  g_thread_join (server);
  return median (took, bench->n);
}

/* What OpenSSL takes for connect and a whole handshake, without us. */
static double
handshake_us (Bench *bench)
{
  g_autofree double *took = g_new (double, bench->n);
  SSL_CTX *context = SSL_CTX_new (TLS_client_method ());

  SSL_CTX_use_certificate (context, bench->client.certificate);
  SSL_CTX_use_PrivateKey (context, bench->client.key);
  for (guint i = 0; i < bench->n; i++)
    {
      SSL *ssl = SSL_new (context);
      guint64 begin = now_ns ();
      int fd = world_connect (test_ingress_port (bench->server));

      SSL_set_fd (ssl, fd);
      if (SSL_connect (ssl) != 1)
        abort ();
      took[i] = (double) (now_ns () - begin) / 1e3;
      SSL_shutdown (ssl);
      SSL_free (ssl);
      close (fd);
    }
  SSL_CTX_free (context);
  return median (took, bench->n);
}

static void
prepare (Bench *bench)
{
  g_autofree char *pem = NULL;

  bench->root = test_authority ("root", NULL);
  bench->leaf = test_leaf ("leaf", &bench->root, "DNS:ingress.test", 30);
  bench->client = test_leaf ("client", &bench->root, NULL, 30);
  bench->server = test_ingress_new (&bench->leaf, NULL, &bench->root);
  bench->dir = g_dir_make_tmp ("forward-XXXXXX", NULL);
  bench->file = g_build_filename (bench->dir, "trust.pem", NULL);
  pem = test_certificate_pem (&bench->root);
  if (!g_file_set_contents (bench->file, pem, -1, NULL))
    abort ();
}

static void
clean (Bench *bench)
{
  test_ingress_free (bench->server);
  test_identity_clear (&bench->root);
  test_identity_clear (&bench->leaf);
  test_identity_clear (&bench->client);
  g_unlink (bench->file);
  g_rmdir (bench->dir);
  g_free (bench->file);
  g_free (bench->dir);
}

int
main (int argc, char **argv)
{
  Bench bench = { .n = argc > 1 ? (guint) strtoul (argv[1], NULL, 10) : 200 };

  prepare (&bench);
  printf ("{\"plain_us\": %.0f, ", plain_us (&bench));
  printf ("\"warm_us\": %.0f, ", known_us (&bench, 2));
  printf ("\"resumed_us\": %.0f, ", known_us (&bench, 0));
  printf ("\"cold_us\": %.0f, ", cold_us (&bench));
  printf ("\"handshake_us\": %.0f}\n", handshake_us (&bench));
  clean (&bench);
  return EXIT_SUCCESS;
}
