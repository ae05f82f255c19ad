/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How long a relay takes to answer: there and back of a STUN Binding, which every TURN server answers to everybody (RFC 8656, 3).
 * Nothing is allocated. Main thread only. */

#include "relay/relay-server.h"

#include <gio/gio.h>

G_BEGIN_DECLS

enum
{
  BG_RTT_PATIENCE_MS = 4000, /* for a probe, whatever it waits for */
};

/* `url`: "turn:host:port?transport=udp", "stun:…". One with TLS ("turns:") is measured by its TCP connection alone. */
void bg_rtt_probe_server_async (const char *url, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer data);
/* Over a WebSocket to the hub, dialled for it. */
void bg_rtt_probe_relay_async (BgRelayServer *relay, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer data);
/* Of either, µs; < 0: none. G_IO_ERROR_CANCELLED, G_IO_ERROR_TIMED_OUT, of the network, or BG_ERROR from the hub. */
gint64 bg_rtt_probe_finish (GAsyncResult *result, GError **error);

G_END_DECLS
