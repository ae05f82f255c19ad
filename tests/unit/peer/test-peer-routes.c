/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer-fixture.h"

#include "common/error.h"
#include "common/log.h"
#include "net/net-plan.h"
#include "unit/net/network-text.h"

#include <arpa/inet.h>
#include <string.h>

#define SUITE "peer-routes"

static BgNetPlan *
plan_of (Fixture *f)
{
  BgNetPlan *plan = bg_net_plan_new ();

  bg_peer_set_add_to_plan (f->set, plan);
  return bg_net_plan_seal (plan);
}

static const BgNetRoute *
route_in (BgNetPlan *plan, const char *text)
{
  BgIpPrefix prefix;

  g_assert_true (bg_ip_prefix_parse (text, &prefix));
  return bg_net_plan_find_route (plan, &prefix, 0);
}

static void
test_routes (Fixture *f, gconstpointer data)
{
  guint before;

  say_entry ("z", 0x22, "10.0.0.2/24", "192.168.7.0/24");
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  say_description (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z1", OURS);
  open_session (f, 0x22);
  g_assert_true (fake_has_command ("set-peer 22 10.0.0.2/32 192.168.7.0/24 control"));
  {
    g_autoptr (BgNetPlan) plan = plan_of (f);

    g_assert_cmpuint (route_in (plan, "10.0.0.2/32")->mtu, ==, 1420);
    g_assert_nonnull (route_in (plan, "192.168.7.0/24"));
  }
  before = f->routes_changed;
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_DATA_CHANNEL);
  g_assert_cmpuint (f->routes_changed, ==, before + 1);
  {
    g_autoptr (BgNetPlan) plan = plan_of (f);

    g_assert_cmpuint (route_in (plan, "10.0.0.2/32")->mtu, ==, 1152);
  }
  {
    g_autoptr (GPtrArray) none = bg_peer_accepts_copy (NULL);

    bg_peer_set_set_accept (f->set, FALSE, none);
  }
  g_assert_null (info (f, "z")->accepted_routes[0]);
  g_assert_cmpstr (info (f, "z")->routes[0], ==, "192.168.7.0/24");
  {
    g_autoptr (BgNetPlan) plan = plan_of (f);

    g_assert_null (route_in (plan, "192.168.7.0/24"));
  }
}

/* A larger one with the route, connected at once. */
static void
connect_with (Fixture *f, const char *id, guint8 key, const char *address, const char *route)
{
  g_autofree char *sdp = g_strdup_printf ("fp=%s ufrag=%s", id, id);

  say_entry (id, key, address, route);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  say_description (BG_SIGNAL_ANSWER, id, key, sdp, OURS);
  open_session (f, key);
}

/* `id` carries the only route that there is; NULL: nobody. */
static void
assert_carrier (Fixture *f, const char *id)
{
  g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (f->set);

  for (guint i = 0; i < peers->len; i++)
    {
      const BgPeerInfo *peer = bg_peer_get_info (peers->pdata[i]);

      g_assert_cmpuint (g_strv_length ((char **) peer->accepted_routes), ==,
                        g_strcmp0 (peer->id, id) == 0 ? 1 : 0);
    }
}

/* Why the first of its routes that is not taken is not. */
static void
assert_refused_route (Fixture *f, const char *id, const char *route, const char *why)
{
  g_autoptr (GVariant)
    details = g_variant_ref_sink (bg_peer_get_details (bg_peer_set_lookup (f->set, id)));
  g_autoptr (GVariantIter) refused = NULL;
  const char *text = "", *reason = "";

  g_variant_lookup (details, "refused-routes", "a(ss)", &refused);
  g_variant_iter_next (refused, "(&s&s)", &text, &reason);
  g_assert_cmpstr (text, ==, route);
  g_assert_cmpstr (reason, ==, why);
}

/* Of several peers with the same route one carries it: another one where its path dies, and it again when it was back for
 * a while. */
