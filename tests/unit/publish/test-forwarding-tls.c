/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Doors that end TLS: what is behind sees clear text, and who comes. */
#include "forward-world.h"
#include "test-authority.h"

#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAME "web.alpha.bamgate.internal"

typedef struct
{
  World *world;
  TestIdentity authority;
  BgTlsServer *tls;
  BgForwardWayOptions options;
} Tls;

static BgTlsServer *
server_of (const TestIdentity *authority)
{
  g_auto (TestIdentity) leaf = test_leaf ("leaf", authority, "DNS:" NAME, 5);
  g_autofree char *certificate = test_certificate_pem (&leaf), *key = test_key_pem (&leaf);
  g_autoptr (GError) error = NULL;
  BgTlsServer *server = bg_tls_server_new (certificate, key, &error);

  g_assert_no_error (error);
  return server;
}

static Tls *
tls_new (BgForwardWayOptions options)
{
  Tls *tls = g_new0 (Tls, 1);

  tls->authority = test_authority ("root", NULL);
  tls->tls = server_of (&tls->authority);
  tls->options = options;
  tls->options.tls = tls->tls;
  tls->options.rewrite.when = BG_REWRITE_NEVER;
  tls->world = world_new (&tls->options);
  return tls;
}

static void
tls_free (Tls *tls)
{
  world_free (tls->world);
  bg_tls_server_unref (tls->tls);
  test_identity_clear (&tls->authority);
  g_free (tls);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Tls, tls_free)

static SSL *
client_new (const TestIdentity *authority, int fd, const guint8 *alpn, guint alpn_len)
{
  SSL_CTX *context = SSL_CTX_new (TLS_client_method ());
  SSL *ssl;

  X509_STORE_add_cert (SSL_CTX_get_cert_store (context), authority->certificate);
  SSL_CTX_set_verify (context, SSL_VERIFY_PEER, NULL);
  ssl = SSL_new (context);
  SSL_CTX_free (context);
  g_assert_true (SSL_set1_host (ssl, NAME) && SSL_set_tlsext_host_name (ssl, NAME));
  if (alpn)
    SSL_set_alpn_protos (ssl, alpn, alpn_len);
  SSL_set_fd (ssl, fd);
  return ssl;
}

/* A client inside, and what is behind. */
static SSL *
come_in (Tls *tls, int *service)
{
  SSL *client = client_new (&tls->authority, world_connect (tls->world->door_port), NULL, 0);

  g_assert_cmpint (SSL_connect (client), ==, 1);
  *service = world_accept (tls->world->origin);
  return client;
}

static void
say (SSL *client, const char *text)
{
  g_assert_cmpint (SSL_write (client, text, (int) strlen (text)), ==, (int) strlen (text));
}

static void
hear (SSL *client, const char *text)
{
  char heard[1024] = "";
  gsize len = strlen (text);

  for (gsize at = 0; at < len;)
    {
      int n = SSL_read (client, heard + at, (int) (len - at));

      g_assert_cmpint (n, >, 0);
      at += (gsize) n;
    }
  g_assert_cmpmem (heard, len, text, len);
}

static void
leave (SSL *client)
{
  int fd = SSL_get_fd (client);

  SSL_shutdown (client);
  SSL_free (client);
  close (fd);
}

static void
test_clear_text_behind (void)
{
  g_autoptr (Tls) tls = tls_new ((BgForwardWayOptions){ 0 });
  int service;
  SSL *client = come_in (tls, &service);

  world_say (service, "220 the service speaks first");
  hear (client, "220 the service speaks first");
  say (client, "hello");
  world_hear (service, "hello");
  leave (client);
  world_hear_end (service);
  close (service);
}

static void
test_who_comes (void)
{
  BgCaller caller = { .name = "laptop" };
  g_autoptr (Tls) tls = NULL;
  guint8 preface[16 + 12 + 9];
  SSL *client;
  int service;

  g_assert_true (bg_ip_prefix_parse ("127.0.0.0/8", &caller.prefix));
  tls = tls_new ((BgForwardWayOptions){ .is_http = TRUE,
                                        .tells_proxy = TRUE,
                                        .tells_headers = TRUE,
                                        .callers = &caller,
                                        .n_callers = 1 });
  client = come_in (tls, &service);
  world_read (service, preface, sizeof preface);
  g_assert_cmpmem (preface, 12, "\r\n\r\n\0\r\nQUIT\n", 12);
  say (client, "GET / HTTP/1.1\r\nHost: " NAME "\r\nX-Forwarded-Proto: gopher\r\n\r\n");
  world_hear (service, "GET / HTTP/1.1\r\nHost: " NAME "\r\nX-Forwarded-For: 127.0.0.1\r\n"
                       "Bamgate-Peer: laptop\r\nX-Forwarded-Proto: https\r\n\r\n");
  leave (client);
  close (service);
}

