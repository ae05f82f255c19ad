/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Translators of every kind and STUN servers of several, in virtual time. */
#include "doctor/nat-behaviour.h"

#include <netinet/in.h>
#include <string.h>
#include <stun/stunagent.h>

enum
{
  OTHER_ADDRESS = 0x802c,
  FLIGHT_MS = 20, /* one way */
  SERVERS = 2,
  HEARD_MAX = 64,
  ANSWER_MAX = 256,
};

typedef struct
{
  gboolean has_other; /* says another place and answers there */
  gboolean is_lame;   /* says so, and does not change for anybody */
  gboolean is_deaf;   /* answers only where it is asked first */
  gboolean refuses;   /* CHANGE-REQUEST is unknown to it (420) */
  gboolean is_silent;
  const char *other_host; /* NULL: the fixture's */
} Server;

typedef struct
{
  int family;
  gboolean is_open; /* no translator, only its filter */
  BgNatDependence mapping, filtering;
  gboolean hairpin;
  guint lose; /* the first so many datagrams of each transaction */
  Server servers[SERVERS];
  guint n_servers;
} Setting;

typedef struct
{
  BgNatSocket socket;
  BgStunPlace to;
} Heard; /* who was sent something */

typedef struct
{
  gint64 at_ms;
  BgNatSocket socket;
  BgStunPlace from;
  guint8 data[ANSWER_MAX];
  gsize len;
} Flying;

typedef struct
{
  const Setting *setting;
  BgNatBehaviour *behaviour;
  gint64 now_ms;
  Heard heard[HEARD_MAX];
  guint n_heard;
  GQueue flying;
  GHashTable *lost; /* transactions, by what is left to lose */
  guint n_sent, n_private;
} World;

static BgStunPlace
place (int family, const char *host4, const char *host6, guint16 port)
{
  BgStunPlace made = { .port = port };

  g_assert_true (bg_ip_prefix_parse (family == AF_INET ? host4 : host6, &made.host));
  return made;
}

static BgStunPlace
server_at (const World *world, guint index, gboolean other_host, gboolean other_port)
{
  static const char *const hosts4[SERVERS][2] = { { "11.0.0.1", "11.0.0.2" },
                                                  { "12.0.0.1", "12.0.0.2" } };
  static const char *const hosts6[SERVERS][2] = { { "2001:db8::1", "2001:db8::2" },
                                                  { "2001:db8:1::1", "2001:db8:1::2" } };

  return place (world->setting->family, hosts4[index][other_host], hosts6[index][other_host],
                other_port ? 3479 : 3478);
}

static BgStunPlace
own_place (const World *world, BgNatSocket socket)
{
  return place (world->setting->family, "192.168.1.2", "fd00::2", (guint16) (40000 + socket));
}

/* What `socket` looks like to `to`. */
static BgStunPlace
seen_place (const World *world, BgNatSocket socket, const BgStunPlace *to)
{
  const Setting *setting = world->setting;
  BgStunPlace own = own_place (world, socket),
              seen = place (setting->family, "13.0.0.1", "2001:db8:2::1", 0);
  guint by_host = to->host.addr[setting->family == AF_INET ? 3 : 15] + to->host.addr[0] * 10U
                  + to->host.addr[5] * 10U;

  if (setting->is_open)
    return own;
  seen.port = (guint16) (50000 + socket * 3000);
  if (setting->mapping != BG_NAT_INDEPENDENT)
    seen.port = (guint16) (seen.port + by_host);
  if (setting->mapping == BG_NAT_BY_ADDRESS_AND_PORT)
    seen.port = (guint16) (seen.port + 1000 * (to->port - 3478));
  return seen;
}

