/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/port-pool.h"

#include <string.h>

struct _BgPortPool
{
  guint16 first, last;
  GHashTable *ports; /* key → port */
  GHashTable *keys;  /* port → key, borrowed from there */
};

BgPortPool *
bg_port_pool_new (guint16 first, guint16 last)
{
  BgPortPool *self = g_new0 (BgPortPool, 1);

  self->ports = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->keys = g_hash_table_new (NULL, NULL);
  bg_port_pool_set_range (self, first, last);
  return self;
}

void
bg_port_pool_free (BgPortPool *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->keys);
  g_hash_table_unref (self->ports);
  g_free (self);
}

void
bg_port_pool_set_range (BgPortPool *self, guint16 first, guint16 last)
{
  g_assert (first > 0 && first <= last);
  self->first = first;
  self->last = last;
}

guint16
bg_port_pool_get (const BgPortPool *self, const char *key)
{
  return (guint16) GPOINTER_TO_UINT (g_hash_table_lookup (self->ports, key));
}

gboolean
bg_port_pool_keep (BgPortPool *self, const char *key, guint16 port)
{
  const char *owner = g_hash_table_lookup (self->keys, GUINT_TO_POINTER (port));
  char *own;

  if (port == 0 || (owner != NULL && strcmp (owner, key) != 0))
    return FALSE;
  if (owner != NULL)
    return TRUE;
  g_hash_table_remove (self->keys, GUINT_TO_POINTER (bg_port_pool_get (self, key)));
  own = g_strdup (key);
  g_hash_table_replace (self->ports, own, GUINT_TO_POINTER (port));
  g_hash_table_insert (self->keys, GUINT_TO_POINTER (port), own);
  return TRUE;
}

static guint
lowest_free (const BgPortPool *self, guint from)
{
  while (from <= self->last && g_hash_table_contains (self->keys, GUINT_TO_POINTER (from)))
    from++;
  return from <= self->last ? from : 0;
}

guint16
bg_port_pool_candidate (const BgPortPool *self, const char *key, guint16 after)
{
  guint16 own = bg_port_pool_get (self, key);

  if (after == 0 && own != 0)
    return own;
  return (guint16) lowest_free (self,
                                after < self->first || after == own ? self->first : after + 1u);
}

void
bg_port_pool_foreach (BgPortPool *self, void (*each) (const char *key, guint16 port, gpointer data),
                      gpointer data)
{
  g_autoptr (GList) keys = g_list_sort (g_hash_table_get_keys (self->ports), (GCompareFunc) strcmp);

  for (const GList *l = keys; l != NULL; l = l->next)
    each (l->data, bg_port_pool_get (self, l->data), data);
}
