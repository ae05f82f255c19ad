/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Through the ingress: whom it is believed to be, what it answers, and connections that are ready before they are asked for. */
#include "forward-world.h"
#include "test-ingress.h"

#include <glib/gstdio.h>
#include <openssl/ssl.h>
#include <string.h>
#include <unistd.h>

enum
{
  MUCH = 8 * 1024 * 1024,
  SILENT_MS = 50,
};

typedef struct
{
  TestIdentity root, intermediate, foreign, leaf, client;
  char *dir;
  TestIngress *server;
  BgIngress *ingress;
} Place;

typedef struct
{
  const TestIdentity *trusted; /* NULL: nobody */
  const char *name;
  gboolean without_certificate;
  guint pool_idle;
} Wish;

static void
place_init (Place *place)
{
  place->root = test_authority ("root", NULL);
  place->intermediate = test_authority ("intermediate", &place->root);
  place->foreign = test_authority ("foreign", NULL);
  place->leaf = test_leaf ("leaf", &place->intermediate, "DNS:ingress.test,IP:127.0.0.1", 30);
  place->client = test_leaf ("client", &place->root, NULL, 30);
  place->dir = g_dir_make_tmp ("forward-XXXXXX", NULL);
}

static void
place_clear (Place *place)
{
  g_autofree char *file = g_build_filename (place->dir, "trust.pem", NULL);

  g_clear_pointer (&place->ingress, bg_ingress_unref);
  g_clear_pointer (&place->server, test_ingress_free);
  g_unlink (file);
  g_rmdir (place->dir);
  g_free (place->dir);
  test_identity_clear (&place->root);
  test_identity_clear (&place->intermediate);
  test_identity_clear (&place->foreign);
  test_identity_clear (&place->leaf);
  test_identity_clear (&place->client);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Place, place_clear)

static void
trust (Place *place, const TestIdentity *whom)
{
  g_autofree char *file = g_build_filename (place->dir, "trust.pem", NULL), *pem = NULL;

  g_unlink (file);
  if (!whom)
    return;
  pem = test_certificate_pem (whom);
  g_assert_true (g_file_set_contents (file, pem, -1, NULL));
}

static void
reach (Place *place, Wish wish)
{
  g_autofree char *certificate = test_certificate_pem (&place->client),
                  *key = test_key_pem (&place->client);
  BgTlsClientOptions tls = { .name = wish.name ? wish.name : "ingress.test",
                             .directory = place->dir,
                             .certificate = wish.without_certificate ? NULL : certificate,
                             .key = key };
  g_autoptr (BgTlsClient) client = NULL;
  BgSocketAddress address;
  BgIngressOptions options = { .addresses = &address,
                               .n_addresses = 1,
                               .pool_idle = wish.pool_idle };

  trust (place, wish.trusted);
  client = bg_tls_client_new (&tls, NULL);
  g_assert_nonnull (client);
  bg_socket_address_set_ip (&address, "127.0.0.1", test_ingress_port (place->server));
  options.tls = client;
  g_clear_pointer (&place->ingress, bg_ingress_unref);
  place->ingress = bg_ingress_new (&options);
}

/* An ingress that shows its leaf alone, and a client that trusts the intermediate alone. */
static void
place_usual (Place *place, guint pool_idle)
{
  place_init (place);
  place->server = test_ingress_new (&place->leaf, NULL, &place->root);
  reach (place, (Wish){ &place->intermediate, .pool_idle = pool_idle });
}

static World *
world_to (Place *place, const char *host, BgForwardWayLimits limits)
{
  BgForwardWayOptions options = {
    .ingress = place->ingress, .host = host, .port = 80, .limits = limits
  };

  return world_new (&options);
}

static void
check_echo (World *world)
{
  int client = world_connect (world->door_port);

  world_say (client, "ping");
  world_hear (client, "ping");
  shutdown (client, SHUT_WR);
  world_hear (client, "end");
  world_hear_end (client);
  close (client);
}

static void
test_echo (void)
{
  g_auto (Place) place = { 0 };
  g_autoptr (World) world = NULL;
  TestIngressSeen seen;
  BgDoorCounters counters;

  place_usual (&place, 0);
  world = world_to (&place, "echo", (BgForwardWayLimits){ 0 });
  check_echo (world);
  counters = world_finish (world);
  seen = test_ingress_seen (place.server);
  g_assert_cmpuint (counters.bytes_up, ==, 4);
  g_assert_cmpuint (counters.bytes_down, ==, 7);
  g_assert_cmpuint (seen.connections, ==, 1);
  g_assert_cmpuint (seen.with_alpn, ==, 0);
  g_assert_cmpstr (seen.sni, ==, "ingress.test");
  g_free (seen.sni);
}

