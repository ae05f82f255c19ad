/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which STUN server an agent gets: of servers on loopback that answer, are silent or refuse, and of names that a resolver never
 * answers for. */
#include "daemon/transport/ice-servers.h"
#include "daemon/transport/stun-servers.h"

#include <stun/usages/bind.h>

enum
{
  WAIT_MS = 3000,
};

/* A server */

typedef struct
{
  GSocket *socket;
  GSource *readable;
  guint port, asked;
  gboolean answers;
} Stun;

static void
answer (Stun *stun, const guint8 *request, gsize len, GSocketAddress *from)
{
  StunAgent agent;
  StunMessage message, reply;
  guint8 bytes[128];
  struct sockaddr_storage native;

  stun_agent_init (&agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                   STUN_AGENT_USAGE_IGNORE_CREDENTIALS);
  g_assert_cmpint (stun_agent_validate (&agent, &message, request, len, NULL, NULL), ==,
                   STUN_VALIDATION_SUCCESS);
  g_assert_true (g_socket_address_to_native (from, &native, sizeof native, NULL));
  g_assert_true (stun_agent_init_response (&agent, &reply, bytes, sizeof bytes, &message));
  stun_message_append_xor_addr (&reply, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, &native,
                                (socklen_t) g_socket_address_get_native_size (from));
  len = stun_agent_finish_message (&agent, &reply, NULL, 0);
  g_assert_cmpint (g_socket_send_to (stun->socket, from, (const char *) bytes, len, NULL, NULL), ==,
                   len);
}

static gboolean
on_asked (GSocket *socket, GIOCondition condition, gpointer data)
{
  Stun *stun = data;
  guint8 request[256];
  g_autoptr (GSocketAddress) from = NULL;
  gssize len = g_socket_receive_from (socket, &from, (char *) request, sizeof request, NULL, NULL);

  stun->asked++;
  if (stun->answers)
    answer (stun, request, (gsize) len, from);
  return G_SOURCE_CONTINUE;
}

static void
stun_begin (Stun *stun, gboolean answers)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) local = NULL;

  stun->socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP,
                               NULL);
  g_assert_true (g_socket_bind (stun->socket, address, FALSE, NULL));
  local = g_socket_get_local_address (stun->socket, NULL);
  stun->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local));
  stun->asked = 0;
  stun->answers = answers;
  stun->readable = g_socket_create_source (stun->socket, G_IO_IN, NULL);
  g_source_set_callback (stun->readable, G_SOURCE_FUNC (on_asked), stun, NULL);
  g_source_attach (stun->readable, NULL);
}

static void
stun_end (Stun *stun)
{
  g_source_destroy (stun->readable);
  g_source_unref (stun->readable);
  g_object_unref (stun->socket);
}

static char *
url_of (const Stun *stun)
{
  return g_strdup_printf ("stun://127.0.0.1:%u", stun->port);
}

static BgStunServerState
state_of (const Stun *stun)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);

  return bg_stun_servers_ask (loopback, stun->port);
}

