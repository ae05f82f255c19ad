/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bridge between this process, as libnice, and a hub in it. */
#include "relay/relay.h"
#include "relay/turn-bytes.h"
#include "relay/turn-framing.h"
#include "common/lent-loop.h"
#include "common/log.h"

#include <gio/gio.h>
#include <libsoup/soup.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define wait_until(condition)                                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    while (!(condition))                                                                           \
      g_main_context_iteration (NULL, TRUE);                                                       \
  }                                                                                                \
  G_STMT_END

typedef struct
{
  SoupServer *server;
  char *url;
  guint status;  /* other than a WebSocket, or 0 */
  guint refusal; /* of every Allocate with a name, or 0 */
  SoupWebsocketConnection *socket;
  guint sockets;
  char *authorization;
  GPtrArray *frames; /* GBytes */

  BgRelay *relay;
  guint changes;
} World;

/* The hub */

static void
set_u16 (guint8 *place, guint16 value)
{
  place[0] = (guint8) (value >> 8);
  place[1] = (guint8) value;
}

static void
answer_allocate (World *world, const guint8 *question)
{
  guint8 answer[BG_TURN_HEADER_BYTES + 8];
  gsize len = world->refusal ? sizeof answer : BG_TURN_HEADER_BYTES;

  memcpy (answer, question, BG_TURN_HEADER_BYTES);
  memset (answer + BG_TURN_HEADER_BYTES, 0, 8);
  set_u16 (answer, world->refusal ? BG_TURN_ALLOCATE_ERROR : BG_TURN_ALLOCATE_SUCCESS);
  set_u16 (answer + 2, (guint16) (len - BG_TURN_HEADER_BYTES));
  set_u16 (answer + 20, BG_TURN_ERROR_CODE);
  set_u16 (answer + 22, 4);
  answer[26] = (guint8) (world->refusal / 100);
  answer[27] = (guint8) (world->refusal % 100);
  soup_websocket_connection_send_binary (world->socket, answer, len);
}

static void
on_message (SoupWebsocketConnection *socket, SoupWebsocketDataType type, GBytes *frame,
            World *world)
{
  const guint8 *bytes = g_bytes_get_data (frame, NULL);

  g_ptr_array_add (world->frames, g_bytes_ref (frame));
  if (bg_turn_u16 (bytes) == BG_TURN_ALLOCATE)
    answer_allocate (world, bytes);
}

static void
on_socket (SoupServer *server, SoupServerMessage *message, const char *path,
           SoupWebsocketConnection *socket, gpointer data)
{
  World *world = data;

  g_set_object (&world->socket, socket);
  world->sockets++;
  g_signal_connect (socket, "message", G_CALLBACK (on_message), world);
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer data)
{
  World *world = data;
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  g_free (world->authorization);
  world->authorization = g_strdup (soup_message_headers_get_one (headers, "Authorization"));
  if (world->status != 0)
    soup_server_message_set_status (message, world->status, NULL);
}

static void
on_relay_changed (gpointer owner)
{
  ((World *) owner)->changes++;
}

/* Nobody takes it: it has a thread of its own. */
static BgLentLoop *
carrier (void)
{
  static BgLentLoop *loop;

  if (!loop)
    loop = bg_lent_loop_new ("carrier");
  return loop;
}

