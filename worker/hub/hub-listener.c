/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-listener.h"
#include "worker/hub/hub-handshakes.h"
#include "worker/hub/hub-lanes.h"
#include "worker/hub/hub-shares.h"
#include "common/error.h"
#include "common/log.h"
#include "common/source.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

enum
{
  SETTLE_MS = 30 * 1000,
  MAX_UNSETTLED = 256,
  BACKLOG =
    512, /* every device comes back at once when a hub restarts; GLib's 10 would make them wait seconds */
  COMPLAIN_EVERY_US = 60 * G_USEC_PER_SEC,
  ACCEPT_AT_ONCE = 256,
  PAUSE_MS = 100,
  SEND_BUFFER = 128 * 1024, /* the kernel's share of what may wait for a slow reader */
};

#define STREAM_KEY "bg-hub-stream"

/* New connections of one source, and of the networks around it: enough for all devices of an office that come back at
 * once, and nothing that others would feel. */
static const BgShareLevel levels[] = {
  { 32, 64, { .per_second = 20, .burst = 200 } },
  { 32, 56, { .per_second = 30, .burst = 300 } },
  { 24, 48, { .per_second = 60, .burst = 600 } },
  { 16, 32, { .per_second = 200, .burst = 1000 } },
};

static const BgShareRule connecting = { levels, G_N_ELEMENTS (levels) };

/* One listening socket. */
typedef struct
{
  GSocket *socket;
  GSocketAddress *address;
  GSource *incoming;
} Door;

/* A connection that is no WebSocket yet. */
typedef struct
{
  BgHubStream *stream; /* borrowed */
  guint64 network;
} Newcomer;

struct _BgHubListener
{
  SoupServer *server;
  GPtrArray *doors; /* Door */
  GSource *pause;   /* nobody is let in meanwhile */
  BgHubTls *tls;    /* the caller's */
  BgHubShares *shares;
  GQueue newcomers; /* Newcomer, oldest first */
  BgHubHandshakes *handshakes;
  BgHubLanes *lanes;
  guint refused; /* since the log spoke of it */
  gint64 complained_at;
};

/* One connection on its way to libsoup */

static void on_stream_gone (gpointer listener, GObject *stream);

static void
drop_newcomer (BgHubListener *self, GList *link, gboolean is_alive)
{
  Newcomer *newcomer = link->data;

  if (is_alive)
    g_object_weak_unref (G_OBJECT (newcomer->stream), on_stream_gone, self);
  g_queue_delete_link (&self->newcomers, link);
  g_free (newcomer);
}

static void
on_stream_gone (gpointer listener, GObject *stream)
{
  BgHubListener *self = listener;

  for (GList *l = self->newcomers.head; l != NULL; l = l->next)
    if ((gpointer) ((Newcomer *) l->data)->stream == (gpointer) stream)
      {
        drop_newcomer (self, l, FALSE);
        return;
      }
}

static void
forget_settled (BgHubListener *self)
{
  for (GList *l = self->newcomers.head, *next; l != NULL; l = next)
    {
      next = l->next;
      if (bg_hub_stream_is_settled (((Newcomer *) l->data)->stream))
        drop_newcomer (self, l, TRUE);
    }
}

static GHashTable *
count_networks (BgHubListener *self)
{
  GHashTable *counts = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (GList *l = self->newcomers.head; l != NULL; l = l->next)
    {
      gpointer network = &((Newcomer *) l->data)->network;
      guint before = GPOINTER_TO_UINT (g_hash_table_lookup (counts, network));

      g_hash_table_insert (counts, network, GUINT_TO_POINTER (before + 1));
    }
  return counts;
}

/* The oldest of the network that has most. */
static GList *
find_victim (BgHubListener *self)
{
  g_autoptr (GHashTable) counts = count_networks (self);
  GList *victim = NULL;
  guint most = 0;

  for (GList *l = self->newcomers.head; l != NULL; l = l->next)
    {
      gpointer network = &((Newcomer *) l->data)->network;
      guint count = GPOINTER_TO_UINT (g_hash_table_lookup (counts, network));

      if (count > most)
        victim = l;
      most = MAX (most, count);
    }
  return victim;
}

static void
make_room (BgHubListener *self)
{
  GList *victim;

  if (self->newcomers.length >= MAX_UNSETTLED)
    forget_settled (self);
  if (self->newcomers.length < MAX_UNSETTLED)
    return;
  victim = find_victim (self);
  bg_hub_stream_cut (((Newcomer *) victim->data)->stream);
  drop_newcomer (self, victim, TRUE);
}

