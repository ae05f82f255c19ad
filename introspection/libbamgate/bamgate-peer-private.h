/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A peer as the client makes it and keeps it, and what the generated part needs. Private. */

#include "bamgate-client.h"

#include "bamgate-call.h"
#include "bamgate-properties.h"

G_BEGIN_DECLS

#define BAMGATE_PEER_INTERFACE "org.bamgate.Tunnel1.Peer"

struct _BamgatePeer
{
  GObject parent;
  BamgateClient *client; /* weak; NULL: not in its list any more */
  BamgateTarget target;
  BamgateProperties properties;
};

extern const BamgateProperty bamgate_peer_bus_properties[];

/* `dict` (a{sv}) is what the bus says of it. */
BamgatePeer *bamgate_peer_new    (BamgateClient *client, const char *path, GVariant *dict);
/* It has left the list. */
void         bamgate_peer_detach (BamgatePeer *self);

G_END_DECLS
