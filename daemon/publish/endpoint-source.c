/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/endpoint-source.h"

G_DEFINE_INTERFACE (BgEndpointSource, bg_endpoint_source, G_TYPE_OBJECT)

static guint changed_signal;

static void
bg_endpoint_source_default_init (BgEndpointSourceInterface *interface)
{
  changed_signal = g_signal_new ("changed", BG_TYPE_ENDPOINT_SOURCE, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

const char *
bg_endpoint_source_get_name (BgEndpointSource *self)
{
  return BG_ENDPOINT_SOURCE_GET_IFACE (self)->get_name (self);
}

GPtrArray *
bg_endpoint_source_list (BgEndpointSource *self)
{
  return BG_ENDPOINT_SOURCE_GET_IFACE (self)->list (self);
}

BgSourceState
bg_endpoint_source_get_state (BgEndpointSource *self, const BgWords **reason)
{
  const BgWords *unasked;

  return BG_ENDPOINT_SOURCE_GET_IFACE (self)->get_state (self, reason ? reason : &unasked);
}

void
bg_endpoint_source_changed (BgEndpointSource *self)
{
  g_signal_emit (self, changed_signal, 0);
}

const char *
bg_source_state_get_name (BgSourceState state)
{
  static const char *const names[BG_SOURCE_STATES] = {
    [BG_SOURCE_WAITING_FOR_KEY] = "waiting-for-key",
    [BG_SOURCE_REGISTERING] = "registering",
    [BG_SOURCE_RUNNING] = "running",
    [BG_SOURCE_DEGRADED] = "degraded",
    [BG_SOURCE_UNAUTHORIZED] = "unauthorized",
    [BG_SOURCE_DRAINING] = "draining",
  };

  return names[state];
}
