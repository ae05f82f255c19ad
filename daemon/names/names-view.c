/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/names-view.h"

#include "common/device-name.h"
#include "common/dns-name.h"
#include "common/service-item.h"

#include <string.h>

typedef struct
{
  char *id, *label; /* label NULL: the name is no label */
  BgNamedRank rank;
  gint64 since;
  GArray *addresses; /* BgIpPrefix */
  GArray *servers;   /* BgIpPrefix */
  char **domains;
  char **services; /* labels */
} Machine;

/* A label that is no machine's own. */
typedef struct
{
  char *label;
  GArray *addresses; /* BgIpPrefix */
} Given;

struct _BgNamesView
{
  char *suffix;
  GArray *networks;    /* BgIpPrefix */
  GPtrArray *machines; /* Machine, in the order they were added */
  GHashTable *owners;  /* label → Machine; NULL: of nobody */
  GHashTable *by_id;   /* → Machine */
  GPtrArray *given;    /* Given */
  Machine *clash[2];
  gboolean has_default;
  GArray *default_servers; /* BgIpPrefix */
};

static void
free_machine (gpointer data)
{
  Machine *machine = data;

  g_free (machine->id);
  g_free (machine->label);
  g_array_unref (machine->addresses);
  g_array_unref (machine->servers);
  g_strfreev (machine->domains);
  g_strfreev (machine->services);
  g_free (machine);
}

static void
free_given (gpointer data)
{
  Given *given = data;

  g_free (given->label);
  g_array_unref (given->addresses);
  g_free (given);
}

BgNamesView *
bg_names_view_new (const char *suffix)
{
  BgNamesView *view = g_new0 (BgNamesView, 1);

  view->suffix = g_strdup (suffix);
  view->networks = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));
  view->machines = g_ptr_array_new_with_free_func (free_machine);
  view->owners = g_hash_table_new (g_str_hash, g_str_equal);
  view->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  view->given = g_ptr_array_new_with_free_func (free_given);
  view->default_servers = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));
  return view;
}

void
bg_names_view_free (BgNamesView *view)
{
  if (!view)
    return;
  g_hash_table_unref (view->owners);
  g_hash_table_unref (view->by_id);
  g_ptr_array_unref (view->machines);
  g_ptr_array_unref (view->given);
  g_array_unref (view->networks);
  g_array_unref (view->default_servers);
  g_free (view->suffix);
  g_free (view);
}

void
bg_names_view_add_network (BgNamesView *view, const BgIpPrefix *network)
{
  BgIpPrefix masked = *network;

  bg_ip_prefix_mask (&masked);
  g_array_append_val (view->networks, masked);
}

/* --- Addresses --- */

static gboolean
is_in_network (const BgNamesView *view, const BgIpPrefix *host)
{
  for (guint i = 0; i < view->networks->len; i++)
    if (bg_ip_prefix_contains (&g_array_index (view->networks, BgIpPrefix, i), host))
      return TRUE;
  return FALSE;
}

static GArray *
take_addresses (const BgNamesView *view, const BgNamedMachine *said)
{
  GArray *addresses = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));

  for (guint i = 0; i < said->n_addresses; i++)
    {
      BgIpPrefix host = bg_ip_prefix_host (&said->addresses[i]);

      if (said->rank == BG_NAMED_FIXED || is_in_network (view, &host))
        g_array_append_val (addresses, host);
    }
  return addresses;
}

static GArray *
read_servers (const char *const *texts)
{
  GArray *servers = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));
  BgIpPrefix server;

  for (; texts && *texts; texts++)
    if (bg_ip_prefix_parse (*texts, &server) && bg_ip_prefix_is_unicast_host (&server))
      g_array_append_val (servers, server);
  return servers;
}

/* --- Labels --- */

/* Which of two machines with one label has it; NULL: neither. */
static Machine *
choose (Machine *a, Machine *b)
{
  if (a->rank != b->rank)
    return a->rank > b->rank ? a : b;
  if (a->rank == BG_NAMED_BY_HUB)
    return NULL;
  if (a->since != b->since)
    return a->since < b->since ? a : b;
  return strcmp (a->id, b->id) < 0 ? a : b;
}

/* One that came second to somebody stays without; nobody is better than two of the hub's, until somebody of a higher rank is. */
static Machine *
choose_owner (gboolean is_taken, Machine *owner, Machine *machine)
{
  if (!is_taken)
    return machine;
  if (!owner)
    return machine->rank == BG_NAMED_BY_HUB ? NULL : machine;
  return choose (owner, machine);
}