static void
test_route_moves (Fixture *f, gconstpointer data)
{
  connect_with (f, "y", 0x22, "10.0.0.2/24", "192.168.7.0/24");
  connect_with (f, "z", 0x33, "10.0.0.3/24", "192.168.7.0/24");
  fake_clock_advance (15000);
  assert_carrier (f, "y");
  assert_refused_route (f, "z", "192.168.7.0/24", "it goes through y");
  g_assert_cmpstr (info (f, "z")->state_reason, ==, ""); /* it is as it should be */

  g_ptr_array_set_size (world.commands, 0);
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_NONE);
  fake_clock_advance (200);
  assert_carrier (f, "y");
  fake_clock_advance (200);
  assert_carrier (f, "z");
  /* The one that gains it first: packets always have somewhere to go. */
  g_assert_cmpstr (world.commands->pdata[world.commands->len - 2], ==,
                   "set-peer 33 10.0.0.3/32 192.168.7.0/24 control");
  g_assert_cmpstr (world.commands->pdata[world.commands->len - 1], ==,
                   "set-peer 22 10.0.0.2/32 control");
  say_event (f, BG_EVENT_PATH, 0x22, BG_TRANSPORT_ICE);
  fake_clock_advance (9000);
  assert_carrier (f, "z");
  fake_clock_advance (2000);
  assert_carrier (f, "y");
  say_left ("y");
  assert_carrier (f, "y"); /* the connection lives */
  say_event (f, BG_EVENT_SILENT, 0x22, BG_TRANSPORT_NONE);
  fake_clock_advance (0);
  assert_carrier (f, "z");
}

static void
accept_of (Fixture *f, const char *id, const char *routes, const char *prefer)
{
  g_autoptr (GPtrArray) accepts = bg_peer_accepts_copy (NULL);
  BgPeerAccept *one = bg_peer_accept_new (id);
  BgIpPrefix prefix;

  if (g_strcmp0 (routes, "*") == 0)
    one->all_routes = TRUE;
  else if (routes && bg_ip_prefix_parse (routes, &prefix))
    g_array_append_val (one->routes, prefix);
  if (prefer && bg_ip_prefix_parse (prefer, &prefix))
    g_array_append_val (one->prefer, prefix);
  g_ptr_array_add (accepts, one);
  bg_peer_set_set_accept (f->set, FALSE, accepts);
  fake_clock_advance (0);
}

/* What is said of a peer that was never seen holds when it comes; a part of what it offers can be taken. */
static void
test_accept (Fixture *f, gconstpointer data)
{
  accept_of (f, "z", "192.168.7.64/26", NULL);
  connect_with (f, "y", 0x22, "10.0.0.2/24", "192.168.0.0/16");
  connect_with (f, "z", 0x33, "10.0.0.3/24", "192.168.0.0/16");
  assert_carrier (f, "z");
  g_assert_cmpstr (info (f, "z")->accepted_routes[0], ==, "192.168.7.64/26");
  assert_refused_route (f, "y", "192.168.0.0/16", "device.accept-routes is off");
  accept_of (f, "z", "10.9.0.0/16", NULL);
  assert_carrier (f, NULL);
  assert_refused_route (f, "z", "192.168.0.0/16", "[accept z] does not name it");
  accept_of (f, "y", "*", NULL);
  assert_carrier (f, "y");
  g_assert_cmpstr (info (f, "y")->accepted_routes[0], ==, "192.168.0.0/16");
}

/* The person's word moves it at once. */
static void
test_prefer (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) accepts = bg_peer_accepts_copy (NULL);
  BgPeerAccept *one = bg_peer_accept_new ("z");
  BgIpPrefix prefix;

  connect_with (f, "y", 0x22, "10.0.0.2/24", "192.168.7.0/24");
  connect_with (f, "z", 0x33, "10.0.0.3/24", "192.168.7.0/24");
  fake_clock_advance (120000);
  assert_carrier (f, "y");
  one->all_routes = TRUE;
  g_assert_true (bg_ip_prefix_parse ("192.168.0.0/16", &prefix));
  g_array_append_val (one->prefer, prefix);
  g_ptr_array_add (accepts, one);
  bg_peer_set_set_accept (f->set, TRUE, accepts);
  fake_clock_advance (0);
  assert_carrier (f, "z");
  say_event (f, BG_EVENT_PATH, 0x33, BG_TRANSPORT_NONE);
  fake_clock_advance (400);
  assert_carrier (f, "y");
}

/* A static peer's network is nobody else's. */
static void
test_static_route_first (Fixture *f, gconstpointer data)
{
  BgAllowedIp ip = { .family = 2, .addr = { 192, 168, 7, 0 }, .prefix = 24 };
  BgPeerConfig config = { .key = fake_key (0x55), .allowed_ips = &ip, .n_allowed_ips = 1 };
  g_autoptr (GError) error = NULL;

  connect_with (f, "z", 0x33, "10.0.0.3/24", "192.168.7.0/24");
  assert_carrier (f, "z");
  g_assert_true (bg_peer_set_add_static (f->set, "office", &config, "192.0.2.9", 51820, &error));
  fake_clock_advance (10);
  g_assert_null (info (f, "z")->accepted_routes[0]);
  assert_refused_route (f, "z", "192.168.7.0/24", "another peer has it");
  bg_peer_set_remove_static (f->set, "office");
  fake_clock_advance (10);
  assert_carrier (f, "z");
}