/* Does what comes from there to the outer place `at` get in, and where? */
static gboolean
gets_in (const World *world, BgNatSocket socket, const BgStunPlace *from, const BgStunPlace *at)
{
  for (guint i = 0; i < world->n_heard; i++)
    {
      const Heard *heard = &world->heard[i];
      BgStunPlace seen = seen_place (world, socket, &heard->to);

      if (heard->socket != socket || !bg_stun_place_equal (&seen, at))
        continue;
      if (world->setting->filtering == BG_NAT_INDEPENDENT
          || (world->setting->filtering == BG_NAT_BY_ADDRESS
              && bg_stun_place_is_at (&heard->to, &from->host))
          || bg_stun_place_equal (&heard->to, from))
        return TRUE;
    }
  return FALSE;
}

static void
fly_in (World *world, const BgStunPlace *from, const BgStunPlace *at, const guint8 *data, gsize len,
        BgNatSocket socket)
{
  Flying *flying = g_new0 (Flying, 1);

  g_assert_cmpuint (len, <=, sizeof flying->data);
  if (!gets_in (world, socket, from, at))
    {
      g_free (flying);
      return;
    }
  flying->at_ms = world->now_ms + FLIGHT_MS;
  flying->socket = socket;
  flying->from = *from;
  memcpy (flying->data, data, len);
  flying->len = len;
  g_queue_push_tail (&world->flying, flying);
}

/* Servers */

static socklen_t
native_of (const BgStunPlace *at, struct sockaddr_storage *native)
{
  struct sockaddr_in *in4 = (struct sockaddr_in *) native;
  struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) native;

  memset (native, 0, sizeof *native);
  native->ss_family = (sa_family_t) at->host.family;
  if (at->host.family == AF_INET)
    {
      memcpy (&in4->sin_addr, at->host.addr, 4);
      in4->sin_port = htons (at->port);
      return sizeof *in4;
    }
  memcpy (&in6->sin6_addr, at->host.addr, 16);
  in6->sin6_port = htons (at->port);
  return sizeof *in6;
}

static gsize
write_answer (const Server *server, StunAgent *agent, StunMessage *request, const BgStunPlace *seen,
              const BgStunPlace *other, guint8 *out)
{
  StunMessage message;
  struct sockaddr_storage native;
  socklen_t len = native_of (seen, &native);

  g_assert_true (stun_agent_init_response (agent, &message, out, ANSWER_MAX, request));
  stun_message_append_xor_addr (&message, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, &native, len);
  if (server->has_other)
    {
      len = native_of (other, &native);
      stun_message_append_addr (&message, (StunAttribute) OTHER_ADDRESS,
                                (struct sockaddr *) &native, len);
    }
  return stun_agent_finish_message (agent, &message, NULL, 0);
}

static void
answer (World *world, guint index, const BgStunPlace *to, BgNatSocket socket, const guint8 *data,
        gsize len)
{
  const Server *server = &world->setting->servers[index];
  BgStunPlace seen = seen_place (world, socket, to), other = server_at (world, index, TRUE, TRUE),
              from = *to;
  StunAgent agent;
  StunMessage request, refusal;
  guint8 out[ANSWER_MAX];
  uint32_t change = 0;
  gsize size;

  stun_agent_init (&agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                   STUN_AGENT_USAGE_IGNORE_CREDENTIALS);
  g_assert_cmpint (stun_agent_validate (&agent, &request, data, len, NULL, NULL), ==,
                   STUN_VALIDATION_SUCCESS);
  stun_message_find32 (&request, STUN_ATTRIBUTE_CHANGE_REQUEST, &change);
  if (change && server->is_deaf)
    return;
  if (server->other_host)
    g_assert_true (bg_ip_prefix_parse (server->other_host, &other.host));
  if (change && !server->is_lame)
    from = server_at (world, index, (change & BG_STUN_OTHER_ADDRESS) != 0, TRUE);
  size = write_answer (server, &agent, &request, &seen, &other, out);
  if (change && server->refuses)
    {
      g_assert_true (stun_agent_init_error (&agent, &refusal, out, sizeof out, &request,
                                            STUN_ERROR_UNKNOWN_ATTRIBUTE));
      size = stun_agent_finish_message (&agent, &refusal, NULL, 0);
      from = *to;
    }
  fly_in (world, &from, &seen, out, size, socket);
}

