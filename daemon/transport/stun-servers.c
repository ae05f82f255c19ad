/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stun-servers.h"

#include "common/log.h"
#include "common/source.h"

#include <stun/usages/bind.h>

enum
{
  KNOWN_MAX = 64,
  REQUEST_MAX = 64,
  ANSWER_MAX = 1024,
};

#define FRESH_US (60 * G_USEC_PER_SEC)
#define SILENT_US (5 * G_USEC_PER_SEC)

/* After each request; RFC 8489, 6.2.1, cut short, since nobody is worse off than with the next server. */
static const guint waits_ms[] = { 100, 200, 300 };

typedef struct
{
  GSocketAddress *address;
  BgStunServerState state;
  gint64 known_us; /* since when; 0: to be asked anew */

  /* while it is asked */
  GSocket *socket;
  GSource *readable, *clock;
  guint sent;
  StunAgent agent;
  guint8 request[REQUEST_MAX];
  gsize len;
} Server;

static GHashTable *servers; /* "address port" → Server, which stays */

static void start (Server *server);

static void
finish (Server *server, BgStunServerState state)
{
  gboolean again = server->sent > 0 && server->known_us == 0;
  g_autofree char *name = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (server->address));

  bg_source_drop (&server->readable);
  bg_source_drop (&server->clock);
  g_clear_object (&server->socket);
  bg_log (BG_TOPIC_ICE, DEBUG, NULL, "STUN server %s %s", name,
          state == BG_STUN_SERVER_ANSWERS ? "answers" : "does not answer");
  server->state = state;
  server->known_us = g_get_monotonic_time ();
  if (again)
    start (server);
}

static gboolean
is_answer (Server *server, const guint8 *bytes, gsize len)
{
  StunMessage message;
  StunValidationStatus status = stun_agent_validate (&server->agent, &message, bytes, len, NULL,
                                                     NULL);

  return (status == STUN_VALIDATION_SUCCESS || status == STUN_VALIDATION_UNKNOWN_ATTRIBUTE)
         && stun_message_get_class (&message) == STUN_RESPONSE;
}

static gboolean
on_readable (GSocket *socket, GIOCondition condition, gpointer data)
{
  Server *server = data;
  guint8 bytes[ANSWER_MAX];
  gssize len = g_socket_receive (socket, (char *) bytes, sizeof bytes, NULL, NULL);

  if (len >= 0 && !is_answer (server, bytes, (gsize) len))
    return G_SOURCE_CONTINUE;
  finish (server, len < 0 ? BG_STUN_SERVER_SILENT : BG_STUN_SERVER_ANSWERS);
  return G_SOURCE_REMOVE;
}

static gboolean
on_clock (gpointer data)
{
  Server *server = data;

  bg_source_drop (&server->clock);
  if (server->sent == G_N_ELEMENTS (waits_ms)
      || g_socket_send (server->socket, (const char *) server->request, server->len, NULL, NULL)
           < 0)
    finish (server, BG_STUN_SERVER_SILENT);
  else
    bg_source_arm (&server->clock, waits_ms[server->sent++], on_clock, server);
  return G_SOURCE_REMOVE;
}

static GSocket *
open_socket (GSocketAddress *address)
{
  g_autoptr (GSocket) socket = g_socket_new (g_socket_address_get_family (address),
                                             G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);

  if (!socket)
    return NULL;
  g_socket_set_blocking (socket, FALSE);
  return g_socket_connect (socket, address, NULL, NULL) ? g_steal_pointer (&socket) : NULL;
}

static void
start (Server *server)
{
  StunMessage message;

  if (server->state == BG_STUN_SERVER_ANSWERS)
    server->state = BG_STUN_SERVER_ASKED;
  server->sent = 0;
  server->known_us = g_get_monotonic_time ();
  server->socket = open_socket (server->address);
  stun_agent_init (&server->agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                   STUN_AGENT_USAGE_IGNORE_CREDENTIALS);
  server->len = stun_usage_bind_create (&server->agent, &message, server->request,
                                        sizeof server->request);
  if (!server->socket || server->len == 0)
    {
      finish (server, BG_STUN_SERVER_SILENT);
      return;
    }
  server->readable = bg_source_attach (g_socket_create_source (server->socket, G_IO_IN, NULL),
                                       G_SOURCE_FUNC (on_readable), server);
  on_clock (server);
}

static Server *
find (GInetAddress *address, guint port)
{
  g_autofree char *text = g_inet_address_to_string (address);
  g_autofree char *key = g_strdup_printf ("%s %u", text, port);
  Server *server;

  if (!servers)
    servers = g_hash_table_new (g_str_hash, g_str_equal);
  server = g_hash_table_lookup (servers, key);
  if (server || g_hash_table_size (servers) == KNOWN_MAX)
    return server;
  server = g_new0 (Server, 1);
  server->address = g_inet_socket_address_new (address, (guint16) port);
  g_hash_table_insert (servers, g_steal_pointer (&key), server);
  return server;
}

static gboolean
is_stale (const Server *server)
{
  gint64 lasts = server->state == BG_STUN_SERVER_SILENT ? SILENT_US : FRESH_US;

  return server->known_us == 0 || g_get_monotonic_time () - server->known_us > lasts;
}

BgStunServerState
bg_stun_servers_ask (GInetAddress *address, guint port)
{
  Server *server = find (address, port);

  if (!server)
    return BG_STUN_SERVER_SILENT;
  if (!server->socket && is_stale (server))
    start (server);
  return server->state;
}

void
bg_stun_servers_renew (void)
{
  GHashTableIter iter;
  gpointer server;

  if (!servers)
    return;
  g_hash_table_iter_init (&iter, servers);
  while (g_hash_table_iter_next (&iter, NULL, &server))
    if (((Server *) server)->socket)
      ((Server *) server)->known_us = 0; /* again behind that */
    else
      start (server);
}
