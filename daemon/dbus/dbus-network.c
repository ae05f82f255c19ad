/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices of the network, and who says which they are. */
#include "dbus/dbus-tunnel-private.h"

void
bg_dbus_network_refresh (BgDBusTunnel *self)
{
  BgDBusTunnel1 *bus = BG_DBUS_TUNNEL1 (self);
  const BgApplicationInfo *info = bg_application_get_info (self->app);

  bg_dbus_tunnel1_set_network_id (bus, info->network_id);
  bg_dbus_tunnel1_set_membership (bus, info->membership);
  bg_dbus_tunnel1_set_owner (bus, info->is_owner);
  bg_dbus_tunnel1_set_pending_devices (bus, info->pending_devices);
}
