/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "uapi/uapi-server.h"

#include "common/error.h"
#include "common/unix-socket.h"
#include "uapi/uapi-queue.h"
#include "uapi/uapi-text.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

/* A client that says nothing for so long makes room for another. */
#define IDLE_S 30

/* Most requests fit; a file of thousands of peers makes it grow. */
#define FIRST_ROOM 4096

struct _BgUapiServer
{
  BgUapiQueue *queue;

  GSocketService *service;
  char *path;
  struct stat bound; /* the socket as we made it */

  GPtrArray *clients;
};

/* One connection. Held by the server's list and by the one operation that is under way; reads, waits for the queue and
 * writes in turn. */
typedef struct
{
  grefcount refs;
  BgUapiServer *server; /* NULL once it is gone or hung up */
  GSocketConnection *connection;
  GCancellable *cancellable;

  char *buf;
  gsize room, len, searched;
  gboolean too_big; /* what comes is thrown away up to the end of the request */
  BgUapiOperation operation;

  char *answer;     /* being written */
  gboolean hang_up; /* after it */
} Client;

static void read_more (Client *client);

static Client *
client_new (BgUapiServer *server, GSocketConnection *connection)
{
  Client *client = g_new0 (Client, 1);

  g_ref_count_init (&client->refs);
  client->server = server;
  client->connection = g_object_ref (connection);
  client->cancellable = g_cancellable_new ();
  client->room = FIRST_ROOM;
  client->buf = g_malloc (client->room);
  g_socket_set_timeout (g_socket_connection_get_socket (connection), IDLE_S);
  return client;
}

static Client *
client_ref (Client *client)
{
  g_ref_count_inc (&client->refs);
  return client;
}

static void
client_unref (gpointer data)
{
  Client *client = data;

  if (!g_ref_count_dec (&client->refs))
    return;
  wg_wipe (client->buf, client->room);
  g_free (client->buf);
  bg_uapi_text_free (client->answer);
  g_object_unref (client->cancellable);
  g_object_unref (client->connection);
  g_free (client);
}

/* Ends the connection and takes it off the list. */
static void
hang_up (Client *client)
{
  BgUapiServer *server = g_steal_pointer (&client->server);

  if (!server)
    return;
  g_cancellable_cancel (client->cancellable);
  (void) g_io_stream_close (G_IO_STREAM (client->connection), NULL, NULL);
  g_ptr_array_remove_fast (server->clients, client);
}

static void
on_client_written (GObject *source, GAsyncResult *result, gpointer data)
{
  Client *client = data;
  gboolean ok = g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL);

  g_clear_pointer (&client->answer, bg_uapi_text_free);
  if (!ok || client->hang_up)
    hang_up (client);
  else if (client->server)
    read_more (client);
  client_unref (client);
}

static void
answer (Client *client, char *text)
{
  client->answer = text;
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (client->connection)),
                                   text, strlen (text), G_PRIORITY_DEFAULT, client->cancellable,
                                   on_client_written, client_ref (client));
}

static void
on_queue_done (gpointer data, char *text)
{
  Client *client = data;

  if (client->server && text)
    answer (client, text);
  else
    bg_uapi_text_free (text);
  client_unref (client);
}

static void
take_request (Client *client, gsize len)
{
  int code;
  BgUapiOperation operation = bg_uapi_request_operation (client->buf, len);
  BgUapiRequest *request = bg_uapi_request_parse (client->buf, len, &code);

  client->len -= len;
  client->searched = 0;
  memmove (client->buf, client->buf + len, client->len);
  wg_wipe (client->buf + client->len, len);
  if (request)
    bg_uapi_queue_push_take (client->server->queue, request, on_queue_done, client_ref (client));
  else
    answer (client, bg_uapi_format_result (operation, code));
}

/* No secret is left behind in memory that a growing buffer gave back. */
static void
grow (Client *client)
{
  gsize room = MIN (client->room * 2, BG_UAPI_MAX_REQUEST);
  char *buf = g_malloc (room);

  memcpy (buf, client->buf, client->len);
  wg_wipe (client->buf, client->room);
  g_free (client->buf);
  client->buf = buf;
  client->room = room;
}

/* The rest is read as well: a client that is hung up on while it writes hears nothing of why. */
static void
throw_away (Client *client)
{
  if (!client->too_big)
    client->operation = bg_uapi_request_operation (client->buf, client->len);
  client->too_big = TRUE;
  client->buf[0] = client->buf[client->len - 1]; /* the end may lie across */
  client->len = client->searched = 1;
}

