/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the generated part of the class needs. Private. */

#include "bamgate-bus-object-private.h"
#include "bamgate-peer.h"

G_BEGIN_DECLS

#define BAMGATE_PEER_INTERFACE "org.bamgate.Tunnel1.Peer"

struct _BamgatePeer
{
  BamgateBusObject object;
};

extern const BamgateProperty bamgate_peer_bus_properties[];

G_END_DECLS
