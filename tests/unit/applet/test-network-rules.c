/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network-rules.h"

#include <string.h>

static const AppletNetwork home = { (char *) "secured:Home", (char *) "Home", FALSE };
static const AppletNetwork twin = { (char *) "open:Home", (char *) "Home", TRUE };
static const AppletNetwork cafe = { (char *) "open:Café", (char *) "Café", TRUE };
static const AppletNetwork office = { (char *) "secured:Office", (char *) "Office", FALSE };
static const AppletNetwork wire = { (char *) "connection:1", NULL, FALSE };
static const AppletNetwork none = { NULL, NULL, FALSE };

static GVariant *
some_rules (void)
{
  return g_variant_ref_sink (g_variant_new_parsed (
    "[('Home', false, 'off'), ('Office', false, 'on'), ('Library', true, 'ask'), ('Odd', false, 'dance')]"));
}

static void
test_find (void)
{
  g_autoptr (GVariant) rules = some_rules ();
  const AppletNetwork library = { (char *) "open:Library", (char *) "Library", TRUE };
  const AppletNetwork odd = { (char *) "secured:Odd", (char *) "Odd", FALSE };

  g_assert_cmpint (applet_network_rules_find (rules, APPLET_RULE_ON, &home), ==, APPLET_RULE_OFF);
  g_assert_cmpint (applet_network_rules_find (rules, APPLET_RULE_NONE, &office), ==,
                   APPLET_RULE_ON);
  g_assert_cmpint (applet_network_rules_find (rules, APPLET_RULE_ON, &library), ==,
                   APPLET_RULE_ASK);
  g_assert_cmpint (applet_network_rules_find (rules, APPLET_RULE_ASK, &cafe), ==, APPLET_RULE_ASK);
  g_assert_cmpint (applet_network_rules_find (rules, APPLET_RULE_ON, &wire), ==, APPLET_RULE_NONE);
  g_assert_cmpint (applet_network_rules_find (rules, APPLET_RULE_ON, &odd), ==, APPLET_RULE_NONE);
  /* "off at home" is not for whoever calls his open network so */
  g_assert_cmpint (applet_network_rules_find (rules, APPLET_RULE_ON, &twin), ==, APPLET_RULE_ON);
  g_assert_cmpint (applet_network_rules_find (rules, APPLET_RULE_NONE, &twin), ==,
                   APPLET_RULE_NONE);
}

static void
test_edit (void)
{
  g_autoptr (GVariant) rules = some_rules ();
  g_autoptr (GVariant) changed = g_variant_ref_sink (
    applet_network_rules_with (rules, "Home", FALSE, APPLET_RULE_ASK));
  g_autoptr (GVariant)
    more = g_variant_ref_sink (applet_network_rules_with (changed, "Home", TRUE, APPLET_RULE_ON));
  g_autoptr (GVariant)
    less = g_variant_ref_sink (applet_network_rules_with (more, "Home", FALSE, APPLET_RULE_NONE));

  g_assert_cmpuint (g_variant_n_children (changed), ==, 4);
  g_assert_cmpint (applet_network_rules_find (changed, APPLET_RULE_NONE, &home), ==,
                   APPLET_RULE_ASK);
  g_assert_cmpuint (g_variant_n_children (more), ==, 5);
  g_assert_cmpint (applet_network_rules_find (less, APPLET_RULE_NONE, &home), ==, APPLET_RULE_NONE);
  g_assert_cmpint (applet_network_rules_find (less, APPLET_RULE_NONE, &twin), ==, APPLET_RULE_ON);
}

static void
test_words (void)
{
  for (guint rule = 0; rule < APPLET_N_RULES; rule++)
    g_assert_cmpint (applet_rule_read (applet_rule_word (rule)), ==, rule);
  g_assert_cmpint (applet_rule_read (NULL), ==, APPLET_RULE_NONE);
  g_assert_cmpint (applet_rule_read ("dance"), ==, APPLET_RULE_NONE);
}

