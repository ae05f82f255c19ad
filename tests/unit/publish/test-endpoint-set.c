/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/endpoint-set.h"

#include "common/error.h"

#include <errno.h>
#include <sys/socket.h>

/* A machine in words: what the set does stands in `said`, in order. */
typedef struct
{
  BgAddressPool *addresses;
  BgPortPool *ports;
  BgEndpointSet *set;
  GString *said;
  GHashTable *taken;    /* "address:port" that another program has */
  GHashTable *doors;    /* door → "address:port"; closed ones stay until they drain */
  const char *link;     /* address of eth0; NULL: it has none */
  gboolean no_address6; /* no address of IPv6 can be had */
  gboolean no_way;      /* nobody knows where endpoints are */
  guint64 last_door;
} World;

static char *
place_of (const BgIpPrefix *host, guint16 port)
{
  char address[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (host, address);
  return g_strdup_printf (host->family == AF_INET6 ? "[%s]:%u" : "%s:%u", address, port);
}

static void
say (World *world, const char *verb, const BgIpPrefix *host)
{
  char address[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format_address (host, address);
  g_string_append_printf (world->said, "%s%s ", verb, address);
}

static gboolean
add_address (gpointer data, const BgIpPrefix *host, GError **error)
{
  World *world = data;

  if (host->family == AF_INET6 && world->no_address6)
    {
      bg_error_set (error, BG_ERROR_FAILED, ENDPOINT_NO_ADDRESS);
      return FALSE;
    }
  say (world, "+", host);
  return TRUE;
}

static void
remove_address (gpointer data, const BgIpPrefix *host)
{
  say (data, "-", host);
}

static gboolean
find_address (gpointer data, const char *link, BgIpPrefix *host, GError **error)
{
  World *world = data;

  g_assert_cmpstr (link, ==, "eth0");
  if (world->link != NULL)
    return bg_ip_prefix_parse (world->link, host);
  bg_error_set (error, BG_ERROR_FAILED, ENDPOINT_NO_ADDRESS);
  return FALSE;
}

/* The socket is a number that open() knows again. */
static int
listen_at (gpointer data, const BgIpPrefix *host, guint16 port, gboolean is_local, int *code)
{
  World *world = data;
  g_autofree char *place = place_of (host, port);

  if (g_hash_table_contains (world->taken, place))
    {
      *code = EADDRINUSE;
      return -1;
    }
  g_string_append_printf (world->said, "%s%s ", is_local ? "listen:" : "LISTEN:", place);
  world->last_door++;
  g_hash_table_insert (world->doors, GUINT_TO_POINTER (world->last_door), g_steal_pointer (&place));
  return (int) world->last_door;
}

static guint64
open_at (gpointer data, int fd, const BgWantedEndpoint *endpoint, gboolean is_local, GError **error)
{
  World *world = data;

  if (!world->no_way)
    return (guint64) fd;
  g_hash_table_remove (world->doors, GINT_TO_POINTER (fd));
  bg_error_set (error, BG_ERROR_FAILED, ACCOUNT_NO_CERTIFICATE);
  return 0;
}

static const char *
at (World *world, guint64 door)
{
  const char *place = g_hash_table_lookup (world->doors, GUINT_TO_POINTER (door));

  g_assert_nonnull (place);
  return place;
}

static gboolean
lead (gpointer data, guint64 door, const BgWantedEndpoint *endpoint, gboolean is_local,
      GError **error)
{
  World *world = data;

  if (world->no_way)
    bg_error_set (error, BG_ERROR_FAILED, ACCOUNT_NO_CERTIFICATE);
  else
    g_string_append_printf (world->said, "lead:%s ", at (world, door));
  return !world->no_way;
}

static void
close_door (gpointer data, guint64 door, gint64 drain_us)
{
  World *world = data;

  g_string_append_printf (world->said, drain_us == BG_ENDPOINT_NO_END ? "leave:%s " : "close:%s ",
                          at (world, door));
}

static void
name (gpointer data, const BgEndpointName *names, guint n)
{
  World *world = data;

  g_string_append (world->said, "names(");
  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < names[i].n_hosts; j++)
      {
        g_string_append_printf (world->said, "%s=", names[i].name);
        say (world, "", &names[i].hosts[j]);
      }
  g_string_append (world->said, ") ");
}

static void
keep (gpointer data)
{
}

static const BgEndpointGround ground = { add_address, remove_address, find_address,
                                         listen_at,   open_at,        lead,
                                         close_door,  name,           keep };

/* The world */

static BgIpPrefix
prefix (const char *text)
{
  BgIpPrefix parsed;

  g_assert_true (bg_ip_prefix_parse (text, &parsed));
  return parsed;
}

static void
set_up (World *world, gconstpointer data)
{
  BgIpPrefix subnet = prefix ("10.107.0.0/16");

  *world = (World){ .addresses = bg_address_pool_new (&subnet),
                    .ports = bg_port_pool_new (9080, 9081),
                    .said = g_string_new (NULL),
                    .taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
                    .doors = g_hash_table_new_full (NULL, NULL, NULL, g_free) };
  world->set = bg_endpoint_set_new (&ground, world, world->addresses, world->ports);
}

static void
tear_down (World *world, gconstpointer data)
{
  bg_endpoint_set_free (world->set);
  bg_address_pool_free (world->addresses);
  bg_port_pool_free (world->ports);
  g_string_free (world->said, TRUE);
  g_hash_table_unref (world->taken);
  g_hash_table_unref (world->doors);
}

static void
assert_said (World *world, const char *expected)
{
  g_assert_cmpstr (world->said->str, ==, expected);
  g_string_truncate (world->said, 0);
}

/* URLs, up to a NULL; the id of each is its place in the list, so that the same list again has the same ids. */
static void
want (World *world, const char *const *urls)
{
  g_autoptr (GPtrArray) list = bg_endpoint_list_new ();

  for (guint i = 0; urls[i] != NULL; i++)
    {
      g_autofree char *id = g_strdup_printf ("ep_%u", i);

      g_ptr_array_add (list, bg_endpoint_new ("account", id, urls[i], NULL, NULL));
    }
  bg_endpoint_list_merge (list);
  bg_endpoint_set_want (world->set, list);
}
#define WANT(...) want (world, (const char *const[]){ __VA_ARGS__ __VA_OPT__ (, ) NULL })

static void
drain (World *world)
{
  for (guint64 door = 1; door <= world->last_door; door++)
    bg_endpoint_set_drained (world->set, door);
}

static void
listen_as (World *world, const char *mode_text)
{
  const BgEndpointSettings settings = { .drain_us = 1000 };
  BgListenMode mode;

  g_assert_true (bg_listen_mode_parse (mode_text, &mode));
  bg_endpoint_set_configure (world->set, &settings, bg_listen_rules_new (&mode));
}

static const char *
problem_of (World *world, guint i)
{
  return bg_words_get_text (bg_endpoint_set_look (world->set, i).problem);
}

/* Tests */

static void
test_comes_and_goes (World *world, gconstpointer data)
{
  WANT ("tcp://db.prod:5432", "http://api.example");
  assert_said (world, "+10.107.0.2 listen:10.107.0.2:80 +10.107.0.3 listen:10.107.0.3:5432 "
                      "names(api.example=10.107.0.2 db.prod=10.107.0.3 ) ");
  WANT ("tcp://db.prod:5432", "http://api.example");
  assert_said (world, "");
  WANT ("tcp://db.prod:5432");
  assert_said (world, "close:10.107.0.2:80 names(db.prod=10.107.0.3 ) ");
  drain (world);
  assert_said (world, "-10.107.0.2 ");
  WANT ("tcp://db.prod:5432", "tcp://new.prod:1", "http://api.example");
  assert_said (world, "+10.107.0.2 listen:10.107.0.2:80 +10.107.0.4 listen:10.107.0.4:1 "
                      "names(api.example=10.107.0.2 db.prod=10.107.0.3 new.prod=10.107.0.4 ) ");
}

/* All ports of a name share its address, which stays until the last one has gone. */
static void
test_ports_of_a_name (World *world, gconstpointer data)
{
  WANT ("tcp://db.prod:1", "tcp://db.prod:2");
  assert_said (world,
               "+10.107.0.2 listen:10.107.0.2:1 listen:10.107.0.2:2 names(db.prod=10.107.0.2 ) ");
  WANT ("tcp://db.prod:2");
  assert_said (world, "close:10.107.0.2:1 ");
  bg_endpoint_set_drained (world->set, 1);
  assert_said (world, "");
  WANT ();
  assert_said (world, "close:10.107.0.2:2 names() ");
  bg_endpoint_set_drained (world->set, 2);
  assert_said (world, "-10.107.0.2 ");
}

/* What comes again while its connections drain has the address that it had. */
static void
test_comes_again_while_it_drains (World *world, gconstpointer data)
{
  WANT ("tcp://db.prod:1");
  WANT ();
  g_string_truncate (world->said, 0);
  WANT ("tcp://db.prod:1");
  assert_said (world, "listen:10.107.0.2:1 names(db.prod=10.107.0.2 ) ");
  bg_endpoint_set_drained (world->set, 1);
  assert_said (world, "");
}

static void
test_same_place_another_scheme (World *world, gconstpointer data)
{
  WANT ("http://api.example:443");
  g_string_truncate (world->said, 0);
  WANT ("https://api.example");
  assert_said (world, "lead:10.107.0.2:443 ");
  g_assert_cmpuint (bg_endpoint_set_count (world->set), ==, 1);
}

/* It stays in the list with the reason, the others stand, and it is tried again. */
static void
test_port_is_taken (World *world, gconstpointer data)
{
  g_hash_table_add (world->taken, g_strdup ("10.107.0.2:80"));
  WANT ("http://api.example", "tcp://db.prod:1");
  assert_said (
    world, "+10.107.0.2 -10.107.0.2 +10.107.0.3 listen:10.107.0.3:1 names(db.prod=10.107.0.3 ) ");
  g_assert_cmpstr (problem_of (world, 0), ==, "another program has port 80 of 10.107.0.2");
  g_assert_cmpuint (bg_endpoint_set_look (world->set, 0).n_hosts, ==, 0);
  g_assert_cmpint (bg_endpoint_set_look (world->set, 0).since, ==, 0);
  g_hash_table_remove_all (world->taken);
  bg_endpoint_set_retry (world->set);
  assert_said (
    world, "+10.107.0.2 listen:10.107.0.2:80 names(api.example=10.107.0.2 db.prod=10.107.0.3 ) ");
  g_assert_null (bg_endpoint_set_look (world->set, 0).problem);
  g_assert_cmpint (bg_endpoint_set_look (world->set, 0).since, >, 0);
}

static void
find_ports (World *world, gboolean finds_port)
{
  const BgListenMode mode = { .kind = BG_LISTEN_VIRTUAL };

  bg_endpoint_set_configure (world->set,
                             &(BgEndpointSettings){ .drain_us = 1, .finds_port = finds_port },
                             bg_listen_rules_new (&mode));
}

/* At its address, for this machine alone, at another port, and back as soon as its own is free; who is inside goes on. */
static void
test_port_is_taken_meanwhile (World *world, gconstpointer data)
{
  BgEndpointView view;

  g_hash_table_add (world->taken, g_strdup ("10.107.0.2:80"));
  find_ports (world, TRUE);
  WANT ("http://api.example");
  assert_said (world, "+10.107.0.2 listen:10.107.0.2:9080 names(api.example=10.107.0.2 ) ");
  view = bg_endpoint_set_look (world->set, 0);
  g_assert_cmpuint (view.port, ==, 9080);
  g_assert_cmpstr (
    problem_of (world, 0), ==,
    "another program has port 80 of 10.107.0.2: it is at port 9080 as long as that is so");
  bg_endpoint_set_retry (world->set);
  assert_said (world, "");
  g_hash_table_remove_all (world->taken);
  bg_endpoint_set_retry (world->set);
  assert_said (world, "listen:10.107.0.2:80 leave:10.107.0.2:9080 ");
  view = bg_endpoint_set_look (world->set, 0);
  g_assert_cmpuint (view.port, ==, 80);
  g_assert_null (view.problem);
}

/* The pool may have none either. */
static void
test_every_port_is_taken (World *world, gconstpointer data)
{
  g_hash_table_add (world->taken, g_strdup ("10.107.0.2:80"));
  g_hash_table_add (world->taken, g_strdup ("10.107.0.2:9080"));
  g_hash_table_add (world->taken, g_strdup ("10.107.0.2:9081"));
  find_ports (world, TRUE);
  WANT ("http://api.example");
  g_assert_cmpuint (bg_endpoint_set_look (world->set, 0).n_hosts, ==, 0);
  g_assert_cmpstr (problem_of (world, 0), ==, "another program has port 80 of 10.107.0.2");
}

/* Who does not want that any more keeps what there is until the port is free, and is told whose it is. */
static void
test_no_other_port_any_more (World *world, gconstpointer data)
{
  g_hash_table_add (world->taken, g_strdup ("10.107.0.2:80"));
  find_ports (world, TRUE);
  WANT ("http://api.example");
  find_ports (world, FALSE);
  g_assert_cmpuint (bg_endpoint_set_look (world->set, 0).port, ==, 9080);
  g_hash_table_remove_all (world->taken);
  bg_endpoint_set_retry (world->set);
  g_assert_cmpuint (bg_endpoint_set_look (world->set, 0).port, ==, 80);
}

static void
test_refused (World *world, gconstpointer data)
{
  WANT ("tcp://localhost:1", "tcp://db.prod:1");
  assert_said (world, "+10.107.0.2 listen:10.107.0.2:1 names(db.prod=10.107.0.2 ) ");
  g_assert_cmpuint (bg_endpoint_set_count (world->set), ==, 2);
  g_assert_cmpstr (problem_of (world, 0), ==, "");
  g_assert_cmpstr (problem_of (world, 1), !=, "");
  WANT ("tcp://db.prod:1");
  g_assert_cmpuint (bg_endpoint_set_count (world->set), ==, 1);
}

static void
test_literal_has_no_name (World *world, gconstpointer data)
{
  WANT ("tcp://203.0.113.5:80");
  assert_said (world, "+10.107.0.2 listen:10.107.0.2:80 ");
}

/* Without a way nothing listens; with one that is lost later, doors go on with what they have. */
static void
test_no_way (World *world, gconstpointer data)
{
  world->no_way = TRUE;
  WANT ("tcp://db.prod:1");
  assert_said (world, "+10.107.0.2 listen:10.107.0.2:1 -10.107.0.2 ");
  g_assert_cmpstr (problem_of (world, 0), ==, "the account has given no certificate");
  world->no_way = FALSE;
  bg_endpoint_set_lead (world->set);
  assert_said (world, "+10.107.0.2 listen:10.107.0.2:1 names(db.prod=10.107.0.2 ) ");
  world->no_way = TRUE;
  bg_endpoint_set_lead (world->set);
  g_assert_cmpstr (problem_of (world, 0), ==, "the account has given no certificate");
  g_assert_cmpuint (bg_endpoint_set_look (world->set, 0).n_hosts, ==, 1);
  world->no_way = FALSE;
  bg_endpoint_set_retry (world->set);
  assert_said (world, "lead:10.107.0.2:1 ");
  g_assert_null (bg_endpoint_set_look (world->set, 0).problem);
}

static void
test_both_families (World *world, gconstpointer data)
{
  const BgEndpointSettings settings = { .places = { .subnet6 = prefix ("fd00:1::/112") } };
  const BgListenMode standard = { .kind = BG_LISTEN_VIRTUAL };

  bg_endpoint_set_configure (world->set, &settings, bg_listen_rules_new (&standard));
  WANT ("tcp://db.prod:1");
  assert_said (world, "+10.107.0.2 +fd00:1::2 listen:10.107.0.2:1 listen:[fd00:1::2]:1 "
                      "names(db.prod=10.107.0.2 db.prod=fd00:1::2 ) ");
  world->no_address6 = TRUE;
  WANT ("tcp://db.prod:1", "tcp://x.prod:1");
  assert_said (
    world,
    "+10.107.0.3 listen:10.107.0.3:1 names(db.prod=10.107.0.2 db.prod=fd00:1::2 x.prod=10.107.0.3 ) ");
}

static void
test_mirror (World *world, gconstpointer data)
{
  const BgEndpointSettings settings = { .places = { .mirror = prefix ("127.107.0.0/16") } };
  const BgListenMode standard = { .kind = BG_LISTEN_VIRTUAL };

  bg_endpoint_set_configure (world->set, &settings, bg_listen_rules_new (&standard));
  WANT ("tcp://db.prod:1");
  assert_said (world, "+127.107.0.2 listen:127.107.0.2:1 names(db.prod=127.107.0.2 ) ");
}

/* Open to others: at ports that are kept, without names. */
static void
test_at_all_addresses (World *world, gconstpointer data)
{
  g_hash_table_add (world->taken, g_strdup ("0.0.0.0:9080"));
  listen_as (world, "0.0.0.0");
  WANT ("tcp://a.prod:1", "tcp://b.prod:1");
  assert_said (world, "LISTEN:0.0.0.0:9081 ");
  g_assert_cmpstr (problem_of (world, 1), ==, "every port that endpoints may have here is in use");
  g_hash_table_remove_all (world->taken);
  bg_endpoint_set_retry (world->set);
  assert_said (world, "LISTEN:0.0.0.0:9080 ");
  WANT ();
  WANT ("tcp://a.prod:1");
  assert_said (world, "close:0.0.0.0:9080 close:0.0.0.0:9081 LISTEN:0.0.0.0:9081 ");
}

/* The new door is open before the old one closes; where it cannot be, the old one stays. */
static void
test_moves (World *world, gconstpointer data)
{
  WANT ("tcp://db.prod:1");
  g_string_truncate (world->said, 0);
  listen_as (world, "eth0");
  assert_said (world, "");
  g_assert_cmpstr (problem_of (world, 0), !=, "");
  g_assert_cmpuint (bg_endpoint_set_look (world->set, 0).n_hosts, ==, 1);
  world->link = "192.168.1.5";
  bg_endpoint_set_retry (world->set);
  assert_said (world, "LISTEN:192.168.1.5:9080 leave:10.107.0.2:1 names() ");
  drain (world);
  assert_said (world, "-10.107.0.2 ");
  world->link = "192.168.1.6";
  bg_endpoint_set_retry (world->set);
  assert_said (world, "LISTEN:192.168.1.6:9080 leave:192.168.1.5:9080 ");
  world->link = NULL; /* for a moment */
  bg_endpoint_set_retry (world->set);
  assert_said (world, "");
  listen_as (world, "virtual");
  assert_said (
    world, "+10.107.0.2 listen:10.107.0.2:1 leave:192.168.1.6:9080 names(db.prod=10.107.0.2 ) ");
  bg_endpoint_set_drained (world->set, 2); /* .1.5's, and .1.6's is left with somebody inside */
  WANT ();
  assert_said (world, "close:192.168.1.6:9080 close:10.107.0.2:1 names() ");
}

static void
test_end (World *world, gconstpointer data)
{
  WANT ("tcp://db.prod:1", "tcp://db.prod:2");
  g_string_truncate (world->said, 0);
  g_clear_pointer (&world->set, bg_endpoint_set_free);
  assert_said (world, "names() close:10.107.0.2:1 close:10.107.0.2:2 -10.107.0.2 ");
}

#define ADD(path, function)                                                                        \
  g_test_add ("/endpoint-set/" path, World, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("comes-and-goes", test_comes_and_goes);
  ADD ("ports-of-a-name", test_ports_of_a_name);
  ADD ("comes-again-while-it-drains", test_comes_again_while_it_drains);
  ADD ("same-place-another-scheme", test_same_place_another_scheme);
  ADD ("port-is-taken", test_port_is_taken);
  ADD ("port-is-taken-meanwhile", test_port_is_taken_meanwhile);
  ADD ("every-port-is-taken", test_every_port_is_taken);
  ADD ("no-other-port-any-more", test_no_other_port_any_more);
  ADD ("refused", test_refused);
  ADD ("literal-has-no-name", test_literal_has_no_name);
  ADD ("no-way", test_no_way);
  ADD ("both-families", test_both_families);
  ADD ("mirror", test_mirror);
  ADD ("at-all-addresses", test_at_all_addresses);
  ADD ("moves", test_moves);
  ADD ("end", test_end);
  return g_test_run ();
}
