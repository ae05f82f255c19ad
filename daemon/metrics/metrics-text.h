/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Metrics as text: Prometheus' format 0.0.4, or OpenMetrics 1.0. Pure. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BgMetricsText BgMetricsText;

typedef enum
{
  BG_METRIC_GAUGE,
  BG_METRIC_COUNTER, /* its samples end in _total */
  BG_METRIC_HISTOGRAM,
} BgMetricType;

typedef enum
{
  BG_METRICS_PROMETHEUS,
  BG_METRICS_OPEN,
} BgMetricsFormat;

BgMetricsText *bg_metrics_text_new (BgMetricsFormat format);
/* What it says, for a person or a program to read; frees it. Free with g_free(). */
char *bg_metrics_text_finish (BgMetricsText *self);
/* Samples from here on are of the family `name`, a text that stays, without _total. `help` is one line. */
void bg_metrics_text_begin (BgMetricsText *self, const char *name, BgMetricType type, const char *help);
/* One sample; behind the value come names and values of labels in turn, and NULL. A label's value may be anything: control characters are shown
 * as bg_printable() does, since people read this at terminals. */
void bg_metrics_text_add (BgMetricsText *self, guint64 value, ...) G_GNUC_NULL_TERMINATED;
/* The same of a time in microseconds, as seconds. */
void bg_metrics_text_add_us (BgMetricsText *self, gint64 us, ...) G_GNUC_NULL_TERMINATED;
/* Times by how long they were. */
typedef struct
{
  const guint   *bounds_ms; /* rising */
  guint          n_bounds;
  const guint64 *counts;    /* n_bounds + 1: how many were in each class, not what is below it too */
  guint64        sum_us;
} BgMetricsTimes;

/* The samples of a histogram that has this one label. */
void bg_metrics_text_add_times (BgMetricsText *self, const BgMetricsTimes *times, const char *label, const char *value);
/* The type of an HTTP answer that has such a text in it. */
const char *bg_metrics_format_get_type (BgMetricsFormat format);
/* The one to answer with to `accept`, the header of a request; NULL: there was none. */
BgMetricsFormat bg_metrics_format_choose (const char *accept);

G_END_DECLS
