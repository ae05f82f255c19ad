/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the client know of each other: its life (bamgate-client.c), what is so (-state.c), the peers (-peers.c), up and down
 * (-tunnel.c), the way into a network and out of it (-network.c), settings (-settings.c). Private. */

#include "bamgate-client.h"

#include "bamgate-call.h"
#include "introspection/bamgate-generated.h"

G_BEGIN_DECLS

struct _BamgateClient
{
  GObject parent;
  GDBusConnection *connection;
  gboolean autostart;
  BgDBusTunnel1 *tunnel; /* NULL until initialised, as is the manager */
  GDBusObjectManager *manager;
  GListStore *peers; /* by name */
  GHashTable *peers_by_path;
};

/* bamgate-client-peers.c. NULL: `object` is no peer, or none has `path`. The removed one is the caller's. */
BamgatePeer *bamgate_client_add_peer    (BamgateClient *self, GDBusObject *object);
BamgatePeer *bamgate_client_remove_peer (BamgateClient *self, const char *path);

G_END_DECLS
