/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "metrics/metrics-endpoints.h"

enum
{
  READY,
  LISTENING,
  DOWN,
  N_STATES,
};

static const char *const states[] = {
  [READY] = "ready", [LISTENING] = "listening", [DOWN] = "down"
};

static guint
state_of (const BgEndpointInfo *info)
{
  if (info->conditions[BG_CONDITION_READY].holds)
    return READY;
  return info->conditions[BG_CONDITION_LISTENING].holds ? LISTENING : DOWN;
}

static guint
count (const BgMetricsView *view)
{
  return view->endpoints ? bg_endpoints_count (view->endpoints) : 0;
}

void
bg_metrics_add_endpoints (BgMetricsText *text, const BgMetricsView *view)
{
  guint counts[N_STATES] = { 0 };
  BgEndpointInfo info;

  for (guint i = 0; i < count (view); i++)
    {
      bg_endpoints_look (view->endpoints, i, &info);
      counts[state_of (&info)]++;
    }
  for (guint state = 0; state < N_STATES; state++)
    bg_metrics_text_add (text, counts[state], "state", states[state], NULL);
}

/* --- Of each that has doors, or had --- */

typedef void (*AddOne) (BgMetricsText *text, const BgEndpointInfo *info,
                        const BgDoorCounters *counters);

/* Those that are refused have no doors, and the account's words for a name. */
static void
add_each (BgMetricsText *text, const BgMetricsView *view, AddOne add)
{
  guint n = MIN (count (view), BG_METRICS_MAX_ENDPOINTS);
  BgDoorCounters counters;
  BgEndpointInfo info;

  for (guint i = 0; i < n; i++)
    {
      bg_endpoints_look (view->endpoints, i, &info);
      if (*info.host && bg_endpoints_read_counters (view->endpoints, info.key, &counters))
        add (text, &info, &counters);
    }
}

static void
add_ready (BgMetricsText *text, const BgEndpointInfo *info, const BgDoorCounters *counters)
{
  bg_metrics_text_add (text, state_of (info) == READY, "endpoint", info->key, NULL);
}

void
bg_metrics_add_endpoint_ready (BgMetricsText *text, const BgMetricsView *view)
{
  add_each (text, view, add_ready);
}

