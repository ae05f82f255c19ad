/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/names-server.h"

#include "names/forward-ways.h"
#include "names/forwarder.h"
#include "names/names-connection.h"
#include "names/names-port.h"
#include "names/resolver.h"
#include "common/inner-socket.h"
#include "common/source.h"

#include <errno.h>
#include <net/if.h>

/* A connection that asks too much waits so long. */
#define REST_MS 50

typedef struct
{
  double tokens;
  gint64 filled_ms;
} Budget;

struct _BgNamesServer
{
  char *interface;
  guint16 port;
  GArray *wanted; /* BgIpPrefix */
  gboolean refusing;
  guint ifindex; /* of the interface, as it was then */

  GPtrArray *ports;       /* BgNamesPort */
  GPtrArray *connections; /* BgNamesConnection, the last used at the end */
  GArray *addresses;      /* BgIpPrefix, of `ports` */
  BgIpPrefix failed;
  int error; /* of the address that failed; 0: none did */

  BgForwardWays *ways;
  BgForwarder *forwarder;
  BgResolver *resolver;
  GSource *due;
  Budget answers, refusals;
};

static gint64
now_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

/* A second's worth at once, no more. */
static gboolean
spend (Budget *budget, guint per_second)
{
  gint64 now = now_ms ();

  budget->tokens = MIN (budget->tokens + (double) (now - budget->filled_ms) * per_second / 1000,
                        per_second);
  budget->filled_ms = now;
  if (budget->tokens < 1)
    return FALSE;
  budget->tokens -= 1;
  return TRUE;
}

/* --- Other servers --- */

static void schedule (BgNamesServer *self);

static gboolean
on_due (gpointer data)
{
  BgNamesServer *self = data;

  bg_source_drop (&self->due);
  bg_forwarder_run (self->forwarder, now_ms ());
  schedule (self);
  return G_SOURCE_REMOVE;
}

static void
schedule (BgNamesServer *self)
{
  gint64 due = bg_forwarder_get_due (self->forwarder), in = due - now_ms ();

  if (due < 0)
    bg_source_drop (&self->due);
  else
    bg_source_arm (&self->due, (guint) CLAMP (in, 0, BG_FORWARD_GIVE_UP_MS), on_due, self);
}

static guint64
open_way (gpointer owner, const BgIpPrefix *server, gboolean udp, GBytes *message)
{
  BgNamesServer *self = owner;

  return bg_forward_ways_open (self->ways, server, udp, message);
}

static void
send_again (gpointer owner, guint64 way, GBytes *message)
{
  BgNamesServer *self = owner;

  bg_forward_ways_send_again (self->ways, way, message);
}

static void
close_way (gpointer owner, guint64 way)
{
  BgNamesServer *self = owner;

  bg_forward_ways_close (self->ways, way);
}

static const BgForwarderCalls forwarder_calls = { open_way, send_again, close_way };

static void
on_way_message (gpointer owner, guint64 way, const guint8 *data, gsize len)
{
  BgNamesServer *self = owner;

  bg_forwarder_take (self->forwarder, way, data, len, now_ms ());
  schedule (self);
}

static void
on_way_ended (gpointer owner, guint64 way)
{
  BgNamesServer *self = owner;

  bg_forwarder_take_end (self->forwarder, way, now_ms ());
  schedule (self);
}

static const BgForwardWaysEvents ways_events = { on_way_message, on_way_ended };

/* --- Datagrams --- */

static void
answer_datagram (gpointer asker, GBytes *reply)
{
  bg_names_asker_answer (asker, reply);
}

static void
on_datagram (gpointer owner, BgNamesAsker *asker, const guint8 *data, gsize len)
{
  BgNamesServer *self = owner;

  if (!spend (&self->answers, BG_NAMES_PER_SECOND))
    {
      bg_names_asker_answer (asker, NULL);
      return;
    }
  bg_resolver_ask (self->resolver, data, len, TRUE, now_ms (), answer_datagram, asker);
  schedule (self);
}

