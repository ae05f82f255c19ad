/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files/file-doors.h"

#include "common/inner-socket.h"
#include "common/log.h"
#include "common/source.h"
#include "common/words.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 16
#define DOORS_MAX 4

/* Without descriptors nobody can be let in; the next try. */
#define ACCEPT_AGAIN_MS 1000

typedef struct
{
  BgFileDoors *doors;
  GSocket *socket;
  GSource *source;
} Door;

struct _BgFileDoors
{
  grefcount refs; /* of its owner and of the connections */
  const BgFileDoorsEvents *events;
  gpointer owner; /* NULL: gone */
  Door doors[DOORS_MAX];
  guint n_doors;
  GHashTable *inside; /* address as text → number of connections */
  GSource *again;
};

typedef struct
{
  BgFileDoors *doors;
  char *from;
} Visit;

/* --- Sockets --- */

gboolean
bg_file_door_bind_to_link (int fd, const char *interface)
{
  const guint32 none = 0;

  return setsockopt (fd, SOL_SOCKET, SO_MARK, &none, sizeof none) == 0
         && setsockopt (fd, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t) strlen (interface))
              == 0;
}

static gboolean
bind_to (int fd, const BgIpPrefix *address)
{
  struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons (BG_FILE_PORT) };
  struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons (BG_FILE_PORT) };

  if (address->family == AF_INET)
    {
      memcpy (&v4.sin_addr, address->addr, 4);
      return bind (fd, (struct sockaddr *) &v4, sizeof v4) == 0;
    }
  memcpy (&v6.sin6_addr, address->addr, 16);
  return bind (fd, (struct sockaddr *) &v6, sizeof v6) == 0;
}

/* The address may come a moment later. */
static gboolean
set_up (int fd, const BgIpPrefix *address, const char *interface)
{
  const int yes = 1;
  gboolean is_v4 = address->family == AF_INET;

  return setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0
         && setsockopt (fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6, is_v4 ? IP_FREEBIND : IPV6_FREEBIND,
                        &yes, sizeof yes)
              == 0
         && (is_v4 || setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) == 0)
         && bg_file_door_bind_to_link (fd, interface) && bind_to (fd, address)
         && listen (fd, BACKLOG) == 0;
}

static GSocket *
open_socket (const BgIpPrefix *address, const char *interface)
{
  int fd = bg_inner_socket (address->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), code;
  GSocket *made = NULL;

  if (fd >= 0 && set_up (fd, address, interface))
    made = g_socket_new_from_fd (fd, NULL);
  code = errno;
  if (!made && fd >= 0)
    close (fd);
  errno = code;
  return made;
}

/* --- Who comes --- */

static void
unref_doors (BgFileDoors *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  g_hash_table_unref (self->inside);
  g_free (self);
}

static guint
count_of (BgFileDoors *self, const char *from)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->inside, from));
}

static void
set_count (BgFileDoors *self, const char *from, guint count)
{
  if (count > 0)
    g_hash_table_insert (self->inside, g_strdup (from), GUINT_TO_POINTER (count));
  else
    g_hash_table_remove (self->inside, from);
}

static void
on_visit_over (gpointer data, GObject *connection)
{
  Visit *visit = data;

  set_count (visit->doors, visit->from, count_of (visit->doors, visit->from) - 1);
  unref_doors (visit->doors);
  g_free (visit->from);
  g_free (visit);
}

static void
note_visit (BgFileDoors *self, const char *from, GSocketConnection *connection)
{
  Visit *visit = g_new0 (Visit, 1);

  g_ref_count_inc (&self->refs);
  visit->doors = self;
  visit->from = g_strdup (from);
  set_count (self, from, count_of (self, from) + 1);
  g_object_weak_ref (G_OBJECT (connection), on_visit_over, visit);
}

gboolean
bg_file_door_remote (GSocketAddress *address, BgIpPrefix *host)
{
  GInetAddress *inet = G_IS_INET_SOCKET_ADDRESS (address)
                         ? g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address))
                         : NULL;
  g_autofree char *text = inet ? g_inet_address_to_string (inet) : NULL;

  return text && bg_ip_prefix_parse (text, host);
}

static void
take (BgFileDoors *self, GSocket *socket)
{
  g_autoptr (GSocketAddress) remote = g_socket_get_remote_address (socket, NULL);
  g_autoptr (GSocketConnection) connection = NULL;
  char from[BG_IP_PREFIX_TEXT];
  BgIpPrefix host;

  if (!remote || !bg_file_door_remote (remote, &host)
      || !self->events->is_peer (self->owner, &host))
    return;
  bg_ip_prefix_format_address (&host, from);
  if (count_of (self, from) >= BG_FILE_CONNECTIONS)
    return;
  g_socket_set_timeout (socket, BG_FILE_SILENCE_S);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);
  connection = g_socket_connection_factory_create_connection (socket);
  note_visit (self, from, connection);
  self->events->came (self->owner, connection);
}

static void watch (Door *door);

static gboolean
on_again (gpointer data)
{
  BgFileDoors *self = data;

  bg_source_drop (&self->again);
  for (guint i = 0; i < self->n_doors; i++)
    if (!self->doors[i].source)
      watch (&self->doors[i]);
  return G_SOURCE_REMOVE;
}

static gboolean
on_knock (GSocket *listener, GIOCondition condition, gpointer data)
{
  Door *door = data;
  BgFileDoors *self = door->doors;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_accept (listener, NULL, &error);

  if (socket)
    take (self, socket);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    {
      bg_source_drop (&door->source);
      if (!self->again)
        bg_source_arm (&self->again, ACCEPT_AGAIN_MS, on_again, self);
    }
  return G_SOURCE_CONTINUE;
}

static void
watch (Door *door)
{
  door->source = bg_source_attach (g_socket_create_source (door->socket, G_IO_IN, NULL),
                                   G_SOURCE_FUNC (on_knock), door);
}

/* --- Life --- */

static void
say_shut (const BgIpPrefix *address, int code)
{
  char text[BG_IP_PREFIX_TEXT];
  g_autoptr (BgWords) words = NULL;

  bg_ip_prefix_format_address (address, text);
  words = bg_words (FILES_CANNOT_LISTEN, text, BG_FILE_PORT, bg_arg_errno (code));
  bg_log (BG_TOPIC_NET, WARNING, NULL, "%s", words->text);
}

static void
add_door (BgFileDoors *self, const BgIpPrefix *address, const char *interface)
{
  Door *door = &self->doors[self->n_doors];

  door->doors = self;
  door->socket = open_socket (address, interface);
  if (!door->socket)
    {
      say_shut (address, errno);
      return;
    }
  g_socket_set_blocking (door->socket, FALSE);
  watch (door);
  self->n_doors++;
}

BgFileDoors *
bg_file_doors_new (const char *interface, const BgIpPrefix *addresses, guint n_addresses,
                   const BgFileDoorsEvents *events, gpointer owner)
{
  BgFileDoors *self = g_new0 (BgFileDoors, 1);

  g_ref_count_init (&self->refs);
  self->events = events;
  self->owner = owner;
  self->inside = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < n_addresses && self->n_doors < DOORS_MAX; i++)
    add_door (self, &addresses[i], interface);
  return self;
}

void
bg_file_doors_free (BgFileDoors *self)
{
  if (!self)
    return;
  bg_source_drop (&self->again);
  for (guint i = 0; i < self->n_doors; i++)
    {
      bg_source_drop (&self->doors[i].source);
      g_clear_object (&self->doors[i].socket);
    }
  self->owner = NULL;
  unref_doors (self);
}