#define ENDPOINT_COUNTER(name, member)                                                             \
  static void add_##name (BgMetricsText *text, const BgEndpointInfo *info,                         \
                          const BgDoorCounters *counters)                                          \
  {                                                                                                \
    bg_metrics_text_add (text, counters->member, "endpoint", info->key, NULL);                     \
  }                                                                                                \
  void bg_metrics_add_endpoint_##name (BgMetricsText *text, const BgMetricsView *view)             \
  {                                                                                                \
    add_each (text, view, add_##name);                                                             \
  }

ENDPOINT_COUNTER (open, open)
ENDPOINT_COUNTER (total, total)
ENDPOINT_COUNTER (refused, refused)
ENDPOINT_COUNTER (up, bytes_up)
ENDPOINT_COUNTER (down, bytes_down)

static void
add_errors (BgMetricsText *text, const BgEndpointInfo *info, const BgDoorCounters *counters)
{
  for (guint kind = 0; kind < BG_FORWARD_ERRORS; kind++)
    bg_metrics_text_add (text, counters->errors[kind], "endpoint", info->key, "class",
                         bg_forward_error_name ((BgForwardError) kind), NULL);
}

void
bg_metrics_add_endpoint_errors (BgMetricsText *text, const BgMetricsView *view)
{
  add_each (text, view, add_errors);
}

/* --- Of who wants them --- */

typedef void (*AddSource) (BgMetricsText *text, const BgEndpointSourceInfo *source);

static void
add_sources (BgMetricsText *text, const BgMetricsView *view, AddSource add)
{
  guint n = view->endpoints ? bg_endpoints_count_sources (view->endpoints) : 0;
  BgEndpointSourceInfo source;

  for (guint i = 0; i < n; i++)
    {
      bg_endpoints_look_source (view->endpoints, i, &source);
      add (text, &source);
    }
}

static void
add_running (BgMetricsText *text, const BgEndpointSourceInfo *source)
{
  bg_metrics_text_add (text, g_str_equal (source->state, "running"), "source", source->name, NULL);
}

void
bg_metrics_add_source_running (BgMetricsText *text, const BgMetricsView *view)
{
  add_sources (text, view, add_running);
}

static void
add_time (BgMetricsText *text, const BgEndpointSourceInfo *source, gint64 unix_s)
{
  if (unix_s > 0)
    bg_metrics_text_add (text, (guint64) unix_s, "source", source->name, NULL);
}

static void
add_certificate (BgMetricsText *text, const BgEndpointSourceInfo *source)
{
  add_time (text, source, source->certificate_ends_at);
}

void
bg_metrics_add_source_certificate (BgMetricsText *text, const BgMetricsView *view)
{
  add_sources (text, view, add_certificate);
}

static void
add_polled (BgMetricsText *text, const BgEndpointSourceInfo *source)
{
  add_time (text, source, source->polled_at);
}

void
bg_metrics_add_source_polled (BgMetricsText *text, const BgMetricsView *view)
{
  add_sources (text, view, add_polled);
}

/* --- What was asked of them --- */

typedef void (*AddCounters) (BgMetricsText *text, const char *source,
                             const BgEndpointSourceCounters *counters);

static void
add_counters (BgMetricsText *text, const BgMetricsView *view, AddCounters add)
{
  guint n = view->endpoints ? bg_endpoints_count_sources (view->endpoints) : 0;
  BgEndpointSourceCounters counters;
  BgEndpointSourceInfo source;

  for (guint i = 0; i < n; i++)
    {
      bg_endpoints_look_source (view->endpoints, i, &source);
      bg_endpoints_read_source_counters (view->endpoints, i, &counters);
      add (text, source.name, &counters);
    }
}

static int
compare_statuses (gconstpointer a, gconstpointer b)
{
  return (int) GPOINTER_TO_UINT (a) - (int) GPOINTER_TO_UINT (b);
}

static void
add_answers (BgMetricsText *text, const char *source, const BgEndpointSourceCounters *counters)
{
  g_autoptr (GList)
    statuses = g_list_sort (g_hash_table_get_keys (counters->answers), compare_statuses);

  for (GList *link = statuses; link; link = link->next)
    {
      guint status = GPOINTER_TO_UINT (link->data);
      g_autofree char *code = status ? g_strdup_printf ("%u", status) : g_strdup ("none");

      bg_metrics_text_add (text,
                           GPOINTER_TO_SIZE (g_hash_table_lookup (counters->answers, link->data)),
                           "source", source, "code", code, NULL);
    }
}

void
bg_metrics_add_source_answers (BgMetricsText *text, const BgMetricsView *view)
{
  add_counters (text, view, add_answers);
}

static void
add_pool (BgMetricsText *text, const char *source, const BgEndpointSourceCounters *counters)
{
  bg_metrics_text_add (text, counters->ingress.pool_hits, "source", source, "result", "hit", NULL);
  bg_metrics_text_add (text, counters->ingress.pool_misses, "source", source, "result", "miss",
                       NULL);
}

void
bg_metrics_add_source_pool (BgMetricsText *text, const BgMetricsView *view)
{
  add_counters (text, view, add_pool);
}

static void
add_upgrades (BgMetricsText *text, const char *source, const BgEndpointSourceCounters *counters)
{
  const BgMetricsTimes times = { bg_upgrade_bounds_ms, BG_UPGRADE_BOUNDS,
                                 counters->ingress.upgrades, counters->ingress.upgrade_us };

  bg_metrics_text_add_times (text, &times, "source", source);
}

void
bg_metrics_add_source_upgrades (BgMetricsText *text, const BgMetricsView *view)
{
  add_counters (text, view, add_upgrades);
}