static void
claim_label (BgNamesView *view, Machine *machine)
{
  gpointer owner = NULL;
  gboolean is_taken = g_hash_table_lookup_extended (view->owners, machine->label, NULL, &owner);

  if (is_taken && owner && !view->clash[0])
    {
      view->clash[0] = owner;
      view->clash[1] = machine;
    }
  g_hash_table_insert (view->owners, machine->label, choose_owner (is_taken, owner, machine));
}

static char **
copy_texts (const char *const *texts)
{
  return texts ? g_strdupv ((char **) texts) : g_new0 (char *, 1);
}

void
bg_names_view_add_machine (BgNamesView *view, const BgNamedMachine *said)
{
  Machine *machine;

  if (g_hash_table_contains (view->by_id, said->id))
    return;
  machine = g_new0 (Machine, 1);
  machine->id = g_strdup (said->id);
  machine->label = bg_device_name_to_label (said->id);
  machine->rank = said->rank;
  machine->since = said->since;
  machine->addresses = take_addresses (view, said);
  machine->servers = read_servers (said->dns);
  machine->domains = copy_texts (said->domains);
  machine->services = copy_texts (said->services);
  g_ptr_array_add (view->machines, machine);
  g_hash_table_insert (view->by_id, machine->id, machine);
  if (machine->label)
    claim_label (view, machine);
}

void
bg_names_view_add_given (BgNamesView *view, const char *label, const BgIpPrefix *addresses,
                         guint n_addresses)
{
  const BgNamedMachine said = { .addresses = addresses, .n_addresses = n_addresses };
  Given *given;

  if (g_hash_table_contains (view->owners, label) || bg_names_view_has_given (view, label))
    return;
  given = g_new0 (Given, 1);
  given->label = g_strdup (label);
  given->addresses = take_addresses (view, &said);
  g_ptr_array_add (view->given, given);
}

gboolean
bg_names_view_has_given (const BgNamesView *view, const char *label)
{
  for (guint i = 0; i < view->given->len; i++)
    if (g_str_equal (((const Given *) view->given->pdata[i])->label, label))
      return TRUE;
  return FALSE;
}

gboolean
bg_names_view_get_clash (const BgNamesView *view, const char **name, const char **other)
{
  if (!view->clash[0])
    return FALSE;
  *name = view->clash[0]->id;
  *other = view->clash[1]->id;
  return TRUE;
}

static gboolean
has_name (const BgNamesView *view, const Machine *machine)
{
  return machine->label && machine->addresses->len > 0
         && g_hash_table_lookup (view->owners, machine->label) == machine;
}

const char *
bg_names_view_get_label (const BgNamesView *view, const char *id)
{
  const Machine *machine = g_hash_table_lookup (view->by_id, id);

  return machine && has_name (view, machine) ? machine->label : NULL;
}

/* The longest name in the DNS is longer than what two labels and a suffix may be. */
static char *
name_of_service (const BgNamesView *view, const Machine *machine, const char *service)
{
  g_autofree char *label = g_strconcat (service, ".", machine->label, NULL);
  g_autofree char *whole = g_strconcat (label, ".", view->suffix, NULL);
  g_autofree char *name = bg_dns_name_normalize (whole);

  return name && bg_service_name_is_valid (service) ? g_steal_pointer (&label) : NULL;
}

/* --- The zone --- */

static void
add_services_to_zone (const BgNamesView *view, const Machine *machine, BgZone *zone)
{
  for (char *const *service = machine->services; *service; service++)
    {
      g_autofree char *label = name_of_service (view, machine, *service);

      if (label)
        bg_zone_add_service (zone, label, (const BgIpPrefix *) machine->addresses->data,
                             machine->addresses->len);
    }
}

static void
add_to_zone (const BgNamesView *view, const Machine *machine, BgZone *zone)
{
  bg_zone_add_host (zone, machine->label, (const BgIpPrefix *) machine->addresses->data,
                    machine->addresses->len, machine->rank == BG_NAMED_SELF);
  add_services_to_zone (view, machine, zone);
}

