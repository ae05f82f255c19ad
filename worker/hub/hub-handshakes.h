/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-stream.h"

G_BEGIN_DECLS

/* TLS handshakes of connections that come in. Each blocks a thread until the other side has said its part, so the threads are
 * few and guarded: none is used before a whole ClientHello is there; who waits is served by turns of networks, not of
 * connections; and a handshake of the network that holds most threads is cut for one of a network that holds none. */
typedef struct _BgHubHandshakes BgHubHandshakes;

/* The handshake of `stream` is done; in the main context. What failed is forgotten. */
typedef void (*BgHubHandshakeFunc) (BgHubStream *stream, GSocketConnection *connection,
                                    gpointer data);

BgHubHandshakes *bg_hub_handshakes_new (BgHubHandshakeFunc done, gpointer data);
/* Cuts all, and waits for the threads; nothing is called back any more. */
void bg_hub_handshakes_free (BgHubHandshakes *handshakes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubHandshakes, bg_hub_handshakes_free)
/* Begins one: `tls` runs over `connection`, `stream` over `tls`; all are kept until it is over, which bg_hub_stream_cut()
 * brings about. `network` says who it is. */
void bg_hub_handshakes_add (BgHubHandshakes *handshakes, BgHubStream *stream, GTlsConnection *tls,
                            GSocketConnection *connection, guint64 network);

G_END_DECLS
