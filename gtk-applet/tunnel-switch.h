/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <bamgate.h>
#include <gtk/gtk.h>

/* Makes a switch the tunnel's: it shows what is wanted and what is, and asks for app.up and app.down. The client is told
 * anew with each call; NULL for none. */
void applet_tunnel_switch_set_client (GtkSwitch *tunnel_switch, BamgateClient *client);