/* In a network as the tables say, with hub at `hub` (NULL: unknown). */
static void
surround (Fixture *f, const char *tables_text, const char *hub)
{
  g_autoptr (BgNetworkTables) tables = network_tables_of_text (tables_text);
  g_autoptr (BgLocalNetworks) networks = bg_local_networks_new (tables, "bamgate0");
  g_autoptr (GArray) outside = g_array_new (FALSE, TRUE, sizeof (BgOutsideHost));
  BgOutsideHost host = { .kind = BG_OUTSIDE_HUB };

  if (hub && bg_ip_prefix_parse (hub, &host.host))
    g_array_append_val (outside, host);
  bg_peer_set_set_surroundings (f->set, networks, outside);
  fake_clock_advance (0);
}

#define UPLINK "link 2 eth0\naddr 203.0.113.2/24 dev 2\nroute default via 203.0.113.1 dev 2\n"

/* The address of its path is gone, or deprecated while there is another: ICE is restarted at once; else the peer is asked. */
static void
test_moves (Fixture *f, gconstpointer data)
{
  BgIceSession *session;

  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  session = fake_last_session ();
  session->base = "203.0.113.2";
  surround (f, UPLINK, NULL);
  bg_peer_set_doubt (f->set);
  g_assert_cmpuint (session->restarts, ==, 0);
  say_pong (f, 0x22, 400);
  surround (f, "link 2 eth0\naddr 203.0.113.2/24 dev 2 deprecated\n", NULL);
  bg_peer_set_doubt (f->set);
  g_assert_cmpuint (session->restarts, ==, 0); /* there is no other */
  say_pong (f, 0x22, 400);
  surround (f, "link 2 eth0\naddr 203.0.113.2/24 dev 2 deprecated\naddr 203.0.113.3/24 dev 2\n",
            NULL);
  bg_peer_set_doubt (f->set);
  g_assert_cmpuint (session->restarts, ==, 1);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
  surround (f, "link 2 eth0\naddr 203.0.113.3/24 dev 2\n", NULL);
  bg_peer_set_doubt (f->set); /* the offer of before names an address that is gone by now */
  g_assert_cmpuint (session->restarts, ==, 2);
  session->base = "203.0.113.3";
  bg_peer_set_doubt (f->set);
  g_assert_cmpuint (session->restarts, ==, 2);
}

/* A foreign peer that offers believes in a path that is dead: we leave and join the hub for it. */
static void
test_stranded (Fixture *f, gconstpointer data)
{
  connect_smaller (f, "a", 0x22, "10.0.0.2/24", GO);
  fake_last_session ()->base = "203.0.113.2";
  surround (f, UPLINK, NULL);
  surround (f, "", NULL);
  fake_signaling_set_state (BG_SIGNALING_WAITING);
  bg_peer_set_doubt (f->set);
  fake_clock_advance (4 * 1500);
  g_assert_cmpuint (world.rejoins, ==, 0);
  fake_signaling_set_state (BG_SIGNALING_ONLINE);
  fake_clock_advance (1499);
  g_assert_cmpuint (world.rejoins, ==, 0);
  fake_clock_advance (2);
  g_assert_cmpuint (world.rejoins, ==, 1);
  g_assert_cmpuint (fake_open_sessions (), ==, 0);
}

/* Another of its kind, whose path lives, would lose it. */
static void
test_stranded_beside_another (Fixture *f, gconstpointer data)
{
  BgIceSession *session;

  connect_smaller (f, "a", 0x22, "10.0.0.2/24", GO);
  session = fake_last_session ();
  session->base = "203.0.113.2";
  connect_smaller (f, "b", 0x33, "10.0.0.3/24", GO);
  fake_last_session ()->base = "198.51.100.2";
  surround (f, "link 3 eth1\naddr 198.51.100.2/24 dev 3\n", NULL);
  bg_peer_set_doubt (f->set);
  say_pong (f, 0x33, 400);
  fake_clock_advance (4999);
  g_assert_cmpuint (session->restarts, ==, 0);
  fake_clock_advance (2);
  g_assert_cmpuint (session->restarts, ==, 1);
  g_assert_cmpuint (world.rejoins, ==, 0);
}

