/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firewall/firewall-plan.h"

#include "firewall/nft.h"

#include <string.h>
#include <sys/socket.h>

#define TABLE "bamgate_"
/* inet bamgate_strict is the kill switch's. */
#define RESERVED "strict"

static const struct
{
  guint family;
  const char *word, *protocol;
} families[] = { { BG_FAMILY_4, "ip", "ipv4" }, { BG_FAMILY_6, "ip6", "ipv6" } };

guint
bg_families_of (const BgIpPrefix *prefix)
{
  return prefix->family == AF_INET ? BG_FAMILY_4 : BG_FAMILY_6;
}

static const char *
word_of (const BgIpPrefix *prefix)
{
  return prefix->family == AF_INET ? "ip" : "ip6";
}

gboolean
bg_firewall_plan_is_empty (const BgFirewallPlan *plan)
{
  return plan->n_routes == 0 && plan->exit == 0;
}

char *
bg_firewall_plan_table (const char *interface)
{
  char *name = g_strconcat (TABLE, interface, g_str_equal (interface, RESERVED) ? "_" : NULL, NULL);

  for (char *c = name; *c; c++)
    if (!g_ascii_isalnum (*c) && !strchr ("_.-", *c))
      *c = '_';
  return name;
}

gboolean
bg_firewall_plan_is_table (const char *name)
{
  return g_str_has_prefix (name, TABLE) && !g_str_equal (name, TABLE RESERVED);
}

/* "\"a\", \"b\""; NULL for none. */
static char *
dup_names (const char *first, const char *const *others)
{
  g_autoptr (GPtrArray) quoted = g_ptr_array_new_with_free_func (g_free);

  for (int i = first ? -1 : 0; i < 0 || (others && others[i]); i++)
    {
      g_autofree char *name = bg_nft_quote (i < 0 ? first : others[i]);

      g_ptr_array_add (quoted, g_strdup_printf ("\"%s\"", name));
    }
  if (quoted->len == 0)
    return NULL;
  g_ptr_array_add (quoted, NULL);
  return g_strjoinv (", ", (char **) quoted->pdata);
}

static gboolean
is_mapped (const BgFirewallRoute *route)
{
  return !bg_ip_prefix_equal (&route->inner, &route->shown);
}

/* The narrowest first: of two rules the first one decides. */
static int
compare_lengths (gconstpointer a, gconstpointer b)
{
  return ((const BgFirewallRoute *) b)->inner.len - ((const BgFirewallRoute *) a)->inner.len;
}

static GArray *
sort_routes (const BgFirewallPlan *plan)
{
  GArray *routes = g_array_new (FALSE, FALSE, sizeof (BgFirewallRoute));

  if (plan->n_routes > 0)
    g_array_append_vals (routes, plan->routes, plan->n_routes);
  g_array_sort (routes, compare_lengths);
  return routes;
}

/* What the chains are written with. */
typedef struct
{
  const BgFirewallPlan *plan;
  GArray *routes;
  GString *text;
  char *own;     /* "bamgate0", without quotes */
  char *tunnels; /* it and the others of this program, as a set's elements */
} Writer;

static void G_GNUC_PRINTF (2, 3) rule (Writer *self, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_string_append (self->text, "    ");
  g_string_append_vprintf (self->text, format, arguments);
  g_string_append_c (self->text, '\n');
  va_end (arguments);
}

static void
open_chain (Writer *self, const char *name, const char *type, const char *hook,
            const char *priority)
{
  g_string_append_printf (self->text,
                          "  chain %s {\n    type %s hook %s priority %s; policy accept;\n", name,
                          type, hook, priority);
}

static void
close_chain (Writer *self)
{
  g_string_append (self->text, "  }\n");
}

/* A path takes less than an interface does: that is in the routes, and looked up for both ends of a connection. */
static void
write_clamp (Writer *self)
{
  static const char *const directions[] = { "iifname", "oifname" };

  open_chain (self, "clamp", "filter", "forward", "mangle");
  for (guint i = 0; i < G_N_ELEMENTS (directions); i++)
    rule (self, "%s \"%s\" tcp flags syn / syn,rst tcp option maxseg size set rt mtu",
          directions[i], self->own);
  close_chain (self);
}

static void
write_served (Writer *self)
{
  for (guint i = 0; i < self->routes->len; i++)
    {
      const BgIpPrefix *inner = &g_array_index (self->routes, BgFirewallRoute, i).inner;
      char text[BG_IP_PREFIX_TEXT];

      bg_ip_prefix_format (inner, text);
      rule (self, "iifname \"%s\" oifname != \"%s\" %s daddr %s accept", self->own, self->own,
            word_of (inner), text);
      rule (self, "iifname != \"%s\" oifname \"%s\" %s saddr %s accept", self->own, self->own,
            word_of (inner), text);
    }
}

static void
write_exit (Writer *self)
{
  g_autofree char *uplinks = dup_names (NULL, self->plan->uplinks);

  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    {
      const char *protocol = families[i].protocol;

      if (!(self->plan->exit & families[i].family))
        continue;
      rule (self, "meta nfproto %s iifname \"%s\" oifname { %s } drop", protocol, self->own,
            self->tunnels);
      rule (self, "meta nfproto %s iifname \"%s\" accept", protocol, self->own);
      rule (self, "meta nfproto %s oifname \"%s\" ct state established,related accept", protocol,
            self->own);
      if (uplinks)
        rule (self, "meta nfproto %s iifname { %s } oifname \"%s\" drop", protocol, uplinks,
              self->own);
    }
}

