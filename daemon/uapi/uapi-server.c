/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "uapi/uapi-server.h"

#include "common/error.h"
#include "common/log.h"
#include "uapi/uapi-plan.h"
#include "uapi/uapi-text.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* A client that says nothing for so long makes room for another. */
#define IDLE_S 30

/* Cookies of ours among those of the application: "uapi" in the upper half. */
#define COOKIE_MARK ((guint64) 0x75617069 << 32)
#define COOKIE_MASK ((guint64) G_MAXUINT32 << 32)

struct _BgUapiServer
{
  BgDataplane *dataplane;
  BgUapiDevice device;
  char *ifname;

  GSocketService *service;
  char *path;
  struct stat bound; /* the socket as we made it */

  GPtrArray *clients;
  guint32 last_cookie;
};

/* One connection. Held by the server's list and by the one operation that is under way; reads, waits for the data
 * plane and writes in turn. */
typedef struct
{
  grefcount refs;
  BgUapiServer *server; /* NULL once it is gone or hung up */
  GSocketConnection *connection;
  GCancellable *cancellable;

  char *buf; /* BG_UAPI_MAX_REQUEST */
  gsize len;

  BgUapiRequest *request; /* waits for `cookie` */
  guint64 cookie;

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
  client->buf = g_malloc (BG_UAPI_MAX_REQUEST);
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
  wg_wipe (client->buf, BG_UAPI_MAX_REQUEST);
  g_free (client->buf);
  bg_uapi_request_free (client->request);
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

/* Both operations need the peers as they are: set merges into them. */
static void
ask_dataplane (Client *client, BgUapiRequest *request)
{
  BgUapiServer *server = client->server;
  guint64 cookie = COOKIE_MARK | ++server->last_cookie;

  if (!bg_dataplane_request_stats (server->dataplane, cookie))
    {
      answer (client, bg_uapi_format_result (request->operation, EBUSY));
      bg_uapi_request_free (request);
      return;
    }
  client->request = request;
  client->cookie = cookie;
}

static void
take_request (Client *client, gsize len)
{
  int code;
  BgUapiOperation operation = bg_uapi_request_operation (client->buf, len);
  BgUapiRequest *request = bg_uapi_request_parse (client->buf, len, &code);

  client->len -= len;
  memmove (client->buf, client->buf + len, client->len);
  wg_wipe (client->buf + client->len, len);
  if (request)
    ask_dataplane (client, request);
  else
    answer (client, bg_uapi_format_result (operation, code));
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
  gsize len = bg_uapi_request_length (client->buf, client->len);

  if (len > 0)
    take_request (client, len);
  else if (client->len == BG_UAPI_MAX_REQUEST)
    {
      client->hang_up = TRUE;
      answer (client, bg_uapi_format_result (bg_uapi_request_operation (client->buf, client->len),
                                             EMSGSIZE));
    }
  else
    g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (client->connection)),
                               client->buf + client->len, BG_UAPI_MAX_REQUEST - client->len,
                               G_PRIORITY_DEFAULT, client->cancellable, on_client_read,
                               client_ref (client));
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

static Client *
find_client (BgUapiServer *self, guint64 cookie)
{
  for (guint i = 0; i < self->clients->len; i++)
    {
      Client *client = g_ptr_array_index (self->clients, i);

      if (client->request && client->cookie == cookie)
        return client;
    }
  return NULL;
}

static int
post_change (BgUapiServer *self, const BgUapiChange *change)
{
  gboolean ok = change->remove ? bg_dataplane_remove_peer (self->dataplane, &change->config.key)
                               : bg_dataplane_set_peer (self->dataplane, &change->config);

  return ok ? 0 : EBUSY;
}

static int
set (BgUapiServer *self, const BgUapiRequest *request, const BgEvent *event)
{
  g_autoptr (GPtrArray) changes = NULL;
  int code;

  self->device.listen_port = bg_dataplane_udp_port (self->dataplane);
  changes = bg_uapi_plan (request, &self->device, event->stats, event->n_stats, &code);
  for (guint i = 0; changes && i < changes->len && code == 0; i++)
    code = post_change (self, g_ptr_array_index (changes, i));
  if (code == 0)
    bg_log (BG_TOPIC_UAPI, INFO, NULL, "%s: %u peers changed through the WireGuard socket",
            self->ifname, changes->len);
  else
    bg_log (BG_TOPIC_UAPI, INFO, NULL, "%s: a change through the WireGuard socket was refused: %s",
            self->ifname, g_strerror (code));
  return code;
}

