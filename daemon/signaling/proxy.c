/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/proxy.h"

#include <string.h>

static GMutex mutex;
static GProxyResolver *chosen; /* NULL: the system's */
static GHashTable *logins;     /* "host:port" → "user:password", as found in the proxies' URLs */

gboolean
bg_proxy_is_valid (const char *proxy)
{
  static const char *const schemes[] = { "http", "https", "socks4", "socks4a", "socks5", NULL };
  g_autoptr (GUri) uri = NULL;

  if (g_str_equal (proxy, BG_PROXY_SYSTEM) || g_str_equal (proxy, BG_PROXY_NONE))
    return TRUE;
  uri = g_uri_parse (proxy, G_URI_FLAGS_NONE, NULL);
  return uri && g_strv_contains (schemes, g_uri_get_scheme (uri)) && g_uri_get_host (uri)
         && *g_uri_get_host (uri) != '\0' && g_uri_get_port (uri) > 0
         && g_uri_get_userinfo (uri) == NULL;
}

static GProxyResolver *
resolver_of (const char *proxy)
{
  if (g_str_equal (proxy, BG_PROXY_SYSTEM))
    return NULL;
  return g_simple_proxy_resolver_new (g_str_equal (proxy, BG_PROXY_NONE) ? NULL : proxy, NULL);
}

void
bg_proxy_set (const char *proxy)
{
  GProxyResolver *old, *resolver = resolver_of (proxy);

  g_mutex_lock (&mutex);
  old = chosen;
  chosen = resolver;
  g_mutex_unlock (&mutex);
  g_clear_object (&old);
}

static GProxyResolver *
dup_chosen (void)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);

  return g_object_ref (chosen ? chosen : g_proxy_resolver_get_default ());
}

/* The resolver */

#define BG_TYPE_PROXY_RESOLVER (bg_proxy_resolver_get_type ())
G_DECLARE_FINAL_TYPE (BgProxyResolver, bg_proxy_resolver, BG, PROXY_RESOLVER, GObject)

struct _BgProxyResolver
{
  GObject parent;
};

static void bg_proxy_resolver_iface_init (GProxyResolverInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BgProxyResolver, bg_proxy_resolver, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_PROXY_RESOLVER,
                                                      bg_proxy_resolver_iface_init))

/* libsoup would repeat what a URL has without an end while the proxy refuses it: it is given a URL without. */
static char *
without_login (const char *proxy)
{
  g_autoptr (GUri) uri = g_uri_parse (proxy, G_URI_FLAGS_NONE, NULL);
  const char *login = uri ? g_uri_get_userinfo (uri) : NULL;

  if (!login || !g_uri_get_host (uri))
    return g_strdup (proxy);
  g_mutex_lock (&mutex);
  if (!logins)
    logins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_insert (logins,
                       g_strdup_printf ("%s:%d", g_uri_get_host (uri), g_uri_get_port (uri)),
                       g_strdup (login));
  g_mutex_unlock (&mutex);
  return g_uri_join (G_URI_FLAGS_NONE, g_uri_get_scheme (uri), NULL, g_uri_get_host (uri),
                     g_uri_get_port (uri), "", NULL, NULL);
}

/* Takes `proxies`. libsoup knows HTTP's alone; GIO the others, with what their URLs have. */
static char **
without_logins (char **proxies)
{
  for (char **proxy = proxies; proxy && *proxy; proxy++)
    if (g_str_has_prefix (*proxy, "http://"))
      {
        char *bare = without_login (*proxy);

        g_free (*proxy);
        *proxy = bare;
      }
  return proxies;
}

static char *
login_of (const char *authority)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);

  return logins ? g_strdup (g_hash_table_lookup (logins, authority)) : NULL;
}

gboolean
bg_proxy_log_in (SoupAuth *auth, gboolean retrying)
{
  g_autofree char *login = soup_auth_is_for_proxy (auth) ? login_of (soup_auth_get_authority (auth))
                                                         : NULL;
  char *password = login ? strchr (login, ':') : NULL;

  if (!login || retrying)
    return FALSE;
  if (password)
    *password++ = '\0';
  soup_auth_authenticate (auth, login, password ? password : "");
  return TRUE;
}

/* A hub on this machine, whatever the system says. */
static gboolean
is_near (const char *text)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_PARSE_RELAXED, NULL);
  const char *host = uri ? g_uri_get_host (uri) : NULL;
  g_autoptr (GInetAddress) address = host ? g_inet_address_new_from_string (host) : NULL;

  return address ? g_inet_address_get_is_loopback (address)
                 : host && g_ascii_strcasecmp (host, "localhost") == 0;
}

static char **
straight (void)
{
  static const char *const direct[] = { "direct://", NULL };

  return g_strdupv ((char **) direct);
}

static char **
bg_proxy_resolver_lookup (GProxyResolver *self, const char *uri, GCancellable *cancellable,
                          GError **error)
{
  g_autoptr (GProxyResolver) resolver = dup_chosen ();

  return is_near (uri)
           ? straight ()
           : without_logins (g_proxy_resolver_lookup (resolver, uri, cancellable, error));
}

static void
on_looked_up (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  char **proxies = g_proxy_resolver_lookup_finish (G_PROXY_RESOLVER (source), result, &error);

  if (proxies)
    g_task_return_pointer (task, without_logins (proxies), (GDestroyNotify) g_strfreev);
  else
    g_task_return_error (task, error);
}

static void
bg_proxy_resolver_lookup_async (GProxyResolver *self, const char *uri, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GProxyResolver) resolver = dup_chosen ();
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);

  if (is_near (uri))
    g_task_return_pointer (task, straight (), (GDestroyNotify) g_strfreev);
  else
    g_proxy_resolver_lookup_async (resolver, uri, cancellable, on_looked_up, g_object_ref (task));
}

static char **
bg_proxy_resolver_lookup_finish (GProxyResolver *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gboolean
bg_proxy_resolver_is_supported (GProxyResolver *self)
{
  return TRUE;
}

static void
bg_proxy_resolver_iface_init (GProxyResolverInterface *iface)
{
  iface->is_supported = bg_proxy_resolver_is_supported;
  iface->lookup = bg_proxy_resolver_lookup;
  iface->lookup_async = bg_proxy_resolver_lookup_async;
  iface->lookup_finish = bg_proxy_resolver_lookup_finish;
}

static void
bg_proxy_resolver_class_init (BgProxyResolverClass *class)
{
}

static void
bg_proxy_resolver_init (BgProxyResolver *self)
{
}

GProxyResolver *
bg_proxy_resolver_new (void)
{
  return g_object_new (BG_TYPE_PROXY_RESOLVER, NULL);
}