static void
check_first_words (Place *place, const char *host, const char *words)
{
  g_autoptr (World) world = world_to (place, host, (BgForwardWayLimits){ 0 });
  int client = world_connect (world->door_port);

  world_hear (client, words);
  world_say (client, "more");
  world_hear (client, "more");
  shutdown (client, SHUT_WR);
  g_free (world_read_all (client));
  close (client);
  world_finish (world);
}

static void
test_answers_in_pieces (void)
{
  g_auto (Place) place = { 0 };

  place_usual (&place, 0);
  check_first_words (&place, "early", "hello");
  check_first_words (&place, "split", "");
}

static BgDoorCounters
failed (Place *place, const char *host, BgForwardWayLimits limits)
{
  g_autoptr (World) world = world_to (place, host, limits);
  int client = world_connect (world->door_port);

  world_hear_reset (client);
  close (client);
  return world_finish (world);
}

static void
test_refusals (void)
{
  g_auto (Place) place = { 0 };
  BgDoorCounters counters;

  place_usual (&place, 0);
  counters = failed (&place, "refuse", (BgForwardWayLimits){ 0 });
  g_assert_cmpuint (counters.errors[BG_FORWARD_UPGRADE], ==, 1);
  g_assert_cmpstr (counters.last_error, ==, "ERR_TEST_1: no such endpoint");
  counters = failed (&place, "garbage", (BgForwardWayLimits){ 0 });
  g_assert_cmpuint (counters.errors[BG_FORWARD_UPGRADE], ==, 1);
  counters = failed (&place, "silent", (BgForwardWayLimits){ .answer_ms = 30 });
  g_assert_cmpuint (counters.errors[BG_FORWARD_TIMEOUT], ==, 1);
}

