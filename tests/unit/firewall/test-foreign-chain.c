/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What others' chains mean, from what nft says about them. */

#include "firewall/foreign-chain.h"

#include <string.h>

#define CHAIN(family, table, name, policy)                                                         \
  ",{\"chain\":{\"family\":\"" family "\",\"table\":\"" table "\",\"name\":\"" name                \
  "\",\"handle\":1,\"type\":\"filter\",\"hook\":\"forward\",\"prio\":0,\"policy\":\"" policy       \
  "\"}}"
#define RULE(handle, more, ...)                                                                    \
  ",{\"rule\":{\"family\":\"ip\",\"table\":\"filter\",\"chain\":\"FORWARD\",\"handle\":" handle    \
    more ",\"expr\":[" __VA_ARGS__ "]}}"
#define LIST(items) "{\"nftables\":[{\"metainfo\":{\"json_schema_version\":1}}" items "]}"
#define COUNTER "{\"counter\":{\"packets\":0,\"bytes\":0}},"
#define META(key, op, right)                                                                       \
  "{\"match\":{\"op\":\"" op "\",\"left\":{\"meta\":{\"key\":\"" key "\"}},\"right\":" right "}},"
#define ACCEPT "{\"accept\":null}"
#define REJECT "{\"xt\":{\"type\":\"target\",\"name\":\"REJECT\"}}"
#define IPTABLES CHAIN ("ip", "filter", "FORWARD", "drop")
#define COMMENT(hash) ",\"comment\":\"bamgate:bamgate0:" hash "\""

static const char *const passes[] = { "iifname \"bamgate0\" ip daddr 10.1.0.0/16",
                                      "oifname \"bamgate0\" ip saddr 10.1.0.0/16", NULL };

static BgForeignChain *
first_of (GPtrArray *chains)
{
  g_assert_cmpuint (chains->len, ==, 1);
  return chains->pdata[0];
}

/* "bamgate:bamgate0:…" for a match, as the code makes it. */
static char *
hash_of (const char *match)
{
  return g_strdup_printf ("%08x", g_str_hash (match));
}

static void
test_parse (void)
{
  static const char json[] = LIST (
    ",{\"table\":{\"family\":\"ip\",\"name\":\"filter\",\"handle\":1}}" IPTABLES CHAIN (
      "inet", "mine", "fwd", "accept") CHAIN ("inet", "bamgate_bamgate0", "forward", "accept")
      CHAIN (
        "bridge", "filter", "forward",
        "drop") ",{\"chain\":{\"family\":\"ip\",\"table\":\"filter\",\"name\":\"DOCKER\",\"handle\":4}}"
                ",{\"chain\":{\"family\":\"ip\",\"table\":\"filter\",\"name\":\"INPUT\",\"type\":\"filter\",\"hook\":\"input\",\"policy\":\"drop\"}}");
  g_autoptr (GPtrArray) chains = bg_foreign_chains_parse (json);
  const BgForeignChain *iptables, *mine;
  g_autofree char *command = NULL;

  g_assert_cmpuint (chains->len, ==, 2);
  iptables = chains->pdata[0];
  mine = chains->pdata[1];
  command = bg_foreign_chain_list_command (iptables);
  g_assert_cmpstr (command, ==, "list chain ip filter FORWARD");
  g_assert_true (iptables->is_open && iptables->drops && bg_foreign_chain_blocks (iptables));
  g_assert_false (mine->is_open || mine->drops || bg_foreign_chain_blocks (mine));
}

static void
test_junk (void)
{
  static const char *const junk[] = {
    "",
    "{",
    "[]",
    "{\"nftables\":{}}",
    "{\"nftables\":[1,[],{\"chain\":[]},{\"chain\":{\"hook\":7}}]}",
    "{\"nftables\":[{\"rule\":{\"expr\":7,\"comment\":[]}},{\"rule\":{\"expr\":[[],{\"match\":1},{\"match\":{\"left\":[]}}]}}]}"
  };
  g_autoptr (GPtrArray) good = bg_foreign_chains_parse (LIST (IPTABLES));

  for (gsize i = 0; i < G_N_ELEMENTS (junk); i++)
    {
      g_autoptr (GPtrArray) chains = bg_foreign_chains_parse (junk[i]);

      g_assert_cmpuint (chains->len, ==, 0);
      bg_foreign_chain_read (first_of (good), junk[i], "bamgate0");
    }
}