static void
write_quiet (Writer *self, const char *protocol, const char *const *names)
{
  g_autofree char *quiet = dup_names (NULL, names);

  if (quiet)
    rule (self, "meta nfproto %s iifname { %s } oifname { %s } drop", protocol, quiet, quiet);
}

static void
write_forward (Writer *self)
{
  open_chain (self, "forward", "filter", "forward", "filter - 5");
  write_served (self);
  write_exit (self);
  write_quiet (self, families[0].protocol, self->plan->quiet4);
  write_quiet (self, families[1].protocol, self->plan->quiet6);
  close_chain (self);
}

static gboolean
has_mapped (const Writer *self)
{
  for (guint i = 0; i < self->routes->len; i++)
    if (is_mapped (&g_array_index (self->routes, BgFirewallRoute, i)))
      return TRUE;
  return FALSE;
}

static void
write_mapped (Writer *self, const BgFirewallRoute *route, gboolean inwards)
{
  const char *word = word_of (&route->inner);
  char inner[BG_IP_PREFIX_TEXT], shown[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format (&route->inner, inner);
  bg_ip_prefix_format (&route->shown, shown);
  if (inwards)
    rule (self, "iifname \"%s\" %s daddr %s dnat %s prefix to %s daddr map { %s : %s }", self->own,
          word, shown, word, word, shown, inner);
  else
    rule (self, "oifname \"%s\" %s saddr %s snat %s prefix to %s saddr map { %s : %s }", self->own,
          word, inner, word, word, inner, shown);
}

static void
write_all_mapped (Writer *self, gboolean inwards)
{
  for (guint i = 0; i < self->routes->len; i++)
    {
      const BgFirewallRoute *route = &g_array_index (self->routes, BgFirewallRoute, i);

      if (is_mapped (route))
        write_mapped (self, route, inwards);
    }
}

static void
write_masquerade (Writer *self)
{
  for (guint i = 0; self->plan->nat && i < self->routes->len; i++)
    {
      const BgIpPrefix *inner = &g_array_index (self->routes, BgFirewallRoute, i).inner;
      char text[BG_IP_PREFIX_TEXT];

      bg_ip_prefix_format (inner, text);
      rule (self, "iifname \"%s\" oifname != \"%s\" %s daddr %s masquerade", self->own, self->own,
            word_of (inner), text);
    }
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    if (self->plan->exit & families[i].family)
      rule (self, "meta nfproto %s iifname \"%s\" oifname != { %s } masquerade",
            families[i].protocol, self->own, self->tunnels);
}

/* Connections are followed where addresses are changed, and nowhere else. */
static void
write_nat (Writer *self)
{
  gboolean mapped = has_mapped (self);

  if (mapped)
    {
      open_chain (self, "prerouting", "nat", "prerouting", "dstnat");
      write_all_mapped (self, TRUE);
      close_chain (self);
    }
  if (!mapped && !(self->plan->nat && self->routes->len > 0) && self->plan->exit == 0)
    return;
  open_chain (self, "postrouting", "nat", "postrouting", "srcnat");
  write_all_mapped (self, FALSE);
  write_masquerade (self);
  close_chain (self);
}

char *
bg_firewall_plan_text (const BgFirewallPlan *plan)
{
  g_autofree char *table = bg_firewall_plan_table (plan->interface);
  Writer self = { .plan = plan, .routes = sort_routes (plan), .text = g_string_new (NULL) };

  self.own = bg_nft_quote (plan->interface);
  self.tunnels = dup_names (plan->interface, plan->tunnels);
  g_string_append_printf (self.text, "table inet %s\ndelete table inet %s\ntable inet %s {\n",
                          table, table, table);
  write_clamp (&self);
  write_forward (&self);
  write_nat (&self);
  g_string_append (self.text, "}\n");
  g_array_unref (self.routes);
  g_free (self.own);
  g_free (self.tunnels);
  return g_string_free (self.text, FALSE);
}

static void
add_pass (GPtrArray *passes, const char *own, const BgIpPrefix *inner)
{
  char text[BG_IP_PREFIX_TEXT];

  bg_ip_prefix_format (inner, text);
  g_ptr_array_add (passes,
                   g_strdup_printf ("iifname \"%s\" %s daddr %s", own, word_of (inner), text));
  g_ptr_array_add (passes,
                   g_strdup_printf ("oifname \"%s\" %s saddr %s", own, word_of (inner), text));
}

char **
bg_firewall_plan_passes (const BgFirewallPlan *plan, guint family)
{
  g_autofree char *own = bg_nft_quote (plan->interface);
  GPtrArray *passes = g_ptr_array_new ();

  if (plan->exit & family)
    {
      g_ptr_array_add (passes, g_strdup_printf ("iifname \"%s\"", own));
      g_ptr_array_add (passes, g_strdup_printf ("oifname \"%s\"", own));
    }
  for (guint i = 0; !(plan->exit & family) && i < plan->n_routes; i++)
    if (bg_families_of (&plan->routes[i].inner) == family)
      add_pass (passes, own, &plan->routes[i].inner);
  g_ptr_array_add (passes, NULL);
  return (char **) g_ptr_array_free (passes, FALSE);
}
