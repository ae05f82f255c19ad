/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/own-description.h"

#include <glib/gstdio.h>

static BgConfig *
load (const char *settings)
{
  g_autofree char *directory = g_dir_make_tmp ("bamgate-test-XXXXXX", NULL),
                  *path = g_build_filename (directory, "bamgate.conf", NULL);
  g_autoptr (GError) error = NULL;
  BgConfig *config;

  g_assert_true (g_file_set_contents (path, settings, -1, NULL));
  config = bg_config_load (path, &error);
  g_assert_no_error (error);
  g_remove (path);
  g_rmdir (directory);
  return config;
}

static void
assert_told (const BgConfig *config, const char *peer, const char *services)
{
  g_autoptr (BgPeerOffer) all = bg_own_offer_new (config, 0),
                          told = bg_own_offer_for (all, config, peer);
  g_autofree char *said = g_strjoinv (", ", told->services);

  g_assert_cmpstr (said, ==, services);
  g_assert_cmpstrv (told->routes, all->routes);
}

/* Nobody hears of what is not for him, and the hub of nothing but what is for all. */
static void
test_services_of_each (void)
{
  g_autoptr (BgConfig) config = load ("[device]\nroutes=192.168.1.0/24\n"
                                      "[service web]\ntcp=127.0.0.1:80\n"
                                      "[service wiki]\ntcp=127.0.0.1:81\nudp=127.0.0.1:81\n"
                                      "peers=laptop;phone\n");
  g_autoptr (BgPeerOffer) all = bg_own_offer_new (config, 0);

  g_assert_cmpuint (g_strv_length (all->services), ==, 3);
  assert_told (config, "laptop", "web 80 tcp, wiki 81 tcp, wiki 81 udp");
  assert_told (config, "phone", "web 80 tcp, wiki 81 tcp, wiki 81 udp");
  assert_told (config, "lap", "web 80 tcp");
  assert_told (config, NULL, "web 80 tcp");
}

/* Another word on who may come is told, although the services are the same. */
static void
test_who_may_come (void)
{
  g_autoptr (BgConfig) before = load ("[service web]\ntcp=127.0.0.1:80\npeers=laptop\n"),
                       after = load ("[service web]\ntcp=127.0.0.1:80\npeers=laptop;phone\n");
  g_autofree char *a = bg_own_services_describe (before), *b = bg_own_services_describe (after),
                  *again = bg_own_services_describe (before);

  g_assert_cmpstr (a, !=, b);
  g_assert_cmpstr (a, ==, again);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/own-description/services-of-each", test_services_of_each);
  g_test_add_func ("/own-description/who-may-come", test_who_may_come);
  return g_test_run ();
}
