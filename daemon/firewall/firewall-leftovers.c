/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firewall/firewall.h"

#include "common/json-member.h"
#include "common/log.h"
#include "firewall/foreign-chain.h"
#include "firewall/nft.h"
#include "net/network-tables.h"

#include <json-glib/json-glib.h>
#include <linux/if.h>

/* A TUN has a carrier while a program holds it. Quoted names, as they stand in rules. */
static GHashTable *
load_alive (GError **error)
{
  g_autoptr (BgNetlink) netlink = bg_netlink_new (error);
  g_autoptr (BgNetworkTables) tables = netlink ? bg_network_tables_load (netlink, error) : NULL;
  GHashTable *alive = NULL;

  if (tables)
    alive = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; tables && i < tables->links->len; i++)
    {
      const BgKernelLink *link = &g_array_index (tables->links, BgKernelLink, i);

      if (g_str_equal (link->kind, "tun") && (link->flags & IFF_LOWER_UP))
        g_hash_table_insert (alive, bg_nft_quote (link->name), bg_firewall_plan_table (link->name));
    }
  return alive;
}

static gboolean
is_alive (const char *interface, gpointer data)
{
  return g_hash_table_contains (data, interface);
}

static gboolean
has_owner (GHashTable *alive, const char *table)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, alive);
  while (g_hash_table_iter_next (&iter, NULL, &name))
    if (g_str_equal (name, table))
      return TRUE;
  return FALSE;
}

static guint
run (const char *text)
{
  g_autoptr (GError) error = NULL;

  if (bg_nft_run (text, &error))
    return 1;
  bg_log (BG_TOPIC_NET, WARNING, NULL, "leftovers: %s", error->message);
  return 0;
}

static guint
remove_table (JsonObject *table, GHashTable *alive)
{
  const char *name = table ? bg_json_member_text (table, "name") : NULL;
  g_autofree char *command = NULL;

  if (!name || g_strcmp0 (bg_json_member_text (table, "family"), "inet") != 0
      || !bg_firewall_plan_is_table (name) || has_owner (alive, name))
    return 0;
  command = g_strdup_printf ("delete table inet %s", name);
  return run (command);
}

static guint
remove_tables (GHashTable *alive, GError **error)
{
  g_autofree char *json = bg_nft_list ("list tables inet", error);
  g_autoptr (JsonNode) root = json ? json_from_string (json, NULL) : NULL;
  JsonObject *object = root && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  JsonNode *node = object ? json_object_get_member (object, "nftables") : NULL;
  JsonArray *all = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n = 0;

  for (guint i = 0; all && i < json_array_get_length (all); i++)
    {
      JsonNode *item = json_array_get_element (all, i);
      JsonNode *table = JSON_NODE_HOLDS_OBJECT (item)
                          ? json_object_get_member (json_node_get_object (item), "table")
                          : NULL;

      if (table && JSON_NODE_HOLDS_OBJECT (table))
        n += remove_table (json_node_get_object (table), alive);
    }
  return n;
}

static guint
sweep_chain (const BgForeignChain *chain, GHashTable *alive)
{
  g_autofree char *command = chain->is_open ? bg_foreign_chain_list_command (chain) : NULL;
  g_autofree char *json = command ? bg_nft_list (command, NULL) : NULL;
  g_autofree char *changes = json ? bg_foreign_chain_sweep (chain, json, is_alive, alive) : NULL;

  return changes ? run (changes) : 0;
}

static guint
sweep_chains (GHashTable *alive)
{
  g_autofree char *json = bg_nft_list ("list chains", NULL);
  g_autoptr (GPtrArray) chains = json ? bg_foreign_chains_parse (json) : NULL;
  guint n = 0;

  for (guint i = 0; chains && i < chains->len; i++)
    n += sweep_chain (chains->pdata[i], alive);
  return n;
}

guint
bg_firewall_remove_leftovers (GError **error)
{
  g_autoptr (GHashTable) alive = load_alive (error);
  guint n = alive ? remove_tables (alive, error) : 0;

  return alive ? n + sweep_chains (alive) : 0;
}
