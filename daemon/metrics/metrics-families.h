/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The one table of what is told. A new family is a row in metrics-families.c; docs/metrics.md names each, which a test holds against this. */

#include "app/application-endpoints.h"
#include "app/application-metrics.h"
#include "metrics/metrics-ledger.h"
#include "metrics/metrics-text.h"
#include "metrics/process-figures.h"

G_BEGIN_DECLS

/* Peers that are told by name; the others are in what is told of all. */
#define BG_METRICS_MAX_PEERS 512

/* What samples are taken of. Nothing of it is owned. */
typedef struct
{
  const BgApplicationInfo *info;
  const BgApplicationFigures *figures;
  const BgProcessFigures *process;
  BgMetricsLedger *ledger;
  BgEndpoints *endpoints; /* NULL: none are told of */
  const BgPeerInfo *const *peers; /* all */
  guint n_peers;
  const BgPeerInfo *const *named; /* those of them that are told by name, bg_metrics_choose_named() */
  guint n_named;
} BgMetricsView;

typedef struct
{
  const char *name; /* without _total; NULL ends the table */
  BgMetricType type;
  const char *help;
  void (*add) (BgMetricsText *text, const BgMetricsView *view);
} BgMetricsFamily;

extern const BgMetricsFamily bg_metrics_families[];

/* Those that something was heard of and static ones, at most BG_METRICS_MAX_PEERS, the longest known first: a hub that makes names up displaces
 * nobody. Array of const BgPeerInfo * (transfer container). */
GPtrArray *bg_metrics_choose_named (BgMetricsLedger *ledger, const BgPeerInfo *const *peers, guint n_peers);
/* All families; free with g_free(). */
char *bg_metrics_write (const BgMetricsView *view, BgMetricsFormat format);

G_END_DECLS