/* HTTP/1.1 where it is among what is offered; else as if nothing had been. */
static void
test_alpn (void)
{
  static const guint8 both[] = "\x02h2\x08http/1.1", other[] = "\x02h2";
  g_autoptr (Tls) tls = tls_new ((BgForwardWayOptions){ 0 });

  for (guint i = 0; i < 2; i++)
    {
      SSL *client = client_new (&tls->authority, world_connect (tls->world->door_port),
                                i == 0 ? both : other, i == 0 ? sizeof both - 1 : sizeof other - 1);
      const guint8 *chosen;
      guint len;

      g_assert_cmpint (SSL_connect (client), ==, 1);
      SSL_get0_alpn_selected (client, &chosen, &len);
      g_assert_cmpmem (chosen, len, "http/1.1", i == 0 ? 8 : 0);
      leave (client);
    }
}

/* Clear text is not passed on, nor does anybody behind the door hear of it. */
static void
test_clear_text_is_refused (void)
{
  g_autoptr (Tls) tls = tls_new ((BgForwardWayOptions){ .is_http = TRUE });
  int client = world_connect (tls->world->door_port);
  char some[64]; /* TLS's word, or a reset */
  BgDoorCounters counters;

  world_say (client, "GET / HTTP/1.1\r\nHost: " NAME "\r\n\r\n");
  while (recv (client, some, sizeof some, 0) > 0)
    ;
  close (client);
  counters = world_finish (tls->world);
  g_assert_cmpuint (counters.errors[BG_FORWARD_TLS], ==, 1);
  g_assert_cmpuint (counters.bytes_up, ==, 0);
}

/* Who connects and says nothing goes in time. */
static void
test_silence (void)
{
  g_autoptr (Tls) tls = tls_new ((BgForwardWayOptions){ .limits = { .handshake_ms = 50 } });
  int client = world_connect (tls->world->door_port);

  world_hear_end (client);
  close (client);
  g_assert_cmpuint (world_finish (tls->world).errors[BG_FORWARD_TIMEOUT], ==, 1);
}

/* Another certificate is for those who come from then on. */
static void
test_renewed (void)
{
  g_autoptr (Tls) tls = tls_new ((BgForwardWayOptions){ 0 });
  g_auto (TestIdentity) other = test_authority ("other", NULL);
  g_autoptr (BgTlsServer) next = server_of (&other);
  g_autoptr (BgForwardWay) way = NULL;
  BgSocketAddress address;
  int service, service_of_next;
  SSL *client = come_in (tls, &service), *late;

  bg_socket_address_set_ip (&address, "127.0.0.1", tls->world->origin_port);
  tls->options.addresses = &address;
  tls->options.tls = next;
  way = bg_forward_way_new (&tls->options, NULL);
  bg_forwarding_set_way (tls->world->forwarding, tls->world->door, way);
  late = client_new (&other, world_connect (tls->world->door_port), NULL, 0);
  g_assert_cmpint (SSL_connect (late), ==, 1);
  service_of_next = world_accept (tls->world->origin);
  say (client, "still here");
  world_hear (service, "still here");
  say (late, "new here");
  world_hear (service_of_next, "new here");
  leave (client);
  leave (late);
  close (service);
  close (service_of_next);
}

/* An end that is not said is no end: what was cut off must not look whole. */
static void
test_cut_off (void)
{
  g_autoptr (Tls) tls = tls_new ((BgForwardWayOptions){ 0 });
  int service, fd;
  SSL *client = come_in (tls, &service);

  say (client, "half of a");
  world_hear (service, "half of a");
  fd = SSL_get_fd (client);
  SSL_free (client);
  close (fd);
  world_hear_reset (service);
  close (service);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/forwarding-tls/clear-text-behind", test_clear_text_behind);
  g_test_add_func ("/forwarding-tls/who-comes", test_who_comes);
  g_test_add_func ("/forwarding-tls/alpn", test_alpn);
  g_test_add_func ("/forwarding-tls/clear-text-is-refused", test_clear_text_is_refused);
  g_test_add_func ("/forwarding-tls/silence", test_silence);
  g_test_add_func ("/forwarding-tls/renewed", test_renewed);
  g_test_add_func ("/forwarding-tls/cut-off", test_cut_off);
  return g_test_run ();
}
