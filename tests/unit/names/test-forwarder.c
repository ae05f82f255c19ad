/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Servers that answer, or do not, in virtual time. */
#include "names/forwarder.h"
#include "names/resolver.h"
#include "dns-talk.h"

#include <string.h>

enum
{
  SERVERS = 3,
};

typedef struct
{
  guint64 number; /* 0: closed */
  guint server;
  GBytes *asked;
} OpenWay;

typedef struct
{
  gboolean away; /* no way to it */
  int code;      /* of its answers; -1: silent */
  guint n_asked;
} Server;

typedef struct
{
  BgForwarder *forwarder;
  BgResolver *resolver;
  Server servers[SERVERS];
  GArray *ways; /* OpenWay */
  guint64 last;
  gboolean by_tcp;
  gint64 now_ms;
  GPtrArray *answers; /* GBytes, NULL for none */
} World;

static BgIpPrefix
server_address (guint i)
{
  g_autofree char *text = g_strdup_printf ("10.9.0.%u", i + 1);
  BgIpPrefix address;

  g_assert_true (bg_ip_prefix_parse (text, &address));
  return address;
}

static guint64
open_way (gpointer owner, const BgIpPrefix *server, gboolean udp, GBytes *message)
{
  World *world = owner;
  OpenWay way = { .number = ++world->last,
                  .server = server->addr[3] - 1u,
                  .asked = g_bytes_ref (message) };

  g_assert_cmpint (udp, ==, !world->by_tcp);
  if (world->servers[way.server].away)
    {
      g_bytes_unref (message);
      return 0;
    }
  world->servers[way.server].n_asked++;
  g_array_append_val (world->ways, way);
  return way.number;
}

static OpenWay *
find_way (World *world, guint64 number)
{
  for (guint i = 0; i < world->ways->len; i++)
    if (g_array_index (world->ways, OpenWay, i).number == number)
      return &g_array_index (world->ways, OpenWay, i);
  g_assert_not_reached ();
}

static void
send_again (gpointer owner, guint64 way, GBytes *message)
{
  World *world = owner;

  world->servers[find_way (world, way)->server].n_asked++;
}

static void
close_way (gpointer owner, guint64 way)
{
  World *world = owner;
  OpenWay *closed = find_way (world, way);

  g_bytes_unref (closed->asked);
  closed->number = 0;
}

static const BgForwarderCalls calls = { open_way, send_again, close_way };

static void
on_done (gpointer asker, GBytes *reply)
{
  World *world = asker;

  g_ptr_array_add (world->answers, reply ? g_bytes_ref (reply) : NULL);
}

static void
free_answer (gpointer answer)
{
  if (answer)
    g_bytes_unref (answer);
}

static World *
world_new (guint n_servers)
{
  World *world = g_new0 (World, 1);
  g_autoptr (BgForwardTable) table = bg_forward_table_new ();
  g_autoptr (BgZone) zone = bg_zone_seal (bg_zone_new ("bamgate.internal", 1));

  world->forwarder = bg_forwarder_new (&calls, world);
  world->resolver = bg_resolver_new (world->forwarder);
  world->ways = g_array_new (FALSE, TRUE, sizeof (OpenWay));
  world->answers = g_ptr_array_new_with_free_func (free_answer);
  bg_forward_table_add (table, "corp.example", NULL, 0);
  for (guint i = 0; i < n_servers; i++)
    {
      BgIpPrefix address = server_address (i);

      bg_forward_table_add (table, "corp.example", &address, 1);
      world->servers[i].code = -1;
    }
  bg_resolver_set_table (world->resolver, table);
  bg_resolver_set_zone (world->resolver, zone);
  return world;
}

static void
world_free (World *world)
{
  bg_resolver_free (world->resolver);
  bg_forwarder_free (world->forwarder);
  for (guint i = 0; i < world->ways->len; i++)
    g_assert_cmpuint (g_array_index (world->ways, OpenWay, i).number, ==, 0);
  g_array_unref (world->ways);
  g_ptr_array_unref (world->answers);
  g_free (world);
}