static gboolean
on_late (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
wait_state (const Stun *stun, BgStunServerState state)
{
  gboolean late = FALSE;
  guint clock = g_timeout_add (WAIT_MS, on_late, &late);

  while (state_of (stun) != state && !late)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (late);
  g_source_remove (clock);
}

/* A resolver that says nothing */

struct _SilentResolver
{
  GResolver parent;
};

G_DECLARE_FINAL_TYPE (SilentResolver, silent_resolver, SILENT, RESOLVER, GResolver)
G_DEFINE_FINAL_TYPE (SilentResolver, silent_resolver, G_TYPE_RESOLVER)

static void
lookup_nothing (GResolver *resolver, const char *name, GCancellable *cancellable,
                GAsyncReadyCallback callback, gpointer data)
{
}

static void
silent_resolver_class_init (SilentResolverClass *klass)
{
  G_RESOLVER_CLASS (klass)->lookup_by_name_async = lookup_nothing;
}

static void
silent_resolver_init (SilentResolver *self)
{
}

/* Tests */

static guint
given_port (BgIceServers *servers)
{
  g_autoptr (GObject) object = G_OBJECT (nice_agent_new (NULL, NICE_COMPATIBILITY_RFC5245));
  NiceAgent *agent = NICE_AGENT (object);
  guint port = 0;

  bg_ice_servers_give (servers, agent, nice_agent_add_stream (agent, 1));
  g_object_get (agent, "stun-server-port", &port, NULL);
  return port;
}

/* Milliseconds until there is nothing to wait for. */
static gint64
wait_servers (BgIceServers *servers)
{
  gint64 began = g_get_monotonic_time ();
  gboolean late = FALSE;
  guint clock = g_timeout_add (WAIT_MS, on_late, &late);

  while (bg_ice_servers_are_pending (servers) && !late)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (late);
  g_source_remove (clock);
  return (g_get_monotonic_time () - began) / 1000;
}

static void
test_next (void)
{
  Stun dead, live;
  g_autofree char *first = NULL, *second = NULL;
  BgIceServers *servers;

  stun_begin (&dead, FALSE);
  stun_begin (&live, TRUE);
  first = url_of (&dead);
  second = url_of (&live);
  servers = bg_ice_servers_new (
    (const char *const[]){ "stun://silent.example:3478", first, second, NULL }, NULL);
  g_assert_true (bg_ice_servers_are_pending (servers));
  g_assert_cmpint (wait_servers (servers), <, 200);
  g_assert_cmpuint (given_port (servers), ==, live.port);
  bg_ice_servers_free (servers);

  wait_state (&dead, BG_STUN_SERVER_SILENT);
  g_assert_cmpuint (dead.asked, ==, 3);
  g_assert_cmpuint (live.asked, ==, 1);
  stun_end (&dead);
  stun_end (&live);
}

/* The order is a person's: where both answer, the first one is taken. */
static void
test_first (void)
{
  Stun one, other;
  g_autofree char *first = NULL, *second = NULL;
  BgIceServers *servers;

  stun_begin (&one, TRUE);
  stun_begin (&other, TRUE);
  first = url_of (&one);
  second = url_of (&other);
  servers = bg_ice_servers_new ((const char *const[]){ first, second, NULL }, NULL);
  g_assert_cmpuint (given_port (servers), ==, one.port); /* not known yet */
  wait_state (&one, BG_STUN_SERVER_ANSWERS);
  wait_state (&other, BG_STUN_SERVER_ANSWERS);
  g_assert_cmpuint (given_port (servers), ==, one.port);
  bg_ice_servers_free (servers);
  stun_end (&one);
  stun_end (&other);
}

/* Behind a move one answers no more, and another does: nobody waits for the former, whatever was known of it. */
static void
test_renewed (void)
{
  Stun one, other;

  stun_begin (&one, TRUE);
  stun_begin (&other, FALSE);
  wait_state (&one, BG_STUN_SERVER_ANSWERS);
  wait_state (&other, BG_STUN_SERVER_SILENT);
  one.answers = FALSE;
  other.answers = TRUE;
  bg_stun_servers_renew ();
  bg_stun_servers_renew (); /* while they are asked: once more behind that */
  g_assert_cmpint (state_of (&one), ==, BG_STUN_SERVER_ASKED);
  g_assert_cmpint (state_of (&other), ==, BG_STUN_SERVER_SILENT);
  wait_state (&other, BG_STUN_SERVER_ANSWERS);
  wait_state (&one, BG_STUN_SERVER_SILENT);
  stun_end (&one);
  stun_end (&other);
}

static void
test_refused (void)
{
  Stun gone;
  gint64 began = g_get_monotonic_time ();

  stun_begin (&gone, FALSE);
  stun_end (&gone);
  wait_state (&gone, BG_STUN_SERVER_SILENT);
  g_assert_cmpint (g_get_monotonic_time () - began, <, 90 * 1000);
}

/* With nothing but names that are not answered for there is something to wait for, which the caller bounds; and nothing to give. */
static void
test_names (void)
{
  BgIceServers *servers = bg_ice_servers_new (
    (const char *const[]){ "stun://mute.example:3478", NULL }, NULL);

  g_assert_true (bg_ice_servers_are_pending (servers));
  given_port (servers);
  bg_ice_servers_free (servers);
}

int
main (int argc, char **argv)
{
  g_autoptr (GResolver) resolver = NULL;

  g_test_init (&argc, &argv, NULL);
  resolver = g_object_new (silent_resolver_get_type (), NULL);
  g_resolver_set_default (resolver);
  g_test_add_func ("/ice-servers/next", test_next);
  g_test_add_func ("/ice-servers/first", test_first);
  g_test_add_func ("/ice-servers/renewed", test_renewed);
  g_test_add_func ("/ice-servers/refused", test_refused);
  g_test_add_func ("/ice-servers/names", test_names);
  return g_test_run ();
}