/* What this machine sends */

static gboolean
is_lost (World *world, const guint8 *data)
{
  g_autoptr (GBytes) id = g_bytes_new (data + 4, BG_STUN_ID);
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (world->lost, id));

  g_hash_table_insert (world->lost, g_steal_pointer (&id), GUINT_TO_POINTER (n + 1));
  return n < world->setting->lose;
}

static void
turn_back (World *world, const BgStunPlace *to, BgNatSocket socket, const guint8 *data, gsize len)
{
  BgStunPlace from = seen_place (world, socket, to);

  if (!world->setting->hairpin)
    return;
  world->n_heard++;
  g_assert_cmpuint (world->n_heard, <, HEARD_MAX);
  world->heard[world->n_heard - 1] = (Heard){ BG_NAT_MAPPING_SOCKET, from };
  fly_in (world, &from, to, data, len, BG_NAT_MAPPING_SOCKET);
}

static void
on_send (gpointer owner, BgNatSocket socket, const BgStunPlace *to, const guint8 *data, gsize len)
{
  World *world = owner;
  BgIpPrefix outer = place (world->setting->family, "13.0.0.1", "2001:db8:2::1", 0).host;

  world->n_sent++;
  if (bg_ip_prefix_is_nobodys (&to->host))
    world->n_private++;
  g_assert_cmpuint (world->n_heard, <, HEARD_MAX);
  world->heard[world->n_heard++] = (Heard){ socket, *to };
  if (is_lost (world, data))
    return;
  if (bg_stun_place_is_at (to, &outer))
    turn_back (world, to, socket, data, len);
  for (guint i = 0; i < world->setting->n_servers; i++)
    for (guint other = 0; other < 4; other++)
      {
        BgStunPlace at = server_at (world, i, other & 1, (other & 2) != 0);

        if (bg_stun_place_equal (to, &at) && !world->setting->servers[i].is_silent
            && (other == 0 || world->setting->servers[i].has_other))
          answer (world, i, to, socket, data, len);
      }
}

/* Time */

static void
land (World *world)
{
  Flying *first;

  while ((first = g_queue_peek_head (&world->flying)) && first->at_ms <= world->now_ms)
    {
      g_queue_pop_head (&world->flying);
      bg_nat_behaviour_take (world->behaviour, first->socket, &first->from, first->data, first->len,
                             world->now_ms);
      g_free (first);
    }
}

static gint64
run (const Setting *setting, BgNatReport *report, World *kept)
{
  World world = { .setting = setting };
  BgStunPlace servers[SERVERS], local;

  for (guint i = 0; i < setting->n_servers; i++)
    servers[i] = server_at (&world, i, FALSE, FALSE);
  local = own_place (&world, BG_NAT_MAPPING_SOCKET);
  g_queue_init (&world.flying);
  world.lost = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref,
                                      NULL);
  world.behaviour = bg_nat_behaviour_new (servers, setting->n_servers, &local, on_send, &world, 0);
  while (!bg_nat_behaviour_is_done (world.behaviour))
    {
      const Flying *first = g_queue_peek_head (&world.flying);
      gint64 next_ms = bg_nat_behaviour_next (world.behaviour);

      world.now_ms = first ? MIN (first->at_ms, next_ms) : next_ms;
      land (&world);
      bg_nat_behaviour_run (world.behaviour, world.now_ms);
    }
  bg_nat_behaviour_report (world.behaviour, report);
  g_queue_clear_full (&world.flying, g_free);
  g_hash_table_unref (world.lost);
  bg_nat_behaviour_free (world.behaviour);
  if (kept)
    *kept = world;
  g_assert_cmpint (world.now_ms, <=, BG_NAT_BEHAVIOUR_MS);
  return world.now_ms;
}

/* Cases */