static void
test_rejected (void)
{
  g_auto (Place) place = { 0 };
  g_autoptr (World) world = NULL;
  TestIngressSeen seen;

  place_usual (&place, 0);
  world = world_to (&place, "hang-up", (BgForwardWayLimits){ 0 });
  for (guint i = 0; i < BG_FORWARDING_PATIENCE; i++)
    {
      int client = world_connect (world->door_port);

      world_hear_reset (client);
      close (client);
    }
  while (world->n_rejected == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (world_finish (world).errors[BG_FORWARD_REJECTED], ==, BG_FORWARDING_PATIENCE);
  seen = test_ingress_seen (place.server);
  g_assert_cmpuint (seen.asked, ==, BG_FORWARDING_PATIENCE);
  g_free (seen.sni);
}

/* What was cut off is no end. */
static void
test_cut (void)
{
  g_auto (Place) place = { 0 };
  g_autoptr (World) world = NULL;
  int client;

  place_usual (&place, 0);
  world = world_to (&place, "cut", (BgForwardWayLimits){ 0 });
  client = world_connect (world->door_port);
  world_hear (client, "half");
  world_hear_reset (client);
  close (client);
}

static void
test_http_hears_why (void)
{
  g_auto (Place) place = { 0 };
  g_autoptr (World) world = NULL;
  BgForwardWayOptions options = { .host = "refuse", .port = 80, .is_http = TRUE };
  g_autofree char *answer = NULL;
  int client;

  place_usual (&place, 0);
  options.ingress = place.ingress;
  world = world_new (&options);
  client = world_connect (world->door_port);
  world_say (client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody");
  answer = world_read_all (client);
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 502 Bad Gateway\r\n"));
  g_assert_nonnull (strstr (answer, "\r\nContent-Type: text/plain"));
  g_assert_true (g_str_has_suffix (answer, "\r\n\r\nERR_TEST_1: no such endpoint\n"));
  close (client);
  g_assert_cmpuint (world_finish (world).errors[BG_FORWARD_UPGRADE], ==, 1);
}

static void
check_trust (Place *place, Wish wish, gboolean is_believed)
{
  g_autoptr (World) world = NULL;

  reach (place, wish);
  if (!is_believed)
    {
      g_assert_cmpuint (failed (place, "echo", (BgForwardWayLimits){ 0 }).errors[BG_FORWARD_TLS],
                        ==, 1);
      return;
    }
  world = world_to (place, "echo", (BgForwardWayLimits){ 0 });
  check_echo (world);
}

static void
test_trust (void)
{
  g_auto (Place) place = { 0 };
  g_auto (TestIdentity) old = { 0 };

  place_usual (&place, 0);
  check_trust (&place, (Wish){ &place.intermediate }, TRUE);
  check_trust (&place, (Wish){ &place.intermediate, "127.0.0.1" }, TRUE);
  check_trust (&place, (Wish){ &place.intermediate, "other.test" }, FALSE);
  check_trust (&place, (Wish){ &place.intermediate, "127.0.0.2" }, FALSE);
  check_trust (&place, (Wish){ &place.root }, FALSE); /* the chain is missing */
  check_trust (&place, (Wish){ &place.foreign }, FALSE);
  check_trust (&place, (Wish){ NULL }, FALSE);
  test_ingress_free (place.server);
  place.server = test_ingress_new (&place.leaf, &place.intermediate, &place.root);
  check_trust (&place, (Wish){ &place.root }, TRUE);
  test_ingress_free (place.server);
  old = test_leaf ("old", &place.intermediate, "DNS:ingress.test", -1);
  place.server = test_ingress_new (&old, NULL, &place.root);
  check_trust (&place, (Wish){ &place.intermediate }, FALSE);
}

/* In TLS 1.3 the client learns it only when it reads. */
static void
test_no_certificate (void)
{
  g_auto (Place) place = { 0 };
  BgDoorCounters counters;

  place_usual (&place, 0);
  reach (&place, (Wish){ &place.intermediate, .without_certificate = TRUE });
  counters = failed (&place, "echo", (BgForwardWayLimits){ 0 });
  g_assert_cmpuint (counters.errors[BG_FORWARD_REJECTED], ==, 1);
}

static guint64
count_upgrades (const BgIngressCounters *counters)
{
  guint64 n = 0;

  for (guint i = 0; i <= BG_UPGRADE_BOUNDS; i++)
    n += counters->upgrades[i];
  return n;
}

static void
test_resumes (void)
{
  g_auto (Place) place = { 0 };
  g_autoptr (World) world = NULL;
  BgIngressCounters counters;

  place_usual (&place, 0);
  world = world_to (&place, "echo", (BgForwardWayLimits){ 0 });
  for (guint i = 0; i < 10; i++)
    check_echo (world);
  bg_ingress_counters (place.ingress, &counters);
  g_assert_cmpuint (counters.handshakes, ==, 10);
  g_assert_cmpuint (counters.resumed, ==, 9);
  g_assert_cmpuint (count_upgrades (&counters), ==, 10);
  g_assert_cmpuint (counters.upgrade_us, >, 0);
}

static void
wait_for_handshakes (Place *place, guint64 n)
{
  gint64 until = g_get_monotonic_time () + WORLD_PATIENCE_S * G_USEC_PER_SEC;
  BgIngressCounters counters = { 0 };

  for (; counters.handshakes < n; bg_ingress_counters (place->ingress, &counters))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, until);
      g_usleep (200);
    }
}

static void
test_pool (void)
{
  g_auto (Place) place = { 0 };
  g_autoptr (World) world = NULL;
  BgIngressCounters counters;

  place_usual (&place, 2);
  world = world_to (&place, "echo", (BgForwardWayLimits){ 0 });
  check_echo (world);
  for (guint i = 0; i < 10; i++)
    {
      wait_for_handshakes (&place, 3 + i);
      check_echo (world);
    }
  bg_ingress_counters (place.ingress, &counters);
  g_assert_cmpuint (counters.pool_misses, ==, 1);
  g_assert_cmpuint (counters.pool_hits, ==, 10);
}

/* The ingress ends those that wait: nobody notices. */
static void
test_pool_is_ended (void)
{
  g_auto (Place) place = { 0 };
  g_autoptr (World) world = NULL;
  BgDoorCounters counters;

  place_usual (&place, 2);
  world = world_to (&place, "echo", (BgForwardWayLimits){ 0 });
  check_echo (world);
  wait_for_handshakes (&place, 3);
  test_ingress_end_idle (place.server, FALSE);
  for (guint i = 0; i < 3; i++)
    check_echo (world);
  counters = world_finish (world);
  for (guint i = 0; i < BG_FORWARD_ERRORS; i++)
    g_assert_cmpuint (counters.errors[i], ==, 0);
}

