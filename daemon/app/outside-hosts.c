/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/outside-hosts.h"

#include "common/log.h"

#include <string.h>
#include <sys/socket.h>

#define MAX_ADDRESSES 16 /* of one name */

typedef struct
{
  BgOutsideHosts *owner;
  BgOutsideKind kind;
  char *name;
  gboolean wanted;
  GArray *hosts;             /* BgIpPrefix */
  GCancellable *cancellable; /* of the question under way, else NULL */
} Entry;

struct _BgOutsideHosts
{
  GPtrArray *entries;
  BgIpPrefix hub; /* family 0: not known */
  BgOutsideHostsChanged changed;
  gpointer data;
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  if (entry->cancellable)
    g_cancellable_cancel (entry->cancellable);
  g_clear_object (&entry->cancellable);
  g_array_unref (entry->hosts);
  g_free (entry->name);
  g_free (entry);
}

BgOutsideHosts *
bg_outside_hosts_new (BgOutsideHostsChanged changed, gpointer data)
{
  BgOutsideHosts *self = g_new0 (BgOutsideHosts, 1);

  self->entries = g_ptr_array_new_with_free_func (entry_free);
  self->changed = changed;
  self->data = data;
  return self;
}

void
bg_outside_hosts_free (BgOutsideHosts *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->entries);
  g_free (self);
}

/* Loopback and its like are nobody's network. */
static gboolean
prefix_of (GInetAddress *address, BgIpPrefix *host)
{
  *host = (BgIpPrefix){ .family = (int) g_inet_address_get_family (address) };
  memcpy (host->addr, g_inet_address_to_bytes (address), g_inet_address_get_native_size (address));
  *host = bg_ip_prefix_host (host);
  return bg_ip_prefix_is_unicast_host (host);
}

static gboolean
has_host (const GArray *hosts, const BgIpPrefix *host)
{
  for (guint i = 0; i < hosts->len; i++)
    if (bg_ip_prefix_equal (&g_array_index (hosts, BgIpPrefix, i), host))
      return TRUE;
  return FALSE;
}

static gboolean
are_same (const GArray *a, const GArray *b)
{
  for (guint i = 0; i < a->len; i++)
    if (!has_host (b, &g_array_index (a, BgIpPrefix, i)))
      return FALSE;
  return a->len == b->len;
}

static void
on_resolver_lookup_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  GList *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);
  g_autoptr (GArray) hosts = NULL;
  Entry *entry = data;
  BgIpPrefix host;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* the entry is gone */
  g_clear_object (&entry->cancellable);
  hosts = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));
  for (GList *item = addresses; item && hosts->len < MAX_ADDRESSES; item = item->next)
    if (prefix_of (item->data, &host) && !has_host (hosts, &host))
      g_array_append_val (hosts, host);
  g_resolver_free_addresses (addresses);
  if (error)
    bg_log (BG_TOPIC_NET, DEBUG, NULL, "%s: %s", entry->name, error->message);
  if (error || are_same (hosts, entry->hosts))
    return;
  g_array_unref (entry->hosts);
  entry->hosts = g_steal_pointer (&hosts);
  entry->owner->changed (entry->owner->data);
}

static void
resolve (Entry *entry)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();

  if (entry->cancellable)
    return;
  entry->cancellable = g_cancellable_new ();
  g_resolver_lookup_by_name_async (resolver, entry->name, entry->cancellable,
                                   on_resolver_lookup_done, entry);
}

/* "stun:host:1" and "turn:host:1?transport=udp" (RFC 7064, 7065) have no slashes. */
static char *
host_of_uri (const char *text)
{
  const char *colon = strchr (text, ':'), *rest = colon ? colon + 1 : text;
  g_autofree char *authority = NULL;
  g_autoptr (GUri) uri = NULL;

  while (*rest == '/')
    rest++;
  authority = g_strdup_printf ("x://%.*s", (int) strcspn (rest, "?/"), rest);
  uri = g_uri_parse (authority, G_URI_FLAGS_NONE, NULL);
  return uri ? g_strdup (g_uri_get_host (uri)) : NULL;
}

static Entry *
find (BgOutsideHosts *self, BgOutsideKind kind, const char *name)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = self->entries->pdata[i];

      if (entry->kind == kind && g_str_equal (entry->name, name))
        return entry;
    }
  return NULL;
}

void
bg_outside_hosts_begin (BgOutsideHosts *self)
{
  for (guint i = 0; i < self->entries->len; i++)
    ((Entry *) self->entries->pdata[i])->wanted = FALSE;
  self->hub = (BgIpPrefix){ 0 };
}

void
bg_outside_hosts_end (BgOutsideHosts *self)
{
  for (guint i = self->entries->len; i-- > 0;)
    if (!((Entry *) self->entries->pdata[i])->wanted)
      g_ptr_array_remove_index (self->entries, i);
}

void
bg_outside_hosts_add (BgOutsideHosts *self, BgOutsideKind kind, const char *uri)
{
  g_autofree char *name = host_of_uri (uri);
  Entry *entry = name ? find (self, kind, name) : NULL;

  if (!name || !*name)
    return;
  if (!entry)
    {
      entry = g_new0 (Entry, 1);
      entry->owner = self;
      entry->kind = kind;
      entry->name = g_steal_pointer (&name);
      entry->hosts = g_array_new (FALSE, TRUE, sizeof (BgIpPrefix));
      g_ptr_array_add (self->entries, entry);
    }
  entry->wanted = TRUE;
  resolve (entry);
}

void
bg_outside_hosts_set_hub (BgOutsideHosts *self, GInetAddress *address)
{
  BgIpPrefix host;

  if (!address || !prefix_of (address, &host)
      || (self->hub.family != 0 && bg_ip_prefix_equal (&self->hub, &host)))
    return;
  self->hub = host;
  self->changed (self->data);
}

void
bg_outside_hosts_refresh (BgOutsideHosts *self)
{
  for (guint i = 0; i < self->entries->len; i++)
    resolve (self->entries->pdata[i]);
}

GArray *
bg_outside_hosts_list (BgOutsideHosts *self)
{
  GArray *list = g_array_new (FALSE, TRUE, sizeof (BgOutsideHost));
  BgOutsideHost hub = { .host = self->hub, .kind = BG_OUTSIDE_HUB };

  if (self->hub.family != 0)
    g_array_append_val (list, hub);
  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = self->entries->pdata[i];

      for (guint j = 0; j < entry->hosts->len; j++)
        {
          BgOutsideHost host = { .host = g_array_index (entry->hosts, BgIpPrefix, j),
                                 .kind = entry->kind };

          g_array_append_val (list, host);
        }
    }
  return list;
}