static void
ask (World *world, const char *name)
{
  const DnsQuestion question = { .name = name, .type = LDNS_RR_TYPE_A, .edns = 1232 };
  g_autoptr (GBytes) asked = dns_ask (&question);
  gsize len;
  const guint8 *data = g_bytes_get_data (asked, &len);

  bg_resolver_ask (world->resolver, data, len, !world->by_tcp, world->now_ms, on_done, world);
}

/* Every server that is not silent answers what it was asked last. */
static void
let_servers_answer (World *world)
{
  for (guint i = 0; i < world->ways->len; i++)
    {
      const OpenWay *way = &g_array_index (world->ways, OpenWay, i);
      guint64 number = way->number;
      int code = world->servers[way->server].code;
      g_autoptr (GBytes) answer = NULL;
      gsize len;

      if (number == 0 || code < 0)
        continue;
      answer = dns_answer (way->asked, code == 0 ? "a.corp.example. 5 IN A 192.168.7.7" : NULL,
                           code);
      bg_forwarder_take (world->forwarder, number, g_bytes_get_data (answer, &len),
                         g_bytes_get_size (answer), world->now_ms);
    }
}

static void
run_until (World *world, gint64 end_ms)
{
  for (;;)
    {
      gint64 due;

      let_servers_answer (world);
      due = bg_forwarder_get_due (world->forwarder);
      if (due < 0 || due > end_ms)
        break;
      world->now_ms = MAX (world->now_ms, due);
      bg_forwarder_run (world->forwarder, world->now_ms);
    }
  world->now_ms = end_ms;
}

/* The code of the only answer so far. */
static int
code_of_answer (World *world)
{
  ldns_pkt *packet;
  int code;

  g_assert_cmpuint (world->answers->len, ==, 1);
  packet = dns_read (world->answers->pdata[0]);
  code = ldns_pkt_get_rcode (packet);
  g_assert_cmpuint (ldns_pkt_id (packet), ==, 4711);
  ldns_pkt_free (packet);
  g_ptr_array_set_size (world->answers, 0);
  return code;
}

/* --- Tests --- */

static void
test_the_first_server_is_asked (void)
{
  World *world = world_new (2);

  world->servers[0].code = world->servers[1].code = 0;
  ask (world, "a.corp.example.");
  g_assert_cmpuint (world->answers->len, ==, 0);
  run_until (world, 10);
  g_assert_cmpint (code_of_answer (world), ==, 0);
  g_assert_cmpuint (world->servers[0].n_asked, ==, 1);
  g_assert_cmpuint (world->servers[1].n_asked, ==, 0);
  world_free (world);
}

static void
test_the_next_is_asked_after_a_second (void)
{
  World *world = world_new (2);

  world->servers[1].code = 0;
  ask (world, "a.corp.example.");
  run_until (world, BG_FORWARD_TRY_MS - 1);
  g_assert_cmpuint (world->answers->len, ==, 0);
  run_until (world, BG_FORWARD_TRY_MS);
  g_assert_cmpint (code_of_answer (world), ==, 0);
  /* and first, from then on */
  ask (world, "a.corp.example.");
  run_until (world, BG_FORWARD_TRY_MS + 1);
  g_assert_cmpint (code_of_answer (world), ==, 0);
  g_assert_cmpuint (world->servers[0].n_asked, ==, 1);
  /* but not for ever */
  world->now_ms += BG_FORWARD_BAD_MS;
  world->servers[0].code = 0;
  ask (world, "a.corp.example.");
  run_until (world, world->now_ms + 1);
  g_assert_cmpint (code_of_answer (world), ==, 0);
  g_assert_cmpuint (world->servers[0].n_asked, ==, 2);
  world_free (world);
}

static void
test_who_is_not_there_costs_no_time (void)
{
  World *world = world_new (3);

  world->servers[0].away = TRUE;
  world->servers[2].code = 0;
  ask (world, "a.corp.example.");
  g_assert_cmpuint (world->servers[1].n_asked, ==, 1);
  bg_forwarder_take_end (world->forwarder, world->last, world->now_ms);
  run_until (world, 0);
  g_assert_cmpint (code_of_answer (world), ==, 0);
  world_free (world);
}

