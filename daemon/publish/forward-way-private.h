/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "publish/forward-way.h"

/* For the forwarding thread: what a way consists of. */

struct _BgIngress
{
  guint             refs;
  BgTarget          target;
  guint             pool_idle, pool_age_ms;
  BgIngressTally   *tally;
};

struct _BgForwardWay
{
  guint           refs;
  BgTlsServer    *tls;      /* of who comes in */
  BgTarget        target;   /* without an ingress; its limit of a handshake is also that of who comes in */
  BgIngress      *ingress;
  GBytes         *request;  /* for the ingress */
  gboolean        is_http;
  BgHttpHostRule  rewrite;
  gboolean        tells_proxy, tells_headers;
  BgCallers      *callers;
  BgForwardWayLimits     limits;
};

static inline const BgTarget *
bg_forward_way_target (const BgForwardWay *way)
{
  return way->ingress ? &way->ingress->target : &way->target;
}