static void
check (const Setting *setting)
{
  BgNatReport report;

  run (setting, &report, NULL);
  g_assert_true (report.answered);
  g_assert_cmpint (report.translated, ==, !setting->is_open);
  g_assert_cmpint (report.mapping, ==, setting->is_open ? BG_NAT_INDEPENDENT : setting->mapping);
  g_assert_cmpint (report.filtering, ==, setting->filtering);
  g_assert_false (report.by_two_servers);
  if (!setting->is_open && setting->mapping == BG_NAT_INDEPENDENT)
    g_assert_cmpint (report.hairpin, ==, setting->hairpin ? BG_NAT_YES : BG_NAT_NO);
}

static void
test_every_kind (void)
{
  static const int families[] = { AF_INET, AF_INET6 };

  for (guint mapping = BG_NAT_INDEPENDENT; mapping <= BG_NAT_BY_ADDRESS_AND_PORT; mapping++)
    for (guint filtering = BG_NAT_INDEPENDENT; filtering <= BG_NAT_BY_ADDRESS_AND_PORT; filtering++)
      for (guint rest = 0; rest < 32; rest++)
        {
          const Setting setting = {
            .family = families[rest & 1],
            .is_open = (rest & 2) != 0,
            .hairpin = (rest & 4) != 0,
            .lose = rest >> 3 & 1 ? 2 : 0,
            .mapping = mapping,
            .filtering = filtering,
            .n_servers = rest & 16 ? 2 : 1,
            .servers = { { .has_other = TRUE }, { .has_other = FALSE } },
          };

          check (&setting);
        }
}

static void
test_second_server_knows (void)
{
  const Setting setting = { .family = AF_INET,
                            .mapping = BG_NAT_BY_ADDRESS,
                            .filtering = BG_NAT_BY_ADDRESS,
                            .n_servers = 2,
                            .servers = { { .is_silent = TRUE }, { .has_other = TRUE } } };

  check (&setting);
}

static void
check_two (BgNatDependence mapping, guint n_servers, BgNatDependence expected)
{
  const Setting setting = {
    .family = AF_INET, .mapping = mapping, .filtering = BG_NAT_BY_ADDRESS, .n_servers = n_servers
  };
  BgNatReport report;

  run (&setting, &report, NULL);
  g_assert_true (report.answered && report.translated && report.by_two_servers);
  g_assert_cmpint (report.mapping, ==, expected);
  g_assert_cmpint (report.filtering, ==, BG_NAT_NOT_KNOWN);
}

static void
test_plain_servers (void)
{
  check_two (BG_NAT_INDEPENDENT, 2, BG_NAT_INDEPENDENT);
  check_two (BG_NAT_BY_ADDRESS, 2, BG_NAT_DEPENDENT);
  check_two (BG_NAT_BY_ADDRESS_AND_PORT, 2, BG_NAT_DEPENDENT);
  check_two (BG_NAT_INDEPENDENT, 1, BG_NAT_NOT_KNOWN);
  check_two (BG_NAT_BY_ADDRESS, 1, BG_NAT_NOT_KNOWN);
}

/* A silence of the server is no filter. */
static void
test_server_that_does_not_change (void)
{
  for (guint way = 0; way < 3; way++)
    {
      const Setting setting = { .family = AF_INET,
                                .mapping = BG_NAT_INDEPENDENT,
                                .filtering = BG_NAT_INDEPENDENT,
                                .n_servers = 1,
                                .servers = { { .has_other = TRUE,
                                               .is_lame = way == 0,
                                               .refuses = way == 1,
                                               .is_deaf = way == 2 } } };
      BgNatReport report;

      run (&setting, &report, NULL);
      g_assert_cmpint (report.mapping, ==, BG_NAT_INDEPENDENT);
      g_assert_cmpint (report.filtering, ==, BG_NAT_NOT_KNOWN);
    }
}