#define WLAN                                                                                       \
  "link 2 wlan0\naddr 203.0.113.2/24 dev 2\nroute default via 203.0.113.1 dev 2 metric 600\n"
#define CABLE                                                                                      \
  "link 3 eth0\naddr 198.51.100.2/24 dev 3\nroute default via 198.51.100.1 dev 3 metric 100\n"

/* A better uplink: ICE is restarted for who is not on it, once, and nobody who would break first. */
static void
test_better_uplink (Fixture *f, gconstpointer data)
{
  BgIceSession *session, *other;

  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  session = fake_last_session ();
  connect_larger (f, "y", 0x33, "10.0.0.3/24", GO);
  other = fake_last_session ();
  session->base = other->base = "203.0.113.2";
  surround (f, WLAN, NULL);
  bg_peer_set_seek_better (f->set);
  g_assert_cmpuint (session->restarts, ==, 0);
  surround (f, WLAN CABLE, NULL);
  fake_signaling_set_state (BG_SIGNALING_WAITING);
  bg_peer_set_seek_better (f->set);
  g_assert_cmpuint (session->restarts, ==, 0);
  fake_signaling_set_state (BG_SIGNALING_ONLINE);
  fake_clock_advance (15000);
  g_assert_cmpuint (session->restarts, ==, 1);
  g_assert_cmpuint (other->restarts, ==, 0);
  assert_state (f, "z", BG_PEER_PUBLIC_CONNECTED);
  fake_session_describe (session, "fp=M ufrag=m2");
  say_description (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z2", OURS);
  session->base = "198.51.100.2";
  fake_session_end_restart (session, TRUE);
  say_pong (f, 0x22, 400);
  bg_peer_set_seek_better (f->set);
  g_assert_cmpuint (session->restarts, ==, 1);
  g_assert_cmpuint (world.sessions->len, ==, 2);
}

/* Addresses change one after the other, and so do our offers: the answer to the first comes when the second is out, which nothing in it
 * tells. The answer to the second does, and ours is made once more; who cannot prove its key is not heard. */
static void
test_answers_cross (Fixture *f, gconstpointer data)
{
  WgKey key = real_key (0x22);
  BgIceSession *session;

  say_real_entry ("z", 0x22, "10.0.0.2/24");
  session = fake_last_session ();
  fake_session_describe (session, "fp=M ufrag=m1");
  say_signed (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z1", 1000);
  fake_session_set_state (session, BG_ICE_SESSION_OPEN);
  say_event_of (f, BG_EVENT_SESSION, &key, BG_TRANSPORT_NONE);
  say_event_of (f, BG_EVENT_PATH, &key, BG_TRANSPORT_ICE);
  session->base = "203.0.113.2";
  surround (f, UPLINK, NULL);
  surround (f, "link 2 eth0\naddr 203.0.113.3/24 dev 2\n", NULL);
  bg_peer_set_doubt (f->set);
  fake_session_describe (session, "fp=M ufrag=m2");
  bg_peer_set_doubt (f->set);
  fake_session_describe (session, "fp=M ufrag=m3");
  g_assert_cmpuint (session->restarts, ==, 2);
  say_signed (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z2", 1001);
  g_assert_cmpstr (session->remote, ==, "answer fp=Z ufrag=z2");
  say_signed (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z2", 1002);
  say_signed (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z9", 999);
  g_assert_cmpuint (session->restarts, ==, 2);
  say_signed (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z3", 1003);
  g_assert_cmpuint (session->restarts, ==, 3);
  fake_session_describe (session, "fp=M ufrag=m4");
  fake_clock_advance (4000); /* of descriptions there are so many in a time */
  say_signed (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z4", 1004);
  g_assert_cmpstr (session->remote, ==, "answer fp=Z ufrag=z4");
}

#define CROWD 40
#define CROWD_KEY 0x40

static BgIceSession *
session_of (guint i)
{
  return world.sessions->pdata[i];
}

static void
connect_crowd (Fixture *f)
{
  for (guint i = 0; i < CROWD; i++)
    {
      g_autofree char *id = g_strdup_printf ("z%02u", i),
                      *address = g_strdup_printf ("10.0.0.%u/24", 10 + i);

      say_entry (id, (guint8) (CROWD_KEY + i), address, NULL);
      fake_session_describe (session_of (i), "fp=M ufrag=m1");
      say_description (BG_SIGNAL_ANSWER, id, (guint8) (CROWD_KEY + i), "fp=Z ufrag=z1 session=1",
                       OURS);
      open_session (f, (guint8) (CROWD_KEY + i));
      session_of (i)->base = "203.0.113.2";
    }
}

/* All that we had is gone, for all of them. */
static void
lose_uplink (Fixture *f)
{
  surround (f, UPLINK, NULL);
  surround (f, "link 3 wlan0\naddr 198.51.100.2/24 dev 3\nroute default via 198.51.100.1 dev 3\n",
            NULL);
  bg_peer_set_doubt (f->set);
}

static guint
count_restarts (guint first, guint end)
{
  guint n = 0;

  for (guint i = first; i < end; i++)
    n += session_of (i)->restarts;
  return n;
}

/* Who had traffic last: the third dozen, of it the later ones later. */
static void
say_figures (Fixture *f)
{
  BgPeerStats stats[CROWD];
  const char *asked = world.commands->pdata[world.commands->len - 1];
  BgEvent event = { .type = BG_EVENT_STATS, .stats = stats, .n_stats = CROWD };

  g_assert_true (g_str_has_prefix (asked, "stats "));
  event.cookie = g_ascii_strtoull (asked + strlen ("stats "), NULL, 10);
  for (guint i = 0; i < CROWD; i++)
    stats[i] = (BgPeerStats){ .key = fake_key ((guint8) (CROWD_KEY + i)),
                              .quiet_us = i / 12 == 2 ? (CROWD - (gint64) i) * 1000 : -1 };
  bg_peer_set_take_event (f->set, &event);
  fake_clock_advance (0);
}

static void
finish_restart (Fixture *f, guint i)
{
  g_autofree char *id = g_strdup_printf ("z%02u", i);

  fake_session_describe (session_of (i), "fp=M ufrag=m2");
  say_description (BG_SIGNAL_ANSWER, id, (guint8) (CROWD_KEY + i), "fp=Z ufrag=z2 session=1", OURS);
  session_of (i)->base = "198.51.100.2";
}

/* With many connections on it: a few of them at a time are restarted, those that are used first. */
static void
test_uplink_dies (Fixture *f, gconstpointer data)
{
  connect_crowd (f);
  fake_clock_advance (60 * 1000);
  lose_uplink (f);
  g_assert_cmpuint (count_restarts (0, CROWD), ==, 0);
  say_figures (f);
  g_assert_cmpuint (count_restarts (24, 36), ==, 12);
  g_assert_cmpuint (count_restarts (0, CROWD), ==, 16);
  fake_clock_advance (100);
  g_assert_cmpuint (count_restarts (0, CROWD), ==, 16);
  finish_restart (f, 30);
  finish_restart (f, 31);
  fake_clock_advance (0);
  g_assert_cmpuint (count_restarts (0, CROWD), ==, 18);
  fake_clock_advance (2000); /* the others find no answer, and are in nobody's way */
  g_assert_cmpuint (count_restarts (0, CROWD), ==, 34);
  fake_clock_advance (2000);
  for (guint i = 0; i < CROWD; i++)
    g_assert_cmpuint (session_of (i)->restarts, ==, 1);
}

/* The peer's own offer comes before ours has its turn: it is answered. And a data plane that says nothing is not waited for. */
static void
test_uplink_dies_for_both (Fixture *f, gconstpointer data)
{
  connect_crowd (f);
  lose_uplink (f);
  say_description (BG_SIGNAL_OFFER, "z39", CROWD_KEY + 39, "fp=Z ufrag=z2 session=1", OURS);
  g_assert_null (session_of (39)->answered); /* it may be forged, and our path may live */
  say_event (f, BG_EVENT_PATH, CROWD_KEY + 39, BG_TRANSPORT_NONE);
  say_description (BG_SIGNAL_OFFER, "z39", CROWD_KEY + 39, "fp=Z ufrag=z2 session=1", OURS);
  g_assert_cmpstr (session_of (39)->answered, ==, "fp=Z ufrag=z2 session=1");
  fake_clock_advance (99);
  g_assert_cmpuint (count_restarts (0, CROWD), ==, 0);
  fake_clock_advance (1);
  g_assert_cmpuint (count_restarts (0, CROWD), ==, 16);
  fake_clock_advance (4000);
  g_assert_cmpuint (count_restarts (0, CROWD), ==, CROWD - 1);
  g_assert_cmpuint (session_of (39)->restarts, ==, 0);
}

static void
assert_taken (Fixture *f, const char *route, const char *why_not)
{
  g_autoptr (BgNetPlan) plan = plan_of (f);
  const BgPeerInfo *peer = info (f, "z");

  g_assert_cmpstr (peer->accepted_routes[0], ==, why_not ? NULL : route);
  g_assert_true ((route_in (plan, route) == NULL) == (why_not != NULL));
  if (!strstr (peer->state_reason, why_not ? why_not : ""))
    g_test_fail_printf ("“%s” lacks “%s”", peer->state_reason, why_not);
}

static void
test_routes_give_way (Fixture *f, gconstpointer data)
{
  static const char route[] = "192.168.7.0/24";

  say_entry ("z", 0x22, "10.0.0.2/24", route);
  fake_session_describe (fake_last_session (), "fp=M ufrag=m1");
  say_description (BG_SIGNAL_ANSWER, "z", 0x22, "fp=Z ufrag=z1", OURS);
  open_session (f, 0x22);
  surround (f, UPLINK, NULL);
  assert_taken (f, route, NULL);
  surround (f, UPLINK "link 3 wlan0\naddr 192.168.7.9/25 dev 3\n", NULL);
  assert_taken (f, route,
                "192.168.7.0/24 is not taken: this machine is in 192.168.7.0/25 on wlan0");
  g_assert_true (fake_has_command ("set-peer 22 10.0.0.2/32 control"));
  surround (f, UPLINK, "192.168.7.77");
  assert_taken (f, route, "the hub is at 192.168.7.77");
  surround (f, UPLINK, NULL);
  assert_taken (f, route, NULL);
  g_assert_cmpstr (info (f, "z")->state_reason, ==, "");
}

static void
test_address_gives_way (Fixture *f, gconstpointer data)
{
  connect_larger (f, "z", 0x22, "10.0.0.2/24", OURS);
  surround (f, UPLINK "link 3 wlan0\naddr 10.0.0.9/24 dev 3\nroute default via 10.0.0.2 dev 3\n",
            NULL);
  {
    g_autoptr (BgNetPlan) plan = plan_of (f);

    g_assert_null (route_in (plan, "10.0.0.2/32"));
  }
  g_assert_cmpstr (info (f, "z")->state_reason, ==, "10.0.0.2 is a router on wlan0");
  surround (f, UPLINK, NULL);
  {
    g_autoptr (BgNetPlan) plan = plan_of (f);

    g_assert_nonnull (route_in (plan, "10.0.0.2/32"));
  }
  g_assert_cmpstr (info (f, "z")->state_reason, ==, "");
}

/* "203.0.113.1" or "" for none by which the only host of the plan is kept outside; NULL where nothing is. */
static void
assert_outside (Fixture *f, const char *host, const char *via)
{
  g_autoptr (BgNetPlan) plan = plan_of (f);
  char text[BG_IP_PREFIX_TEXT] = "";
  const BgNetOutside *outside;

  g_assert_cmpuint (bg_net_plan_n_outside (plan), ==, host ? 1 : 0);
  if (!host)
    return;
  outside = bg_net_plan_get_outside (plan, 0);
  bg_ip_prefix_format_address (&outside->host, text);
  g_assert_cmpstr (text, ==, host);
  text[0] = '\0';
  if (outside->has_way)
    bg_ip_prefix_format_address (&outside->way.gateway, text);
  g_assert_cmpstr (text, ==, via);
}

static void
test_static_endpoint_stays_outside (Fixture *f, gconstpointer data)
{
  BgAllowedIp ips[] = { { .family = 2, .addr = { 198, 51, 0, 0 }, .prefix = 16 },
                        { .family = 2, .addr = { 198, 51, 100, 9 }, .prefix = 32 } };
  BgPeerConfig config = { .key = fake_key (0x55), .allowed_ips = ips, .n_allowed_ips = 1 };
  BgEvent session = { .type = BG_EVENT_SESSION,
                      .key = config.key,
                      .latency_us = -1,
                      .endpoint.addr.in4.sin_family = AF_INET };
  g_autoptr (GError) error = NULL;

  surround (f, UPLINK, NULL);
  g_assert_true (bg_peer_set_add_static (f->set, "office", &config, "198.51.100.9", 1, &error));
  assert_outside (f, "198.51.100.9", "203.0.113.1");
  surround (f, "link 2 eth0\naddr 203.0.113.2/24 dev 2\n", NULL);
  assert_outside (f, "198.51.100.9", "");
  g_assert_nonnull (strstr (info (f, "office")->state_reason, "198.51.100.9"));
  g_assert_nonnull (strstr (info (f, "office")->state_reason, "no other way"));
  surround (f, UPLINK, NULL);
  g_assert_cmpstr (info (f, "office")->state_reason, ==, "");

  /* Another peer's too, and its very address is not routed to it. */
  ips[0].addr[0] = 10;
  ips[0].addr[1] = 77;
  config.n_allowed_ips = 2;
  g_assert_true (bg_peer_set_add_static (f->set, "office", &config, "198.51.100.9", 1, &error));
  fake_clock_advance (0);
  {
    g_autoptr (BgNetPlan) plan = plan_of (f);

    g_assert_null (route_in (plan, "198.51.100.9/32"));
    g_assert_nonnull (route_in (plan, "10.77.0.0/16"));
  }

  /* Where a session finds it. */
  inet_pton (AF_INET, "10.77.3.4", &session.endpoint.addr.in4.sin_addr);
  bg_peer_set_take_event (f->set, &session);
  fake_clock_advance (0);
  assert_outside (f, "10.77.3.4", "203.0.113.1");
  bg_peer_set_remove_static (f->set, "office");
  assert_outside (f, NULL, NULL);
}

/* Where the name of the endpoint would be asked for through the tunnel that waits for it. */
static void
test_static_name_before_half_of_the_world (Fixture *f, gconstpointer data)
{
  BgAllowedIp ips[] = { { .family = 2, .prefix = 1 },
                        { .family = 2, .addr = { 10, 77 }, .prefix = 16 } };
  BgPeerConfig config = { .key = fake_key (0x55), .allowed_ips = ips, .n_allowed_ips = 2 };
  g_autoptr (GError) error = NULL;
  g_autoptr (BgNetPlan) plan = NULL;

  g_assert_true (
    bg_peer_set_add_static (f->set, "office", &config, "name.of.office.invalid", 1, &error));
  plan = plan_of (f);
  g_assert_null (route_in (plan, "0.0.0.0/1"));
  g_assert_nonnull (route_in (plan, "10.77.0.0/16"));
}

static void
test_static_peer (Fixture *f, gconstpointer data)
{
  BgAllowedIp ip = { .family = 2, .addr = { 10, 70, 0, 2 }, .prefix = 32 };
  BgPeerConfig config = {
    .key = fake_key (0x55), .keepalive = 25, .allowed_ips = &ip, .n_allowed_ips = 1
  };
  g_autoptr (GError) error = NULL;

  g_assert_true (bg_peer_set_add_static (f->set, "office", &config, "192.0.2.9", 51820, &error));
  g_assert_no_error (error);
  g_assert_true (fake_has_command ("set-peer 55 10.70.0.2/32"));
  g_assert_true (fake_has_command ("endpoint 55"));
  assert_state (f, "office", BG_PEER_PUBLIC_CONNECTING);
  say_event (f, BG_EVENT_SESSION, 0x55, BG_TRANSPORT_NONE);
  assert_state (f, "office", BG_PEER_PUBLIC_CONNECTED);
  g_assert_cmpint (info (f, "office")->path, ==, BG_TRANSPORT_UDP);
  g_assert_cmpstr (info (f, "office")->addresses[0], ==, "10.70.0.2");
  {
    g_autoptr (BgNetPlan) plan = plan_of (f);

    g_assert_nonnull (route_in (plan, "10.70.0.2/32"));
  }
  /* Before the attempts are given up, as traffic may begin them anew for ever. */
  say_event (f, BG_EVENT_UNANSWERED, 0x55, BG_TRANSPORT_NONE);
  assert_state (f, "office", BG_PEER_PUBLIC_CONNECTING);
  say_event (f, BG_EVENT_SESSION, 0x55, BG_TRANSPORT_NONE);
  assert_state (f, "office", BG_PEER_PUBLIC_CONNECTED);
  /* Neither its name nor its key is for the mesh. */
  say_entry ("office", 0x56, "10.0.0.7/24", NULL);
  g_assert_true (info (f, "office")->is_static);
  say_entry ("z", 0x55, "10.0.0.8/24", NULL);
  assert_refused (f, "z", "in use by office");
  say_event (f, BG_EVENT_SILENT, 0x55, BG_TRANSPORT_NONE);
  assert_state (f, "office", BG_PEER_PUBLIC_CONNECTING);
  g_assert_false (bg_peer_forget (bg_peer_set_lookup (f->set, "office"), &error));

  bg_peer_set_remove_static (f->set, "office");
  g_assert_true (fake_has_command ("remove 55"));
  config.key = fake_key (0x11);
  g_clear_error (&error);
  g_assert_false (bg_peer_set_add_static (f->set, "me", &config, NULL, 0, &error));
  g_assert_error (error, BG_ERROR, BG_ERROR_CONFIG);
}

/* A resolver in which a name's address can be changed. */
typedef struct
{
  GResolver parent;
} MovingResolver;
typedef GResolverClass MovingResolverClass;

GType moving_resolver_get_type (void);
G_DEFINE_TYPE (MovingResolver, moving_resolver, G_TYPE_RESOLVER)

static const char *name_address;
static guint name_questions;

static void
moving_lookup_async (GResolver *resolver, const char *name, GCancellable *cancellable,
                     GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (resolver, cancellable, callback, data);

  name_questions++;
  g_task_return_pointer (task, g_list_append (NULL, g_inet_address_new_from_string (name_address)),
                         NULL);
}

static GList *
moving_lookup_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
moving_resolver_class_init (MovingResolverClass *class)
{
  class->lookup_by_name_async = moving_lookup_async;
  class->lookup_by_name_finish = moving_lookup_finish;
}

static void
moving_resolver_init (MovingResolver *self)
{
}

static void
settle_lookups (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* Unanswered: the name is asked for again, and a peer that has roamed is left in peace unless its name moved. */
static void
test_static_name_moves (Fixture *f, gconstpointer data)
{
  BgAllowedIp ip = { .family = 2, .addr = { 10, 70, 0, 2 }, .prefix = 32 };
  BgPeerConfig config = { .key = fake_key (0x55), .allowed_ips = &ip, .n_allowed_ips = 1 };
  g_autoptr (GResolver) before = g_resolver_get_default (),
                        moving = g_object_new (moving_resolver_get_type (), NULL);
  guint questions;

  g_resolver_set_default (moving);
  name_address = "192.0.2.9";
  g_assert_true (bg_peer_set_add_static (f->set, "office", &config, "office.test", 51820, NULL));
  settle_lookups ();
  g_assert_cmpuint (fake_count_commands ("endpoint 55"), ==, 1);
  say_event (f, BG_EVENT_SESSION, 0x55, BG_TRANSPORT_NONE);

  questions = name_questions;
  say_event (f, BG_EVENT_UNANSWERED, 0x55, BG_TRANSPORT_NONE);
  settle_lookups ();
  g_assert_cmpuint (name_questions, ==, questions + 1);
  g_assert_cmpuint (fake_count_commands ("endpoint 55"), ==, 1);

  name_address = "192.0.2.10";
  say_event (f, BG_EVENT_UNANSWERED, 0x55, BG_TRANSPORT_NONE);
  settle_lookups ();
  g_assert_cmpuint (fake_count_commands ("endpoint 55"), ==, 2);

  say_event (f, BG_EVENT_SILENT, 0x55, BG_TRANSPORT_NONE);
  settle_lookups ();
  g_assert_cmpuint (fake_count_commands ("endpoint 55"), ==, 3);
  /* What wg(8) made of it meanwhile is nobody's to undo. */
  g_assert_cmpuint (fake_count_commands ("set-peer 55"), ==, 1);
  g_resolver_set_default (before);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bg_log_configure ("critical", NULL);
  ADD ("routes", test_routes);
  ADD ("route-moves", test_route_moves);
  ADD ("accept", test_accept);
  ADD ("prefer", test_prefer);
  ADD ("static-route-first", test_static_route_first);
  ADD ("moves", test_moves);
  ADD ("stranded", test_stranded);
  ADD ("stranded-beside-another", test_stranded_beside_another);
  ADD ("answers-cross", test_answers_cross);
  ADD ("better-uplink", test_better_uplink);
  ADD ("uplink-dies", test_uplink_dies);
  ADD ("uplink-dies-for-both", test_uplink_dies_for_both);
  ADD ("routes-give-way", test_routes_give_way);
  ADD ("address-gives-way", test_address_gives_way);
  ADD ("static-endpoint-stays-outside", test_static_endpoint_stays_outside);
  ADD ("static-name-before-half-of-the-world", test_static_name_before_half_of_the_world);
  ADD ("static-peer", test_static_peer);
  ADD ("static-name-moves", test_static_name_moves);
  return g_test_run ();
}