static void
world_up (World *world, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  GSList *uris;

  world->frames = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  world->server = soup_server_new (NULL, NULL);
  soup_server_add_early_handler (world->server, "/prefix/turn", on_request, world, NULL);
  soup_server_add_websocket_handler (world->server, "/prefix/turn", NULL, NULL, on_socket, world,
                                     NULL);
  soup_server_listen_local (world->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (world->server);
  world->url = g_strdup_printf ("ws://127.0.0.1:%d/prefix/connect", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  world->relay = bg_relay_new (on_relay_changed, world, carrier ());
  bg_relay_set_server (world->relay, world->url, "token", NULL);
  bg_relay_set_secret (world->relay, "sesame");
}

static void
world_down (World *world, gconstpointer data)
{
  gint64 begun = g_get_monotonic_time ();

  bg_relay_free (
    world->relay); /* with a hub that does not answer meanwhile, since it is this thread */
  g_assert_cmpint (g_get_monotonic_time () - begun, <, 4 * G_USEC_PER_SEC);
  soup_server_disconnect (world->server);
  g_clear_object (&world->socket);
  g_clear_object (&world->server);
  g_ptr_array_unref (world->frames);
  g_free (world->url);
  g_free (world->authorization);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* libnice */

static guint16
open_door (World *world)
{
  g_auto (GStrv) urls = bg_relay_open (world->relay, "alpha", 1000);
  const char *at = urls ? strstr (urls[0], "@127.0.0.1:") : NULL;

  g_assert_nonnull (at);
  g_assert_true (g_str_has_prefix (urls[0], "turn://87400%3Aalpha:"));
  return (guint16) g_ascii_strtoull (at + strlen ("@127.0.0.1:"), NULL, 10);
}

static GSocket *
knock (guint16 port, GError **error)
{
  g_autoptr (GSocket)
    socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", port);

  if (!g_socket_connect (socket, address, NULL, error))
    return NULL;
  g_socket_set_blocking (socket, FALSE);
  return g_steal_pointer (&socket);
}

static void
say (GSocket *socket, gconstpointer bytes, gsize len)
{
  g_assert_cmpint (g_socket_send (socket, bytes, len, NULL, NULL), ==, (gssize) len);
}

static gboolean
on_readable (GSocket *socket, GIOCondition condition, gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* The hub, which is in this thread, goes on meanwhile. */
static void
wait_readable (GSocket *socket)
{
  g_autoptr (GSource) source = g_socket_create_source (socket, G_IO_IN, NULL);
  gboolean is_readable = FALSE;

  g_source_set_callback (source, G_SOURCE_FUNC (on_readable), &is_readable, NULL);
  g_source_attach (source, NULL);
  wait_until (is_readable);
}

/* What comes in `len` bytes; FALSE where it ends before. */
static gboolean
hear (GSocket *socket, guint8 *bytes, gsize len)
{
  for (gsize have = 0; have < len;)
    {
      g_autoptr (GError) error = NULL;
      gssize n = g_socket_receive (socket, (char *) bytes + have, len - have, NULL, &error);

      if (n == 0 || (n < 0 && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)))
        return FALSE;
      have += (gsize) MAX (n, 0);
      if (n < 0)
        wait_readable (socket);
    }
  return TRUE;
}

static const guint8 allocate[] = { 0x00, 0x03, 0x00, 0x08, 0x21, 0x12, 0xa4, 0x42, 7, 7,
                                   7,    7,    7,    7,    7,    7,    7,    7,    7, 7,
                                   0x00, 0x06, 0,    0x01, 0x61, 0x00, 0x00, 0x00 };
static const guint8 hello[] = { 0x40, 0x00, 0x00, 0x05, 'h', 'e', 'l', 'l', 'o', 0, 0, 0 };

static void
assert_frame (World *world, guint index, gconstpointer bytes, gsize len)
{
  gsize found;
  gconstpointer frame = g_bytes_get_data (world->frames->pdata[index], &found);

  g_assert_cmpmem (frame, found, bytes, len);
}

/* The stream's pieces become messages, and the hub's messages a stream. */
static void
test_both_ways (World *world, gconstpointer data)
{
  g_autoptr (GSocket) socket = knock (open_door (world), NULL);
  guint8 heard[BG_TURN_HEADER_BYTES + 2 * sizeof hello], rest[sizeof hello + 4];

  say (socket, allocate, 10);
  wait_until (world->socket);
  g_assert_cmpstr (world->authorization, ==, "Bearer token");
  memcpy (rest, hello, sizeof hello);
  memcpy (rest + sizeof hello, hello, 4);
  say (socket, allocate + 10, sizeof allocate - 10);
  say (socket, rest, sizeof rest);
  say (socket, hello + 4, sizeof hello - 4);
  wait_until (world->frames->len == 3);
  assert_frame (world, 0, allocate, sizeof allocate);
  assert_frame (world, 1, hello, sizeof hello);
  assert_frame (world, 2, hello, sizeof hello);
  wait_until (bg_relay_get_state (world->relay) == BG_RELAY_WORKS);

  soup_websocket_connection_send_text (world->socket, "not for TURN");
  soup_websocket_connection_send_binary (world->socket, "nonsense", 8);
  soup_websocket_connection_send_binary (world->socket, hello, 9);
  soup_websocket_connection_send_binary (world->socket, hello, sizeof hello);
  g_assert_true (hear (socket, heard, sizeof heard));
  g_assert_cmpmem (heard + BG_TURN_HEADER_BYTES, sizeof hello, hello, sizeof hello);
  g_assert_cmpmem (heard + BG_TURN_HEADER_BYTES + sizeof hello, sizeof hello, hello, sizeof hello);
  g_assert_null (bg_relay_get_reason (world->relay));
}

/* What libnice no longer wants the hub learns, and the other way round. */
static void
test_ends (World *world, gconstpointer data)
{
  g_autoptr (GSocket) first = knock (open_door (world), NULL), second = NULL;
  guint8 byte;

  wait_until (world->socket);
  g_clear_object (&first);
  wait_until (soup_websocket_connection_get_state (world->socket) == SOUP_WEBSOCKET_STATE_CLOSED);

  second = knock (open_door (world), NULL);
  wait_until (world->sockets == 2);
  soup_websocket_connection_close (world->socket, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);
  g_assert_false (hear (second, &byte, 1));
}

static void
test_nonsense_ends (World *world, gconstpointer data)
{
  g_autoptr (GSocket) socket = knock (open_door (world), NULL);
  guint8 byte;

  say (socket, "GET / HTTP/1.1\r\n\r\n", 18);
  g_assert_false (hear (socket, &byte, 1));
  g_assert_cmpuint (world->frames->len, ==, 0);
}

static void
test_one_for_each_door (World *world, gconstpointer data)
{
  guint16 port = open_door (world);
  g_autoptr (GSocket) first = knock (port, NULL), second = NULL, third = NULL;
  guint8 byte;

  second = knock (port, NULL);
  g_assert_true (second == NULL || !hear (second, &byte, 1));
  third = knock (port, NULL);
  g_assert_null (third);
  say (first, hello, sizeof hello);
  wait_until (world->frames->len == 1);
  g_assert_cmpuint (world->sockets, ==, 1);
}

static gboolean
stranger_is_let_in (guint16 port)
{
  pid_t child = fork ();
  int status = 0;

  if (child == 0)
    {
      g_autoptr (GSocket) socket = knock (port, NULL);
      char byte;

      g_socket_set_blocking (socket, TRUE);
      _exit (g_socket_receive (socket, &byte, 1, NULL, NULL) > 0);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  return status != 0;
}

static void
test_stranger (World *world, gconstpointer data)
{
  guint16 port = open_door (world);
  g_autoptr (GSocket) socket = NULL;

  bg_log_configure ("critical", NULL);
  g_assert_false (stranger_is_let_in (port));
  g_assert_cmpuint (world->sockets, ==, 0);
  socket = knock (port, NULL);
  say (socket, hello, sizeof hello);
  wait_until (world->frames->len == 1);
}

static void
test_absent (World *world, gconstpointer data)
{
  g_autoptr (GSocket) socket = NULL;
  guint8 byte;

  world->status = 404;
  socket = knock (open_door (world), NULL);
  g_assert_false (hear (socket, &byte, 1));
  wait_until (bg_relay_get_state (world->relay) == BG_RELAY_ABSENT);
  g_assert_null (bg_relay_open (world->relay, "alpha", 1000));
  g_assert_null (bg_relay_get_reason (world->relay));
  bg_relay_set_secret (world->relay, "another");
  g_assert_cmpint (bg_relay_get_state (world->relay), ==, BG_RELAY_UNKNOWN);
  world->status = 503;
  g_clear_object (&socket);
  socket = knock (open_door (world), NULL);
  wait_until (bg_relay_get_state (world->relay) == BG_RELAY_FAILS);
  g_assert_nonnull (bg_relay_get_reason (world->relay));
}

static void
test_wrong_secret (World *world, gconstpointer data)
{
  g_autoptr (GSocket) socket = knock (open_door (world), NULL);

  world->refusal = 401;
  say (socket, allocate, sizeof allocate);
  wait_until (bg_relay_get_state (world->relay) == BG_RELAY_REFUSES);
  g_assert_nonnull (strstr (bg_words_get_text (bg_relay_get_reason (world->relay)), "turn-secret"));
  world->refusal = 0;
  say (socket, allocate, sizeof allocate);
  wait_until (bg_relay_get_state (world->relay) == BG_RELAY_WORKS);
}

static void
test_ceiling (World *world, gconstpointer data)
{
  g_autoptr (GSocket) socket = knock (open_door (world), NULL);

  world->refusal = 508;
  say (socket, allocate, sizeof allocate);
  wait_until (bg_relay_get_state (world->relay) == BG_RELAY_FAILS);
  g_assert_nonnull (
    strstr (bg_words_get_text (bg_relay_get_reason (world->relay)), "owner allows"));
  world->refusal = 486;
  say (socket, allocate, sizeof allocate);
  wait_until (strstr (bg_words_get_text (bg_relay_get_reason (world->relay)), "486"));
}

static void
test_without (World *world, gconstpointer data)
{
  bg_relay_set_secret (world->relay, "");
  g_assert_null (bg_relay_open (world->relay, "alpha", 1000));
  bg_relay_set_secret (world->relay, "sesame");
  bg_relay_set_server (world->relay, NULL, NULL, NULL);
  g_assert_null (bg_relay_open (world->relay, "alpha", 1000));
}

/* Where nothing is there to be heard the hub says hello, which comes behind all that was not lost. */
static gsize
hear_head (World *world, GSocket *socket, guint8 *heard)
{
  if (g_socket_get_available_bytes (socket) <= 0)
    soup_websocket_connection_send_binary (world->socket, hello, sizeof hello);
  g_assert_true (hear (socket, heard, 4));
  if (heard[0] != 0x40)
    return BG_TURN_HEADER_BYTES - 4;
  return bg_turn_u16 (heard + 2) == 5 ? sizeof hello - 4 : bg_turn_u16 (heard + 2);
}

/* More than there is room for: nothing but whole messages is lost, and some of them are. */
static void
test_slow_reader (World *world, gconstpointer data)
{
  enum
  {
    MESSAGE = 4 + 1400,
    MESSAGES = 20000,
  };
  g_autoptr (GSocket) socket = knock (open_door (world), NULL);
  g_autofree guint8 *message = g_malloc0 (MESSAGE), *heard = g_malloc0 (MESSAGE);
  guint count = 0;
  gsize rest;

  wait_until (world->socket);
  set_u16 (message, 0x4000);
  set_u16 (message + 2, MESSAGE - 4);
  for (guint i = 0; i < MESSAGES; i++)
    soup_websocket_connection_send_binary (world->socket, message, MESSAGE);
  say (socket, allocate, sizeof allocate); /* its answer goes through behind them, or is lost too */
  wait_until (bg_relay_get_state (world->relay) == BG_RELAY_WORKS);

  for (; (rest = hear_head (world, socket, heard)) != sizeof hello - 4; count++)
    g_assert_true (hear (socket, heard + 4, rest));
  g_assert_true (hear (socket, heard + 4, rest));
  g_assert_cmpmem (heard, sizeof hello, hello, sizeof hello);
  g_assert_cmpuint (count, >, 0);
  g_assert_cmpuint (count, <, MESSAGES);
}

/* A hub that does not read stops libnice, and loses nothing. */
static void
test_slow_hub (World *world, gconstpointer data)
{
  enum
  {
    MESSAGES = 60000,
    STOPPED_US = 200 * 1000,
    MESSAGE = 4 + 1400,
  };
  g_autoptr (GSocket) socket = knock (open_door (world), NULL);
  g_autofree guint8 *message = g_malloc0 (MESSAGE);
  guint given = 0;
  gboolean is_stopped = FALSE;
  gsize at = 0;

  wait_until (world->socket);
  set_u16 (message, 0x4000);
  set_u16 (message + 2, MESSAGE - 4);
  while (given < MESSAGES && !is_stopped)
    {
      gssize n = g_socket_send (socket, (char *) message + at, MESSAGE - at, NULL, NULL);

      at += (gsize) MAX (n, 0);
      if (n <= 0)
        is_stopped = !g_socket_condition_timed_wait (socket, G_IO_OUT, STOPPED_US, NULL, NULL);
      if (at < MESSAGE)
        continue;
      at = 0;
      given++;
    }
  g_assert_cmpuint (given, <, MESSAGES);
  if (at > 0)
    g_socket_set_blocking (socket, TRUE);
  wait_until (world->frames->len >= given);
  for (guint i = 0; i < given; i++)
    assert_frame (world, i, message, MESSAGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/relay/" name, World, NULL, world_up, func, world_down)
  ADD ("both-ways", test_both_ways);
  ADD ("ends", test_ends);
  ADD ("nonsense-ends", test_nonsense_ends);
  ADD ("one-for-each-door", test_one_for_each_door);
  ADD ("stranger", test_stranger);
  ADD ("absent", test_absent);
  ADD ("wrong-secret", test_wrong_secret);
  ADD ("ceiling", test_ceiling);
  ADD ("without", test_without);
  ADD ("slow-reader", test_slow_reader);
  ADD ("slow-hub", test_slow_hub);
  return g_test_run ();
}
