/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bamgate-peer.h"

#include "introspection/bamgate-generated.h"

G_BEGIN_DECLS

/* `object` is what the object manager found; NULL where it has no Peer interface. */
BamgatePeer *bamgate_peer_new (GDBusObject *object);

G_END_DECLS