/* What nft(8) cannot read as a name is not said to it. */
static void
test_odd_name (void)
{
  g_autoptr (GPtrArray)
    chains = bg_foreign_chains_parse (LIST (CHAIN ("ip", "filter", "a; flush ruleset", "drop")));

  g_assert_null (bg_foreign_chain_list_command (first_of (chains)));
}

/* Docker: a policy, and rules with jumps that come back. */
static void
test_policy (void)
{
  static const char rules[] = LIST (
    IPTABLES RULE ("8", "", COUNTER "{\"jump\":{\"target\":\"DOCKER-USER\"}}")
      RULE ("9", "",
            META ("oifname", "==",
                  "\"docker0\"") "{\"xt\":{\"type\":\"match\",\"name\":\"conntrack\"}}," ACCEPT));
  g_autoptr (GPtrArray) chains = bg_foreign_chains_parse (LIST (IPTABLES));
  BgForeignChain *chain = first_of (chains);
  g_autofree char *changes = NULL, *none = NULL;

  bg_foreign_chain_read (chain, rules, "bamgate0");
  g_assert_cmpuint (chain->before, ==, 0);
  none = bg_foreign_chain_mend (chain, NULL, "bamgate0");
  g_assert_null (none);
  changes = bg_foreign_chain_mend (chain, passes, "bamgate0");
  g_assert_nonnull (strstr (
    changes,
    "add rule ip filter FORWARD iifname \"bamgate0\" ip daddr 10.1.0.0/16 counter accept comment \"bamgate:bamgate0:"));
  g_assert_nonnull (strstr (changes, "add rule ip filter FORWARD oifname"));
}

static void
test_behind_a_rejection (void)
{
  g_autofree char *hash = hash_of (passes[0]);
  g_autofree char *rules = g_strdup_printf (
    LIST (CHAIN ("ip", "filter", "FORWARD", "accept") RULE ("5", "", COUNTER ACCEPT)
            RULE ("7", "", COUNTER REJECT) RULE ("9", COMMENT ("%s"), ACCEPT)),
    hash);
  g_autoptr (GPtrArray)
    chains = bg_foreign_chains_parse (LIST (CHAIN ("ip", "filter", "FORWARD", "accept")));
  BgForeignChain *chain = first_of (chains);
  g_autofree char *changes = NULL;

  bg_foreign_chain_read (chain, rules, "bamgate0");
  g_assert_true (chain->drops);
  changes = bg_foreign_chain_mend (chain, passes, "bamgate0");
  g_assert_nonnull (strstr (changes, "delete rule ip filter FORWARD handle 9\n"));
  g_assert_nonnull (strstr (changes, "insert rule ip filter FORWARD handle 7 iifname"));
  g_assert_nonnull (strstr (changes, "insert rule ip filter FORWARD handle 7 oifname"));
}

/* What is there stays, what is not wanted any more goes, and others' rules are not touched. */
static void
test_in_line (void)
{
  g_autofree char *in = hash_of (passes[0]), *out = hash_of (passes[1]);
  g_autofree char *rules = g_strdup_printf (
    LIST (IPTABLES RULE ("3", COMMENT ("%s"), ACCEPT) RULE ("4", COMMENT ("%s"), ACCEPT)
            RULE ("5", ",\"comment\":\"bamgate:other0:1\"", ACCEPT)),
    in, out);
  g_autoptr (GPtrArray) chains = bg_foreign_chains_parse (LIST (IPTABLES));
  BgForeignChain *chain = first_of (chains);
  g_autofree char *same = NULL, *one = NULL, *none = NULL;

  bg_foreign_chain_read (chain, rules, "bamgate0");
  same = bg_foreign_chain_mend (chain, passes, "bamgate0");
  g_assert_null (same);
  one = bg_foreign_chain_mend (chain, passes + 1, "bamgate0");
  g_assert_cmpstr (one, ==, "delete rule ip filter FORWARD handle 3\n");
  none = bg_foreign_chain_mend (chain, NULL, "bamgate0");
  g_assert_cmpstr (
    none, ==, "delete rule ip filter FORWARD handle 3\ndelete rule ip filter FORWARD handle 4\n");
}

