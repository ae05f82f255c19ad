/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the client know of each other: its life (bamgate-client.c), the daemon's (-daemon.c), the lists of what is
 * below it (-lists.c), and what is made from the XML (-bus.c). Private. */

#include "bamgate-client.h"

#include "bamgate-call.h"
#include "bamgate-object-list.h"
#include "bamgate-properties.h"

G_BEGIN_DECLS

enum
{
  BAMGATE_CLIENT_PEERS,
  BAMGATE_CLIENT_ENDPOINTS,
  BAMGATE_CLIENT_ACCOUNTS,
  BAMGATE_CLIENT_LISTS
};
extern const BamgateObjectKind bamgate_client_kinds[BAMGATE_CLIENT_LISTS];

struct _BamgateClient
{
  GObject parent;
  GBusType bus_type; /* G_BUS_TYPE_NONE: of a connection that was given */
  gboolean autostart;
  BamgateTarget target;
  BamgateProperties properties;
  GMainContext *context; /* where it signals */

  GDBusProxy *tunnel; /* tells who has the name; NULL until initialised */
  char *owner;        /* who is listened to, of all that have it in turn */
  guint subscriptions[3 + BAMGATE_CLIENT_LISTS];
  GCancellable *asking; /* a daemon that came, for its objects */
  gboolean running;     /* and it has answered */
  guint kept_interval;  /* of statistics, which a daemon forgets when it goes */

  BamgateObjectList lists[BAMGATE_CLIENT_LISTS];
};

enum
{
  BAMGATE_CLIENT_PEER_ADDED,
  BAMGATE_CLIENT_PEER_REMOVED,
  BAMGATE_CLIENT_STATE_CHANGED,
  BAMGATE_CLIENT_FILES_CHANGED,
  BAMGATE_CLIENT_SIGNALS
};
extern guint bamgate_client_signals[BAMGATE_CLIENT_SIGNALS];
extern const BamgateProperty bamgate_client_bus_properties[];

/* bamgate-client-daemon.c. Listens to the daemon, now and whenever there is another; ready when the first has told all, or there
 * is none. Takes the proxy; the task returns a boolean. */
void     bamgate_client_listen      (BamgateClient *self, GDBusProxy *tunnel, GTask *task);
gboolean bamgate_client_listen_sync (BamgateClient *self, GDBusProxy *tunnel, GCancellable *cancellable, GError **error);
void     bamgate_client_hang_up     (BamgateClient *self);
/* Asked for again whenever a daemon comes. */
void     bamgate_client_keep_interval (BamgateClient *self, guint milliseconds);

G_END_DECLS