static void
make_room (Client *client)
{
  if (client->len < client->room)
    return;
  if (client->room < BG_UAPI_MAX_REQUEST)
    grow (client);
  else
    throw_away (client);
}

static void
refuse_too_big (Client *client)
{
  client->hang_up = TRUE;
  answer (client, bg_uapi_format_result (client->operation, EMSGSIZE));
}

static void
on_client_read (GObject *source, GAsyncResult *result, gpointer data)
{
  Client *client = data;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);

  if (n > 0 && client->server)
    {
      client->len += (gsize) n;
      read_more (client);
    }
  else
    hang_up (client);
  client_unref (client);
}

/* Goes on with what is there, or reads. */
static void
read_more (Client *client)
{
  gsize len = bg_uapi_request_length (client->buf, client->len, client->searched);

  client->searched = client->len;
  if (len > 0 && client->too_big)
    refuse_too_big (client);
  else if (len > 0)
    take_request (client, len);
  else
    {
      make_room (client);
      g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (client->connection)),
                                 client->buf + client->len, client->room - client->len,
                                 G_PRIORITY_DEFAULT, client->cancellable, on_client_read,
                                 client_ref (client));
    }
}

static gboolean
on_service_incoming (GSocketService *service, GSocketConnection *connection, GObject *source,
                     gpointer data)
{
  BgUapiServer *self = data;
  Client *client;

  if (self->clients->len >= BG_UAPI_MAX_CLIENTS)
    {
      (void) g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
      return TRUE;
    }
  client = client_new (self, connection);
  g_ptr_array_add (self->clients, client);
  read_more (client);
  return TRUE;
}

gboolean
bg_uapi_server_take_event (BgUapiServer *self, const BgEvent *event)
{
  return bg_uapi_queue_take_event (self->queue, event);
}

/* --- The socket --- */

static gboolean
start (BgUapiServer *self, GError **error)
{
  g_autoptr (GSocket)
    listening = bg_unix_socket_listen (self->path, 0600, BG_UAPI_MAX_CLIENTS, &self->bound, error);

  self->service = g_socket_service_new ();
  if (!listening
      || !g_socket_listener_add_socket (G_SOCKET_LISTENER (self->service), listening, NULL, error))
    return FALSE;
  g_signal_connect (self->service, "incoming", G_CALLBACK (on_service_incoming), self);
  g_socket_service_start (self->service);
  return TRUE;
}

BgUapiServer *
bg_uapi_server_new (BgDataplane *dataplane, const char *ifname, const WgKey *private_key,
                    const char *directory, GError **error)
{
  g_autoptr (BgUapiServer) self = g_new0 (BgUapiServer, 1);
  g_autofree char *file = g_strconcat (ifname, ".sock", NULL);

  if (!directory)
    directory = BG_UAPI_DIRECTORY;
  self->queue = bg_uapi_queue_new (dataplane, ifname);
  self->clients = g_ptr_array_new_with_free_func (client_unref);
  self->path = g_build_filename (directory, file, NULL);
  bg_uapi_server_set_private_key (self, private_key);
  if (g_mkdir_with_parents (directory, 0700) < 0)
    {
      bg_error_set (error, BG_ERROR_FAILED, ABOUT, directory, bg_arg_errno (errno));
      return NULL;
    }
  return start (self, error) ? g_steal_pointer (&self) : NULL;
}

void
bg_uapi_server_set_private_key (BgUapiServer *self, const WgKey *private_key)
{
  bg_uapi_queue_set_private_key (self->queue, private_key);
}

void
bg_uapi_server_free (BgUapiServer *self)
{
  if (!self)
    return;
  if (self->service)
    {
      g_signal_handlers_disconnect_by_data (self->service, self);
      g_socket_service_stop (self->service);
      g_socket_listener_close (G_SOCKET_LISTENER (self->service));
      g_object_unref (self->service);
    }
  if (self->bound.st_ino != 0)
    bg_unix_socket_remove (self->path, &self->bound);
  while (self->clients->len > 0)
    hang_up (g_ptr_array_index (self->clients, self->clients->len - 1));
  g_ptr_array_unref (self->clients);
  bg_uapi_queue_free (self->queue);
  g_free (self->path);
  g_free (self);
}
