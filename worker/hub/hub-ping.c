/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-ping.h"

guint
bg_hub_ping_first_s (gint64 now_us, guint interval_s)
{
  return interval_s - (guint) (now_us / G_USEC_PER_SEC % interval_s);
}

static void
on_first_pong (SoupWebsocketConnection *socket, GBytes *payload, gpointer interval_s)
{
  g_signal_handlers_disconnect_by_func (socket, on_first_pong, interval_s);
  soup_websocket_connection_set_keepalive_interval (socket, GPOINTER_TO_UINT (interval_s));
}

void
bg_hub_ping_begin (SoupWebsocketConnection *socket, guint interval_s)
{
  guint first_s = bg_hub_ping_first_s (g_get_monotonic_time (), interval_s);

  if (first_s < interval_s)
    g_signal_connect (socket, "pong", G_CALLBACK (on_first_pong), GUINT_TO_POINTER (interval_s));
  soup_websocket_connection_set_keepalive_interval (socket, first_s);
}
