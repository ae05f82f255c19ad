/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Endpoints on a real ground, in a network namespace of this program's own: addresses, sockets, the thread, files. */
#include "ground/ground.h"

#include "common/log.h"
#include "net/link-request.h"
#include "net/local-networks.h"
#include "net/own-hosts.h"
#include "publish/endpoint-set.h"
#include "publish/forward-way.h"
#include "unit/own-namespace.h"

#include <glib/gstdio.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct
{
  char *directory;
  int service; /* listening: where ways lead */
  BgSocketAddress place;
  BgForwardingEngine *engine;
  BgGround *ground;
  BgEndpointSet *set;
  GString *named;
  guint n_drained, n_met;
} World;

/* --- Its owner --- */

static BgForwardWay *
find_way (gpointer owner, const BgWantedEndpoint *endpoint, GError **error)
{
  World *world = owner;

  return bg_forward_way_new (&(BgForwardWayOptions){ .addresses = &world->place, .n_addresses = 1 },
                             error);
}

static void
name (gpointer owner, const BgEndpointName *names, guint n)
{
  World *world = owner;
  char address[BG_IP_PREFIX_TEXT];

  g_string_truncate (world->named, 0);
  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < names[i].n_hosts; j++)
      {
        bg_ip_prefix_format_address (&names[i].hosts[j], address);
        g_string_append_printf (world->named, "%s=%s ", names[i].name, address);
      }
}

static void
on_drained (gpointer owner, guint64 door)
{
  World *world = owner;

  bg_endpoint_set_drained (world->set, door);
  world->n_drained++;
}

static void
on_rejected (gpointer owner, guint64 door)
{
}

static void
on_moved (gpointer owner)
{
}

static void
on_met (gpointer owner)
{
  ((World *) owner)->n_met++;
}

static const BgGroundEvents events = { find_way, name, on_drained, on_rejected, on_moved, on_met };

/* --- The world --- */

static BgIpPrefix
prefix (const char *text)
{
  BgIpPrefix parsed;

  g_assert_true (bg_ip_prefix_parse (text, &parsed));
  return parsed;
}

static int
listen_anywhere (BgSocketAddress *place)
{
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  bg_socket_address_set_ip (place, "127.0.0.1", 0);
  g_assert_cmpint (bind (fd, &place->any, place->len), ==, 0);
  g_assert_cmpint (listen (fd, 8), ==, 0);
  g_assert_cmpint (getsockname (fd, &place->any, &place->len), ==, 0);
  return fd;
}

static void
lay (World *world)
{
  BgGroundOptions options = { .engine = world->engine,
                              .directory = world->directory,
                              .subnet = prefix ("10.107.0.0/16"),
                              .has_subnet6 = TRUE,
                              .subnet6 = prefix ("fd00:107::/112"),
                              .first_port = 9080,
                              .last_port = 9099 };
  const BgListenMode mode = { .kind = BG_LISTEN_VIRTUAL };
  BgEndpointSettings settings = { .drain_us = 20 * G_USEC_PER_SEC };
  g_autoptr (GError) error = NULL;

  world->ground = bg_ground_new (&options, &events, world, &error);
  g_assert_no_error (error);
  world->set = bg_endpoint_set_new (bg_ground_get_operations (), world->ground,
                                    bg_ground_get_addresses (world->ground),
                                    bg_ground_get_ports (world->ground));
  bg_ground_get_places (world->ground, &settings.places.mirror, &settings.places.subnet6);
  bg_endpoint_set_configure (world->set, &settings, bg_listen_rules_new (&mode));
}

static void
clear (World *world)
{
  g_clear_pointer (&world->set, bg_endpoint_set_free);
  g_clear_pointer (&world->ground, bg_ground_free);
}

static void
set_up (World *world, gconstpointer data)
{
  *world = (World){ .directory = g_dir_make_tmp ("bamgate-ground-XXXXXX", NULL),
                    .named = g_string_new (NULL) };
  world->engine = bg_forwarding_engine_new ();
  world->service = listen_anywhere (&world->place);
  lay (world);
}

static void
tear_down (World *world, gconstpointer data)
{
  static const char *const files[] = { "ip_mappings.json", "ip_mappings.json.corrupt",
                                       "ip_times.json", "network_ports.json", "subnet" };

  clear (world);
  bg_forwarding_engine_free (world->engine);
  close (world->service);
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (world->directory, files[i], NULL);

      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (world->directory), ==, 0);
  g_free (world->directory);
  g_string_free (world->named, TRUE);
}

