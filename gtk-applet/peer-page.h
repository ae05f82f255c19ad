/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <adwaita.h>
#include <bamgate.h>

/* All about one other machine, and what can be done with it. */
#define APPLET_TYPE_PEER_PAGE (applet_peer_page_get_type ())
G_DECLARE_FINAL_TYPE (AppletPeerPage, applet_peer_page, APPLET, PEER_PAGE, AdwBin)

/* NULL for none. */
void         applet_peer_page_set_peer (AppletPeerPage *self, BamgatePeer *peer);
BamgatePeer *applet_peer_page_get_peer (AppletPeerPage *self);
/* Is it alone in the window? */
void applet_peer_page_set_folded (AppletPeerPage *self, gboolean folded);
