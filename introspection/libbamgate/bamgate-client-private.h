/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the client know of each other: its life (bamgate-client.c), what is so (-state.c), up and down
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
  GHashTable *peers; /* object path → BamgatePeer */
};

G_END_DECLS
