/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/stun-names.h"

#include "common/source.h"

#include <sys/socket.h>
#include <string.h>

enum
{
  PATIENCE_MS = 2000,
  PORT = 3478,
  PORT_TLS = 5349,
};

typedef struct
{
  BgStunPlace place; /* family 0: not found */
  guint16 port;
} Name;

typedef struct
{
  int family;
  guint n, n_open;
  Name *names;
  GCancellable *lookups;
  GSource *clock, *cancelled;
} Search;

typedef struct
{
  GTask *task;
  guint index;
} Lookup;

/* URLs */

gboolean
bg_stun_names_split (const char *url, char **host, guint16 *port)
{
  const char *colon = strchr (url, ':');
  g_autofree char *scheme = colon ? g_strndup (url, (gsize) (colon - url)) : NULL;
  g_autofree char *rest = NULL;
  g_autoptr (GSocketConnectable) address = NULL;

  if (!scheme
      || (!g_str_equal (scheme, "stun") && !g_str_equal (scheme, "turn")
          && !g_str_equal (scheme, "turns")))
    return FALSE;
  rest = g_strndup (colon + 1, strcspn (colon + 1, "?"));
  address = g_network_address_parse (rest, g_str_equal (scheme, "turns") ? PORT_TLS : PORT, NULL);
  if (!address)
    return FALSE;
  *host = g_strdup (g_network_address_get_hostname (G_NETWORK_ADDRESS (address)));
  *port = g_network_address_get_port (G_NETWORK_ADDRESS (address));
  return TRUE;
}

/* The search */

static void
search_free (gpointer data)
{
  Search *search = data;

  bg_source_drop (&search->clock);
  bg_source_drop (&search->cancelled);
  g_clear_object (&search->lookups);
  g_free (search->names);
  g_free (search);
}

static GArray *
collect (const Search *search)
{
  GArray *places = g_array_new (FALSE, FALSE, sizeof (BgStunPlace));

  for (guint i = 0; i < search->n; i++)
    if (search->names[i].place.host.family != 0)
      g_array_append_val (places, search->names[i].place);
  return places;
}

static void
count_down (GTask *task)
{
  Search *search = g_task_get_task_data (task);

  if (--search->n_open > 0)
    return;
  bg_source_drop (&search->clock);
  bg_source_drop (&search->cancelled);
  g_task_return_pointer (task, collect (search), (GDestroyNotify) g_array_unref);
}

static void
note (Name *name, GInetAddress *address, int family)
{
  if ((int) g_inet_address_get_family (address) != family)
    return;
  name->place = (BgStunPlace){ .host.family = family,
                               .host.len = family == AF_INET ? 32 : 128,
                               .port = name->port };
  memcpy (name->place.host.addr, g_inet_address_to_bytes (address),
          g_inet_address_get_native_size (address));
}

static void
on_looked_up (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Lookup *lookup = data;
  g_autoptr (GTask) task = lookup->task;
  Search *search = g_task_get_task_data (task);
  GList *found = g_resolver_lookup_by_name_with_flags_finish (G_RESOLVER (source), result, NULL);

  if (found)
    note (&search->names[lookup->index], found->data, search->family);
  g_resolver_free_addresses (found);
  count_down (task);
}

static gboolean
on_late (gpointer data)
{
  Search *search = data;

  bg_source_drop (&search->clock);
  g_cancellable_cancel (search->lookups);
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer data)
{
  Search *search = data;

  bg_source_drop (&search->cancelled);
  g_cancellable_cancel (search->lookups);
  return G_SOURCE_REMOVE;
}

static void
look_up (GTask *task, guint index, const char *url)
{
  Search *search = g_task_get_task_data (task);
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  g_autoptr (GInetAddress) literal = NULL;
  g_autofree char *host = NULL;
  Lookup *lookup;

  if (!bg_stun_names_split (url, &host, &search->names[index].port))
    return;
  literal = g_inet_address_new_from_string (host);
  if (literal)
    {
      note (&search->names[index], literal, search->family);
      return;
    }
  lookup = g_new (Lookup, 1);
  *lookup = (Lookup){ g_object_ref (task), index };
  search->n_open++;
  g_resolver_lookup_by_name_with_flags_async (resolver, host,
                                              search->family == AF_INET
                                                ? G_RESOLVER_NAME_LOOKUP_FLAGS_IPV4_ONLY
                                                : G_RESOLVER_NAME_LOOKUP_FLAGS_IPV6_ONLY,
                                              search->lookups, on_looked_up, lookup);
}

void
bg_stun_names_find_async (const char *const *urls, int family, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Search *search = g_new0 (Search, 1);

  g_task_set_task_data (task, search, search_free);
  search->family = family;
  search->lookups = g_cancellable_new ();
  search->n = g_strv_length ((char **) urls);
  search->names = g_new0 (Name, search->n);
  search->n_open = 1; /* this one */
  for (guint i = 0; i < search->n; i++)
    look_up (task, i, urls[i]);
  if (search->n_open > 1)
    {
      bg_source_arm (&search->clock, PATIENCE_MS, on_late, search);
      if (cancellable)
        search->cancelled = bg_source_attach (g_cancellable_source_new (cancellable),
                                              G_SOURCE_FUNC (on_cancelled), search);
    }
  count_down (task);
}

GArray *
bg_stun_names_find_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
