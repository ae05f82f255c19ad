/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The WireGuard configuration socket (wireguard.com/xplatform), so that wg(8) shows our interface, and changes its static
 * peers until the next start: /run/wireguard/IFNAME.sock with mode 0600. Mesh peers are shown; what signalling looks
 * after cannot be changed here (uapi-plan.h). Main thread only. */

#include "dataplane/dataplane.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define BG_UAPI_DIRECTORY "/run/wireguard"

/* At most so many clients at once; more are hung up on. */
#define BG_UAPI_MAX_CLIENTS 8

typedef struct _BgUapiServer BgUapiServer;

/* Listens. `dataplane` must live as long as the server; `directory` NULL is BG_UAPI_DIRECTORY, made where it is missing. A
 * socket that nobody serves is replaced; one that somebody serves is BG_ERROR_EXISTS. */
BgUapiServer *bg_uapi_server_new (BgDataplane *dataplane, const char *ifname,
                                  const WgKey *private_key, const char *directory, GError **error);
/* Hands in an event of the data plane. TRUE where it answered a question of ours; the caller still clears it. */
gboolean bg_uapi_server_take_event (BgUapiServer *self, const BgEvent *event);
/* Our private key changed. */
void bg_uapi_server_set_private_key (BgUapiServer *self, const WgKey *private_key);
/* Hangs up on all clients and removes the socket if it is still ours. */
void bg_uapi_server_free (BgUapiServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgUapiServer, bg_uapi_server_free)

G_END_DECLS
