/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/static-endpoint.h"

#include "common/error.h"
#include "peer/main-timer.h"

#include <string.h>

#define RETRY_MIN_MS 2000
#define RETRY_MAX_MS 60000

struct _BgStaticEndpoint
{
  char *host;
  guint16 port;
  BgStaticEndpointFunc found;
  gpointer data;
  GCancellable *cancellable; /* of the question under way, else NULL */
  GSource *retry;
  guint delay_ms;
};

BgStaticEndpoint *
bg_static_endpoint_new (const char *host, guint16 port, BgStaticEndpointFunc found, gpointer data)
{
  BgStaticEndpoint *self = g_new0 (BgStaticEndpoint, 1);

  self->host = g_strdup (host);
  self->port = port;
  self->found = found;
  self->data = data;
  self->delay_ms = RETRY_MIN_MS;
  return self;
}

void
bg_static_endpoint_free (BgStaticEndpoint *self)
{
  if (!self)
    return;
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  bg_clear_source (&self->retry);
  g_free (self->host);
  g_free (self);
}

gboolean
bg_static_endpoint_is (const BgStaticEndpoint *self, const char *host, guint16 port)
{
  if (!self || !host)
    return !self && !host;
  return g_str_equal (self->host, host) && self->port == port;
}

const char *
bg_static_endpoint_host (const BgStaticEndpoint *self)
{
  return self->host;
}

static gboolean
endpoint_of_socket_address (GSocketAddress *address, BgEndpoint *out)
{
  union
  {
    struct sockaddr sa;
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
  } native = { 0 };

  if (g_socket_address_get_native_size (address) > (gssize) sizeof native
      || !g_socket_address_to_native (address, &native, sizeof native, NULL))
    return FALSE;
  memset (out, 0, sizeof *out);
  if (native.sa.sa_family == AF_INET)
    out->addr.in4 = native.in4;
  else
    out->addr.in6 = native.in6;
  return TRUE;
}

static gboolean
endpoint_of_address (GInetAddress *address, guint16 port, BgEndpoint *out)
{
  g_autoptr (GSocketAddress) socket_address = g_inet_socket_address_new (address, port);

  return endpoint_of_socket_address (socket_address, out);
}

static gboolean
on_retry (gpointer data)
{
  BgStaticEndpoint *self = data;

  bg_clear_source (&self->retry);
  bg_static_endpoint_resolve (self);
  return G_SOURCE_REMOVE;
}

static void
try_later (BgStaticEndpoint *self, BgWords *take)
{
  g_autoptr (BgWords) why = take;

  bg_arm_timer (&self->retry, self->delay_ms, on_retry, self);
  self->delay_ms = MIN (self->delay_ms * 2, RETRY_MAX_MS);
  self->found (self->data, NULL, why);
}

static void
on_resolver_lookup_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  GList *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);
  BgStaticEndpoint *self = data;
  BgEndpoint endpoint;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* self is gone */
  g_clear_object (&self->cancellable);
  if (addresses && endpoint_of_address (addresses->data, self->port, &endpoint))
    {
      self->delay_ms = RETRY_MIN_MS;
      self->found (self->data, &endpoint, NULL);
    }
  else
    try_later (self, error ? bg_error_dup_words (error) : bg_words (NAME_WITHOUT_ADDRESS));
  g_resolver_free_addresses (addresses);
}

/* "fe80::1%eth0" without such a link: no name, and no business of a resolver. */
static gboolean
misses_its_link (BgStaticEndpoint *self)
{
  const char *zone = strchr (self->host, '%');

  if (zone)
    try_later (self, bg_words (ENDPOINT_WITHOUT_INTERFACE, zone + 1));
  return zone != NULL;
}

void
bg_static_endpoint_resolve (BgStaticEndpoint *self)
{
  /* Of the forms of an address this one takes a zone. */
  g_autoptr (GSocketAddress)
    literal = g_inet_socket_address_new_from_string (self->host, self->port);
  g_autoptr (GResolver) resolver = NULL;
  BgEndpoint endpoint;

  if (literal && endpoint_of_socket_address (literal, &endpoint))
    {
      bg_clear_source (&self->retry);
      self->delay_ms = RETRY_MIN_MS;
      self->found (self->data, &endpoint, NULL);
      return;
    }
  if (misses_its_link (self) || self->cancellable)
    return;
  bg_clear_source (&self->retry);
  self->cancellable = g_cancellable_new ();
  resolver = g_resolver_get_default ();
  g_resolver_lookup_by_name_async (resolver, self->host, self->cancellable, on_resolver_lookup_done,
                                   self);
}