static void
test_an_error_is_taken_where_nobody_knows_better (void)
{
  World *world = world_new (2);

  world->servers[0].code = BG_DNS_REFUSED;
  world->servers[1].code = 0;
  ask (world, "a.corp.example.");
  run_until (world, 0);
  g_assert_cmpint (code_of_answer (world), ==, 0);
  world->servers[1].code = BG_DNS_SERVFAIL;
  ask (world, "a.corp.example.");
  run_until (world, 0);
  g_assert_cmpint (code_of_answer (world), ==, BG_DNS_REFUSED);
  world->servers[0].code = world->servers[1].code = BG_DNS_NXDOMAIN;
  ask (world, "a.corp.example.");
  run_until (world, 0);
  g_assert_cmpint (code_of_answer (world), ==, BG_DNS_NXDOMAIN);
  world_free (world);
}

static void
test_silence_ends_in_time (void)
{
  World *world = world_new (2);

  ask (world, "a.corp.example.");
  run_until (world, BG_FORWARD_GIVE_UP_MS - 1);
  g_assert_cmpuint (world->answers->len, ==, 0);
  run_until (world, BG_FORWARD_GIVE_UP_MS);
  g_assert_cmpint (code_of_answer (world), ==, BG_DNS_SERVFAIL);
  g_assert_cmpuint (world->servers[0].n_asked, ==, 3);
  g_assert_cmpuint (world->servers[1].n_asked, ==, 2);
  g_assert_cmpint (bg_forwarder_get_due (world->forwarder), ==, -1);
  world_free (world);
}

static void
test_by_tcp_each_is_asked_once (void)
{
  World *world = world_new (2);

  world->by_tcp = TRUE;
  ask (world, "a.corp.example.");
  run_until (world, BG_FORWARD_GIVE_UP_MS);
  g_assert_cmpint (code_of_answer (world), ==, BG_DNS_SERVFAIL);
  g_assert_cmpuint (world->servers[0].n_asked, ==, 1);
  g_assert_cmpuint (world->servers[1].n_asked, ==, 1);
  world_free (world);
}

static void
test_a_domain_without_server_is_nobody_elses (void)
{
  World *world = world_new (0);

  ask (world, "a.corp.example.");
  g_assert_cmpint (code_of_answer (world), ==, BG_DNS_SERVFAIL);
  ask (world, "www.example.org.");
  g_assert_cmpint (code_of_answer (world), ==, BG_DNS_REFUSED);
  world_free (world);
}

static void
test_quiet_failures (void)
{
  World *world = world_new (1);

  bg_forwarder_set_quiet (world->forwarder, TRUE);
  ask (world, "a.corp.example.");
  run_until (world, BG_FORWARD_GIVE_UP_MS);
  g_assert_cmpint (code_of_answer (world), ==, BG_DNS_NOERROR);
  world->servers[0].code = BG_DNS_SERVFAIL;
  ask (world, "a.corp.example.");
  run_until (world, world->now_ms);
  g_assert_cmpint (code_of_answer (world), ==, BG_DNS_NOERROR);
  ask (world, "www.example.org."); /* somebody else may be asked */
  g_assert_cmpint (code_of_answer (world), ==, BG_DNS_REFUSED);
  world_free (world);
}

static void
test_bounded (void)
{
  World *world = world_new (1);

  for (guint i = 0; i < BG_FORWARD_MAX; i++)
    ask (world, "a.corp.example.");
  g_assert_cmpuint (world->answers->len, ==, 0);
  ask (world, "a.corp.example.");
  g_assert_cmpint (code_of_answer (world), ==, BG_DNS_SERVFAIL);
  g_assert_cmpuint (bg_forwarder_n_waiting (world->forwarder), ==, BG_FORWARD_MAX);
  run_until (world, BG_FORWARD_GIVE_UP_MS);
  g_assert_cmpuint (world->answers->len, ==, BG_FORWARD_MAX);
  world_free (world);
}