static GBytes *
on_stranger (gpointer owner, const guint8 *data, gsize len)
{
  BgNamesServer *self = owner;

  return spend (&self->refusals, BG_NAMES_REFUSED_PER_SECOND) ? bg_dns_refuse (data, len) : NULL;
}

/* --- Connections --- */

static void
end_connection (BgNamesServer *self, BgNamesConnection *connection)
{
  g_ptr_array_remove (self->connections, connection);
  bg_names_connection_close (connection);
}

static void
answer_connection (gpointer asker, GBytes *reply)
{
  bg_names_connection_answer (asker, reply);
}

static void
on_question (gpointer owner, BgNamesConnection *connection, const guint8 *data, gsize len)
{
  BgNamesServer *self = owner;

  g_ptr_array_remove (self->connections, connection);
  g_ptr_array_add (self->connections, connection);
  if (!spend (&self->answers, BG_NAMES_PER_SECOND))
    bg_names_connection_rest (connection, REST_MS);
  bg_resolver_ask (self->resolver, data, len, FALSE, now_ms (), answer_connection, connection);
  schedule (self);
}

static void
on_connection_ended (gpointer owner, BgNamesConnection *connection)
{
  end_connection (owner, connection);
}

static const BgNamesConnectionEvents connection_events = { on_question, on_connection_ended };

/* Whoever was idle longest gives way; where all are busy, the new one does. */
static void
make_room (BgNamesServer *self)
{
  for (guint i = 0; i < self->connections->len; i++)
    if (bg_names_connection_is_idle (self->connections->pdata[i]))
      {
        end_connection (self, self->connections->pdata[i]);
        return;
      }
}

static void
on_connection (gpointer owner, int fd)
{
  BgNamesServer *self = owner;
  BgNamesConnection *connection = bg_names_connection_new (
    fd, BG_NAMES_MAX_PIPELINED, BG_NAMES_IDLE_MS, &connection_events, self);

  if (self->connections->len >= BG_NAMES_MAX_CONNECTIONS)
    make_room (self);
  if (self->connections->len >= BG_NAMES_MAX_CONNECTIONS)
    bg_names_connection_close (connection);
  else
    g_ptr_array_add (self->connections, connection);
}

static const BgNamesPortEvents port_events = { on_datagram, on_stranger, on_connection };

/* --- Addresses --- */

/* Out of the list; NULL where it is not there. */
static BgNamesPort *
steal_port (GPtrArray *ports, const BgIpPrefix *address)
{
  for (guint i = 0; i < ports->len; i++)
    if (bg_ip_prefix_equal (bg_names_port_get_address (ports->pdata[i]), address))
      return g_ptr_array_steal_index (ports, i);
  return NULL;
}

static void
listen_at (BgNamesServer *self, const BgIpPrefix *address, GPtrArray *old)
{
  BgNamesPort *port = steal_port (old, address);

  if (port)
    bg_names_port_take_connections (port);
  else
    port = bg_names_port_new (address, self->port, &port_events, self);
  if (port)
    {
      bg_names_port_refuse_from (port, self->refusing ? self->ifindex : 0);
      g_ptr_array_add (self->ports, port);
      g_array_append_val (self->addresses, *address);
    }
  else if (self->error == 0)
    {
      self->error = errno;
      self->failed = *address;
    }
}

static void
listen_at_all (BgNamesServer *self, const BgIpPrefix *fallback)
{
  g_autoptr (GPtrArray) old = g_steal_pointer (&self->ports);

  self->ports = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_names_port_close);
  g_array_set_size (self->addresses, 0);
  self->error = 0;
  for (guint i = 0; i < self->wanted->len; i++)
    listen_at (self, &g_array_index (self->wanted, BgIpPrefix, i), old);
  if (self->ports->len == 0)
    listen_at (self, fallback, old);
}

static GArray *
hosts_of (const BgIpPrefix *addresses, guint n)
{
  GArray *hosts = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));

  for (guint i = 0; i < n && i < BG_NAMES_MAX_ADDRESSES; i++)
    {
      BgIpPrefix host = bg_ip_prefix_host (&addresses[i]);

      g_array_append_val (hosts, host);
    }
  return hosts;
}

