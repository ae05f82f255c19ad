/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* org.bamgate.Tunnel1.Peer: translates between a peer and the bus; holds no state of its own. */

#include "app/application.h"
#include "dbus/bus-path.h"
#include "dbus/dbus-rights.h"
#include "introspection/bamgate-generated.h"

G_BEGIN_DECLS

#define BG_TYPE_DBUS_PEER (bg_dbus_peer_get_type ())
G_DECLARE_FINAL_TYPE (BgDBusPeer, bg_dbus_peer, BG, DBUS_PEER, BgDBusTunnel1PeerSkeleton)

BgDBusPeer *bg_dbus_peer_new (BgApplication *app, BgPeer *peer, BgDBusRights *rights);
/* Lets go of the peer: calls under way are still answered, new ones fail. */
void bg_dbus_peer_detach (BgDBusPeer *self);

/* The object of a peer. */
char *bg_dbus_peer_path (const char *id);

G_END_DECLS
