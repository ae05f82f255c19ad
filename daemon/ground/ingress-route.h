/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The way to an account's ingress: who this machine shows itself to be, whom it trusts, and at which addresses the ingress is. Its name is looked up as
 * every program here looks up names, again after a failure and now and then. Main thread only. */

#include "publish/endpoint.h"
#include "publish/forward-way.h"
#include "publish/tls-identity.h"

G_BEGIN_DECLS

typedef struct _BgIngressRoute BgIngressRoute;

typedef struct
{
  BgTlsIdentity *identity; /* NULL: none yet */
  const char *host;            /* NULL: none */
  guint16     port;
  const char *trust;           /* a PEM file that is trusted beside the system's and BG_INGRESS_TRUST; NULL */
} BgIngressPlace;

/* Where deployers put the anchors of an ingress. */
#define BG_INGRESS_TRUST "/etc/ssl/certs/ngrok"

/* Ways that were given before are not the newest any more, or there is one where there was none, or the problem is another. */
typedef void (*BgIngressRouteChanged) (gpointer owner);

/* All is counted in `tally` (a reference is taken). */
BgIngressRoute *bg_ingress_route_new (BgIngressTally *tally, BgIngressRouteChanged changed, gpointer owner);
void bg_ingress_route_free (BgIngressRoute *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgIngressRoute, bg_ingress_route_free)

/* Fine where it is as before; everything is copied. */
void bg_ingress_route_set (BgIngressRoute *self, const BgIngressPlace *place);
/* Looks the name up again: connections fail. */
void bg_ingress_route_look_again (BgIngressRoute *self);
/* Why there is no way now; borrowed; NULL: there is one. */
const BgWords *bg_ingress_route_get_problem (BgIngressRoute *self);
/* To `endpoint`; NULL with the problem. */
BgForwardWay *bg_ingress_route_dup_way (BgIngressRoute *self, const BgWantedEndpoint *endpoint, GError **error);

G_END_DECLS
