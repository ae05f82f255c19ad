/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firewall/foreign-chain.h"

#include "common/json-member.h"
#include "firewall/firewall-plan.h"
#include "firewall/nft.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define OWN_TABLE "bamgate_"
#define OWN_COMMENT "bamgate:"
#define FIREWALLD "firewalld"

/* Chains of programs that expect rules of others, or at least take no offence. */
static const struct
{
  const char *family, *table, *name;
  gboolean in_front;
} open_chains[] = {
  { "ip", "filter", "FORWARD", FALSE },
  { "ip6", "filter", "FORWARD", FALSE },
  { "inet", FIREWALLD, "filter_FORWARD", TRUE }, /* its zones reject within jumps */
};

/* Chains of such programs that drop all that comes there. */
static const char *const rejecting_chains[] = { "ufw-reject-forward", NULL };

static void
rule_free (gpointer data)
{
  BgForeignRule *rule = data;

  g_free (rule->comment);
  g_free (rule);
}

static void
chain_free (gpointer data)
{
  BgForeignChain *self = data;

  g_free (self->family);
  g_free (self->table);
  g_free (self->name);
  g_ptr_array_unref (self->own);
  g_free (self);
}

/* --- JSON --- */

static JsonObject *
object_of (JsonNode *node)
{
  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static JsonNode *
member (JsonObject *object, const char *name)
{
  return object ? json_object_get_member (object, name) : NULL;
}

static JsonArray *
array_of (JsonNode *node)
{
  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static const char *
text_of (JsonObject *object, const char *name)
{
  return object ? bg_json_member_text (object, name) : NULL;
}

/* Every object of kind `name` ("chain", "rule") in what nft listed: JsonObject, which live as long as `root`. */
static GPtrArray *
list_of (JsonNode *root, const char *name)
{
  JsonArray *all = array_of (member (object_of (root), "nftables"));
  GPtrArray *found = g_ptr_array_new ();

  for (guint i = 0; all && i < json_array_get_length (all); i++)
    {
      JsonObject *object = object_of (member (object_of (json_array_get_element (all, i)), name));

      if (object)
        g_ptr_array_add (found, object);
    }
  return found;
}

static gboolean
mentions (JsonNode *node, const char *text)
{
  JsonArray *array = array_of (node ? node : NULL);
  JsonObject *set = object_of (node);

  if (node && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    return g_str_equal (json_node_get_string (node), text);
  if (set)
    return mentions (member (set, "set"), text);
  for (guint i = 0; array && i < json_array_get_length (array); i++)
    if (mentions (json_array_get_element (array, i), text))
      return TRUE;
  return FALSE;
}

/* --- Rules --- */

/* What one rule does, as far as it matters here. */
typedef struct
{
  gboolean is_conditional, accepts, drops;
  gboolean from_us, to_us; /* it is about packets of our interface */
} Sense;

static gboolean
is_xt (JsonObject *xt, const char *type)
{
  return g_strcmp0 (text_of (xt, "type"), type) == 0;
}

static void
take_match (Sense *sense, JsonObject *match, const char *interface)
{
  const char *key = text_of (object_of (member (object_of (member (match, "left")), "meta")),
                             "key");
  gboolean ours = g_strcmp0 (text_of (match, "op"), "==") == 0
                  && mentions (member (match, "right"), interface);

  sense->is_conditional = TRUE;
  sense->from_us |= ours && g_strcmp0 (key, "iifname") == 0;
  sense->to_us |= ours && g_strcmp0 (key, "oifname") == 0;
}

static gboolean
is_rejecting (JsonObject *jump)
{
  const char *target = text_of (jump, "target");

  return target && g_strv_contains (rejecting_chains, target);
}

static gboolean
is_dropping_xt (JsonObject *xt)
{
  const char *name = text_of (xt, "name");

  return is_xt (xt, "target") && (g_strcmp0 (name, "REJECT") == 0 || g_strcmp0 (name, "DROP") == 0);
}

static void
take_statement (Sense *sense, const char *name, JsonNode *node, const char *interface)
{
  if (g_str_equal (name, "match"))
    take_match (sense, object_of (node), interface);
  else if (g_str_equal (name, "accept"))
    sense->accepts = TRUE;
  else if (g_str_equal (name, "drop") || g_str_equal (name, "reject"))
    sense->drops = TRUE;
  else if (g_str_equal (name, "jump") || g_str_equal (name, "goto"))
    sense->drops |= is_rejecting (object_of (node));
  else if (g_str_equal (name, "xt") && is_xt (object_of (node), "target"))
    sense->drops |= is_dropping_xt (object_of (node));
  else if (!g_str_equal (name, "counter") && !g_str_equal (name, "log"))
    sense->is_conditional = TRUE;
}

static Sense
read_rule (JsonObject *rule, const char *interface)
{
  JsonArray *statements = array_of (member (rule, "expr"));
  Sense sense = { 0 };

  for (guint i = 0; statements && i < json_array_get_length (statements); i++)
    {
      JsonObject *statement = object_of (json_array_get_element (statements, i));
      g_autoptr (GList) names = statement ? json_object_get_members (statement) : NULL;

      for (GList *name = names; name; name = name->next)
        take_statement (&sense, name->data, member (statement, name->data), interface);
    }
  return sense;
}

static guint64
handle_of (JsonObject *object)
{
  JsonNode *node = member (object, "handle");

  return node && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64
           ? (guint64) json_node_get_int (node)
           : 0;
}

static char *
dup_tag (const char *interface)
{
  g_autofree char *name = bg_nft_quote (interface);

  return g_strconcat (OWN_COMMENT, name, ":", NULL);
}

/* "bamgate:bamgate0:5e1d0c2a": whose, and which. */
static char *
dup_comment (const char *interface, const char *match)
{
  g_autofree char *tag = dup_tag (interface);

  return g_strdup_printf ("%s%08x", tag, g_str_hash (match));
}

/* --- Chains --- */

static gboolean
is_plain (const char *name)
{
  if (!g_ascii_isalpha (*name))
    return FALSE;
  for (; *name; name++)
    if (!g_ascii_isalnum (*name) && !strchr ("_.-", *name))
      return FALSE;
  return TRUE;
}

static gboolean
is_forward_filter (JsonObject *chain)
{
  const char *family = text_of (chain, "family"), *table = text_of (chain, "table");

  return table && text_of (chain, "name") && !g_str_has_prefix (table, OWN_TABLE)
         && g_strcmp0 (text_of (chain, "hook"), "forward") == 0
         && g_strcmp0 (text_of (chain, "type"), "filter") == 0
         && (g_strcmp0 (family, "ip") == 0 || g_strcmp0 (family, "ip6") == 0
             || g_strcmp0 (family, "inet") == 0);
}

static BgForeignChain *
chain_new (JsonObject *chain)
{
  BgForeignChain *self = g_new0 (BgForeignChain, 1);

  self->family = g_strdup (text_of (chain, "family"));
  self->table = g_strdup (text_of (chain, "table"));
  self->name = g_strdup (text_of (chain, "name"));
  self->drops = g_strcmp0 (text_of (chain, "policy"), "drop") == 0;
  self->own = g_ptr_array_new_with_free_func (rule_free);
  for (guint i = 0; i < G_N_ELEMENTS (open_chains); i++)
    if (g_str_equal (self->family, open_chains[i].family)
        && g_str_equal (self->table, open_chains[i].table)
        && g_str_equal (self->name, open_chains[i].name))
      {
        self->is_open = TRUE;
        self->in_front = open_chains[i].in_front;
      }
  return self;
}

GPtrArray *
bg_foreign_chains_parse (const char *json)
{
  g_autoptr (JsonNode) root = json_from_string (json, NULL);
  g_autoptr (GPtrArray) listed = list_of (root, "chain");
  GPtrArray *chains = g_ptr_array_new_with_free_func (chain_free);

  for (guint i = 0; i < listed->len; i++)
    if (is_forward_filter (listed->pdata[i]))
      g_ptr_array_add (chains, chain_new (listed->pdata[i]));
  return chains;
}

char *
bg_foreign_chain_list_command (const BgForeignChain *self)
{
  if (!is_plain (self->table) || !is_plain (self->name))
    return NULL;
  return g_strdup_printf ("list chain %s %s %s", self->family, self->table, self->name);
}

static void
add_own (BgForeignChain *self, JsonObject *rule, const char *comment, gboolean is_reached)
{
  BgForeignRule *own = g_new0 (BgForeignRule, 1);

  own->handle = handle_of (rule);
  own->comment = g_strdup (comment);
  own->is_reached = is_reached;
  g_ptr_array_add (self->own, own);
}

void
bg_foreign_chain_read (BgForeignChain *self, const char *json, const char *interface)
{
  g_autoptr (JsonNode) root = json_from_string (json, NULL);
  g_autoptr (GPtrArray) rules = list_of (root, "rule");
  g_autofree char *tag = dup_tag (interface);
  gboolean from_us = FALSE, to_us = FALSE, is_over = FALSE;

  for (guint i = 0; i < rules->len; i++)
    {
      JsonObject *rule = rules->pdata[i];
      const char *comment = text_of (rule, "comment");
      Sense sense = read_rule (rule, interface);

      if (comment && g_str_has_prefix (comment, tag))
        {
          add_own (self, rule, comment, !is_over);
          continue;
        }
      from_us |= !is_over && sense.accepts && sense.from_us;
      to_us |= !is_over && sense.accepts && sense.to_us;
      if (sense.is_conditional || !sense.drops || is_over)
        continue;
      is_over = self->drops = TRUE;
      self->before = handle_of (rule);
    }
  self->knows_us = from_us && to_us;
}

static void
add_change (GString *text, const BgForeignChain *self, const char *match, const char *comment)
{
  gboolean insert = self->in_front || self->before != 0;

  g_string_append_printf (text, "%s rule %s %s %s ", insert ? "insert" : "add", self->family,
                          self->table, self->name);
  if (!self->in_front && self->before != 0)
    g_string_append_printf (text, "handle %" G_GUINT64_FORMAT " ", self->before);
  g_string_append_printf (text, "%s counter accept comment \"%s\"\n", match, comment);
}

static void
add_removal (GString *text, const BgForeignChain *self, guint64 handle)
{
  g_string_append_printf (text, "delete rule %s %s %s handle %" G_GUINT64_FORMAT "\n", self->family,
                          self->table, self->name, handle);
}

static char *
finish (GString *text)
{
  char *changes = g_string_free (text, FALSE);

  if (!*changes)
    g_clear_pointer (&changes, g_free);
  return changes;
}

char *
bg_foreign_chain_mend (const BgForeignChain *self, const char *const *passes, const char *interface)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GString *text = g_string_new (NULL);
  GHashTableIter iter;
  gpointer comment, match;

  for (; self->is_open && self->drops && passes && *passes; passes++)
    g_hash_table_insert (wanted, dup_comment (interface, *passes), (gpointer) *passes);
  for (guint i = 0; i < self->own->len; i++)
    {
      const BgForeignRule *own = self->own->pdata[i];

      if (!own->is_reached || !g_hash_table_remove (wanted, own->comment))
        add_removal (text, self, own->handle);
    }
  g_hash_table_iter_init (&iter, wanted);
  while (g_hash_table_iter_next (&iter, &comment, &match))
    add_change (text, self, match, comment);
  return finish (text);
}

/* "bamgate:NAME:HASH"; a name may have colons itself. */
static char *
dup_interface (const char *comment)
{
  const char *name = comment + strlen (OWN_COMMENT), *end = strrchr (name, ':');

  return end ? g_strndup (name, (gsize) (end - name)) : NULL;
}

char *
bg_foreign_chain_sweep (const BgForeignChain *self, const char *json, BgForeignIsAlive is_alive,
                        gpointer data)
{
  g_autoptr (JsonNode) root = json_from_string (json, NULL);
  g_autoptr (GPtrArray) rules = list_of (root, "rule");
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < rules->len; i++)
    {
      const char *comment = text_of (rules->pdata[i], "comment");
      g_autofree char *interface = comment && g_str_has_prefix (comment, OWN_COMMENT)
                                     ? dup_interface (comment)
                                     : NULL;

      if (interface && !is_alive (interface, data))
        add_removal (text, self, handle_of (rules->pdata[i]));
    }
  return finish (text);
}

gboolean
bg_foreign_chain_blocks (const BgForeignChain *self)
{
  return self->drops && !self->knows_us;
}

BgWords *
bg_foreign_chain_say (const BgForeignChain *self, const char *interface)
{
  g_autofree char *table = g_strconcat (self->family, " ", self->table, NULL);

  if (g_str_equal (self->table, FIREWALLD))
    return bg_words (FIREWALLD_BLOCKS, interface);
  return bg_words (FIREWALL_BLOCKS, self->name, table, interface);
}
