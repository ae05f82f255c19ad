/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Rows of the table that are about endpoints of others (docs/services.md): each adds the samples of one family. */

#include "metrics/metrics-families.h"

G_BEGIN_DECLS

/* Endpoints that are told by name. */
#define BG_METRICS_MAX_ENDPOINTS 512

/* By state. */
void bg_metrics_add_endpoints (BgMetricsText *text, const BgMetricsView *view);
/* Of each that has doors, by its key. */
void bg_metrics_add_endpoint_ready (BgMetricsText *text, const BgMetricsView *view);
void bg_metrics_add_endpoint_open (BgMetricsText *text, const BgMetricsView *view);
void bg_metrics_add_endpoint_total (BgMetricsText *text, const BgMetricsView *view);
void bg_metrics_add_endpoint_refused (BgMetricsText *text, const BgMetricsView *view);
/* Bytes to it and from it. */
void bg_metrics_add_endpoint_up (BgMetricsText *text, const BgMetricsView *view);
void bg_metrics_add_endpoint_down (BgMetricsText *text, const BgMetricsView *view);
void bg_metrics_add_endpoint_errors (BgMetricsText *text, const BgMetricsView *view);
/* Of each source. */
void bg_metrics_add_source_running (BgMetricsText *text, const BgMetricsView *view);
void bg_metrics_add_source_certificate (BgMetricsText *text, const BgMetricsView *view);
void bg_metrics_add_source_polled (BgMetricsText *text, const BgMetricsView *view);
/* Of its API. */
void bg_metrics_add_source_answers (BgMetricsText *text, const BgMetricsView *view);
/* Of its ingress. */
void bg_metrics_add_source_pool (BgMetricsText *text, const BgMetricsView *view);
void bg_metrics_add_source_upgrades (BgMetricsText *text, const BgMetricsView *view);

G_END_DECLS
