/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "metrics/metrics-text.h"

#include "common/printable.h"

#include <stdarg.h>
#include <string.h>

struct _BgMetricsText
{
  GString *out;
  BgMetricsFormat format;
  const char *name;
  const char *suffix; /* of samples */
};

#define OPEN_TYPE "application/openmetrics-text"

const char *
bg_metrics_format_get_type (BgMetricsFormat format)
{
  return format == BG_METRICS_OPEN ? OPEN_TYPE "; version=1.0.0; charset=utf-8"
                                   : "text/plain; version=0.0.4; charset=utf-8";
}

/* Who knows OpenMetrics names it; nobody names it to refuse it. */
BgMetricsFormat
bg_metrics_format_choose (const char *accept)
{
  return accept && strstr (accept, OPEN_TYPE) ? BG_METRICS_OPEN : BG_METRICS_PROMETHEUS;
}

BgMetricsText *
bg_metrics_text_new (BgMetricsFormat format)
{
  BgMetricsText *self = g_new0 (BgMetricsText, 1);

  self->out = g_string_new (NULL);
  self->format = format;
  return self;
}

char *
bg_metrics_text_finish (BgMetricsText *self)
{
  GString *out = self->out;

  if (self->format == BG_METRICS_OPEN)
    g_string_append (out, "# EOF\n");
  g_free (self);
  return g_string_free (out, FALSE);
}

static const char *const type_names[] = {
  [BG_METRIC_GAUGE] = "gauge", [BG_METRIC_COUNTER] = "counter", [BG_METRIC_HISTOGRAM] = "histogram"
};

/* OpenMetrics names the family, Prometheus its samples. */
void
bg_metrics_text_begin (BgMetricsText *self, const char *name, BgMetricType type, const char *help)
{
  const char *suffix = type == BG_METRIC_COUNTER ? "_total" : "";
  const char *told = self->format == BG_METRICS_OPEN ? "" : suffix;

  self->name = name;
  self->suffix = suffix;
  g_string_append_printf (self->out, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, told, help, name,
                          told, type_names[type]);
}

static void
append_escaped (GString *out, const char *value)
{
  g_autofree char *shown = bg_printable (value);

  for (const char *at = shown; *at; at++)
    {
      if (*at == '\\' || *at == '"')
        g_string_append_c (out, '\\');
      g_string_append_c (out, *at);
    }
}

static void
append_labels (GString *out, va_list labels)
{
  const char *name, *before = "{";

  while ((name = va_arg (labels, const char *)))
    {
      g_string_append_printf (out, "%s%s=\"", before, name);
      append_escaped (out, va_arg (labels, const char *));
      g_string_append_c (out, '"');
      before = ",";
    }
  if (*before == ',')
    g_string_append_c (out, '}');
}

static void
begin_sample (BgMetricsText *self, va_list labels)
{
  g_string_append_printf (self->out, "%s%s", self->name, self->suffix);
  append_labels (self->out, labels);
}

void
bg_metrics_text_add (BgMetricsText *self, guint64 value, ...)
{
  va_list labels;

  va_start (labels, value);
  begin_sample (self, labels);
  va_end (labels);
  g_string_append_printf (self->out, " %" G_GUINT64_FORMAT "\n", value);
}

void
bg_metrics_text_add_us (BgMetricsText *self, gint64 us, ...)
{
  va_list labels;

  va_start (labels, us);
  begin_sample (self, labels);
  va_end (labels);
  g_string_append_printf (self->out, " %s%" G_GINT64_FORMAT ".%06" G_GINT64_FORMAT "\n",
                          us < 0 ? "-" : "", ABS (us) / G_USEC_PER_SEC, ABS (us) % G_USEC_PER_SEC);
}

/* A number of seconds as OpenMetrics wants it: 1.0, 0.025. */
static char *
format_bound (guint ms)
{
  char *text = g_strdup_printf ("%u.%03u", ms / 1000, ms % 1000);
  gsize len = strlen (text);

  while (text[len - 1] == '0' && text[len - 2] != '.')
    text[--len] = '\0';
  return text;
}

static void
add_of (BgMetricsText *self, const char *suffix, guint64 value, const char *label, const char *text,
        const char *bound)
{
  self->suffix = suffix;
  if (bound)
    bg_metrics_text_add (self, value, label, text, "le", bound, NULL);
  else
    bg_metrics_text_add (self, value, label, text, NULL);
}

void
bg_metrics_text_add_times (BgMetricsText *self, const BgMetricsTimes *times, const char *label,
                           const char *value)
{
  guint64 n = 0;

  for (guint i = 0; i < times->n_bounds; i++)
    {
      g_autofree char *bound = format_bound (times->bounds_ms[i]);

      n += times->counts[i];
      add_of (self, "_bucket", n, label, value, bound);
    }
  n += times->counts[times->n_bounds];
  add_of (self, "_bucket", n, label, value, "+Inf");
  self->suffix = "_sum";
  bg_metrics_text_add_us (self, (gint64) times->sum_us, label, value, NULL);
  add_of (self, "_count", n, label, value, NULL);
}
