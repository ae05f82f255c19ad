/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dataplane/dataplane.h"
#include "fake-link.h"

#include <glib.h>

/* A data plane with $BAMGATE_TEST_THREADS threads (1) whose TUN is a socket pair. Node n has the addresses 10.9.0.n and fd09::n and the path id 100 + n. Whatever is
 * waited for fails the test after ten seconds. */
typedef struct
{
  BgDataplane *plane;
  WgKey        private_key, public_key;
  guint16      host;
  int          tun;      /* our end */
  guint        sessions; /* BG_EVENT_SESSION so far */
  guint64      cookie;
} DataNode;

typedef enum
{
  NODE_PLAIN,
  NODE_UDP, /* with the plain UDP transport */
} DataNodeFlags;

void data_node_init (DataNode *node, guint16 host, DataNodeFlags flags);
/* Ends it and starts it anew with the same key, and nothing else kept. */
void data_node_restart (DataNode *node);
/* Stops it, and asserts that nothing is left behind. */
void data_node_clear (DataNode *node);
/* The end of a link at `node`, as its peer's transports have it. */
FakeEnd data_node_end (DataNode *node, const DataNode *peer);
/* Adds `peer` as mesh peer, or with `endpoint_port` > 0 as static one on 127.0.0.1. */
void data_node_add_peer (DataNode *node, const DataNode *peer, gboolean control, guint16 endpoint_port);
/* Adds a bamgate that is connected on demand, and rests. */
void data_node_add_resting (DataNode *node, const DataNode *peer);
/* Another TUN in place of the one that it has. */
void data_node_set_tun (DataNode *node, guint64 number);
void data_node_attach (DataNode *node, const DataNode *peer, FakeLink *link, int end);

/* Into the TUN, and out of it; wait returns its length. */
void data_node_write (DataNode *node, const guint8 *bytes, gsize len);
gsize data_node_read (DataNode *node, guint8 *bytes);
gboolean data_node_try_read (DataNode *node, guint8 *bytes, gsize *len, int timeout_ms);
/* Waits for an event of this type; others are dropped. The caller clears it. */
void data_node_wait (DataNode *node, BgEventType type, BgEvent *out);
/* The same, for the path to come to `kind`. Returns the event's MTU. */
guint32 data_node_wait_path (DataNode *node, BgTransportKind kind);
/* The statistics of the only peer. `device_drops` (optional): of the whole device. */
BgPeerStats data_node_stats (DataNode *node, guint64 *device_drops);
/* Waits until the device has counted at least `n` drops for `why`. */
void data_node_wait_drops (DataNode *node, BgDrop why, guint64 n);
gint64 data_node_ping (DataNode *node, const DataNode *peer, guint timeout_ms);
