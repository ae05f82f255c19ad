/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The address behind "host:port" of a static peer: resolved now, and again when asked for, because names of machines at
 * home move. Main thread only. */

#include "common/words.h"
#include "packet/endpoint.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _BgStaticEndpoint BgStaticEndpoint;

/* `endpoint` NULL: `reason` says why it was not found; the next attempt is under way by itself. */
typedef void (*BgStaticEndpointFunc) (gpointer data, const BgEndpoint *endpoint, BgWords *reason);

BgStaticEndpoint *bg_static_endpoint_new (const char *host, guint16 port, BgStaticEndpointFunc found, gpointer data);
/* The name, or address. */
const char *bg_static_endpoint_host (const BgStaticEndpoint *self);
/* It is for this host and port; NULL is for `host` NULL. */
gboolean bg_static_endpoint_is (const BgStaticEndpoint *self, const char *host, guint16 port);
/* Asks (again); fine while a question is under way. */
void bg_static_endpoint_resolve (BgStaticEndpoint *self);
/* No call of `found` after it. */
void bg_static_endpoint_free (BgStaticEndpoint *self);

G_END_DECLS