/* Among whom what is scarce is shared. */
static guint64
network_of (GInetAddress *source)
{
  return bg_hub_source_network (source, 24, 48);
}

static void
add_newcomer (BgHubListener *self, BgHubStream *stream, GInetAddress *source)
{
  Newcomer *newcomer = g_new (Newcomer, 1);

  newcomer->stream = stream;
  newcomer->network = network_of (source);
  g_queue_push_tail (&self->newcomers, newcomer);
  g_object_weak_ref (G_OBJECT (stream), on_stream_gone, self);
}

static void
hand_over (BgHubStream *stream, GSocketConnection *connection, gpointer listener)
{
  BgHubListener *self = listener;
  g_autoptr (GSocketAddress) local = g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, NULL);
  g_autoptr (GError) error = NULL;

  if (local == NULL || remote == NULL)
    return; /* gone already */

  /* The address object is the one thing of ours that libsoup hands back with a request. */
  g_object_set_data (G_OBJECT (remote), STREAM_KEY, stream);
  bg_hub_lanes_enter (self->lanes);
  if (!soup_server_accept_iostream (self->server, G_IO_STREAM (stream), local, remote, &error))
    bg_log (BG_TOPIC_HUB, INFO, NULL, "connection dropped: %s", error->message);
  bg_hub_lanes_leave (self->lanes);
}

BgHubStream *
bg_hub_listener_get_stream (SoupServerMessage *message)
{
  return g_object_get_data (G_OBJECT (soup_server_message_get_remote_address (message)),
                            STREAM_KEY);
}

/* Shares */

static void
complain (BgHubListener *self, GInetAddress *source, gint64 now_us)
{
  g_autofree char *text = NULL;

  self->refused++;
  if (self->complained_at != 0 && now_us - self->complained_at < COMPLAIN_EVERY_US)
    return;
  text = g_inet_address_to_string (source);
  bg_log (BG_TOPIC_HUB, WARNING, NULL,
          "too many connections from one place: %u refused, the last from %s", self->refused, text);
  self->refused = 0;
  self->complained_at = now_us;
}

gboolean
bg_hub_listener_is_proxy (BgHubListener *self, GInetAddress *source)
{
  return self->tls == NULL && g_inet_address_get_is_loopback (source);
}

static gboolean
may_come (BgHubListener *self, GInetAddress *source)
{
  gint64 now_us = g_get_monotonic_time ();
  guint wait_s;

  if (bg_hub_listener_is_proxy (self, source)
      || bg_hub_shares_take (self->shares, source, now_us, &wait_s))
    return TRUE;
  complain (self, source, now_us);
  return FALSE;
}

/* Without a database of trust, of which a server that asks for no certificates has no use: GnuTLS would read all of the
 * system's for every connection, some 50 ms of this thread. */
static GIOStream *
base_stream (BgHubListener *self, GSocketConnection *connection, GError **error)
{
  if (self->tls == NULL)
    return G_IO_STREAM (g_object_ref (connection));
  return g_initable_new (g_tls_backend_get_server_connection_type (g_tls_backend_get_default ()),
                         NULL, error, "base-io-stream", connection, "certificate",
                         bg_hub_tls_get_certificate (self->tls), "database", NULL, NULL);
}

static void
take_connection (BgHubListener *self, GSocketConnection *connection, GInetAddress *source)
{
  GSocket *socket = g_socket_connection_get_socket (connection);
  g_autoptr (GError) error = NULL;
  g_autoptr (GIOStream) base = base_stream (self, connection, &error);
  g_autoptr (BgHubStream) stream = NULL;

  if (base == NULL)
    {
      bg_log (BG_TOPIC_HUB, WARNING, NULL, "TLS: %s", error->message);
      return;
    }
  g_socket_set_option (socket, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL); /* else 40 ms each way */
  make_room (self);
  stream = bg_hub_stream_new (base, socket);
  bg_hub_stream_expire (stream, SETTLE_MS);
  add_newcomer (self, stream, source);
  if (self->tls != NULL)
    bg_hub_handshakes_add (self->handshakes, stream, G_TLS_CONNECTION (base), connection,
                           network_of (source));
  else
    hand_over (stream, connection, self);
}

