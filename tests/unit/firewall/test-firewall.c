/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The firewall of one tunnel against the real kernel, in a network namespace of this program's own, beside tables of others. */

#include "common/error.h"
#include "common/log.h"
#include "common/source.h"
#include "firewall/firewall.h"
#include "firewall/nft.h"
#include "unit/own-namespace.h"

#include <sched.h>
#include <string.h>

#define INTERFACE "bgtest0"
#define OTHERS                                                                                      \
  "table ip filter { chain FORWARD { type filter hook forward priority filter; policy drop; }; }\n" \
  "table inet mine { chain lets { type filter hook forward priority filter; policy drop; }; }\n"

static char *no_namespace; /* why tests are skipped */

typedef struct
{
  GMainLoop *loop;
  BgFirewall *firewall;
} Fixture;

static void
must_run (const char *text)
{
  g_autoptr (GError) error = NULL;

  bg_nft_run (text, &error);
  g_assert_no_error (error);
}

static void
on_changed (gpointer data)
{
}

static void
set_up (Fixture *f, gconstpointer data)
{
  if (no_namespace)
    return;
  must_run ("flush ruleset");
  f->firewall = bg_firewall_new (INTERFACE, on_changed, f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_pointer (&f->firewall, bg_firewall_free);
}

static gboolean
must_skip (void)
{
  if (no_namespace)
    g_test_skip (no_namespace);
  return no_namespace != NULL;
}

static void
set_routes (Fixture *f, guint n)
{
  BgFirewallRoute routes[2];

  g_assert_true (bg_ip_prefix_parse ("192.168.1.0/24", &routes[0].inner));
  g_assert_true (bg_ip_prefix_parse ("fd00:1::/64", &routes[1].inner));
  routes[0].shown = routes[0].inner;
  routes[1].shown = routes[1].inner;
  bg_firewall_set_plan (
    f->firewall,
    &(BgFirewallPlan){ .interface = INTERFACE, .routes = routes, .n_routes = n, .nat = TRUE });
}

static char *
ruleset (void)
{
  g_autoptr (GError) error = NULL;
  char *json = bg_nft_list ("list ruleset", &error);

  g_assert_no_error (error);
  return json;
}

static gboolean
has (const char *text)
{
  g_autofree char *json = ruleset ();

  return strstr (json, text) != NULL;
}

/* Lets events arrive until `text` is in the rules. */
static void
wait_for (const char *text)
{
  while (!has (text))
    g_main_context_iteration (NULL, TRUE);
}

static void
test_plan (Fixture *f, gconstpointer data)
{
  if (must_skip ())
    return;
  set_routes (f, 1);
  g_assert_true (has ("bamgate_" INTERFACE) && has ("192.168.1.0") && !has ("fd00:1::"));
  set_routes (f, 2);
  g_assert_true (has ("192.168.1.0") && has ("fd00:1::"));
  g_assert_null (bg_firewall_get_complaint (f->firewall));
  set_routes (f, 0);
  g_assert_false (has ("bamgate"));
}

static void
test_beside_others (Fixture *f, gconstpointer data)
{
  g_autofree char *before = NULL, *after = NULL;
  GPtrArray *obstacles;

  if (must_skip ())
    return;
  must_run (OTHERS);
  before = ruleset ();
  set_routes (f, 1);
  g_assert_true (has ("\"bamgate:" INTERFACE ":"));
  obstacles = bg_firewall_list_obstacles (f->firewall);
  g_assert_cmpuint (obstacles->len, ==, 1);
  g_assert_nonnull (
    strstr (bg_words_get_text (obstacles->pdata[0]), "chain lets of table inet mine"));
  set_routes (f, 0);
  after = ruleset ();
  g_assert_cmpstr (after, ==, before);
  g_assert_cmpuint (bg_firewall_list_obstacles (f->firewall)->len, ==, 0);
}

static void
test_flushed (Fixture *f, gconstpointer data)
{
  if (must_skip ())
    return;
  set_routes (f, 1);
  must_run ("flush ruleset");
  wait_for ("bamgate_" INTERFACE);
}

/* A table whose rules alone are gone is not mistaken for ours. */
static void
test_emptied (Fixture *f, gconstpointer data)
{
  if (must_skip ())
    return;
  set_routes (f, 1);
  must_run ("flush table inet bamgate_" INTERFACE);
  g_assert_false (has ("192.168.1.0"));
  wait_for ("192.168.1.0");
}

/* A firewall that starts after us. */
static void
test_late_others (Fixture *f, gconstpointer data)
{
  if (must_skip ())
    return;
  set_routes (f, 1);
  must_run (OTHERS);
  wait_for ("\"bamgate:" INTERFACE ":");
  g_assert_cmpuint (bg_firewall_list_obstacles (f->firewall)->len, ==, 1);
  must_run ("flush chain ip filter FORWARD"); /* rebuilt */
  wait_for ("\"bamgate:" INTERFACE ":");
}

static gboolean
on_time (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

/* Our own changes are events, too: they lead to no others. */
static void
test_rest (Fixture *f, gconstpointer data)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autofree char *before = NULL, *after = NULL;
  GSource *pause = NULL;

  if (must_skip ())
    return;
  set_routes (f, 2);
  must_run (OTHERS);
  wait_for ("\"bamgate:" INTERFACE ":");
  before = ruleset ();
  bg_source_arm (&pause, 300, on_time, loop);
  g_main_loop_run (loop);
  bg_source_drop (&pause);
  after = ruleset ();
  g_assert_cmpstr (after, ==, before);
}

static void
test_leftovers (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  if (must_skip ())
    return;
  must_run (OTHERS "table inet bamgate_strict { }\n");
  set_routes (f, 1);
  g_assert_cmpuint (bg_firewall_remove_leftovers (&error), ==, 2); /* no such interface is there */
  g_assert_no_error (error);
  g_assert_false (has (INTERFACE));
  g_assert_true (has ("bamgate_strict") && has ("mine"));
}

/* Whatever has the name of our table is replaced whole. */
static void
test_replaced (Fixture *f, gconstpointer data)
{
  if (must_skip ())
    return;
  must_run (
    "table inet bamgate_" INTERFACE
    " { set s { type ifname; elements = { \"a\" }; }; chain forward { type nat hook output priority "
    "5; }; }\n");
  set_routes (f, 1); /* it is in the way, and replaced */
  g_assert_null (bg_firewall_get_complaint (f->firewall));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bg_log_configure ("critical", NULL); /* warnings are expected here */
  no_namespace = test_enter_namespaces (CLONE_NEWNET);
#define ADD(name, function)                                                                        \
  g_test_add ("/firewall/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("plan", test_plan);
  ADD ("beside-others", test_beside_others);
  ADD ("flushed", test_flushed);
  ADD ("emptied", test_emptied);
  ADD ("late-others", test_late_others);
  ADD ("rest", test_rest);
  ADD ("leftovers", test_leftovers);
  ADD ("replaced", test_replaced);
#undef ADD
  return g_test_run ();
}
