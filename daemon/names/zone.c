/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/zone.h"

#include "names/dns-message.h"
#include "names/reverse-name.h"

#include <string.h>

typedef struct
{
  char *name;
  GArray *addresses; /* BgIpPrefix */
} Host;

struct _BgZone
{
  gatomicrefcount refs;
  gboolean sealed;
  guint32 serial;
  char *suffix, *primary;
  GHashTable *hosts;    /* label → Host */
  GHashTable *pointers; /* name of an address → its Host, borrowed */
  GHashTable *empty;    /* set of names above those */
  GHashTable *apexes;   /* set of `reverse` */
  GPtrArray *reverse;   /* char *, NULL at the end once sealed */
};

static void
free_host (gpointer data)
{
  Host *host = data;

  g_free (host->name);
  g_array_unref (host->addresses);
  g_free (host);
}

BgZone *
bg_zone_new (const char *suffix, guint32 serial)
{
  BgZone *zone = g_new0 (BgZone, 1);

  g_atomic_ref_count_init (&zone->refs);
  zone->serial = serial;
  zone->suffix = g_strdup (suffix);
  zone->hosts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_host);
  zone->pointers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  zone->empty = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  zone->apexes = g_hash_table_new (g_str_hash, g_str_equal);
  zone->reverse = g_ptr_array_new_with_free_func (g_free);
  return zone;
}

BgZone *
bg_zone_ref (BgZone *zone)
{
  g_atomic_ref_count_inc (&zone->refs);
  return zone;
}

void
bg_zone_unref (BgZone *zone)
{
  if (!zone || !g_atomic_ref_count_dec (&zone->refs))
    return;
  g_hash_table_unref (zone->pointers);
  g_hash_table_unref (zone->hosts);
  g_hash_table_unref (zone->empty);
  g_hash_table_unref (zone->apexes);
  g_ptr_array_unref (zone->reverse);
  g_free (zone->suffix);
  g_free (zone->primary);
  g_free (zone);
}

/* --- Building --- */

void
bg_zone_add_network (BgZone *zone, const BgIpPrefix *network)
{
  g_autofree char **domains = bg_reverse_domains (network); /* what is in it is taken or freed */

  g_return_if_fail (!zone->sealed);
  for (guint i = 0; domains[i]; i++)
    if (g_hash_table_add (zone->apexes, domains[i]))
      g_ptr_array_add (zone->reverse, domains[i]);
    else
      g_free (domains[i]);
}

/* The domain of addresses that `name` is in; NULL. */
static const char *
find_apex (const BgZone *zone, const char *name)
{
  gpointer apex;

  for (; name; name = bg_dns_parent (name))
    if (g_hash_table_lookup_extended (zone->apexes, name, &apex, NULL))
      return apex;
  return NULL;
}

/* Every name between a pointer and its apex is there, though it has nothing (RFC 8020). */
static void
add_above (BgZone *zone, const char *name, const char *apex)
{
  for (name = bg_dns_parent (name); name && !g_str_equal (name, apex); name = bg_dns_parent (name))
    if (!g_hash_table_add (zone->empty, g_strdup (name)))
      return;
}

static void
add_pointer (BgZone *zone, const BgIpPrefix *address, Host *host)
{
  g_autofree char *name = bg_reverse_name (address, address->len);
  const char *apex = find_apex (zone, name);

  if (!apex || g_hash_table_contains (zone->pointers, name))
    return;
  add_above (zone, name, apex);
  g_hash_table_insert (zone->pointers, g_steal_pointer (&name), host);
}

/* NULL: it is there already. */
static Host *
new_host (BgZone *zone, const char *label, const BgIpPrefix *addresses, guint n_addresses)
{
  Host *host;

  if (g_hash_table_contains (zone->hosts, label))
    return NULL;
  host = g_new0 (Host, 1);
  host->name = g_strconcat (label, ".", zone->suffix, NULL);
  host->addresses = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));
  g_hash_table_insert (zone->hosts, g_strdup (label), host);
  for (guint i = 0; i < n_addresses; i++)
    {
      BgIpPrefix address = bg_ip_prefix_host (&addresses[i]);

      g_array_append_val (host->addresses, address);
    }
  return host;
}

void
bg_zone_add_service (BgZone *zone, const char *labels, const BgIpPrefix *addresses,
                     guint n_addresses)
{
  g_return_if_fail (!zone->sealed);
  new_host (zone, labels, addresses, n_addresses);
}

void
bg_zone_add_host (BgZone *zone, const char *label, const BgIpPrefix *addresses, guint n_addresses,
                  gboolean is_self)
{
  Host *host;

  g_return_if_fail (!zone->sealed);
  host = new_host (zone, label, addresses, n_addresses);
  for (guint i = 0; host && i < n_addresses; i++)
    add_pointer (zone, &g_array_index (host->addresses, BgIpPrefix, i), host);
  if (host && is_self && !zone->primary)
    zone->primary = g_strdup (host->name);
}

BgZone *
bg_zone_seal (BgZone *zone)
{
  if (!zone->sealed)
    g_ptr_array_add (zone->reverse, NULL);
  zone->sealed = TRUE;
  return zone;
}

/* --- Finding --- */

static BgZoneFind
find_reverse (const BgZone *zone, const char *name)
{
  BgZoneFind find = { .apex = find_apex (zone, name) };
  const Host *host = g_hash_table_lookup (zone->pointers, name);

  if (!find.apex)
    return find;
  find.kind = BG_ZONE_MISSING;
  if (host)
    find.kind = BG_ZONE_POINTER;
  else if (g_str_equal (find.apex, name))
    find.kind = BG_ZONE_APEX;
  else if (g_hash_table_contains (zone->empty, name))
    find.kind = BG_ZONE_EMPTY;
  find.target = host ? host->name : NULL;
  return find;
}

/* `rest` is the suffix at the end of `name`. */
static BgZoneFind
find_host (const BgZone *zone, const char *name, const char *rest)
{
  BgZoneFind find = { .kind = BG_ZONE_MISSING, .apex = zone->suffix };
  g_autofree char *label = NULL;
  const Host *host;

  if (rest == name)
    {
      find.kind = BG_ZONE_APEX;
      return find;
    }
  label = g_strndup (name, (gsize) (rest - name - 1));
  host = g_hash_table_lookup (zone->hosts, label);
  if (host)
    {
      find.kind = BG_ZONE_HOST;
      find.addresses = (const BgIpPrefix *) host->addresses->data;
      find.n_addresses = host->addresses->len;
    }
  return find;
}

BgZoneFind
bg_zone_find (const BgZone *zone, const char *name)
{
  for (const char *rest = name; rest; rest = bg_dns_parent (rest))
    if (g_str_equal (rest, zone->suffix))
      return find_host (zone, name, rest);
  return find_reverse (zone, name);
}

guint32
bg_zone_get_serial (const BgZone *zone)
{
  return zone->serial;
}

const char *
bg_zone_get_primary (const BgZone *zone)
{
  return zone->primary ? zone->primary : zone->suffix;
}

const char *const *
bg_zone_get_reverse_domains (const BgZone *zone)
{
  return (const char *const *) zone->reverse->pdata;
}