static void
test_firewalld (void)
{
  static const char rules[] = LIST (
    CHAIN ("inet", "firewalld", "filter_FORWARD", "accept") RULE (
      "2", "",
      "{\"match\":{\"op\":\"in\",\"left\":{\"ct\":{\"key\":\"state\"}},\"right\":[\"established\",\"related\"]}}," ACCEPT)
      RULE ("6", "", "{\"reject\":{\"type\":\"icmpx\",\"expr\":\"admin-prohibited\"}}"));
  g_autoptr (GPtrArray) chains = bg_foreign_chains_parse (
    LIST (CHAIN ("inet", "firewalld", "filter_FORWARD", "accept")));
  BgForeignChain *chain = first_of (chains);
  g_autofree char *changes = NULL;
  g_autoptr (BgWords) said = NULL;

  bg_foreign_chain_read (chain, rules, "bamgate0");
  changes = bg_foreign_chain_mend (chain, passes, "bamgate0");
  g_assert_nonnull (
    strstr (changes, "insert rule inet firewalld filter_FORWARD iifname \"bamgate0\""));
  said = bg_foreign_chain_say (chain, "bamgate0");
  g_assert_nonnull (strstr (said->text, "--add-interface=bamgate0"));
}

/* A person's own chain is hers; if she lets the tunnel through there, nothing is in the way. */
static void
test_own_chain_of_a_person (void)
{
#define MINE CHAIN ("inet", "filter", "forward", "drop")
#define IN META ("iifname", "==", "\"bamgate0\"") ACCEPT
#define OUT META ("oifname", "==", "{\"set\":[\"eth0\",\"bamgate0\"]}") ACCEPT
  static const struct
  {
    const char *rules;
    gboolean blocks;
  } cases[] = {
    { LIST (MINE), TRUE },
    { LIST (MINE RULE ("3", "", IN)), TRUE },
    { LIST (MINE RULE ("3", "", IN) RULE ("4", "", OUT)), FALSE },
    { LIST (MINE RULE ("2", "", "{\"drop\":null}") RULE ("3", "", IN) RULE ("4", "", OUT)), TRUE },
    { LIST (MINE RULE ("3", "", META ("iifname", "!=", "\"bamgate0\"") ACCEPT) RULE ("4", "", OUT)),
      TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GPtrArray) chains = bg_foreign_chains_parse (LIST (MINE));
      BgForeignChain *chain = first_of (chains);
      g_autofree char *changes = NULL;
      g_autoptr (BgWords) said = NULL;

      bg_foreign_chain_read (chain, cases[i].rules, "bamgate0");
      g_assert_cmpint (bg_foreign_chain_blocks (chain), ==, cases[i].blocks);
      changes = bg_foreign_chain_mend (chain, passes, "bamgate0");
      g_assert_null (changes);
      said = bg_foreign_chain_say (chain, "bamgate0");
      g_assert_nonnull (strstr (said->text, "chain forward of table inet filter"));
    }
}

static gboolean
is_second (const char *interface, gpointer data)
{
  return g_str_equal (interface, "second0");
}

static void
test_sweep (void)
{
  static const char rules[] = LIST (IPTABLES RULE ("3", COMMENT ("1"), ACCEPT)
                                      RULE ("4", ",\"comment\":\"bamgate:second0:1\"", ACCEPT)
                                        RULE ("5", ",\"comment\":\"bamgate\"", ACCEPT)
                                          RULE ("6", "", ACCEPT));
  g_autoptr (GPtrArray) chains = bg_foreign_chains_parse (LIST (IPTABLES));
  g_autofree char *changes = bg_foreign_chain_sweep (first_of (chains), rules, is_second, NULL);

  g_assert_cmpstr (changes, ==, "delete rule ip filter FORWARD handle 3\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/foreign-chain/parse", test_parse);
  g_test_add_func ("/foreign-chain/junk", test_junk);
  g_test_add_func ("/foreign-chain/odd-name", test_odd_name);
  g_test_add_func ("/foreign-chain/policy", test_policy);
  g_test_add_func ("/foreign-chain/behind-a-rejection", test_behind_a_rejection);
  g_test_add_func ("/foreign-chain/in-line", test_in_line);
  g_test_add_func ("/foreign-chain/firewalld", test_firewalld);
  g_test_add_func ("/foreign-chain/own-chain-of-a-person", test_own_chain_of_a_person);
  g_test_add_func ("/foreign-chain/sweep", test_sweep);
  return g_test_run ();
}