/* Accepting: without an object before there is a place for it, so that whom we turn away costs next to nothing. */

static void open_doors (BgHubListener *self);

static void
close_doors (BgHubListener *self)
{
  for (guint i = 0; i < self->doors->len; i++)
    bg_source_drop (&((Door *) self->doors->pdata[i])->incoming);
}

static gboolean
on_pause_over (gpointer data)
{
  BgHubListener *self = data;

  bg_source_drop (&self->pause);
  open_doors (self);
  return G_SOURCE_REMOVE;
}

/* No descriptor, or no memory: who comes waits in the kernel. */
static void
pause_accepting (BgHubListener *self, const char *why)
{
  bg_log (BG_TOPIC_HUB, WARNING, NULL, "no new connections for a moment: %s", why);
  close_doors (self);
  bg_source_arm (&self->pause, PAUSE_MS, on_pause_over, self);
}

/* Without a trace of it in the kernel. Takes `fd`. */
static void
reset (int fd)
{
  const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

  setsockopt (fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close (fd);
}

/* Takes `fd`. */
static void
take_descriptor (BgHubListener *self, int fd, GInetAddress *source)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, NULL);
  g_autoptr (GSocketConnection) connection = NULL;

  if (socket == NULL)
    {
      reset (fd);
      return;
    }
  connection = g_socket_connection_factory_create_connection (socket);
  take_connection (self, connection, source);
}

/* FALSE where there is nobody, or no room. */
static gboolean
accept_one (BgHubListener *self, int door)
{
  struct sockaddr_storage name;
  socklen_t len = sizeof name;
  int fd = accept4 (door, (struct sockaddr *) &name, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
  g_autoptr (GSocketAddress) remote = NULL;
  GInetAddress *source;

  if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
    pause_accepting (self, g_strerror (errno));
  if (fd < 0)
    return errno == EINTR || errno == ECONNABORTED;
  remote = g_socket_address_new_from_native (&name, len);
  source = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (remote));
  if (may_come (self, source))
    take_descriptor (self, fd, source);
  else
    reset (fd);
  return TRUE;
}

static gboolean
on_incoming (GSocket *socket, GIOCondition condition, gpointer data)
{
  int door = g_socket_get_fd (socket);

  for (int i = 0; i < ACCEPT_AT_ONCE && accept_one (data, door); i++)
    ;
  return G_SOURCE_CONTINUE;
}

static void
open_doors (BgHubListener *self)
{
  for (guint i = 0; i < self->doors->len; i++)
    {
      Door *door = self->doors->pdata[i];
      GSource *source = g_socket_create_source (door->socket, G_IO_IN, NULL);

      door->incoming = bg_source_attach (source, G_SOURCE_FUNC (on_incoming), self);
    }
}

/* The listener */

static void
door_free (gpointer data)
{
  Door *door = data;

  bg_source_drop (&door->incoming);
  g_clear_object (&door->socket);
  g_clear_object (&door->address);
  g_free (door);
}

static gboolean
add_door (BgHubListener *self, GSocket *socket, GError **error)
{
  GSocketAddress *address = g_socket_get_local_address (socket, error);
  Door *door;

  if (address == NULL)
    return FALSE;
  g_socket_set_blocking (socket, FALSE);
  door = g_new0 (Door, 1);
  door->socket = g_object_ref (socket);
  door->address = address;
  g_ptr_array_add (self->doors, door);
  return TRUE;
}

