/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The direct path's sockets beside those of one NiceAgent: a REUSEPORT group for every UDP socket that a selected pair
 * ever used. Main thread only; to be freed before the agent closes its sockets. */

#include "transport/transport-direct.h"

#include <gio/gio.h>
#include <nice/agent.h>

typedef struct _BgDirectGroups BgDirectGroups;

BgDirectGroups *bg_direct_groups_new (void);
void bg_direct_groups_free (BgDirectGroups *groups);

/* A transport on the selected pair of a stream of the agent; the last one once more while somebody has it and the pair is the
 * same. NULL without error where the pair has no UDP socket of its own (relayed, TCP); with one where the kernel refuses. */
BgTransport *bg_direct_groups_make (BgDirectGroups *groups, NiceAgent *agent, guint stream,
                                    guint32 path, BgPacketPool *pool, const BgTransportSink *sink,
                                    GError **error);
