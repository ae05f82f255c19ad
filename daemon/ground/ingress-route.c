/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ground/ingress-route.h"

#include "common/error.h"
#include "common/log.h"
#include "common/source.h"
#include "net/outside-names.h"
#include "publish/forward-way.h"

#include <string.h>

enum
{
  ADDRESSES_MAX = 16,
  HTTP_PORT = 80,
  RETRY_MS = 2 * 1000,
  RETRY_MOST_MS = 60 * 1000,
  REFRESH_MS = 10 * 60 * 1000,
};

struct _BgIngressRoute
{
  BgIngressRouteChanged changed;
  gpointer owner;
  BgTlsIdentity *identity;
  char *host, *trust;
  guint16 port;
  BgSocketAddress addresses[ADDRESSES_MAX];
  guint n_addresses, retry_ms;
  BgIngress *ingress;
  BgIngressTally *tally;
  BgWords *problem;
  GCancellable *asking; /* NULL: the name is not being looked up */
  GSource *due;
};

static void look_up (BgIngressRoute *self);

BgIngressRoute *
bg_ingress_route_new (BgIngressTally *tally, BgIngressRouteChanged changed, gpointer owner)
{
  BgIngressRoute *self = g_new0 (BgIngressRoute, 1);

  self->tally = bg_ingress_tally_ref (tally);
  self->changed = changed;
  self->owner = owner;
  self->retry_ms = RETRY_MS;
  self->problem = bg_words (ACCOUNT_NO_CERTIFICATE);
  return self;
}

static void
stop_asking (BgIngressRoute *self)
{
  g_cancellable_cancel (self->asking);
  g_clear_object (&self->asking);
  bg_source_drop (&self->due);
}

void
bg_ingress_route_free (BgIngressRoute *self)
{
  if (!self)
    return;
  stop_asking (self);
  g_clear_pointer (&self->ingress, bg_ingress_unref);
  g_clear_pointer (&self->identity, bg_tls_identity_unref);
  bg_ingress_tally_unref (self->tally);
  bg_words_unref (self->problem);
  g_free (self->host);
  g_free (self->trust);
  g_free (self);
}

/* --- What there is --- */

/* Takes `ingress` and `problem`, of which one is NULL. */
static void
settle (BgIngressRoute *self, BgIngress *ingress, BgWords *problem)
{
  gboolean is_news = ingress || self->ingress || !bg_words_equal (problem, self->problem);

  g_clear_pointer (&self->ingress, bg_ingress_unref);
  self->ingress = ingress;
  bg_words_unref (self->problem);
  self->problem = problem;
  if (is_news)
    self->changed (self->owner);
}

static BgIngress *
make_ingress (BgIngressRoute *self, GError **error)
{
  const BgTlsClientOptions tls = { .name = self->host,
                                   .system_store = TRUE,
                                   .directory = BG_INGRESS_TRUST,
                                   .file = self->trust,
                                   .certificate = self->identity->certificate,
                                   .key = self->identity->key };
  g_autoptr (BgTlsClient) client = bg_tls_client_new (&tls, error);
  BgIngressOptions options = { .addresses = self->addresses,
                               .n_addresses = self->n_addresses,
                               .tls = client,
                               .pool_idle = BG_POOL_IDLE,
                               .tally = self->tally };

  return client ? bg_ingress_new (&options) : NULL;
}

static void
build (BgIngressRoute *self)
{
  g_autoptr (GError) error = NULL;
  BgIngress *ingress = make_ingress (self, &error);

  settle (self, ingress, ingress ? NULL : bg_error_dup_words (error));
}

/* --- Its name --- */

static gboolean
on_due (gpointer data)
{
  BgIngressRoute *self = data;

  bg_source_drop (&self->due);
  look_up (self);
  return G_SOURCE_REMOVE;
}

static guint
collect (BgIngressRoute *self, GList *found, BgSocketAddress *addresses)
{
  guint n = 0;

  for (GList *link = found; link && n < ADDRESSES_MAX; link = link->next)
    {
      g_autofree char *text = g_inet_address_to_string (link->data);

      if (bg_socket_address_set_ip (&addresses[n], text, self->port))
        n++;
    }
  return n;
}

static gboolean
take_addresses (BgIngressRoute *self, const BgSocketAddress *addresses, guint n)
{
  gboolean is_news = n != self->n_addresses;

  for (guint i = 0; i < n && !is_news; i++)
    is_news = addresses[i].len != self->addresses[i].len
              || memcmp (&addresses[i].ip, &self->addresses[i].ip, addresses[i].len) != 0;
  memcpy (self->addresses, addresses, n * sizeof *addresses);
  self->n_addresses = n;
  return is_news;
}