BgZone *
bg_names_view_make_zone (const BgNamesView *view, guint32 serial)
{
  BgZone *zone = bg_zone_new (view->suffix, serial);

  for (guint i = 0; i < view->networks->len; i++)
    bg_zone_add_network (zone, &g_array_index (view->networks, BgIpPrefix, i));
  for (guint i = 0; i < view->machines->len; i++)
    {
      const Machine *machine = view->machines->pdata[i];

      if (has_name (view, machine))
        add_to_zone (view, machine, zone);
    }
  for (guint i = 0; i < view->given->len; i++)
    {
      const Given *given = view->given->pdata[i];

      bg_zone_add_service (zone, given->label, (const BgIpPrefix *) given->addresses->data,
                           given->addresses->len);
    }
  return bg_zone_seal (zone);
}

/* --- Other servers --- */

void
bg_names_view_set_default (BgNamesView *view, const char *const *dns)
{
  view->has_default = TRUE;
  g_array_unref (view->default_servers);
  view->default_servers = read_servers (dns);
}

/* A question that we ask ourselves would never end. */
static gboolean
is_own (const BgNamesView *view, const BgIpPrefix *server)
{
  for (guint i = 0; i < view->machines->len; i++)
    {
      const Machine *machine = view->machines->pdata[i];

      for (guint j = 0; machine->rank == BG_NAMED_SELF && j < machine->addresses->len; j++)
        if (bg_ip_prefix_equal (&g_array_index (machine->addresses, BgIpPrefix, j), server))
          return TRUE;
    }
  return FALSE;
}

static void
add_servers (const BgNamesView *view, BgForwardTable *table, const char *domain,
             const GArray *servers)
{
  bg_forward_table_add (table, domain, NULL, 0);
  for (guint i = 0; i < servers->len; i++)
    if (!is_own (view, &g_array_index (servers, BgIpPrefix, i)))
      bg_forward_table_add (table, domain, &g_array_index (servers, BgIpPrefix, i), 1);
}

BgForwardTable *
bg_names_view_make_table (const BgNamesView *view)
{
  BgForwardTable *table = bg_forward_table_new ();

  for (guint i = 0; i < view->machines->len; i++)
    {
      const Machine *machine = view->machines->pdata[i];

      for (char *const *domain = machine->domains; *domain; domain++)
        {
          g_autofree char *name = bg_dns_name_normalize (*domain);

          if (name)
            add_servers (view, table, name, machine->servers);
        }
    }
  if (view->has_default)
    add_servers (view, table, "", view->default_servers);
  return table;
}

/* --- The system --- */

static void
add_reverse_domains (const BgNamesView *view, BgNamesPlan *plan)
{
  g_autoptr (BgZone) zone = bg_zone_new (view->suffix, 0);
  const char *const *domains;

  for (guint i = 0; i < view->networks->len; i++)
    bg_zone_add_network (zone, &g_array_index (view->networks, BgIpPrefix, i));
  domains = bg_zone_get_reverse_domains (bg_zone_seal (zone));
  for (; *domains; domains++)
    bg_names_plan_add_domain (plan, *domains);
}

static void
add_machine_to_plan (const BgNamesView *view, const Machine *machine, BgNamesPlan *plan)
{
  for (char *const *domain = machine->domains; *domain; domain++)
    bg_names_plan_add_domain (plan, *domain);
  if (!has_name (view, machine))
    return;
  bg_names_plan_add_host (plan, machine->label, (const BgIpPrefix *) machine->addresses->data,
                          machine->addresses->len);
  for (char *const *service = machine->services; *service; service++)
    {
      g_autofree char *label = name_of_service (view, machine, *service);

      if (label)
        bg_names_plan_add_host (plan, label, (const BgIpPrefix *) machine->addresses->data,
                                machine->addresses->len);
    }
}

BgNamesPlan *
bg_names_view_make_plan (const BgNamesView *view, const char *interface, gboolean search)
{
  BgNamesPlan *plan = bg_names_plan_new (interface, view->suffix);

  bg_names_plan_set_search (plan, search);
  bg_names_plan_set_default_route (plan, view->has_default);
  add_reverse_domains (view, plan);
  for (guint i = 0; i < view->machines->len; i++)
    add_machine_to_plan (view, view->machines->pdata[i], plan);
  for (guint i = 0; i < view->given->len; i++)
    {
      const Given *given = view->given->pdata[i];

      bg_names_plan_add_host (plan, given->label, (const BgIpPrefix *) given->addresses->data,
                              given->addresses->len);
    }
  return plan;
}
