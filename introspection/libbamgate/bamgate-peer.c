/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgate-peer-private.h"

/**
 * BamgatePeer:
 *
 * One other machine of the network.
 *
 * Peers are in the list that [method@Client.get_peers] returns, and come and go with the tunnel.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (BamgatePeer, bamgate_peer, BAMGATE_TYPE_BUS_OBJECT)

static void
bamgate_peer_class_init (BamgatePeerClass *klass)
{
  bamgate_bus_object_class_install (&klass->parent_class, bamgate_peer_bus_properties);
}

static void
bamgate_peer_init (BamgatePeer *self)
{
}
