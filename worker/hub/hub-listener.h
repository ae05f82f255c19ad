/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-stream.h"
#include "worker/hub/hub-tls.h"
#include "common/listen-address.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* Accepts connections for a SoupServer, so that their number and their time are ours to bound:
 * libsoup's own listener takes any number for any time. Who comes has a share of connections per second, and so have
 * the networks around it; beyond, connections are reset. One has 30 s to become a WebSocket; of those that did not yet, the
 * oldest of the network that has most of them is cut when one too many comes. */
typedef struct _BgHubListener BgHubListener;

/* Listens at `sockets` (of GSocket, listening already), or where there are none, at `listen`. `tls` NULL: no TLS, and what
 * comes from this machine comes from a proxy, which has no share. */
BgHubListener *bg_hub_listener_new (SoupServer *server, GPtrArray *sockets,
                                    const BgListenAddress *listen, BgHubTls *tls, GError **error);
/* Accepts no more. */
void bg_hub_listener_stop (BgHubListener *listener);
void bg_hub_listener_free (BgHubListener *listener);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubListener, bg_hub_listener_free)

guint16 bg_hub_listener_get_port (BgHubListener *listener);
/* The address at which programs of this machine reach it. */
char *bg_hub_listener_get_local_host (BgHubListener *listener);
/* Only this machine can reach it? */
gboolean bg_hub_listener_is_loopback (BgHubListener *listener);
/* Is that our proxy, which speaks for many? */
gboolean bg_hub_listener_is_proxy (BgHubListener *listener, GInetAddress *source);
/* The stream that a request came on (borrowed). */
BgHubStream *bg_hub_listener_get_stream (SoupServerMessage *message);

G_END_DECLS