static void
test_nobody_answers (void)
{
  const Setting setting = { .family = AF_INET6,
                            .n_servers = 2,
                            .servers = { { .is_silent = TRUE }, { .is_silent = TRUE } } };
  BgNatReport report;
  World world;

  g_assert_cmpint (run (&setting, &report, &world), ==, 2500);
  g_assert_false (report.answered);
  g_assert_cmpuint (world.n_sent, ==, 6);
  g_assert_cmpint (bg_nat_report_grade (&report), ==, BG_NAT_UNJUDGED);
}

/* A server outside does not make us send into our own network, or anywhere that no server is. */
static void
test_other_address_that_is_none (void)
{
  static const char *const hosts[] = { "192.168.1.1", "127.0.0.1", "224.0.0.1", "11.0.0.1",
                                       "0.0.0.0" };

  for (guint i = 0; i < G_N_ELEMENTS (hosts); i++)
    {
      const Setting setting = { .family = AF_INET,
                                .mapping = BG_NAT_INDEPENDENT,
                                .filtering = BG_NAT_BY_ADDRESS,
                                .n_servers = 1,
                                .servers = { { .has_other = TRUE, .other_host = hosts[i] } } };
      BgNatReport report;
      World world;

      run (&setting, &report, &world);
      g_assert_true (report.answered && report.by_two_servers);
      g_assert_cmpuint (world.n_private, ==, 0);
      g_assert_cmpuint (world.n_heard, <=, 4); /* the server once, and for the hairpin */
    }
}

static void
test_grades (void)
{
  BgNatReport report = { .answered = TRUE,
                         .mapping = BG_NAT_INDEPENDENT,
                         .filtering = BG_NAT_INDEPENDENT };

  g_assert_cmpint (bg_nat_report_grade (&report), ==, BG_NAT_OPEN);
  report.filtering = BG_NAT_NOT_KNOWN;
  g_assert_cmpint (bg_nat_report_grade (&report), ==, BG_NAT_EASY);
  report.filtering = BG_NAT_BY_ADDRESS_AND_PORT;
  g_assert_cmpint (bg_nat_report_grade (&report), ==, BG_NAT_EASY);
  report.mapping = BG_NAT_DEPENDENT;
  g_assert_cmpint (bg_nat_report_grade (&report), ==, BG_NAT_HARD);
  report.mapping = BG_NAT_NOT_KNOWN;
  g_assert_cmpint (bg_nat_report_grade (&report), ==, BG_NAT_UNJUDGED);
}

/* Anything may come in. */
static void
test_nonsense (void)
{
  g_autoptr (BgStunTalk) talk = bg_stun_talk_new ();
  guint8 data[ANSWER_MAX];
  BgStunAnswer said;

  for (guint n = 0; n < 20000; n++)
    {
      gsize len = (gsize) g_test_rand_int_range (0, sizeof data + 1);

      for (gsize i = 0; i < len; i++)
        data[i] = (guint8) g_test_rand_int_range (0, 256);
      if (len > 8)
        memcpy (data, "\x01\x01\x00", 3), memcpy (data + 4, "\x21\x12\xa4\x42", 4);
      if (len >= 20)
        data[3] = (guint8) (len - 20);
      bg_stun_talk_read (talk, data, len, &said);
      g_assert_cmpint (said.kind, ==, BG_STUN_NOTHING);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nat-behaviour/every-kind", test_every_kind);
  g_test_add_func ("/nat-behaviour/second-server-knows", test_second_server_knows);
  g_test_add_func ("/nat-behaviour/plain-servers", test_plain_servers);
  g_test_add_func ("/nat-behaviour/server-that-does-not-change", test_server_that_does_not_change);
  g_test_add_func ("/nat-behaviour/nobody-answers", test_nobody_answers);
  g_test_add_func ("/nat-behaviour/other-address-that-is-none", test_other_address_that_is_none);
  g_test_add_func ("/nat-behaviour/grades", test_grades);
  g_test_add_func ("/nat-behaviour/nonsense", test_nonsense);
  return g_test_run ();
}
