/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The door of the metrics, with an answer that is always the same. */
#include "metrics/metrics-server.h"

#include "../config/test-dir.h"

#include <libsoup/soup.h>
#include <string.h>

typedef struct
{
  TestDir dir;
  char *path;
  BgMetricsServer *server;
  guint asked;
} Fixture;

static void
on_asked (gpointer owner, BgMetricsQuestion *question)
{
  ((Fixture *) owner)->asked++;
  bg_metrics_question_answer (
    question,
    g_strdup (bg_metrics_question_get_format (question) == BG_METRICS_OPEN ? "open\n" : "a 1\n"));
}

static void
setup (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  test_dir_setup (&f->dir, NULL);
  f->path = test_dir_file (&f->dir, "metrics.sock");
  f->server = bg_metrics_server_new (on_asked, f);
  g_assert_true (bg_metrics_server_open_socket (f->server, f->path, 0666, &error));
  g_assert_no_error (error);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  bg_metrics_server_free (f->server);
  g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
  g_free (f->path);
  test_dir_teardown (&f->dir, NULL);
}

static GSocketConnection *
dial (GSocketConnectable *to)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection = g_socket_client_connect (client, to, NULL, &error);

  g_assert_no_error (error);
  return connection;
}

static GSocketConnection *
dial_socket (Fixture *f)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (f->path);

  return dial (G_SOCKET_CONNECTABLE (address));
}

static void
say (GSocketConnection *connection, const char *text)
{
  g_assert_true (
    g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), text,
                               strlen (text), NULL, NULL, NULL));
}

static void
on_spliced (GObject *source, GAsyncResult *result, gpointer data)
{
  g_output_stream_splice_finish (G_OUTPUT_STREAM (source), result, NULL);
  *(gboolean *) data = TRUE;
}

/* All of it, up to the end. */
static char *
hear (GSocketConnection *connection)
{
  g_autoptr (GOutputStream) out = g_memory_output_stream_new_resizable ();
  gboolean done = FALSE;

  g_output_stream_splice_async (out, g_io_stream_get_input_stream (G_IO_STREAM (connection)),
                                G_OUTPUT_STREAM_SPLICE_NONE, G_PRIORITY_DEFAULT, NULL, on_spliced,
                                &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  g_output_stream_write_all (out, "", 1, NULL, NULL, NULL);
  g_output_stream_close (out, NULL, NULL);
  return g_memory_output_stream_steal_data (G_MEMORY_OUTPUT_STREAM (out));
}

static char *
ask (GSocketConnection *take, const char *request)
{
  g_autoptr (GSocketConnection) connection = take;

  say (connection, request);
  return hear (connection);
}

static void
test_answers (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *request, *status, *holds;
  } cases[] = {
    { "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 ", "\r\n\r\na 1\n" },
    { "GET /metrics?a=b HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 ", "version=0.0.4" },
    { "GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: application/openmetrics-text\r\n\r\n",
      "HTTP/1.1 200 ", "\r\n\r\nopen\n" },
    { "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 ", "close" },
    { "GET /metrics/x HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 ", "" },
    { "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab", "HTTP/1.1 405 ",
      "Allow: GET" },
    { "DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405 ", "" },
    { "rubbish\r\n\r\n", "HTTP/1.", "400" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *answer = ask (dial_socket (f), cases[i].request);

      if (!g_str_has_prefix (answer, cases[i].status) || !strstr (answer, cases[i].holds))
        g_error ("%s\n%s", cases[i].request, answer);
    }
  g_assert_cmpuint (f->asked, ==, 3);
}

/* Many that say nothing keep nobody out: the oldest go. */
static void
test_silent_crowd (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) silent = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *answer = NULL, *end = NULL;

  for (guint i = 0; i < BG_METRICS_MAX_CONNECTIONS + 4; i++)
    {
      g_ptr_array_add (silent, dial_socket (f));
      g_main_context_iteration (NULL, FALSE);
    }
  answer = ask (dial_socket (f), "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 200 "));
  end = hear (silent->pdata[0]);
  g_assert_cmpstr (end, ==, "");
}

static void
test_mode (Fixture *f, gconstpointer data)
{
  struct stat info;

  g_assert_cmpint (g_lstat (f->path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0666);
}

static guint16
free_port (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();

  return g_socket_listener_add_any_inet_port (listener, NULL, NULL);
}

/* A name that somebody's page points at this machine is none of this machine's. */
static void
test_port (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *host, *status;
  } cases[] = {
    { "127.0.0.1", "HTTP/1.1 200 " }, { "localhost:1", "HTTP/1.1 200 " },
    { "[::1]", "HTTP/1.1 200 " },     { "evil.example", "HTTP/1.1 403 " },
    { "192.0.2.1", "HTTP/1.1 403 " },
  };
  guint16 port = free_port ();
  g_autofree char *at = g_strdup_printf ("127.0.0.1:%u", port);
  g_autoptr (GSocketConnectable) to = g_network_address_new ("127.0.0.1", port);
  g_autoptr (GSocketClient) client = g_socket_client_new ();

  g_assert_true (bg_metrics_server_listen (f->server, at, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *request = g_strdup_printf ("GET /metrics HTTP/1.1\r\nHost: %s\r\n\r\n",
                                                  cases[i].host);
      g_autofree char *answer = ask (dial (to), request);

      if (!g_str_has_prefix (answer, cases[i].status))
        g_error ("%s\n%s", request, answer);
    }
  g_assert_true (bg_metrics_server_listen (f->server, NULL, NULL));
  g_assert_null (g_socket_client_connect (client, to, NULL, NULL));
}

static void
test_port_in_use (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocketListener) holder = g_socket_listener_new ();
  g_autofree char *at = g_strdup_printf ("127.0.0.1:%u",
                                         g_socket_listener_add_any_inet_port (holder, NULL, NULL));
  g_autoptr (GError) error = NULL;

  g_assert_false (bg_metrics_server_listen (f->server, at, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
}

/* A killed daemon's socket makes room, one that somebody answers at does not. */
static void
test_stale_socket (Fixture *f, gconstpointer data)
{
  g_autofree char *path = test_dir_file (&f->dir, "stale.sock");
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);
  g_autoptr (BgMetricsServer) other = bg_metrics_server_new (on_asked, f);

  g_assert_true (g_socket_bind (socket, address, FALSE, NULL));
  g_object_unref (socket);
  g_assert_false (bg_metrics_server_open_socket (other, f->path, 0666, NULL));
  g_assert_true (bg_metrics_server_open_socket (other, path, 0600, NULL));
}

#define ADD(name, test) g_test_add ("/metrics-server/" name, Fixture, NULL, setup, test, teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("answers", test_answers);
  ADD ("silent-crowd", test_silent_crowd);
  ADD ("mode", test_mode);
  ADD ("port", test_port);
  ADD ("port-in-use", test_port_in_use);
  ADD ("stale-socket", test_stale_socket);
  return g_test_run ();
}
