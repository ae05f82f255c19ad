/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/forward-way-private.h"

#include "publish/counted.h"
#include "publish/ingress-frame.h"

#include <gio/gio.h>

static void
target_init (BgTarget *target, const BgSocketAddress *addresses, guint n, BgTlsClient *tls,
             const BgForwardWayLimits *limits)
{
  *target = (BgTarget){ .addresses = g_memdup2 (addresses, n * sizeof *addresses),
                        .n = n,
                        .tls = tls ? bg_tls_client_ref (tls) : NULL,
                        .dial_ms = limits->dial_ms ? limits->dial_ms : BG_DIAL_MS,
                        .handshake_ms = limits->handshake_ms ? limits->handshake_ms
                                                             : BG_HANDSHAKE_MS };
}

static void
target_clear (BgTarget *target)
{
  g_free (target->addresses);
  g_clear_pointer (&target->tls, bg_tls_client_unref);
}

BgIngress *
bg_ingress_new (const BgIngressOptions *options)
{
  BgIngress *ingress = g_new0 (BgIngress, 1);

  bg_counted_begin (&ingress->refs);
  target_init (&ingress->target, options->addresses, options->n_addresses, options->tls,
               &options->limits);
  ingress->pool_idle = options->pool_idle;
  ingress->pool_age_ms = options->pool_age_ms ? options->pool_age_ms : BG_POOL_AGE_MS;
  ingress->tally = options->tally ? bg_ingress_tally_ref (options->tally) : bg_ingress_tally_new ();
  return ingress;
}

BgIngress *
bg_ingress_ref (BgIngress *ingress)
{
  bg_counted_ref (&ingress->refs);
  return ingress;
}

void
bg_ingress_unref (BgIngress *ingress)
{
  if (!bg_counted_unref (&ingress->refs))
    return;
  target_clear (&ingress->target);
  bg_ingress_tally_unref (ingress->tally);
  g_free (ingress);
}

void
bg_ingress_counters (BgIngress *ingress, BgIngressCounters *out)
{
  bg_ingress_tally_read (ingress->tally, out);
}

static void
set_limits (BgForwardWayLimits *limits, const BgForwardWayLimits *wanted)
{
  *limits = *wanted;
  limits->answer_ms = wanted->answer_ms ? wanted->answer_ms : BG_ANSWER_MS;
  limits->half_closed_ms = wanted->half_closed_ms ? wanted->half_closed_ms : BG_HALF_CLOSED_MS;
}

BgForwardWay *
bg_forward_way_new (const BgForwardWayOptions *options, GError **error)
{
  g_autoptr (GBytes) request = NULL;
  BgForwardWay *way;

  if (options->ingress)
    request = bg_ingress_request (options->host, options->port, error);
  if (options->ingress && !request)
    return NULL;
  way = g_new0 (BgForwardWay, 1);
  bg_counted_begin (&way->refs);
  if (options->ingress)
    way->ingress = bg_ingress_ref (options->ingress);
  else
    target_init (&way->target, options->addresses, options->n_addresses, NULL, &options->limits);
  way->tls = options->tls ? bg_tls_server_ref (options->tls) : NULL;
  way->request = g_steal_pointer (&request);
  way->is_http = options->is_http;
  way->rewrite = options->rewrite;
  way->rewrite.name = g_strdup (options->rewrite.name);
  way->rewrite.value = g_strdup (options->rewrite.value);
  way->tells_proxy = options->tells_proxy;
  way->tells_headers = options->tells_headers && options->is_http;
  way->callers = bg_callers_new (options->callers, options->n_callers);
  set_limits (&way->limits, &options->limits);
  return way;
}

BgForwardWay *
bg_forward_way_ref (BgForwardWay *way)
{
  bg_counted_ref (&way->refs);
  return way;
}

void
bg_forward_way_unref (BgForwardWay *way)
{
  if (!bg_counted_unref (&way->refs))
    return;
  target_clear (&way->target);
  g_clear_pointer (&way->tls, bg_tls_server_unref);
  g_clear_pointer (&way->ingress, bg_ingress_unref);
  g_clear_pointer (&way->request, g_bytes_unref);
  bg_callers_free (way->callers);
  g_free (way->rewrite.name);
  g_free (way->rewrite.value);
  g_free (way);
}
