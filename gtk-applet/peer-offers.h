/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a machine offers to this one, on its page, and what this one takes of it: networks, name servers, and to be the exit. */

#include <adwaita.h>
#include <bamgate.h>

typedef struct AppletPeerOffers AppletPeerOffers;

/* Into three groups, which keep the rows, and are hidden where nothing is offered. */
AppletPeerOffers *applet_peer_offers_new (GtkWidget *exit, GtkWidget *routes, GtkWidget *names);
void applet_peer_offers_free (AppletPeerOffers *self);
/* NULL for none. */
void applet_peer_offers_set_peer (AppletPeerOffers *self, BamgatePeer *peer);
/* Asks for what is taken anew: somebody may have changed it. */
void applet_peer_offers_reload (AppletPeerOffers *self);
/* Shows what is so now, also over what a person moved; `details` as of GetDetails, NULL: not known yet. */
void applet_peer_offers_show (AppletPeerOffers *self, GVariant *details);
