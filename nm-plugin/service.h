/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The plugin as NetworkManager sees it on the bus: a connection borrows the tunnel of this machine from bamgated (Up with
 * manage-link), says what its interface is to have, and follows it until it ends. One at a time, as there is one tunnel. */

#include <NetworkManager.h>

G_BEGIN_DECLS

#define BAMGATE_TYPE_VPN_SERVICE (bamgate_vpn_service_get_type ())
G_DECLARE_FINAL_TYPE (BamgateVpnService, bamgate_vpn_service, BAMGATE, VPN_SERVICE, NMVpnServicePlugin)

BamgateVpnService *bamgate_vpn_service_new (const char *bus_name, GError **error);
/* Gives the tunnel back, where it is borrowed. */
void bamgate_vpn_service_release (BamgateVpnService *self);

G_END_DECLS