/* One of the pool that does not answer is no better than one that is dead; one that was made for the client has its one chance. */
static void
test_pool_is_silent (void)
{
  g_auto (Place) place = { 0 };
  g_autoptr (World) world = NULL;
  BgIngressCounters counters;
  gint64 begin;
  int client;

  place_usual (&place, 2);
  world = world_to (&place, "silent", (BgForwardWayLimits){ .answer_ms = SILENT_MS });
  for (guint i = 0; i < 2; i++)
    {
      begin = g_get_monotonic_time ();
      client = world_connect (world->door_port);
      world_hear_reset (client);
      g_assert_cmpint (g_get_monotonic_time () - begin, >=, (1 + i) * SILENT_MS * 1000);
      close (client);
      wait_for_handshakes (&place, 3);
    }
  g_assert_cmpuint (world_finish (world).errors[BG_FORWARD_TIMEOUT], ==, 2);
  bg_ingress_counters (place.ingress, &counters);
  g_assert_cmpuint (counters.pool_hits, ==, 1);
}

/* It ends them again and again: they are made no more. */
static void
test_pool_gives_up (void)
{
  g_auto (Place) place = { 0 };
  g_autoptr (World) world = NULL;
  BgIngressCounters counters;
  TestIngressSeen seen;

  place_usual (&place, 2);
  world = world_to (&place, "echo", (BgForwardWayLimits){ 0 });
  check_echo (world);
  wait_for_handshakes (&place, 3);
  test_ingress_end_idle (place.server, TRUE);
  test_ingress_wait (place.server, 4);
  test_ingress_end_idle (place.server, FALSE);
  for (guint i = 0; i < 5; i++)
    check_echo (world);
  world_finish (world);
  bg_ingress_counters (place.ingress, &counters);
  seen = test_ingress_seen (place.server);
  g_assert_cmpuint (counters.pool_hits, <=, 2);
  g_assert_cmpuint (seen.connections, <=, 1 + 2 + 2 + 1 + 5);
  g_free (seen.sni);
}

static gpointer
send_much (gpointer data)
{
  g_autofree guint8 *much = g_malloc (MUCH);

  for (gsize i = 0; i < MUCH; i++)
    much[i] = (guint8) (i * 31 + i / 251);
  world_write (GPOINTER_TO_INT (data), much, MUCH);
  shutdown (GPOINTER_TO_INT (data), SHUT_WR);
  return NULL;
}

static void
test_much (void)
{
  g_auto (Place) place = { 0 };
  g_autoptr (World) world = NULL;
  g_autofree guint8 *much = g_malloc (MUCH);
  GThread *sender;
  int client;

  place_usual (&place, 0);
  world = world_to (&place, "echo", (BgForwardWayLimits){ 0 });
  client = world_connect (world->door_port);
  sender = g_thread_new ("sender", send_much, GINT_TO_POINTER (client));
  world_read (client, much, MUCH);
  for (gsize i = 0; i < MUCH; i++)
    if (much[i] != (guint8) (i * 31 + i / 251))
      g_error ("byte %zu differs", i);
  world_hear (client, "end");
  world_hear_end (client);
  g_thread_join (sender);
  close (client);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/forwarding-ingress/echo", test_echo);
  g_test_add_func ("/forwarding-ingress/answers-in-pieces", test_answers_in_pieces);
  g_test_add_func ("/forwarding-ingress/refusals", test_refusals);
  g_test_add_func ("/forwarding-ingress/rejected", test_rejected);
  g_test_add_func ("/forwarding-ingress/cut", test_cut);
  g_test_add_func ("/forwarding-ingress/http-hears-why", test_http_hears_why);
  g_test_add_func ("/forwarding-ingress/trust", test_trust);
  g_test_add_func ("/forwarding-ingress/no-certificate", test_no_certificate);
  g_test_add_func ("/forwarding-ingress/resumes", test_resumes);
  g_test_add_func ("/forwarding-ingress/pool", test_pool);
  g_test_add_func ("/forwarding-ingress/pool-is-ended", test_pool_is_ended);
  g_test_add_func ("/forwarding-ingress/pool-is-silent", test_pool_is_silent);
  g_test_add_func ("/forwarding-ingress/pool-gives-up", test_pool_gives_up);
  g_test_add_func ("/forwarding-ingress/much", test_much);
  return g_test_run ();
}
