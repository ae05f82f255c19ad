/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/names-plan.h"

#include "common/dns-name.h"

typedef struct
{
  char *name, *label;
  GArray *addresses; /* BgIpPrefix */
} Host;

struct _BgNamesPlan
{
  gatomicrefcount refs;
  gboolean sealed;
  char *interface, *suffix;
  GArray *servers;    /* BgIpPrefix */
  GPtrArray *domains; /* char *, NULL at the end once sealed */
  GPtrArray *hosts;   /* Host */
  gboolean search, default_route;
};

static void
free_host (gpointer data)
{
  Host *host = data;

  g_free (host->name);
  g_free (host->label);
  g_array_unref (host->addresses);
  g_free (host);
}

BgNamesPlan *
bg_names_plan_new (const char *interface, const char *suffix)
{
  BgNamesPlan *plan = g_new0 (BgNamesPlan, 1);

  g_atomic_ref_count_init (&plan->refs);
  plan->interface = g_strdup (interface);
  plan->suffix = g_strdup (suffix);
  plan->servers = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));
  plan->domains = g_ptr_array_new_with_free_func (g_free);
  plan->hosts = g_ptr_array_new_with_free_func (free_host);
  bg_names_plan_add_domain (plan, suffix);
  return plan;
}

BgNamesPlan *
bg_names_plan_ref (BgNamesPlan *plan)
{
  g_atomic_ref_count_inc (&plan->refs);
  return plan;
}

void
bg_names_plan_unref (BgNamesPlan *plan)
{
  if (!plan || !g_atomic_ref_count_dec (&plan->refs))
    return;
  g_array_unref (plan->servers);
  g_ptr_array_unref (plan->domains);
  g_ptr_array_unref (plan->hosts);
  g_free (plan->interface);
  g_free (plan->suffix);
  g_free (plan);
}

void
bg_names_plan_add_server (BgNamesPlan *plan, const BgIpPrefix *address)
{
  BgIpPrefix host = bg_ip_prefix_host (address);

  g_return_if_fail (!plan->sealed);
  g_array_append_val (plan->servers, host);
}

void
bg_names_plan_set_search (BgNamesPlan *plan, gboolean search)
{
  g_return_if_fail (!plan->sealed);
  plan->search = search;
}

void
bg_names_plan_set_default_route (BgNamesPlan *plan, gboolean default_route)
{
  g_return_if_fail (!plan->sealed);
  plan->default_route = default_route;
}

void
bg_names_plan_add_domain (BgNamesPlan *plan, const char *domain)
{
  g_autofree char *name = bg_dns_name_normalize (domain);

  g_return_if_fail (!plan->sealed);
  if (name && !g_ptr_array_find_with_equal_func (plan->domains, name, g_str_equal, NULL))
    g_ptr_array_add (plan->domains, g_steal_pointer (&name));
}

void
bg_names_plan_add_host (BgNamesPlan *plan, const char *label, const BgIpPrefix *addresses,
                        guint n_addresses)
{
  Host *host = g_new0 (Host, 1);

  g_return_if_fail (!plan->sealed);
  host->label = g_strdup (label);
  host->name = g_strconcat (label, ".", plan->suffix, NULL);
  host->addresses = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));
  for (guint i = 0; i < n_addresses; i++)
    {
      BgIpPrefix address = bg_ip_prefix_host (&addresses[i]);

      g_array_append_val (host->addresses, address);
    }
  g_ptr_array_add (plan->hosts, host);
}

BgNamesPlan *
bg_names_plan_seal (BgNamesPlan *plan)
{
  if (!plan->sealed)
    g_ptr_array_add (plan->domains, NULL);
  plan->sealed = TRUE;
  return plan;
}

/* --- Comparing --- */

static gboolean
have_equal_addresses (const GArray *a, const GArray *b)
{
  return bg_ip_prefixes_equal ((const BgIpPrefix *) a->data, a->len, (const BgIpPrefix *) b->data,
                               b->len);
}

static gboolean
have_equal_hosts (const GPtrArray *a, const GPtrArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    {
      const Host *x = a->pdata[i], *y = b->pdata[i];

      if (!g_str_equal (x->name, y->name) || !have_equal_addresses (x->addresses, y->addresses))
        return FALSE;
    }
  return TRUE;
}

gboolean
bg_names_plan_equal (const BgNamesPlan *a, const BgNamesPlan *b)
{
  if (!a || !b)
    return a == b;
  g_return_val_if_fail (a->sealed && b->sealed, FALSE);
  return a->search == b->search && a->default_route == b->default_route
         && g_str_equal (a->interface, b->interface) && g_str_equal (a->suffix, b->suffix)
         && have_equal_addresses (a->servers, b->servers)
         && g_strv_equal (bg_names_plan_get_domains (a), bg_names_plan_get_domains (b))
         && have_equal_hosts (a->hosts, b->hosts);
}

/* --- Reading --- */

const char *
bg_names_plan_get_interface (const BgNamesPlan *plan)
{
  return plan->interface;
}

const char *
bg_names_plan_get_suffix (const BgNamesPlan *plan)
{
  return plan->suffix;
}

gboolean
bg_names_plan_get_search (const BgNamesPlan *plan)
{
  return plan->search;
}

gboolean
bg_names_plan_get_default_route (const BgNamesPlan *plan)
{
  return plan->default_route;
}

const BgIpPrefix *
bg_names_plan_get_servers (const BgNamesPlan *plan, guint *n)
{
  *n = plan->servers->len;
  return (const BgIpPrefix *) plan->servers->data;
}

const char *const *
bg_names_plan_get_domains (const BgNamesPlan *plan)
{
  return (const char *const *) plan->domains->pdata;
}

guint
bg_names_plan_n_hosts (const BgNamesPlan *plan)
{
  return plan->hosts->len;
}

BgNamesHost
bg_names_plan_get_host (const BgNamesPlan *plan, guint i)
{
  const Host *host = plan->hosts->pdata[i];

  return (BgNamesHost){
    .name = host->name,
    .alias = plan->search ? host->label : NULL,
    .addresses = (const BgIpPrefix *) host->addresses->data,
    .n_addresses = host->addresses->len,
  };
}
