/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this machine publishes: doors at its addresses in the tunnel, as long as it is up. Who may come there is judged in the data plane
 * (access-control.h), before anything reaches a door. */
#include "app/tunnel-private.h"

#include "app/service-doors.h"
#include "common/log.h"
#include "peer/main-timer.h"

/* Somebody else may let go of a port. */
#define OPEN_AGAIN_MS (30 * 1000)
/* The port of a door that was just closed is free a moment later. */
#define OPEN_SOON_MS 200

struct _BgTunnelServices
{
  BgServiceDoors *doors; /* NULL: nothing was published yet */
  GSource *due, *again;
  gboolean is_failing; /* so did the time before */
};

/* --- Who comes from where --- */

static gboolean
is_here (const BgPeerInfo *info)
{
  return info->is_static || info->state == BG_PEER_PUBLIC_CONNECTED
         || info->state == BG_PEER_PUBLIC_CONNECTING || info->state == BG_PEER_PUBLIC_IDLE;
}

static BgCaller *
find_caller (GArray *callers, const BgIpPrefix *prefix)
{
  for (guint i = 0; i < callers->len; i++)
    if (bg_ip_prefix_equal (&g_array_index (callers, BgCaller, i).prefix, prefix))
      return &g_array_index (callers, BgCaller, i);
  return NULL;
}

/* An address that two of them would have is for now of whoever is connected: the data plane takes packets from no other. */
static void
add_caller (GArray *callers, const BgPeerInfo *info, const BgIpPrefix *address)
{
  BgCaller caller = { bg_ip_prefix_host (address), info->id }, *known;

  known = find_caller (callers, &caller.prefix);
  if (!known)
    g_array_append_val (callers, caller);
  else if (info->state == BG_PEER_PUBLIC_CONNECTED)
    *known = caller;
}

static GArray *
list_callers (BgTunnel *self)
{
  GArray *callers = g_array_new (FALSE, TRUE, sizeof (BgCaller));
  g_autoptr (GPtrArray) peers = bg_peer_set_get_peers (self->peers);

  for (guint i = 0; i < peers->len; i++)
    {
      const BgPeerInfo *info = bg_peer_get_info (peers->pdata[i]);
      BgPeerNamed named;

      if (!is_here (info))
        continue;
      bg_peer_get_named (peers->pdata[i], &named);
      for (guint a = 0; a < named.n_addresses; a++)
        add_caller (callers, info, &named.addresses[a]);
    }
  return callers;
}

/* --- Doors --- */

static gboolean
has_doors (BgTunnel *self)
{
  g_autoptr (GError) error = NULL;

  if (self->services->doors || self->config->services->len == 0)
    return self->services->doors != NULL;
  self->services->doors = bg_service_doors_new (self->engine, &error);
  if (!self->services->doors)
    bg_log (BG_TOPIC_NET, WARNING, NULL, "nothing can be published: %s", error->message);
  return self->services->doors != NULL;
}

static gboolean
on_again (gpointer data)
{
  BgTunnel *self = data;

  bg_clear_source (&self->services->again);
  bg_tunnel_look_at_services (self);
  return G_SOURCE_REMOVE;
}

static void
judge (BgTunnel *self, BgWords *lack)
{
  BgTunnelServices *services = self->services;
  BgWords *failure = bg_service_doors_dup_failure (services->doors);

  if (failure && !services->again)
    bg_arm_timer (&services->again, services->is_failing ? OPEN_AGAIN_MS : OPEN_SOON_MS, on_again,
                  self);
  /* the first time it may be a door of ours that is still being closed */
  bg_health_set (self->health, BG_CONCERN_SERVICES,
                 failure && services->is_failing ? bg_words_ref (failure) : NULL);
  services->is_failing = failure != NULL;
  bg_words_unref (failure);
  /* a door that shows what has ended is open, and nobody goes in */
  if (!bg_health_get (self->health, BG_CONCERN_SERVICES) && lack)
    bg_health_set (self->health, BG_CONCERN_SERVICES, bg_words_ref (lack));
}

