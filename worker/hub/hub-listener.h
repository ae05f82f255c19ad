/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/hub/hub-stream.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* Accepts connections for a SoupServer, so that their number and their time are ours to bound:
 * libsoup's own listener takes any number for any time. A connection has 30 s to become a
 * WebSocket; of those that did not yet, the oldest is cut when one too many comes. */
typedef struct _BgHubListener BgHubListener;

/* `address` is an IP address or "*"; port 0 takes any free one. `certificate` NULL: no TLS. */
BgHubListener *bg_hub_listener_new (SoupServer *server, const char *address, guint16 port,
                                    GTlsCertificate *certificate, GError **error);
/* Accepts no more. */
void bg_hub_listener_stop (BgHubListener *listener);
void bg_hub_listener_free (BgHubListener *listener);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgHubListener, bg_hub_listener_free)

guint16 bg_hub_listener_get_port (BgHubListener *listener);
/* Only this machine can reach it? */
gboolean bg_hub_listener_is_loopback (BgHubListener *listener);
/* The stream that a request came on (borrowed). */
BgHubStream *bg_hub_listener_get_stream (SoupServerMessage *message);

G_END_DECLS