/* URLs, up to a NULL. */
static void
want (World *world, ...)
{
  g_autoptr (GPtrArray) list = bg_endpoint_list_new ();
  const char *url;
  va_list urls;

  va_start (urls, world);
  while ((url = va_arg (urls, const char *)))
    g_ptr_array_add (list, bg_endpoint_new ("test", "ep_1", url, NULL, NULL));
  va_end (urls);
  bg_endpoint_list_merge (list);
  bg_endpoint_set_want (world->set, list);
}

static int
connect_to (const char *address, guint16 port)
{
  BgSocketAddress place;
  int fd;

  g_assert_true (bg_socket_address_set_ip (&place, address, port));
  fd = socket (place.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect (fd, &place.any, place.len) == 0)
    return fd;
  close (fd);
  return -1;
}

/* A byte goes through. */
static void
assert_carried (World *world, const char *address, guint16 port)
{
  int client = connect_to (address, port), far;
  char byte = 0;

  g_assert_cmpint (client, >=, 0);
  far = accept (world->service, NULL, NULL);
  g_assert_cmpint (write (client, "x", 1), ==, 1);
  g_assert_cmpint (read (far, &byte, 1), ==, 1);
  g_assert_cmpint (byte, ==, 'x');
  close (client);
  close (far);
}

