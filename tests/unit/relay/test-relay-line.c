/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One line alone, between a socket that plays libnice and a hub on this thread. */
#include "relay/relay-line.h"
#include "common/lent-loop.h"
#include "common/log.h"

#include <gio/gio.h>
#include <libsoup/soup.h>
#include <sys/socket.h>
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
  SoupWebsocketConnection *socket; /* the hub's end */
  SoupSession *session;
  BgRelayServer *settings;
  int line_fd; /* of the line to the hub; borrowed */
  int fd;      /* libnice's end */
  BgRelayLine *line;
  guint heard;
  gsize last_len; /* of what was heard last */
  gsize heard_bytes;
  gboolean has_asked;
  const char *says;
  gint ended, gone; /* atomic */
} World;

static const guint8 hello[] = { 0x40, 0x00, 0x00, 0x05, 'h', 'e', 'l', 'l', 'o', 0, 0, 0 };

static void
on_told (gpointer owner, BgRelayLine *line, BgTurnVerdict verdict, guint code)
{
}

static void
on_ended (gpointer owner, BgRelayLine *line, guint status, BgWords *reason)
{
  g_atomic_int_inc (&((World *) owner)->ended);
  g_main_context_wakeup (NULL);
}

static void
on_gone (gpointer owner, BgRelayLine *line)
{
  g_atomic_int_inc (&((World *) owner)->gone);
  g_main_context_wakeup (NULL);
}

static const BgRelayLineEvents events = { on_told, on_ended, on_gone };

static void
on_message (SoupWebsocketConnection *socket, SoupWebsocketDataType type, GBytes *frame,
            World *world)
{
  world->heard++;
  world->last_len = g_bytes_get_size (frame);
  world->heard_bytes += world->last_len;
}

/* `data` of a test: what its hub says of frames; NULL: nothing, as older ones. */
static void
on_early (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
          gpointer data)
{
  World *world = data;

  world->has_asked = soup_message_headers_get_one (
                       soup_server_message_get_request_headers (message), "Bamgate-Relay")
                     != NULL;
  if (world->says != NULL)
    soup_message_headers_replace (soup_server_message_get_response_headers (message),
                                  "Bamgate-Relay", world->says);
}

static void
on_socket (SoupServer *server, SoupServerMessage *message, const char *path,
           SoupWebsocketConnection *socket, gpointer data)
{
  World *world = data;

  g_set_object (&world->socket, socket);
  g_signal_connect (socket, "message", G_CALLBACK (on_message), world);
}

static void
on_network_event (SoupMessage *message, GSocketClientEvent event, GIOStream *stream, World *world)
{
  if (event == G_SOCKET_CLIENT_CONNECTED)
    world->line_fd = g_socket_get_fd (
      g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream)));
}

static void
on_request_queued (SoupSession *session, SoupMessage *message, World *world)
{
  g_signal_connect (message, "network-event", G_CALLBACK (on_network_event), world);
}