gboolean
bg_uapi_server_take_event (BgUapiServer *self, const BgEvent *event)
{
  g_autoptr (BgUapiRequest) request = NULL;
  Client *client;

  if (event->type != BG_EVENT_STATS || (event->cookie & COOKIE_MASK) != COOKIE_MARK)
    return FALSE;
  client = find_client (self, event->cookie);
  if (!client)
    return TRUE;
  request = g_steal_pointer (&client->request);
  if (request->operation == BG_UAPI_GET)
    answer (client, bg_uapi_format_device (&self->device.private_key,
                                           bg_dataplane_udp_port (self->dataplane), event->stats,
                                           event->n_stats));
  else
    answer (client, bg_uapi_format_result (BG_UAPI_SET, set (self, request, event)));
  return TRUE;
}

/* --- The socket --- */

static gboolean
fill_address (const char *path, struct sockaddr_un *address)
{
  *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
  return g_strlcpy (address->sun_path, path, sizeof address->sun_path) < sizeof address->sun_path;
}

/* A socket in the file system whose program is gone. */
static gboolean
is_stale (const char *path, const struct sockaddr_un *address)
{
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  gboolean refused;
  struct stat info;

  if (fd < 0)
    return FALSE;
  refused = connect (fd, (const struct sockaddr *) address, sizeof *address) < 0
            && errno == ECONNREFUSED;
  close (fd);
  return refused && lstat (path, &info) == 0 && S_ISSOCK (info.st_mode);
}

static gboolean
bind_to (int fd, const char *path, GError **error)
{
  struct sockaddr_un address;
  gboolean in_use;

  if (!fill_address (path, &address))
    {
      g_set_error (error, BG_ERROR, BG_ERROR_INVALID_ARGUMENT, "%s: too long for a socket", path);
      return FALSE;
    }
  if (bind (fd, (const struct sockaddr *) &address, sizeof address) == 0)
    return TRUE;
  in_use = errno == EADDRINUSE;
  if (!in_use)
    g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s: %s", path, g_strerror (errno));
  else if (is_stale (path, &address) && unlink (path) == 0
           && bind (fd, (const struct sockaddr *) &address, sizeof address) == 0)
    return TRUE;
  else
    g_set_error (error, BG_ERROR, BG_ERROR_EXISTS,
                 "%s: it exists, and is not the socket of a program that is gone", path);
  return FALSE;
}

static GSocket *
make_socket (BgUapiServer *self, GError **error)
{
  /* bind() gives the file the mode of the socket, so that at no moment anybody else may connect. */
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  GSocket *socket_object = NULL;

  if (fd < 0 || fchmod (fd, 0600) < 0)
    g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s: %s", self->path, g_strerror (errno));
  else if (bind_to (fd, self->path, error))
    {
      if (listen (fd, BG_UAPI_MAX_CLIENTS) < 0 || lstat (self->path, &self->bound) < 0)
        g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s: %s", self->path, g_strerror (errno));
      else
        socket_object = g_socket_new_from_fd (fd, error);
    }
  if (!socket_object && fd >= 0)
    close (fd);
  return socket_object;
}

static gboolean
start (BgUapiServer *self, GError **error)
{
  g_autoptr (GSocket) listening = make_socket (self, error);

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
  self->dataplane = dataplane;
  self->ifname = g_strdup (ifname);
  self->clients = g_ptr_array_new_with_free_func (client_unref);
  self->path = g_build_filename (directory, file, NULL);
  bg_uapi_server_set_private_key (self, private_key);
  if (g_mkdir_with_parents (directory, 0700) < 0)
    {
      g_set_error (error, BG_ERROR, BG_ERROR_FAILED, "%s: %s", directory, g_strerror (errno));
      return NULL;
    }
  return start (self, error) ? g_steal_pointer (&self) : NULL;
}

void
bg_uapi_server_set_private_key (BgUapiServer *self, const WgKey *private_key)
{
  self->device.private_key = *private_key;
  if (!wg_key_public (private_key, &self->device.public_key))
    self->device.public_key = (WgKey){ 0 };
}

static void
remove_socket (BgUapiServer *self)
{
  struct stat now;

  if (self->bound.st_ino != 0 && lstat (self->path, &now) == 0 && now.st_ino == self->bound.st_ino
      && now.st_dev == self->bound.st_dev)
    (void) unlink (self->path);
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
  remove_socket (self);
  while (self->clients->len > 0)
    hang_up (g_ptr_array_index (self->clients, self->clients->len - 1));
  g_ptr_array_unref (self->clients);
  wg_wipe (&self->device, sizeof self->device);
  g_free (self->path);
  g_free (self->ifname);
  g_free (self);
}