/* What was found before is good for as long as nobody knows better. */
static void
fail_lookup (BgIngressRoute *self, const char *why)
{
  bg_source_arm (&self->due, self->retry_ms, on_due, self);
  self->retry_ms = MIN (self->retry_ms * 2, RETRY_MOST_MS);
  bg_log (BG_TOPIC_APP, INFO, NULL, "the ingress %s is not found: %s", self->host, why);
  if (!self->ingress)
    settle (self, NULL, bg_words (INGRESS_NOT_FOUND, self->host, why));
}

static void
on_looked_up (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  GList *found = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);
  BgSocketAddress addresses[ADDRESSES_MAX];
  BgIngressRoute *self = data;
  guint n;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->asking);
  n = found ? collect (self, found, addresses) : 0;
  g_resolver_free_addresses (found);
  if (n == 0)
    {
      fail_lookup (self, error ? error->message : "");
      return;
    }
  self->retry_ms = RETRY_MS;
  bg_source_arm (&self->due, REFRESH_MS, on_due, self);
  if (take_addresses (self, addresses, n) || !self->ingress)
    build (self);
}

static void
look_up (BgIngressRoute *self)
{
  g_autoptr (GResolver) resolver = NULL;
  BgSocketAddress address;

  if (bg_socket_address_set_ip (&address, self->host, self->port))
    {
      if (take_addresses (self, &address, 1) || !self->ingress)
        build (self);
      return;
    }
  if (self->asking)
    return;
  resolver = bg_outside_names_dup_system ();
  self->asking = g_cancellable_new ();
  g_resolver_lookup_by_name_async (resolver, self->host, self->asking, on_looked_up, self);
  if (!self->ingress)
    settle (self, NULL, bg_words (INGRESS_LOOKED_UP, self->host));
}

void
bg_ingress_route_look_again (BgIngressRoute *self)
{
  if (self->identity && self->host)
    look_up (self);
}

/* --- From outside --- */

static void
move (BgIngressRoute *self, const char *host, guint16 port)
{
  if (g_strcmp0 (host, self->host) == 0 && port == self->port)
    return;
  stop_asking (self);
  g_free (self->host);
  self->host = g_strdup (host);
  self->port = port;
  self->n_addresses = 0;
  self->retry_ms = RETRY_MS;
}

static gboolean
is_as_before (BgIngressRoute *self, const BgIngressPlace *place)
{
  return bg_tls_identity_equal (place->identity, self->identity)
         && g_strcmp0 (place->host, self->host) == 0 && place->port == self->port
         && g_strcmp0 (place->trust, self->trust) == 0;
}

void
bg_ingress_route_set (BgIngressRoute *self, const BgIngressPlace *place)
{
  if (is_as_before (self, place))
    return;
  move (self, place->host, place->port);
  g_clear_pointer (&self->identity, bg_tls_identity_unref);
  self->identity = place->identity ? bg_tls_identity_ref (place->identity) : NULL;
  g_free (self->trust);
  self->trust = g_strdup (place->trust);
  if (!self->identity || !self->host)
    settle (self, NULL, bg_words (ACCOUNT_NO_CERTIFICATE));
  else if (self->n_addresses > 0)
    build (self);
  else
    {
      g_clear_pointer (&self->ingress, bg_ingress_unref);
      look_up (self);
    }
}

const BgWords *
bg_ingress_route_get_problem (BgIngressRoute *self)
{
  return self->problem;
}

/* What Host becomes: the endpoint's name, with a port where it is not HTTP's own. */
static char *
host_value (const BgWantedEndpoint *endpoint)
{
  return endpoint->port == HTTP_PORT ? g_strdup (endpoint->host)
                                     : g_strdup_printf ("%s:%u", endpoint->host, endpoint->port);
}

BgForwardWay *
bg_ingress_route_dup_way (BgIngressRoute *self, const BgWantedEndpoint *endpoint, GError **error)
{
  g_autofree char *value = host_value (endpoint);
  BgForwardWayOptions options = {
    .ingress = self->ingress,
    .host = endpoint->host,
    .port = endpoint->port,
    .is_http = endpoint->scheme == BG_SCHEME_HTTP,
    .rewrite = { .when = BG_REWRITE_AUTO, .name = endpoint->host, .value = value }
  };

  if (self->ingress)
    return bg_forward_way_new (&options, error);
  bg_error_set_take (error, BG_ERROR_FAILED, bg_words_ref (self->problem));
  return NULL;
}
