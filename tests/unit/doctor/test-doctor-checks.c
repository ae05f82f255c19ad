/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every check says of which facts. */
#include "../net/network-text.h"
#include "doctor/checks.h"

static BgFacts *
facts_of_networks (const char *text)
{
  g_autoptr (BgNetworkTables) tables = network_tables_of_text (text);
  BgFacts *facts = bg_facts_new ();

  facts->networks = bg_local_networks_new (tables, NULL);
  return facts;
}

static void
add_address (BgFacts *facts, const char *text)
{
  g_assert_true (bg_ip_prefix_parse (text, &facts->addresses[facts->n_addresses++]));
}

/* Whatever is not well says what that means; what is a problem, also what to do, but where it passes by itself. */
static void
assert_explained (const BgFinding *finding)
{
  if (finding->verdict == BG_VERDICT_OK)
    {
      g_assert_null (finding->means);
      g_assert_null (finding->deed);
    }
  if (finding->verdict == BG_VERDICT_PROBLEM)
    g_assert_nonnull (finding->means);
}

/* `expected`: "verdict check: found" of each, a line each; "" for none. */
static void
assert_found (void (*look) (const BgFacts *facts, GPtrArray *findings), const BgFacts *facts,
              const char *expected)
{
  g_autoptr (GPtrArray) findings = bg_findings_new ();
  g_autoptr (GString) text = g_string_new (NULL);

  look (facts, findings);
  for (guint i = 0; i < findings->len; i++)
    {
      const BgFinding *finding = findings->pdata[i];

      assert_explained (finding);
      g_string_append_printf (text, "%s%s %s: %s", i > 0 ? "\n" : "",
                              bg_verdict_name (finding->verdict), finding->check,
                              finding->found->text);
    }
  g_assert_cmpstr (text->str, ==, expected);
}

/* --- tunnel.state --- */

static void
assert_state (BgFactState state, gboolean has_network, const char *reason, const char *expected)
{
  g_autoptr (BgFacts) facts = bg_facts_new ();

  facts->state = state;
  facts->has_network = has_network;
  facts->reasons = reason ? bg_words_list_take (bg_words_new_text (reason)) : NULL;
  assert_found (bg_check_tunnel_state, facts, expected);
}

static void
test_tunnel_state (void)
{
  assert_state (BG_FACT_UP, TRUE, NULL, "ok tunnel.state: the tunnel is up");
  assert_state (BG_FACT_OFF, TRUE, NULL, "note tunnel.state: the tunnel is off");
  assert_state (BG_FACT_OFF, FALSE, NULL, "note tunnel.state: this machine is in no network");
  assert_state (BG_FACT_STARTING, TRUE, NULL, "note tunnel.state: the tunnel is coming up");
  assert_state (BG_FACT_STARTING, TRUE, "no bus; next attempt at 12:00",
                "problem tunnel.state: the tunnel is not up yet: no bus; next attempt at 12:00");
  assert_state (BG_FACT_STOPPING, TRUE, NULL, "note tunnel.state: the tunnel is going down");
  assert_state (BG_FACT_FAILED, TRUE, "no key",
                "problem tunnel.state: the tunnel could not come up: no key");
  assert_state (BG_FACT_FAILED, TRUE, NULL, "problem tunnel.state: the tunnel could not come up: ");
}

/* --- hub.line --- */

static void
assert_line (BgFactLine line, const char *reason, const char *expected)
{
  g_autoptr (BgFacts) facts = bg_facts_new ();

  facts->hub_url = g_strdup ("wss://hub.example");
  facts->line = line;
  facts->line_reason = reason ? bg_words_new_text (reason) : NULL;
  assert_found (bg_check_hub_line, facts, expected);
}

static void
test_hub_line (void)
{
  assert_line (BG_FACT_LINE_ONLINE, NULL, "ok hub.line: the hub answers at wss://hub.example");
  assert_line (BG_FACT_LINE_TRYING, "connection refused", "problem hub.line: connection refused");
  assert_line (BG_FACT_LINE_TRYING, NULL, "problem hub.line: connecting to the hub");
  assert_line (BG_FACT_LINE_OFFLINE, NULL, "");
  assert_line (BG_FACT_LINE_NONE, NULL, "");
}

/* --- net.overlap --- */

#define HOME "link 2 wlan0\naddr 10.77.3.20/16 dev 2\nroute 10.77.0.0/16 dev 2\n"

static void
test_overlap (void)
{
  g_autoptr (BgFacts) meets = facts_of_networks (HOME), apart = facts_of_networks (HOME),
                      unknown = bg_facts_new (), both = facts_of_networks (HOME);

  add_address (meets, "10.77.0.2/24");
  assert_found (
    bg_check_net_overlap, meets,
    "problem net.overlap: the tunnel's network 10.77.0.0/24 overlaps 10.77.0.0/16, which "
    "this machine is in on wlan0");
  add_address (apart, "10.78.0.2/24");
  add_address (apart, "fd00::2/64");
  assert_found (bg_check_net_overlap, apart,
                "ok net.overlap: the tunnel's network overlaps none that this machine is in");
  add_address (unknown, "10.77.0.2/24");
  assert_found (bg_check_net_overlap, unknown, "");
  assert_found (bg_check_net_overlap, both, ""); /* no address of its own */
}

/* Ids are unique, and every check can be run. */
static void
test_table (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (const BgCheck *check = bg_doctor_checks; check->id; check++)
    {
      g_assert_true (g_hash_table_add (seen, (gpointer) check->id));
      g_assert_true (check->look ? !check->start && !check->finish : check->start && check->finish);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/doctor/table", test_table);
  g_test_add_func ("/doctor/tunnel.state", test_tunnel_state);
  g_test_add_func ("/doctor/hub.line", test_hub_line);
  g_test_add_func ("/doctor/net.overlap", test_overlap);
  return g_test_run ();
}
