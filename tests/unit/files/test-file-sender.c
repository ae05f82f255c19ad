/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is for a peer goes through the tunnel or nowhere: somebody else may have its address outside. */
#include "common/inner-socket.h"
#include "files/file-sender.h"

#include <errno.h>
#include <libsoup/soup.h>

typedef struct
{
  GMainLoop *loop;
  GError *error; /* NULL: the request was answered, or somebody came */
} Fixture;

static int
refuse_socket (gpointer data, int domain, int type, int protocol)
{
  errno = ENETDOWN;
  return -1;
}

static void
on_came (GObject *listener, GAsyncResult *result, gpointer data)
{
  g_autoptr (GSocketConnection)
    connection = g_socket_listener_accept_finish (G_SOCKET_LISTENER (listener), result, NULL, NULL);

  if (connection)
    g_main_loop_quit (((Fixture *) data)->loop);
}

static void
on_answered (GObject *session, GAsyncResult *result, gpointer data)
{
  Fixture *f = data;
  g_autoptr (GInputStream)
    body = soup_session_send_finish (SOUP_SESSION (session), result, &f->error);

  g_main_loop_quit (f->loop);
}

static void
send_to (Fixture *f, GSocketListener *listener, const char *interface, guint16 port)
{
  g_autoptr (SoupSession) session = bg_file_sender_session_new (interface);
  g_autofree char *uri = g_strdup_printf ("http://127.0.0.1:%u/", port);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", uri);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_socket_listener_accept_async (listener, cancellable, on_came, f);
  soup_session_send_async (session, message, G_PRIORITY_DEFAULT, NULL, on_answered, f);
  g_main_loop_run (f->loop);
  g_cancellable_cancel (cancellable);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_goes_nowhere (gconstpointer interface)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (GError) error = NULL;
  Fixture f = { .loop = loop };
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, &error);

  g_assert_no_error (error);
  send_to (&f, listener, interface, port);
  g_assert_error (f.error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_error (&f.error);
}

static void
test_without_a_socket (void)
{
  bg_inner_socket_set_maker (refuse_socket, NULL);
  test_goes_nowhere ("lo");
  bg_inner_socket_set_maker (NULL, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/file-sender/interface-is-gone", "bgnowhere0", test_goes_nowhere);
  g_test_add_func ("/file-sender/namespace-is-gone", test_without_a_socket);
  return g_test_run ();
}