/* As g_socket_bind() does, with the bare reason: what was wanted is said by whoever wanted it. */
static gboolean
bind_to (GSocket *socket, GSocketAddress *wanted, GError **error)
{
  struct sockaddr_storage native;

  if (!g_socket_set_option (socket, SOL_SOCKET, SO_REUSEADDR, TRUE, error)
      || !g_socket_address_to_native (wanted, &native, sizeof native, error))
    return FALSE;
  if (bind (g_socket_get_fd (socket), (const struct sockaddr *) &native,
            (socklen_t) g_socket_address_get_native_size (wanted))
      == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s", g_strerror (errno));
  return FALSE;
}

static gboolean
listen_at (BgHubListener *self, const char *address, guint16 port, GError **error)
{
  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new_from_string (address, port);
  GSocketFamily family = g_socket_address_get_family (wanted);
  g_autoptr (GSocket)
    socket = g_socket_new (family, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);

  if (socket == NULL)
    return FALSE;
  /* Whatever the machine's default is: "::" is every address. */
  if (family == G_SOCKET_FAMILY_IPV6
      && !g_socket_set_option (socket, IPPROTO_IPV6, IPV6_V6ONLY, FALSE, error))
    return FALSE;
  g_socket_set_listen_backlog (socket, BACKLOG);
  return bind_to (socket, wanted, error) && g_socket_listen (socket, error)
         && add_door (self, socket, error);
}

static gboolean
listen_anywhere (BgHubListener *self, guint16 port, GError **error)
{
  g_autoptr (GError) no_ipv6 = NULL;

  /* A socket of IPv6 takes IPv4 too, unless the machine knows no IPv6. */
  if (listen_at (self, "::", port, &no_ipv6))
    return TRUE;
  if (g_error_matches (no_ipv6, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
    {
      g_propagate_error (error, g_steal_pointer (&no_ipv6));
      return FALSE;
    }
  return listen_at (self, "0.0.0.0", port, error);
}

static gboolean
listen_there (BgHubListener *self, const BgListenAddress *listen, GError **error)
{
  if (g_str_equal (listen->address, "*") ? listen_anywhere (self, listen->port, error)
                                         : listen_at (self, listen->address, listen->port, error))
    return TRUE;
  g_prefix_error (error, "listen at %s port %u: ", listen->address, listen->port);
  return FALSE;
}

static gboolean
take_sockets (BgHubListener *self, GPtrArray *sockets, GError **error)
{
  for (guint i = 0; i < sockets->len; i++)
    if (!add_door (self, sockets->pdata[i], error))
      return FALSE;
  return TRUE;
}

BgHubListener *
bg_hub_listener_new (SoupServer *server, GPtrArray *sockets, const BgListenAddress *listen,
                     BgHubTls *tls, GError **error)
{
  g_autoptr (BgHubListener) self = g_new0 (BgHubListener, 1);

  self->server = g_object_ref (server);
  self->doors = g_ptr_array_new_with_free_func (door_free);
  self->tls = tls;
  self->shares = bg_hub_shares_new (&connecting);
  self->handshakes = bg_hub_handshakes_new (hand_over, self);
  self->lanes = bg_hub_lanes_new ();
  g_queue_init (&self->newcomers);
  if (!(sockets->len > 0 ? take_sockets (self, sockets, error)
                         : listen_there (self, listen, error)))
    return NULL;
  open_doors (self);
  return g_steal_pointer (&self);
}

void
bg_hub_listener_stop (BgHubListener *self)
{
  bg_source_drop (&self->pause);
  close_doors (self);
  for (guint i = 0; i < self->doors->len; i++)
    g_socket_close (((Door *) self->doors->pdata[i])->socket, NULL);
}

void
bg_hub_listener_free (BgHubListener *self)
{
  if (self == NULL)
    return;
  bg_hub_listener_stop (self);
  g_clear_pointer (&self->handshakes, bg_hub_handshakes_free);
  while (self->newcomers.head != NULL)
    drop_newcomer (self, self->newcomers.head, TRUE);
  g_clear_pointer (&self->doors, g_ptr_array_unref);
  g_clear_object (&self->server);
  g_clear_pointer (&self->shares, bg_hub_shares_free);
  g_clear_pointer (&self->lanes, bg_hub_lanes_free);
  g_free (self);
}

static GInetSocketAddress *
address_of (BgHubListener *self, guint i)
{
  return G_INET_SOCKET_ADDRESS (((Door *) self->doors->pdata[i])->address);
}

guint16
bg_hub_listener_get_port (BgHubListener *self)
{
  return g_inet_socket_address_get_port (address_of (self, 0));
}

char *
bg_hub_listener_get_local_host (BgHubListener *self)
{
  GInetAddress *address = g_inet_socket_address_get_address (address_of (self, 0));

  /* "::" takes IPv4 too, as we open it, and as systemd does unless it is told otherwise. */
  if (g_inet_address_get_is_any (address))
    return g_strdup ("127.0.0.1");
  return g_inet_address_to_string (address);
}

gboolean
bg_hub_listener_is_loopback (BgHubListener *self)
{
  for (guint i = 0; i < self->doors->len; i++)
    if (!g_inet_address_get_is_loopback (g_inet_socket_address_get_address (address_of (self, i))))
      return FALSE;
  return TRUE;
}
