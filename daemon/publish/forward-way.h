/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "publish/caller.h"
#include "publish/connector.h"
#include "publish/http-host.h"
#include "publish/ingress-tally.h"
#include "publish/tls-server.h"

/* How a connection goes on: where to, what is said first, and what is changed on the way. Immutable and counted, so that connections
 * keep the one that they began with; any thread. */

/* The ingress of an account: one for all its endpoints, whose connections are alike until they have said which they want. */
typedef struct _BgIngress BgIngress;

enum
{
  BG_DIAL_MS = 10 * 1000,
  BG_HANDSHAKE_MS = 10 * 1000,
  BG_ANSWER_MS = 10 * 1000,
  BG_HALF_CLOSED_MS = 10 * 60 * 1000,
  BG_POOL_IDLE = 2,
  BG_POOL_AGE_MS = 30 * 1000,
};

typedef struct
{
  guint dial_ms, handshake_ms, answer_ms; /* at most, for each step; 0: as above */
  guint half_closed_ms;     /* without a byte, after one direction has ended; 0: as above */
  guint idle_ms;            /* without a byte; 0: for ever */
  guint of_caller;          /* connections of one account (bg_callers_account()) at a time; 0: any number */
} BgForwardWayLimits;

typedef struct
{
  const BgSocketAddress *addresses; /* in the order to try them */
  guint        n_addresses;
  BgTlsClient *tls;
  guint        pool_idle;   /* ready connections to keep; 0: none */
  guint        pool_age_ms; /* and for how long; 0: as above */
  BgForwardWayLimits limits;
  BgIngressTally *tally;    /* where it is counted beside others; NULL: one of its own */
} BgIngressOptions;

BgIngress *bg_ingress_new (const BgIngressOptions *options);
BgIngress *bg_ingress_ref (BgIngress *ingress);
void bg_ingress_unref (BgIngress *ingress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgIngress, bg_ingress_unref)
/* As they are now. */
void bg_ingress_counters (BgIngress *ingress, BgIngressCounters *out);

typedef struct _BgForwardWay BgForwardWay;

typedef struct
{
  BgTlsServer   *tls;       /* who comes in speaks TLS, and this is what he is shown; NULL: plain */
  const BgSocketAddress *addresses; /* TCP or Unix, in the order to try them; or */
  guint          n_addresses;
  BgIngress     *ingress;   /* through this, to */
  const char    *host;      /* this endpoint's name, without port, */
  guint16        port;      /* and port */
  gboolean       is_http;   /* failures are answered in HTTP, and */
  BgHttpHostRule rewrite;   /* Host is changed so; its texts are copied */
  gboolean       tells_proxy;   /* the far side hears who comes, in PROXY protocol version 2; */
  gboolean       tells_headers; /* and in each request of HTTP, what is none being refused (is_http) */
  const BgCaller *callers;      /* the names of who comes */
  guint          n_callers;
  BgForwardWayLimits limits; /* with an ingress, its own count for dial and handshake */
} BgForwardWayOptions;

BgForwardWay *bg_forward_way_new (const BgForwardWayOptions *options, GError **error);
BgForwardWay *bg_forward_way_ref (BgForwardWay *way);
void bg_forward_way_unref (BgForwardWay *way);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgForwardWay, bg_forward_way_unref)