/* One that listens nowhere was never asked to. */
static gboolean
is_as_wanted (const BgNamesServer *self, const GArray *wanted, gboolean refusing, guint ifindex)
{
  BgIpPrefix address;
  int error;

  return self->error == 0 && self->ports->len > 0 && self->refusing == refusing
         && !bg_names_server_lacks_tcp (self, &address, &error) && self->ifindex == ifindex
         && bg_ip_prefixes_equal ((const BgIpPrefix *) self->wanted->data, self->wanted->len,
                                  (const BgIpPrefix *) wanted->data, wanted->len);
}

void
bg_names_server_listen (BgNamesServer *self, const BgIpPrefix *addresses, guint n_addresses,
                        gboolean refusing, const BgIpPrefix *fallback)
{
  g_autoptr (GArray) wanted = hosts_of (addresses, n_addresses);
  guint ifindex = bg_inner_ifindex (self->interface);

  if (is_as_wanted (self, wanted, refusing, ifindex))
    return;
  g_array_unref (self->wanted);
  self->wanted = g_steal_pointer (&wanted);
  self->refusing = refusing;
  self->ifindex = ifindex;
  listen_at_all (self, fallback);
}

const BgIpPrefix *
bg_names_server_get_addresses (const BgNamesServer *self, guint *n)
{
  *n = self->addresses->len;
  return (const BgIpPrefix *) self->addresses->data;
}

gboolean
bg_names_server_get_failure (const BgNamesServer *self, BgIpPrefix *address, int *error)
{
  if (self->error == 0)
    return FALSE;
  *address = self->failed;
  *error = self->error;
  return TRUE;
}

gboolean
bg_names_server_lacks_tcp (const BgNamesServer *self, BgIpPrefix *address, int *error)
{
  for (guint i = 0; i < self->ports->len; i++)
    if (bg_names_port_get_tcp_error (self->ports->pdata[i]) != 0)
      {
        *address = *bg_names_port_get_address (self->ports->pdata[i]);
        *error = bg_names_port_get_tcp_error (self->ports->pdata[i]);
        return TRUE;
      }
  return FALSE;
}

/* --- Life --- */

void
bg_names_server_set_zone (BgNamesServer *self, BgZone *zone)
{
  bg_resolver_set_zone (self->resolver, zone);
}

void
bg_names_server_set_table (BgNamesServer *self, BgForwardTable *table)
{
  bg_resolver_set_table (self->resolver, table);
}

void
bg_names_server_set_quiet (BgNamesServer *self, gboolean quiet)
{
  bg_forwarder_set_quiet (self->forwarder, quiet);
}

BgNamesServer *
bg_names_server_new (const char *interface, guint16 port, guint16 to_port)
{
  BgNamesServer *self = g_new0 (BgNamesServer, 1);

  self->interface = g_strdup (interface);
  self->port = port;
  self->ports = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_names_port_close);
  self->connections = g_ptr_array_new ();
  self->wanted = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));
  self->addresses = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));
  self->ways = bg_forward_ways_new (interface, to_port, &ways_events, self);
  self->forwarder = bg_forwarder_new (&forwarder_calls, self);
  self->resolver = bg_resolver_new (self->forwarder);
  return self;
}

void
bg_names_server_free (BgNamesServer *self)
{
  if (!self)
    return;
  bg_source_drop (&self->due);
  bg_resolver_free (self->resolver);
  bg_forwarder_free (self->forwarder);
  bg_forward_ways_free (self->ways);
  g_ptr_array_unref (self->ports);
  while (self->connections->len > 0)
    end_connection (self, self->connections->pdata[0]);
  g_ptr_array_unref (self->connections);
  g_array_unref (self->wanted);
  g_array_unref (self->addresses);
  g_free (self->interface);
  g_free (self);
}

const BgResolverCounts *
bg_names_server_get_counts (const BgNamesServer *self)
{
  return bg_resolver_get_counts (self->resolver);
}
