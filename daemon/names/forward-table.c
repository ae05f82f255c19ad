/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/forward-table.h"

#include "names/dns-message.h"

struct _BgForwardTable
{
  gatomicrefcount refs;
  GHashTable *domains; /* char * → GArray of BgIpPrefix */
};

BgForwardTable *
bg_forward_table_new (void)
{
  BgForwardTable *table = g_new0 (BgForwardTable, 1);

  g_atomic_ref_count_init (&table->refs);
  table->domains = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                          (GDestroyNotify) g_array_unref);
  return table;
}

BgForwardTable *
bg_forward_table_ref (BgForwardTable *table)
{
  g_atomic_ref_count_inc (&table->refs);
  return table;
}

void
bg_forward_table_unref (BgForwardTable *table)
{
  if (!table || !g_atomic_ref_count_dec (&table->refs))
    return;
  g_hash_table_unref (table->domains);
  g_free (table);
}

static GArray *
servers_of (BgForwardTable *table, const char *domain)
{
  GArray *servers = g_hash_table_lookup (table->domains, domain);

  if (servers)
    return servers;
  servers = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));
  g_hash_table_insert (table->domains, g_strdup (domain), servers);
  return servers;
}

static gboolean
has_server (const GArray *servers, const BgIpPrefix *server)
{
  for (guint i = 0; i < servers->len; i++)
    if (bg_ip_prefix_equal (&g_array_index (servers, BgIpPrefix, i), server))
      return TRUE;
  return FALSE;
}

void
bg_forward_table_add (BgForwardTable *table, const char *domain, const BgIpPrefix *servers,
                      guint n_servers)
{
  GArray *known = servers_of (table, domain);

  for (guint i = 0; i < n_servers && known->len < BG_FORWARD_MAX_SERVERS; i++)
    {
      BgIpPrefix server = bg_ip_prefix_host (&servers[i]);

      if (!has_server (known, &server))
        g_array_append_val (known, server);
    }
}

gboolean
bg_forward_table_find (const BgForwardTable *table, const char *name, BgForwardRoute *route)
{
  for (; name; name = bg_dns_parent (name))
    {
      gpointer domain, servers;

      if (!g_hash_table_lookup_extended (table->domains, name, &domain, &servers))
        continue;
      *route = (BgForwardRoute){
        .domain = domain,
        .servers = (const BgIpPrefix *) ((GArray *) servers)->data,
        .n_servers = ((GArray *) servers)->len,
      };
      return TRUE;
    }
  return FALSE;
}
