/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is said of the networks around, and when: in virtual time. */
#include "app/network-watch.h"
#include "common/log.h"
#include "unit/net/network-text.h"
#include "unit/peer/fake-clock.h"

#define WLAN                                                                                       \
  "link 2 wlan0\naddr 203.0.113.2/24 dev 2\nroute default via 203.0.113.1 dev 2 metric 600\n"
#define CABLE                                                                                      \
  "link 3 eth0\naddr 198.51.100.2/24 dev 3\nroute default via 198.51.100.1 dev 3 metric 100\n"
#define BRIDGE "link 4 docker0 kind bridge\naddr 172.17.0.1/16 dev 4\n"

typedef struct
{
  BgNetworkWatch *watch;
  guint changed, moved, steady;
} World;

static void
on_changed (gpointer data, gboolean moved)
{
  World *world = data;

  world->changed++;
  world->moved += moved ? 1 : 0;
}

static void
on_steady (gpointer data)
{
  ((World *) data)->steady++;
}

static const BgNetworkEvents events = { on_changed, on_steady };

static BgLocalNetworks *
networks_of (const char *text)
{
  g_autoptr (BgNetworkTables) tables = network_tables_of_text (text);

  return bg_local_networks_new (tables, "bamgate0");
}

static void
be_in (World *world, const char *text)
{
  g_autoptr (BgLocalNetworks) networks = networks_of (text);

  bg_network_watch_update (world->watch, networks);
}

static void
world_up (World *world, gconstpointer data)
{
  g_autoptr (BgLocalNetworks) networks = networks_of (WLAN);

  world->watch = bg_network_watch_new (networks, &events, world);
}

static void
world_down (World *world, gconstpointer data)
{
  bg_network_watch_free (world->watch);
  g_assert_cmpuint (fake_clock_pending (), ==, 0);
}

static void
test_changes (World *world, gconstpointer data)
{
  be_in (world, WLAN BRIDGE);
  g_assert_cmpuint (world->changed, ==, 0);
  fake_clock_advance (200);
  g_assert_cmpuint (world->moved, ==, 1);
  be_in (world, "");
  fake_clock_advance (200);
  g_assert_cmpuint (world->changed, ==, 1);
  be_in (world, WLAN BRIDGE);
  fake_clock_advance (200);
  g_assert_cmpuint (world->changed, ==, 2);
  g_assert_cmpuint (world->moved, ==, 1);
  fake_clock_advance (100 * 1000);
  g_assert_cmpuint (world->steady, ==, 0); /* the way is the one that it was */
}

/* What comes and goes beside it does not delay it. */
static void
test_steady (World *world, gconstpointer data)
{
  be_in (world, WLAN CABLE);
  fake_clock_advance (200);
  g_assert_cmpuint (world->moved, ==, 1);
  for (guint i = 0; i < 4; i++)
    {
      be_in (world, i % 2 ? WLAN CABLE : WLAN CABLE BRIDGE);
      fake_clock_advance (1249);
    }
  g_assert_cmpuint (world->steady, ==, 0);
  fake_clock_advance (4);
  g_assert_cmpuint (world->steady, ==, 1);
  fake_clock_advance (100 * 1000);
  g_assert_cmpuint (world->steady, ==, 1);
}

/* One that is gone again within five seconds is none; one that stays is the next, once a minute. */
static void
test_loose_contact (World *world, gconstpointer data)
{
  for (guint i = 0; i < 20; i++)
    {
      be_in (world, i % 2 ? WLAN : WLAN CABLE);
      fake_clock_advance (4000);
    }
  g_assert_cmpuint (world->steady, ==, 0);
  for (guint i = 0; i < 30; i++)
    {
      be_in (world, i % 2 ? WLAN : WLAN CABLE);
      fake_clock_advance (6000);
    }
  g_assert_cmpuint (world->steady, ==, 3);
  fake_clock_advance (100 * 1000);
  world->steady = 0;
  be_in (world, WLAN CABLE);
  fake_clock_advance (5200);
  g_assert_cmpuint (world->steady, ==, 1);
  be_in (world, WLAN);
  fake_clock_advance (30 * 1000);
  g_assert_cmpuint (world->steady, ==, 1);
  fake_clock_advance (30 * 1000);
  g_assert_cmpuint (world->steady, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bg_log_configure ("critical", NULL);
#define ADD(name, func) g_test_add ("/network-watch/" name, World, NULL, world_up, func, world_down)
  ADD ("changes", test_changes);
  ADD ("steady", test_steady);
  ADD ("loose-contact", test_loose_contact);
  return g_test_run ();
}
