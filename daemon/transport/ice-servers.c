/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ice-servers.h"

#include "common/log.h"
#include "stun-servers.h"
#include "transport-ice.h"

#include <gio/gio.h>
#include <string.h>

enum
{
  NAMES_MAX = 64,
  SERVERS_MAX = 16,
  STUN_PORT = 3478,
  TURNS_PORT = 5349,
};

#define FRESH_US (60 * G_USEC_PER_SEC)

/* What is known of one name */

typedef struct
{
  char *name;
  GInetAddress *addresses[2]; /* IPv4, IPv6; NULL: none */
  gint64 asked_us;
  gboolean pending, answered; /* a question is under way; there was an answer, if only an error */
  guint stun_port;            /* of the last STUN server there; 0: none */
} Host;

static GHashTable *hosts; /* name → Host, which stays */

static void
keep_address (Host *host, GInetAddress *address)
{
  GInetAddress **place =
    &host->addresses[g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6];

  if (!*place)
    *place = g_object_ref (address);
}

/* libnice has one STUN server; the NATs that it is for are IPv4's. */
static GInetAddress *
stun_address (const Host *host)
{
  return host->addresses[0] ? host->addresses[0] : host->addresses[1];
}

static void
on_resolver_lookup_done (GObject *source, GAsyncResult *result, gpointer data)
{
  Host *host = data;
  g_autoptr (GError) error = NULL;
  GList *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);

  host->pending = FALSE;
  host->answered = TRUE;
  if (error)
    {
      bg_log (BG_TOPIC_ICE, DEBUG, NULL, "%s: %s", host->name, error->message);
      return;
    }
  g_clear_object (&host->addresses[0]);
  g_clear_object (&host->addresses[1]);
  for (GList *item = addresses; item; item = item->next)
    keep_address (host, item->data);
  g_resolver_free_addresses (addresses);
  if (host->stun_port > 0 && stun_address (host))
    bg_stun_servers_ask (stun_address (host), host->stun_port);
}

static void
ask (Host *host)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  gint64 now = g_get_monotonic_time ();

  if (host->pending || (host->answered && now - host->asked_us < FRESH_US))
    return;
  host->pending = TRUE;
  host->asked_us = now;
  g_resolver_lookup_by_name_async (resolver, host->name, NULL, on_resolver_lookup_done, host);
}

/* NULL: there are too many. */
static Host *
find_host (const char *name)
{
  g_autoptr (GInetAddress) literal = g_inet_address_new_from_string (name);
  Host *host;

  if (!hosts)
    hosts = g_hash_table_new (g_str_hash, g_str_equal);
  host = g_hash_table_lookup (hosts, name);
  if (!host && g_hash_table_size (hosts) < NAMES_MAX)
    {
      host = g_new0 (Host, 1);
      host->name = g_strdup (name);
      g_hash_table_insert (hosts, host->name, host);
      if (literal)
        keep_address (host, literal);
    }
  if (host && !literal)
    ask (host);
  return host;
}

/* Servers */

typedef struct
{
  Host *host;
  guint port;
  gboolean is_relay;
  NiceRelayType relay;
  char *user, *password;
} Server;

struct _BgIceServers
{
  GArray *servers;
};

static void
server_clear (gpointer data)
{
  Server *server = data;

  g_free (server->user);
  g_free (server->password);
}

static NiceRelayType
relay_of (GUri *uri)
{
  const char *query = g_uri_get_query (uri);

  if (g_str_equal (g_uri_get_scheme (uri), "turns"))
    return NICE_RELAY_TYPE_TURN_TLS;
  return query && strstr (query, "transport=tcp") ? NICE_RELAY_TYPE_TURN_TCP
                                                  : NICE_RELAY_TYPE_TURN_UDP;
}

static gboolean
read_server (GUri *uri, gboolean is_relay, Server *server)
{
  const char *name = g_uri_get_host (uri);
  int port = g_uri_get_port (uri);

  if (!name || !*name || !(server->host = find_host (name)))
    return FALSE;
  server->is_relay = is_relay;
  server->relay = relay_of (uri);
  server->port = port > 0                                                ? (guint) port
                 : is_relay && server->relay == NICE_RELAY_TYPE_TURN_TLS ? TURNS_PORT
                                                                         : STUN_PORT;
  if (!is_relay)
    server->host->stun_port = server->port;
  server->user = g_strdup (g_uri_get_user (uri));
  server->password = g_strdup (g_uri_get_password (uri));
  return !is_relay || (server->user && server->password);
}

