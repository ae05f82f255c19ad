/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/peer-accept.h"

static GArray *
prefixes_new (void)
{
  return g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));
}

BgPeerAccept *
bg_peer_accept_new (const char *name)
{
  BgPeerAccept *accept = g_new0 (BgPeerAccept, 1);

  accept->name = g_strdup (name);
  accept->routes = prefixes_new ();
  accept->prefer = prefixes_new ();
  accept->dns = g_new0 (char *, 1);
  accept->search = g_new0 (char *, 1);
  return accept;
}

BgPeerAccept *
bg_peer_accept_copy (const BgPeerAccept *accept)
{
  BgPeerAccept *copy = g_memdup2 (accept, sizeof *accept);

  copy->name = g_strdup (accept->name);
  copy->routes = g_array_copy (accept->routes);
  copy->prefer = g_array_copy (accept->prefer);
  copy->dns = g_strdupv (accept->dns);
  copy->search = g_strdupv (accept->search);
  return copy;
}

void
bg_peer_accept_free (BgPeerAccept *accept)
{
  if (!accept)
    return;
  g_free (accept->name);
  g_array_unref (accept->routes);
  g_array_unref (accept->prefer);
  g_strfreev (accept->dns);
  g_strfreev (accept->search);
  g_free (accept);
}

static gboolean
same_prefixes (const GArray *a, const GArray *b)
{
  return bg_ip_prefixes_equal ((const BgIpPrefix *) (const void *) a->data, a->len,
                               (const BgIpPrefix *) (const void *) b->data, b->len);
}

static gboolean
same_texts (char **a, char **b)
{
  return g_strv_equal ((const char *const *) a, (const char *const *) b);
}

gboolean
bg_peer_accept_equal (const BgPeerAccept *a, const BgPeerAccept *b)
{
  return a->all_routes == b->all_routes && a->all_dns == b->all_dns
         && a->all_search == b->all_search && same_prefixes (a->routes, b->routes)
         && same_prefixes (a->prefer, b->prefer) && same_texts (a->dns, b->dns)
         && same_texts (a->search, b->search);
}

gboolean
bg_peer_accepts_equal (const GPtrArray *a, const GPtrArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    {
      const BgPeerAccept *left = a->pdata[i], *right = b->pdata[i];

      if (!g_str_equal (left->name, right->name) || !bg_peer_accept_equal (left, right))
        return FALSE;
    }
  return TRUE;
}

GPtrArray *
bg_peer_accepts_copy (const GPtrArray *accepts)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func ((GDestroyNotify) bg_peer_accept_free);

  for (guint i = 0; accepts && i < accepts->len; i++)
    g_ptr_array_add (copy, bg_peer_accept_copy (accepts->pdata[i]));
  return copy;
}

const BgPeerAccept *
bg_peer_accepts_find (const GPtrArray *accepts, const char *name)
{
  for (guint i = 0; i < accepts->len; i++)
    if (g_str_equal (((const BgPeerAccept *) accepts->pdata[i])->name, name))
      return accepts->pdata[i];
  return NULL;
}

gboolean
bg_peer_accept_take (const BgPeerAccept *accept, const BgIpPrefix *offered, GArray *taken)
{
  guint before = taken->len;

  if (accept->all_routes)
    g_array_append_vals (taken, offered, 1);
  for (guint i = 0; !accept->all_routes && i < accept->routes->len; i++)
    {
      const BgIpPrefix *named = &g_array_index (accept->routes, BgIpPrefix, i);

      if (bg_ip_prefix_contains (offered, named))
        g_array_append_vals (taken, named, 1);
    }
  return taken->len > before;
}

gboolean
bg_peer_accept_prefers (const BgPeerAccept *accept, const BgIpPrefix *route)
{
  for (guint i = 0; i < accept->prefer->len; i++)
    if (bg_ip_prefix_contains (&g_array_index (accept->prefer, BgIpPrefix, i), route))
      return TRUE;
  return FALSE;
}

char **
bg_peer_accept_take_texts (char *const *offered, gboolean all, char *const *named)
{
  GPtrArray *taken = g_ptr_array_new ();

  for (char *const *text = offered; *text; text++)
    if (all || g_strv_contains ((const char *const *) named, *text))
      g_ptr_array_add (taken, g_strdup (*text));
  g_ptr_array_add (taken, NULL);
  return (char **) g_ptr_array_free (taken, FALSE);
}