static gboolean
has_address (const char *address)
{
  BgSocketAddress place;
  gboolean has;
  int fd;

  bg_socket_address_set_ip (&place, address, 0);
  fd = socket (place.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  has = bind (fd, &place.any, place.len) == 0;
  close (fd);
  return has;
}

/* --- Tests --- */

static void
test_stands (World *world, gconstpointer data)
{
  want (world, "tcp://db.prod:5432", "http://web.prod", NULL);
  g_assert_cmpstr (
    world->named->str, ==,
    "db.prod=10.107.0.2 db.prod=fd00:107::2 web.prod=10.107.0.3 web.prod=fd00:107::3 ");
  assert_carried (world, "10.107.0.2", 5432);
  assert_carried (world, "fd00:107::2", 5432);
  assert_carried (world, "10.107.0.3", 80);
  g_assert_cmpint (connect_to ("10.107.0.3", 5432), ==, -1);

  want (world, "http://web.prod", NULL);
  g_assert_cmpstr (world->named->str, ==, "web.prod=10.107.0.3 web.prod=fd00:107::3 ");
  while (world->n_drained < 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (has_address ("10.107.0.2"));
  g_assert_false (has_address ("fd00:107::2"));
  g_assert_true (has_address ("10.107.0.3"));
  clear (world);
  g_assert_false (has_address ("10.107.0.3"));
}

/* Nobody else takes such an address for one of a network that this machine is in. */
static void
test_is_in_no_network (World *world, gconstpointer data)
{
  BgIpPrefix subnet = prefix ("10.107.0.0/16"), host = prefix ("10.107.0.2");
  g_autoptr (BgLocalNetworks) networks = NULL;

  want (world, "tcp://db.prod:5432", NULL);
  g_assert_true (has_address ("10.107.0.2"));
  networks = bg_local_networks_load (NULL, NULL);
  g_assert_nonnull (networks);
  g_assert_null (bg_local_networks_meet (networks, &subnet, BG_LOCAL_RULED));
  g_assert_false (bg_local_networks_has_address (networks, &host));
}

/* As a killed daemon leaves it; what somebody else has there stays. */
static void
test_leftovers (World *world, gconstpointer data)
{
  g_autoptr (BgNetlink) netlink = bg_netlink_new (NULL);
  BgIpPrefix left = prefix ("10.107.0.9"), left6 = prefix ("fd00:107::9"),
             others = prefix ("10.77.0.1/32");
  gboolean added;

  g_assert_true (bg_own_hosts_add (netlink, &left, &added, NULL) && added);
  g_assert_true (bg_own_hosts_add (netlink, &left6, &added, NULL) && added);
  g_assert_true (bg_own_hosts_add (netlink, &left, &added, NULL) && !added);
  g_assert_true (bg_link_request_add_address (netlink, (int) if_nametoindex ("lo"), &others, NULL));
  clear (world);
  lay (world);
  g_assert_false (has_address ("10.107.0.9"));
  g_assert_false (has_address ("fd00:107::9"));
  g_assert_true (has_address ("10.77.0.1"));
  g_assert_true (
    bg_link_request_remove_address (netlink, (int) if_nametoindex ("lo"), &others, NULL));
}

/* Names keep their addresses over a restart, whoever comes first then; a file that cannot be read is put aside. */
static void
test_is_kept (World *world, gconstpointer data)
{
  g_autofree char *path = g_build_filename (world->directory, "ip_mappings.json", NULL),
                  *aside = g_strconcat (path, ".corrupt", NULL);

  want (world, "tcp://db.prod:1", "tcp://web.prod:1", NULL);
  clear (world);
  lay (world);
  want (world, "tcp://web.prod:1", "tcp://app.prod:1", NULL);
  g_assert_cmpstr (
    world->named->str, ==,
    "app.prod=10.107.0.4 app.prod=fd00:107::4 web.prod=10.107.0.3 web.prod=fd00:107::3 ");
  clear (world);
  g_assert_true (g_file_set_contents (path, "{", -1, NULL));
  lay (world); /* with a warning */
  g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
}

/* Two programs at one port: said, and tried again. */
static void
test_port_of_another (World *world, gconstpointer data)
{
  BgSocketAddress place;
  BgEndpointView view;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  bg_socket_address_set_ip (&place, "0.0.0.0", 5432);
  g_assert_cmpint (bind (fd, &place.any, place.len), ==, 0);
  g_assert_cmpint (listen (fd, 1), ==, 0);
  want (world, "tcp://db.prod:5432", NULL);
  view = bg_endpoint_set_look (world->set, 0);
  g_assert_true (bg_words_is (view.problem, BG_SAY_ENDPOINT_PORT_TAKEN));
  close (fd);
  bg_endpoint_set_retry (world->set);
  view = bg_endpoint_set_look (world->set, 0);
  g_assert_null (view.problem);
  g_assert_cmpuint (view.n_hosts, ==, 2);
}

/* The machine comes into a network that has the same addresses: they make way, and stay away when it has left. */
static void
test_another_network (World *world, gconstpointer data)
{
  g_autoptr (BgNetlink) netlink = bg_netlink_new (NULL);
  int lo = (int) if_nametoindex ("lo");
  BgIpPrefix far = prefix ("10.99.0.1/16"), near = prefix ("10.107.200.7/24"),
             next = prefix ("10.108.0.0/16");

  want (world, "tcp://db.prod:5432", NULL);
  g_assert_true (bg_link_request_add_address (netlink, lo, &far, NULL));
  g_assert_true (bg_link_request_add_address (netlink, lo, &near, NULL));
  while (world->n_met == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (has_address ("10.107.0.2"));
  clear (world);
  lay (world);
  g_assert_true (bg_ip_prefix_equal (bg_ground_get_subnet (world->ground), &next));
  want (world, "tcp://db.prod:5432", NULL);
  assert_carried (world, "10.108.0.2", 5432);
  g_assert_false (has_address ("10.107.0.2"));
  g_assert_true (bg_link_request_remove_address (netlink, lo, &near, NULL));
  g_assert_true (bg_link_request_remove_address (netlink, lo, &far, NULL));
  clear (world);
  lay (world);
  g_assert_true (bg_ip_prefix_equal (bg_ground_get_subnet (world->ground), &next));
  g_assert_cmpuint (world->n_met, ==, 1);
}

static char *
enter (void)
{
  char *why = test_enter_namespaces (CLONE_NEWNET);
  g_autoptr (BgNetlink) netlink = why ? NULL : bg_netlink_new (NULL);

  if (!why)
    g_assert_true (bg_link_request_up (netlink, (int) if_nametoindex ("lo"), TRUE, NULL));
  return why;
}

#define ADD(path, function) g_test_add ("/ground/" path, World, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_autofree char *why = NULL;

  g_test_init (&argc, &argv, NULL);
  bg_log_configure ("critical", NULL);
  why = enter ();
  if (why)
    {
      g_print ("1..0 # SKIP %s\n", why);
      return 0;
    }
  ADD ("stands", test_stands);
  ADD ("is-in-no-network", test_is_in_no_network);
  ADD ("leftovers", test_leftovers);
  ADD ("is-kept", test_is_kept);
  ADD ("port-of-another", test_port_of_another);
  ADD ("another-network", test_another_network);
  return g_test_run ();
}