static void
test_the_end_answers_all (void)
{
  World *world = world_new (1);

  ask (world, "a.corp.example.");
  bg_forwarder_free (g_steal_pointer (&world->forwarder));
  g_assert_cmpuint (world->answers->len, ==, 1);
  g_assert_null (world->answers->pdata[0]);
  world_free (world);
}

static void
test_others_answers_count_for_nothing (void)
{
  World *world = world_new (1);
  const DnsQuestion question = { .name = "b.corp.example.", .type = LDNS_RR_TYPE_A };
  g_autoptr (GBytes) asked = dns_ask (&question), answer = dns_answer (asked, NULL, 0);

  ask (world, "a.corp.example.");
  bg_forwarder_take (world->forwarder, world->last, g_bytes_get_data (answer, NULL),
                     g_bytes_get_size (answer), 0);
  bg_forwarder_take (world->forwarder, world->last, (const guint8 *) "", 0, 0);
  bg_forwarder_take (world->forwarder, world->last + 1, g_bytes_get_data (answer, NULL),
                     g_bytes_get_size (answer), 0);
  g_assert_cmpuint (world->answers->len, ==, 0);
  world->servers[0].code = 0;
  run_until (world, 0);
  g_assert_cmpint (code_of_answer (world), ==, 0);
  world_free (world);
}

/* --- The table --- */

static void
assert_route (const BgForwardTable *table, const char *name, const char *domain)
{
  BgForwardRoute route = { 0 };
  gboolean found = bg_forward_table_find (table, name, &route);

  g_assert_cmpint (found, ==, domain != NULL);
  g_assert_cmpstr (route.domain, ==, domain);
}

static void
test_the_longest_domain_decides (void)
{
  g_autoptr (BgForwardTable) table = bg_forward_table_new ();
  BgIpPrefix a = server_address (0), b = server_address (1);
  BgForwardRoute route;

  bg_forward_table_add (table, "example", &a, 1);
  bg_forward_table_add (table, "corp.example", &b, 1);
  assert_route (table, "example", "example");
  assert_route (table, "www.example", "example");
  assert_route (table, "a.b.corp.example", "corp.example");
  assert_route (table, "notcorp.example", "example");
  assert_route (table, "example.org", NULL);
  assert_route (table, "x\\.corp.example", "example"); /* one label */
  bg_forward_table_add (table, "", &a, 1);
  assert_route (table, "example.org", "");
  assert_route (table, "", "");
  bg_forward_table_add (table, "corp.example", &a, 1);
  bg_forward_table_add (table, "corp.example", &b, 1);
  g_assert_true (bg_forward_table_find (table, "corp.example", &route));
  g_assert_cmpuint (route.n_servers, ==, 2);
  g_assert_true (bg_ip_prefix_equal (&route.servers[0], &b));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/forwarder/first", test_the_first_server_is_asked);
  g_test_add_func ("/forwarder/next", test_the_next_is_asked_after_a_second);
  g_test_add_func ("/forwarder/not-there", test_who_is_not_there_costs_no_time);
  g_test_add_func ("/forwarder/errors", test_an_error_is_taken_where_nobody_knows_better);
  g_test_add_func ("/forwarder/silence", test_silence_ends_in_time);
  g_test_add_func ("/forwarder/tcp", test_by_tcp_each_is_asked_once);
  g_test_add_func ("/forwarder/no-server", test_a_domain_without_server_is_nobody_elses);
  g_test_add_func ("/forwarder/quiet", test_quiet_failures);
  g_test_add_func ("/forwarder/bounded", test_bounded);
  g_test_add_func ("/forwarder/end", test_the_end_answers_all);
  g_test_add_func ("/forwarder/others", test_others_answers_count_for_nothing);
  g_test_add_func ("/forwarder/table", test_the_longest_domain_decides);
  return g_test_run ();
}