static void
listen_at (World *world)
{
  g_autoptr (GError) error = NULL;
  GSList *uris;
  char *url;

  world->server = soup_server_new (NULL, NULL);
  soup_server_add_early_handler (world->server, "/prefix/turn", on_early, world, NULL);
  soup_server_add_websocket_handler (world->server, "/prefix/turn", NULL, NULL, on_socket, world,
                                     NULL);
  soup_server_listen_local (world->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (world->server);
  url = g_strdup_printf ("ws://127.0.0.1:%d/prefix/connect", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  world->settings = bg_relay_server_new (url, "token", NULL);
  g_free (url);
}

/* In one go: after the first of them the line may end. */
static void
say_hello (int fd, guint times)
{
  g_autoptr (GByteArray) all = g_byte_array_new ();

  while (times-- > 0)
    g_byte_array_append (all, hello, sizeof hello);
  g_assert_cmpint (write (fd, all->data, all->len), ==, all->len);
}

static BgRelayLine *
make_line (World *world, int fd)
{
  static BgLentLoop *runner;
  BgRelayLineConfig config = { world->session, world->settings, .events = &events, .owner = world };

  if (!runner)
    runner = bg_lent_loop_new ("line");
  config.home = config.carrier = bg_lent_loop_get_loop (runner);
  return bg_relay_line_new (fd, &config);
}

/* `before`: messages that wait in the socket when the line is made. */
static void
world_up_behind (World *world, const char *says, guint before)
{
  const int room = 1024 * 1024;
  int fds[2];

  world->says = says;
  listen_at (world);
  world->session = soup_session_new ();
  world->line_fd = -1;
  g_signal_connect (world->session, "request-queued", G_CALLBACK (on_request_queued), world);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), ==, 0);
  world->fd = fds[0];
  setsockopt (world->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  say_hello (world->fd, before);
  world->line = make_line (world, fds[1]);
  wait_until (world->heard_bytes == before * sizeof hello);
}

static void
world_up (World *world, gconstpointer data)
{
  world_up_behind (world, data, 1);
}

static void
world_down (World *world, gconstpointer data)
{
  bg_relay_line_leave (world->line);
  wait_until (g_atomic_int_get (&world->gone) == 1);
  bg_relay_line_unref (world->line);
  close (world->fd);
  soup_server_disconnect (world->server);
  g_clear_object (&world->socket);
  g_clear_object (&world->session);
  g_clear_object (&world->server);
  bg_relay_server_unref (world->settings);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* Nothing gets out of the line any more, which it learns from the first of two messages: the second waits for no room, which
 * never comes in a socket that is being closed. */
static void
test_waits_not_in_a_closed_socket (World *world, gconstpointer data)
{
  g_assert_cmpint (shutdown (world->line_fd, SHUT_WR), ==, 0);
  say_hello (world->fd, 2);
  wait_until (g_atomic_int_get (&world->ended) == 1);
  g_assert_cmpuint (world->heard, ==, 1);
}

static void
test_gathers_for_who_takes_it (World *world, gconstpointer data)
{
  g_assert_true (world->has_asked);
  say_hello (world->fd, 3);
  wait_until (world->heard == 2);
  g_assert_cmpuint (world->last_len, ==, 3 * sizeof hello);
}

static void
test_gathers_up_to_a_frame (World *world, gconstpointer data)
{
  say_hello (world->fd, 1500);
  wait_until (world->heard >= 3);
  g_assert_cmpuint (world->last_len, <, 16 * 1024);
}

/* All that has come goes on, also what ends a turn of the line with the socket empty behind it. */
static void
test_ends_a_turn (void)
{
  for (guint i = 0; i < 16; i++)
    {
      World world = { 0 };

      world_up_behind (&world, "1", 22000 + 300 * i);
      world_down (&world, NULL);
    }
}

static void
test_gathers_nothing_for_others (World *world, gconstpointer data)
{
  say_hello (world->fd, 3);
  wait_until (world->heard == 4);
  g_assert_cmpuint (world->last_len, ==, sizeof hello);
}

/* Whoever lets it go is not told that it ended, but when nothing is left of it. */
static void
test_leaves (World *world, gconstpointer data)
{
  bg_relay_line_leave (world->line);
  bg_relay_line_leave (world->line);
  wait_until (g_atomic_int_get (&world->gone) == 1);
  g_assert_cmpint (g_atomic_int_get (&world->ended), ==, 0);
  g_assert_cmpint (write (world->fd, hello, sizeof hello), ==, -1);
}

/* Nor does it wait for a hub that does not answer. */
static void
test_cut (World *world, gconstpointer data)
{
  bg_relay_line_cut (world->line);
  while (g_atomic_int_get (&world->gone) == 0)
    g_usleep (1000); /* the hub is this thread */
  g_assert_cmpint (g_atomic_int_get (&world->ended), ==, 0);
}

int
main (int argc, char **argv)
{
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  g_test_init (&argc, &argv, NULL);
  bg_log_configure ("critical", NULL);
  g_test_add ("/relay-line/waits-not-in-a-closed-socket", World, NULL, world_up,
              test_waits_not_in_a_closed_socket, world_down);
  g_test_add ("/relay-line/gathers-for-who-takes-it", World, "1", world_up,
              test_gathers_for_who_takes_it, world_down);
  g_test_add ("/relay-line/gathers-up-to-a-frame", World, "1", world_up, test_gathers_up_to_a_frame,
              world_down);
  g_test_add ("/relay-line/gathers-nothing-for-others", World, NULL, world_up,
              test_gathers_nothing_for_others, world_down);
  g_test_add_func ("/relay-line/ends-a-turn", test_ends_a_turn);
  g_test_add ("/relay-line/leaves", World, NULL, world_up, test_leaves, world_down);
  g_test_add ("/relay-line/cut", World, NULL, world_up, test_cut, world_down);
  return g_test_run ();
}