static gboolean
on_due (gpointer data)
{
  BgTunnel *self = data;
  g_autoptr (GArray) callers = NULL;
  g_autoptr (BgWords) lack = NULL;
  BgServiceCertificate *certificate;
  BgTlsServer *tls = NULL;
  guint number = 0;

  bg_clear_source (&self->services->due);
  if (!has_doors (self))
    return G_SOURCE_REMOVE;
  callers = list_callers (self);
  certificate = bg_tunnel_look_at_certificate (self);
  if (certificate)
    {
      tls = bg_service_certificate_get (certificate, &number);
      lack = bg_service_certificate_dup_failure (certificate);
    }
  bg_service_doors_set (self->services->doors,
                        &(BgServiceDoorsWish){ .services = self->config->services,
                                               .addresses = self->addresses,
                                               .n_addresses = self->n_addresses,
                                               .interface = self->ifname,
                                               .ifindex = (guint) self->tun.ifindex,
                                               .callers = (const BgCaller *) callers->data,
                                               .n_callers = callers->len,
                                               .tls = tls,
                                               .tls_number = number,
                                               .tls_lack = lack });
  judge (self, lack);
  return G_SOURCE_REMOVE;
}

void
bg_tunnel_look_at_services (BgTunnel *self)
{
  if (self->services && !self->services->due)
    bg_arm_timer (&self->services->due, 0, on_due, self);
}

/* --- Step: services --- */

void
bg_tunnel_up_services (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  self->services = g_new0 (BgTunnelServices, 1);
  on_due (self);
  bg_bring_up_step_done (run, NULL);
}

void
bg_tunnel_down_services (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  bg_clear_source (&self->services->due);
  bg_clear_source (&self->services->again);
  g_clear_pointer (&self->services->doors, bg_service_doors_free);
  bg_tunnel_end_certificate (self);
  g_clear_pointer (&self->services, g_free);
  bg_health_set (self->health, BG_CONCERN_SERVICES, NULL);
  bg_bring_up_step_undone (run);
}

/* --- What is said of them --- */

static void
add_text (GVariantBuilder *entry, const char *key, const char *text)
{
  g_variant_builder_add (entry, "{sv}", key, g_variant_new_string (text ? text : ""));
}

static void
add_number (GVariantBuilder *entry, const char *key, guint64 number)
{
  g_variant_builder_add (entry, "{sv}", key, g_variant_new_uint64 (number));
}

static void
add_settings (GVariantBuilder *entry, const BgService *service)
{
  add_text (entry, "name", service->name);
  g_variant_builder_add (entry, "{sv}", "port", g_variant_new_uint32 (bg_service_port (service)));
  add_text (entry, "tcp", service->tcp);
  add_text (entry, "udp", service->udp);
  add_text (entry, "unix", service->unix_path);
  g_variant_builder_add (entry, "{sv}", "peers",
                         g_variant_new_strv ((const char *const *) service->peers, -1));
  g_variant_builder_add (entry, "{sv}", "peer-connections",
                         g_variant_new_uint32 (service->peer_connections));
  g_variant_builder_add (entry, "{sv}", "proxy-protocol",
                         g_variant_new_boolean (service->proxy_protocol));
  g_variant_builder_add (entry, "{sv}", "http-headers",
                         g_variant_new_boolean (service->http_headers));
  g_variant_builder_add (entry, "{sv}", "tls", g_variant_new_boolean (service->tls));
}

static char *
host_of (BgTunnel *self, const BgService *service)
{
  g_autofree char *own = self->started && self->started->device_name
                           ? bg_tunnel_dup_name_of (self, self->started->device_name)
                           : g_strdup ("");

  return *own ? g_strconcat (service->name, ".", own, NULL) : g_strdup ("");
}

static void
add_state (GVariantBuilder *entry, BgTunnel *self, const BgService *service)
{
  BgServiceDoors *doors = self->services ? self->services->doors : NULL;
  g_autofree char *host = host_of (self, service);
  BgDoorCounters counters = { 0 };
  gboolean is_open = doors && bg_service_doors_counters (doors, service->name, &counters);

  add_text (entry, "host", host);
  add_text (entry, "state", !self->services ? "down" : is_open ? "open" : "failed");
  add_number (entry, "connections", counters.open);
  add_number (entry, "connections-total", counters.total);
  add_number (entry, "refused-connections", counters.refused);
  add_number (entry, "rx-bytes", counters.bytes_up);
  add_number (entry, "tx-bytes", counters.bytes_down);
  add_text (entry, "last-error", counters.last_error);
}

GVariant *
bg_tunnel_list_services (BgTunnel *self, const BgConfig *config)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < config->services->len; i++)
    {
      g_variant_builder_open (&list, G_VARIANT_TYPE_VARDICT);
      add_settings (&list, config->services->pdata[i]);
      add_state (&list, self, config->services->pdata[i]);
      g_variant_builder_close (&list);
    }
  return g_variant_builder_end (&list);
}
