/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/endpoint-homes.h"

#include "common/error.h"

struct _BgEndpointHomes
{
  const BgEndpointGround *ground;
  gpointer data;
  BgAddressPool *pool;
  BgHomePlaces places;
  GHashTable *homes; /* name → BgEndpointHome */
};

static gint64
now_s (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

BgEndpointHomes *
bg_endpoint_homes_new (const BgEndpointGround *ground, gpointer data, BgAddressPool *pool)
{
  BgEndpointHomes *self = g_new0 (BgEndpointHomes, 1);

  self->ground = ground;
  self->data = data;
  self->pool = pool;
  self->homes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

static void
abandon (BgEndpointHomes *self, const char *name, const BgEndpointHome *home)
{
  for (guint i = 0; i < home->n; i++)
    self->ground->remove_address (self->data, &home->hosts[i]);
  bg_address_pool_release (self->pool, name, now_s ());
}

void
bg_endpoint_homes_free (BgEndpointHomes *self)
{
  const char *name;
  const BgEndpointHome *home;
  GHashTableIter iter;

  if (self == NULL)
    return;
  g_hash_table_iter_init (&iter, self->homes);
  while (g_hash_table_iter_next (&iter, (gpointer *) &name, (gpointer *) &home))
    abandon (self, name, home);
  g_hash_table_unref (self->homes);
  g_free (self);
}

void
bg_endpoint_homes_set_places (BgEndpointHomes *self, const BgHomePlaces *places)
{
  self->places = *places;
}

/* Making one */

static gboolean
add_host (BgEndpointHomes *self, BgEndpointHome *home, const BgIpPrefix *host, GError **error)
{
  if (!self->ground->add_address (self->data, host, error))
    return FALSE;
  home->hosts[home->n++] = *host;
  return TRUE;
}

static gboolean
add_first (BgEndpointHomes *self, BgEndpointHome *home, guint32 address, GError **error)
{
  BgIpPrefix host = bg_address_to_prefix (address);

  if (self->places.mirror.family != 0
      && !bg_address_pool_mirror (self->pool, address, &self->places.mirror, &host))
    {
      bg_error_set (error, BG_ERROR_FAILED, ENDPOINT_NO_ADDRESS);
      return FALSE;
    }
  return add_host (self, home, &host, error);
}

static gboolean
furnish (BgEndpointHomes *self, BgEndpointHome *home, guint32 address, GError **error)
{
  BgIpPrefix host;

  if (!add_first (self, home, address, error))
    return FALSE;
  if (self->places.subnet6.family != 0
      && bg_address_pool_mirror (self->pool, address, &self->places.subnet6, &host))
    add_host (self, home, &host, NULL);
  return TRUE;
}

static const BgEndpointHome *
make (BgEndpointHomes *self, const char *name, GError **error)
{
  guint32 address = bg_address_pool_take (self->pool, name, now_s ());
  BgEndpointHome home = { 0 }, *kept;

  if (address == 0)
    bg_error_set (error, BG_ERROR_FAILED, ENDPOINT_NO_ADDRESS);
  if (address == 0 || !furnish (self, &home, address, error))
    {
      bg_address_pool_release (self->pool, name, now_s ());
      return NULL;
    }
  kept = g_memdup2 (&home, sizeof home);
  g_hash_table_insert (self->homes, g_strdup (name), kept);
  return kept;
}

const BgEndpointHome *
bg_endpoint_homes_get (BgEndpointHomes *self, const char *name, GError **error)
{
  const BgEndpointHome *home = bg_endpoint_homes_find (self, name);

  return home != NULL ? home : make (self, name, error);
}

const BgEndpointHome *
bg_endpoint_homes_find (BgEndpointHomes *self, const char *name)
{
  return g_hash_table_lookup (self->homes, name);
}

/* Doors */

void
bg_endpoint_homes_enter (BgEndpointHomes *self, const char *name)
{
  BgEndpointHome *home = g_hash_table_lookup (self->homes, name);

  home->doors++;
}

void
bg_endpoint_homes_leave (BgEndpointHomes *self, const char *name)
{
  BgEndpointHome *home = g_hash_table_lookup (self->homes, name);

  home->doors--;
}

void
bg_endpoint_homes_settle (BgEndpointHomes *self, const char *name)
{
  const BgEndpointHome *home = bg_endpoint_homes_find (self, name);

  if (home == NULL || home->doors > 0)
    return;
  abandon (self, name, home);
  g_hash_table_remove (self->homes, name);
}
