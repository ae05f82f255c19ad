/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <bamgate.h>
#include <gtk/gtk.h>

/* One machine in the list. */
#define APPLET_TYPE_PEER_ROW (applet_peer_row_get_type ())
G_DECLARE_FINAL_TYPE (AppletPeerRow, applet_peer_row, APPLET, PEER_ROW, GtkBox)

GtkWidget   *applet_peer_row_new      (void);
/* NULL for none. */
void         applet_peer_row_set_peer (AppletPeerRow *self, BamgatePeer *peer);
BamgatePeer *applet_peer_row_get_peer (AppletPeerRow *self);
