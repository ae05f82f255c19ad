/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/tunnel-private.h"

void
bg_tunnel_map_ports (BgTunnel *self)
{
  gboolean may_ask = self->config->port_mapping && self->networks;

  if (self->mapper)
    bg_port_mapper_set_networks (self->mapper,
                                 may_ask ? bg_networks_watch_get (self->networks) : NULL);
}

GVariant *
bg_tunnel_describe_mapping (BgTunnel *self)
{
  BgPortMapperStatus status;
  GVariantBuilder builder;
  char text[BG_IP_PREFIX_TEXT];

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  if (!self->mapper || !bg_port_mapper_get_status (self->mapper, &status))
    return g_variant_builder_end (&builder);
  bg_ip_prefix_format_address (&status.router, text);
  g_variant_builder_add (&builder, "{sv}", "router", g_variant_new_string (text));
  g_variant_builder_add (&builder, "{sv}", "language", g_variant_new_string (status.language));
  g_variant_builder_add (&builder, "{sv}", "ports", g_variant_new_uint32 (status.ports));
  if (status.ports == 0)
    return g_variant_builder_end (&builder);
  bg_ip_prefix_format_address (&status.outside, text);
  g_variant_builder_add (&builder, "{sv}", "address", g_variant_new_string (text));
  return g_variant_builder_end (&builder);
}

static void
on_mapping_changed (gpointer data)
{
  BgTunnel *self = data;

  self->events->mapping_changed (self->owner);
}

void
bg_tunnel_up_mapping (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  self->mapper = bg_port_mapper_new (on_mapping_changed, self);
  bg_tunnel_map_ports (self);
  bg_bring_up_step_done (run, NULL);
}

static void
on_given_back (gpointer data)
{
  BgTunnel *self = data;

  g_clear_pointer (&self->mapper, bg_port_mapper_free);
  bg_bring_up_step_undone (self->run);
}

void
bg_tunnel_down_mapping (gpointer owner, BgBringUp *run)
{
  BgTunnel *self = owner;

  bg_port_mapper_give_back (self->mapper, on_given_back, self);
}