static void
assert_text (const char *bytes, gsize length, const char *expected)
{
  g_autofree char *text = applet_network_ssid_text ((const guint8 *) bytes, length);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_ssid_text (void)
{
  assert_text ("Café", strlen ("Café"), "Café");
  assert_text ("", 0, "");
  assert_text ("a\0b", 3, "a\\x00b");
  assert_text ("caf\xe9", 4, "caf\\xE9");
  assert_text ("a\\x00b", 6, "a\\x5Cx00b"); /* not the one above */
  assert_text ("x\n", 2, "x\\x0A");
  assert_text ("\xe2\x80", 2, "\\xE2\\x80");
}

/* --- What follows --- */

typedef AppletRuleState State;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (State, applet_rules_clear)

static void
deed_works (AppletRuleState *state, AppletDeed deed)
{
  if (deed == APPLET_DEED_UP || deed == APPLET_DEED_DOWN)
    applet_rules_tunnel (state, deed == APPLET_DEED_UP);
}

static AppletDeed
meet (AppletRuleState *state, const AppletNetwork *network, AppletRule rule)
{
  AppletDeed deed = applet_rules_meet (state, network, rule);

  deed_works (state, deed);
  return deed;
}

static void
test_acts_once (void)
{
  g_auto (State) state = { 0 };

  applet_rules_tunnel (&state, TRUE);
  g_assert_cmpint (meet (&state, &home, APPLET_RULE_OFF), ==, APPLET_DEED_DOWN);
  g_assert_cmpint (meet (&state, &home, APPLET_RULE_OFF), ==, APPLET_DEED_NOTHING);
  applet_rules_tunnel (&state, TRUE); /* the person wants it */
  g_assert_cmpint (meet (&state, &none, APPLET_RULE_NONE), ==, APPLET_DEED_NOTHING);
  g_assert_cmpint (meet (&state, &home, APPLET_RULE_OFF), ==, APPLET_DEED_NOTHING);
  g_assert_cmpint (meet (&state, &office, APPLET_RULE_ON), ==, APPLET_DEED_NOTHING);
}

static void
test_restores (void)
{
  g_auto (State) state = { 0 };

  applet_rules_tunnel (&state, TRUE);
  g_assert_cmpint (meet (&state, &home, APPLET_RULE_OFF), ==, APPLET_DEED_DOWN);
  g_assert_cmpint (meet (&state, &wire, APPLET_RULE_NONE), ==, APPLET_DEED_UP);
  g_assert_cmpint (meet (&state, &cafe, APPLET_RULE_NONE), ==, APPLET_DEED_NOTHING);
}

static void
test_restores_over_several_rules (void)
{
  g_auto (State) state = { 0 };

  applet_rules_tunnel (&state, FALSE);
  g_assert_cmpint (meet (&state, &office, APPLET_RULE_ON), ==, APPLET_DEED_UP);
  g_assert_cmpint (meet (&state, &home, APPLET_RULE_OFF), ==, APPLET_DEED_DOWN);
  g_assert_cmpint (meet (&state, &cafe, APPLET_RULE_ON), ==, APPLET_DEED_UP);
  g_assert_cmpint (meet (&state, &wire, APPLET_RULE_NONE), ==, APPLET_DEED_DOWN);
}

static void
test_person_wins (void)
{
  g_auto (State) state = { 0 };

  applet_rules_tunnel (&state, FALSE);
  g_assert_cmpint (meet (&state, &office, APPLET_RULE_ON), ==, APPLET_DEED_UP);
  applet_rules_tunnel (&state, FALSE);
  applet_rules_tunnel (&state, TRUE); /* off and on again: it is to be on, then */
  g_assert_cmpint (meet (&state, &wire, APPLET_RULE_NONE), ==, APPLET_DEED_NOTHING);
}

static void
test_asks (void)
{
  g_auto (State) state = { 0 };

  applet_rules_tunnel (&state, FALSE);
  g_assert_cmpint (meet (&state, &cafe, APPLET_RULE_ASK), ==, APPLET_DEED_ASK);
  g_assert_cmpint (applet_rules_answer (&state), ==, APPLET_DEED_UP);
  applet_rules_tunnel (&state, TRUE);
  g_assert_cmpint (meet (&state, &wire, APPLET_RULE_NONE), ==, APPLET_DEED_DOWN);
  applet_rules_tunnel (&state, TRUE);
  g_assert_cmpint (meet (&state, &cafe, APPLET_RULE_ASK), ==, APPLET_DEED_NOTHING); /* it is on */
}

/* What is under way counts as done. */
static void
test_next_network_meets_a_deed_under_way (void)
{
  g_auto (State) state = { 0 };

  applet_rules_tunnel (&state, TRUE);
  g_assert_cmpint (applet_rules_meet (&state, &home, APPLET_RULE_OFF), ==, APPLET_DEED_DOWN);
  g_assert_cmpint (applet_rules_meet (&state, &cafe, APPLET_RULE_ASK), ==, APPLET_DEED_ASK);
  g_assert_cmpint (applet_rules_meet (&state, &office, APPLET_RULE_ON), ==, APPLET_DEED_UP);
  applet_rules_tunnel (&state, FALSE);
  applet_rules_tunnel (&state, TRUE);
  g_assert_cmpint (applet_rules_meet (&state, &wire, APPLET_RULE_NONE), ==, APPLET_DEED_NOTHING);
}

static void
test_daemon_away (void)
{
  g_auto (State) state = { 0 };

  applet_rules_tunnel (&state, TRUE);
  g_assert_cmpint (meet (&state, &home, APPLET_RULE_OFF), ==, APPLET_DEED_DOWN);
  applet_rules_lost (&state);
  applet_rules_tunnel (&state, FALSE); /* back, as it was */
  g_assert_cmpint (meet (&state, &wire, APPLET_RULE_NONE), ==, APPLET_DEED_UP);
}

static void
test_deed_fails (void)
{
  g_auto (State) state = { 0 };

  applet_rules_tunnel (&state, FALSE);
  g_assert_cmpint (applet_rules_meet (&state, &office, APPLET_RULE_ON), ==, APPLET_DEED_UP);
  applet_rules_done (&state, TRUE, FALSE);
  g_assert_cmpint (meet (&state, &wire, APPLET_RULE_NONE), ==, APPLET_DEED_NOTHING);
}

/* Off again before anybody saw it on: by the person, whose word is not ours. */
static void
test_deed_nobody_saw (void)
{
  g_auto (State) state = { 0 };

  applet_rules_tunnel (&state, TRUE);
  g_assert_cmpint (meet (&state, &home, APPLET_RULE_OFF), ==, APPLET_DEED_DOWN);
  g_assert_cmpint (applet_rules_meet (&state, &wire, APPLET_RULE_NONE), ==, APPLET_DEED_UP);
  applet_rules_done (&state, FALSE, TRUE); /* of the first, late */
  applet_rules_done (&state, TRUE, TRUE);
  applet_rules_tunnel (&state, FALSE);
  g_assert_cmpint (meet (&state, &office, APPLET_RULE_ON), ==, APPLET_DEED_UP);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/network-rules/find", test_find);
  g_test_add_func ("/network-rules/edit", test_edit);
  g_test_add_func ("/network-rules/words", test_words);
  g_test_add_func ("/network-rules/ssid-text", test_ssid_text);
  g_test_add_func ("/network-rules/acts-once", test_acts_once);
  g_test_add_func ("/network-rules/restores", test_restores);
  g_test_add_func ("/network-rules/restores-over-several-rules", test_restores_over_several_rules);
  g_test_add_func ("/network-rules/person-wins", test_person_wins);
  g_test_add_func ("/network-rules/asks", test_asks);
  g_test_add_func ("/network-rules/next-network-meets-a-deed-under-way",
                   test_next_network_meets_a_deed_under_way);
  g_test_add_func ("/network-rules/daemon-away", test_daemon_away);
  g_test_add_func ("/network-rules/deed-fails", test_deed_fails);
  g_test_add_func ("/network-rules/deed-nobody-saw", test_deed_nobody_saw);
  return g_test_run ();
}