static gboolean
name_is_pending (const Server *server)
{
  return server->host->pending && !server->host->answered;
}

static BgStunServerState
stun_state (const Server *server)
{
  GInetAddress *address = stun_address (server->host);

  if (address)
    return bg_stun_servers_ask (address, server->port);
  return name_is_pending (server) ? BG_STUN_SERVER_ASKED : BG_STUN_SERVER_SILENT;
}

static void
add_server (BgIceServers *self, const char *text, gboolean is_relay)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_HAS_PASSWORD, NULL);
  Server server = { 0 };

  if (self->servers->len == SERVERS_MAX)
    return;
  if (uri && read_server (uri, is_relay, &server))
    {
      g_array_append_val (self->servers, server);
      if (!is_relay)
        (void) stun_state (&server); /* which asks it */
      return;
    }
  server_clear (&server);
  /* the text may have a password in it */
  bg_log (BG_TOPIC_ICE, WARNING, NULL, "%s server %u of the list has an unusable address",
          is_relay ? "TURN" : "STUN", self->servers->len + 1);
}

static void
add_servers (BgIceServers *self, const char *const *texts, gboolean is_relay)
{
  for (guint i = 0; texts && texts[i]; i++)
    add_server (self, texts[i], is_relay);
}

BgIceServers *
bg_ice_servers_new (const char *const *stun, const char *const *turn)
{
  BgIceServers *self = g_new0 (BgIceServers, 1);

  self->servers = g_array_new (FALSE, FALSE, sizeof (Server));
  g_array_set_clear_func (self->servers, server_clear);
  add_servers (self, stun, FALSE);
  add_servers (self, turn, TRUE);
  return self;
}

void
bg_ice_servers_ask (const char *const *stun)
{
  bg_ice_servers_free (bg_ice_servers_new (stun, NULL));
}

void
bg_ice_servers_free (BgIceServers *self)
{
  g_array_unref (self->servers);
  g_free (self);
}

/* How many STUN servers are in that state. */
static guint
count_stun (BgIceServers *self, BgStunServerState state)
{
  guint n = 0;

  for (guint i = 0; i < self->servers->len; i++)
    {
      const Server *server = &g_array_index (self->servers, Server, i);

      n += !server->is_relay && stun_state (server) == state;
    }
  return n;
}

gboolean
bg_ice_servers_are_pending (BgIceServers *self)
{
  for (guint i = 0; i < self->servers->len; i++)
    {
      const Server *server = &g_array_index (self->servers, Server, i);

      if (server->is_relay && name_is_pending (server))
        return TRUE;
    }
  return count_stun (self, BG_STUN_SERVER_ANSWERS) == 0
         && count_stun (self, BG_STUN_SERVER_ASKED) > 0;
}

static void
give_relay (const Server *server, NiceAgent *agent, guint stream)
{
  for (guint i = 0; i < G_N_ELEMENTS (server->host->addresses); i++)
    {
      GInetAddress *address = server->host->addresses[i];
      g_autofree char *text = address ? g_inet_address_to_string (address) : NULL;

      if (text)
        nice_agent_set_relay_info (agent, stream, BG_NICE_COMPONENT, text, server->port,
                                   server->user, server->password, server->relay);
    }
}

/* The first that is in the state and has an address. */
static const Server *
find_stun (BgIceServers *self, BgStunServerState state)
{
  for (guint i = 0; i < self->servers->len; i++)
    {
      const Server *server = &g_array_index (self->servers, Server, i);

      if (!server->is_relay && stun_address (server->host) && stun_state (server) == state)
        return server;
    }
  return NULL;
}

static void
give_stun (BgIceServers *self, NiceAgent *agent)
{
  static const BgStunServerState order[] = { BG_STUN_SERVER_ANSWERS, BG_STUN_SERVER_ASKED,
                                             BG_STUN_SERVER_SILENT };
  const Server *server = NULL;
  g_autofree char *text = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (order) && !server; i++)
    server = find_stun (self, order[i]);
  if (!server)
    return;
  text = g_inet_address_to_string (stun_address (server->host));
  g_object_set (agent, "stun-server", text, "stun-server-port", server->port, NULL);
}

void
bg_ice_servers_give (BgIceServers *self, NiceAgent *agent, guint stream)
{
  give_stun (self, agent);
  for (guint i = 0; i < self->servers->len; i++)
    {
      const Server *server = &g_array_index (self->servers, Server, i);

      if (server->is_relay)
        give_relay (server, agent, stream);
    }
}
