/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network-text.h"

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

static const char *
value (char **words, const char *key)
{
  for (; *words && words[1]; words++)
    if (g_str_equal (*words, key))
      return words[1];
  return NULL;
}

static guint
number (char **words, const char *key, guint fallback)
{
  const char *text = value (words, key);

  return text ? (guint) g_ascii_strtoull (text, NULL, 10) : fallback;
}

static BgIpPrefix
prefix (const char *text)
{
  BgIpPrefix out = { 0 };

  if (text && !bg_ip_prefix_parse (text, &out))
    g_error ("“%s” is no prefix", text);
  return out;
}

static void
add_link (BgNetworkTables *tables, char **words)
{
  gboolean down = g_strv_contains ((const char *const *) words, "down");
  gboolean idle = g_strv_contains ((const char *const *) words, "idle");
  const char *kind = value (words, "kind");
  BgKernelLink link = { .ifindex = (int) number (words, "link", 0),
                        .flags = down   ? 0
                                 : idle ? IFF_UP
                                        : IFF_UP | IFF_RUNNING };

  g_strlcpy (link.name, words[2], sizeof link.name);
  if (kind)
    g_strlcpy (link.kind, kind, sizeof link.kind);
  g_array_append_val (tables->links, link);
}

static guint
flags_of (char **words)
{
  static const struct
  {
    const char *word;
    guint flag;
  } rows[] = { { "temporary", IFA_F_TEMPORARY },
               { "tentative", IFA_F_TENTATIVE },
               { "optimistic", IFA_F_OPTIMISTIC },
               { "dadfailed", IFA_F_DADFAILED },
               { "deprecated", IFA_F_DEPRECATED } };
  guint flags = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_strv_contains ((const char *const *) words, rows[i].word))
      flags |= rows[i].flag;
  return flags;
}

static void
add_address (BgNetworkTables *tables, char **words)
{
  BgKernelAddress address = { .ifindex = (int) number (words, "dev", 0),
                              .address = prefix (value (words, "addr")),
                              .flags = flags_of (words),
                              .protocol = (guint8) number (words, "proto", 0) };

  address.network = value (words, "peer") ? prefix (value (words, "peer")) : address.address;
  bg_ip_prefix_mask (&address.network);
  g_array_append_val (tables->addresses, address);
}

static void
add_route (BgNetworkTables *tables, char **words)
{
  gboolean refuses = g_strv_contains ((const char *const *) words, "unreachable");
  const char *dest = words[refuses ? 2 : 1];
  BgKernelRoute route = { .oif = (int) number (words, "dev", 0),
                          .metric = number (words, "metric", 0),
                          .table = number (words, "table", RT_TABLE_MAIN),
                          .protocol = (guint8) number (words, "proto", RTPROT_BOOT),
                          .source = prefix (value (words, "src")),
                          .type = refuses ? RTN_UNREACHABLE : RTN_UNICAST };

  route.hop = (BgNextHop){ .oif = route.oif, .gateway = prefix (value (words, "via")) };
  if (g_strv_contains ((const char *const *) words, "linkdown"))
    route.hop.flags = RTNH_F_LINKDOWN;
  route.dest.family = route.hop.gateway.family ? route.hop.gateway.family : AF_INET;
  if (!g_str_equal (dest, "default"))
    route.dest = prefix (dest);
  g_array_append_val (tables->routes, route);
}

static void
add_rule (BgNetworkTables *tables, char **words)
{
  BgKernelRule rule = { .family = AF_INET,
                        .action = FR_ACT_TO_TBL,
                        .priority = number (words, "rule", 0),
                        .table = number (words, "table", RT_TABLE_MAIN),
                        .mark = number (words, "fwmark", 0),
                        .from = prefix (value (words, "from")),
                        .to = prefix (value (words, "to")),
                        .suppress_len = (int) number (words, "suppress", G_MAXUINT) };

  rule.protocol = (guint8) number (words, "proto", 0);
  rule.mask = rule.mark ? G_MAXUINT32 : 0;
  rule.inverted = g_strv_contains ((const char *const *) words, "not");
  rule.narrow = g_strv_contains ((const char *const *) words, "uid");
  g_array_append_val (tables->rules, rule);
}

BgNetworkTables *
network_tables_of_text (const char *text)
{
  BgNetworkTables *tables = bg_network_tables_new ();
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line; line++)
    {
      g_auto (GStrv) words = g_strsplit (g_strstrip (*line), " ", -1);

      if (g_strcmp0 (words[0], "link") == 0)
        add_link (tables, words);
      else if (g_strcmp0 (words[0], "addr") == 0)
        add_address (tables, words);
      else if (g_strcmp0 (words[0], "route") == 0)
        add_route (tables, words);
      else if (g_strcmp0 (words[0], "rule") == 0)
        add_rule (tables, words);
    }
  return tables;
}
