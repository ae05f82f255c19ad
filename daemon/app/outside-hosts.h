/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The addresses of the hosts that this machine talks to beside the tunnel: hub, STUN and TURN servers, by name or address as
 * the settings have them. Names are asked for at once, and again after bg_outside_hosts_refresh(); an address that was found
 * stays until there is an answer with others. Main thread only. */

#include "peer/route-judge.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _BgOutsideHosts BgOutsideHosts;
typedef void (*BgOutsideHostsChanged) (gpointer data);

BgOutsideHosts *bg_outside_hosts_new (BgOutsideHostsChanged changed, gpointer data);
void bg_outside_hosts_free (BgOutsideHosts *self);
/* What bg_outside_hosts_add() names until bg_outside_hosts_end() is all there is. What was there before keeps the addresses
 * that were found: where they are does not depend on settings that changed beside them. */
void bg_outside_hosts_begin (BgOutsideHosts *self);
void bg_outside_hosts_end (BgOutsideHosts *self);
/* `uri`: "wss://host:1/x", "stun:host:1", "stun://host:1", "turn:host:1?transport=udp"; what names no host is passed over. */
void bg_outside_hosts_add (BgOutsideHosts *self, BgOutsideKind kind, const char *uri);
/* Where the hub was found in fact. */
void bg_outside_hosts_set_hub (BgOutsideHosts *self, GInetAddress *address);
void bg_outside_hosts_refresh (BgOutsideHosts *self);
/* BgOutsideHost; (transfer full). */
GArray *bg_outside_hosts_list (BgOutsideHosts *self);

G_END_DECLS
