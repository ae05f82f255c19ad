/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "metrics/metrics-text.h"

static BgMetricsText *
begin (BgMetricsFormat format, BgMetricType type)
{
  BgMetricsText *text = bg_metrics_text_new (format);

  bg_metrics_text_begin (text, "a_b", type, "What it is.");
  return text;
}

static void
assert_says (BgMetricsText *text, const char *expected)
{
  g_autofree char *said = bg_metrics_text_finish (text);

  g_assert_cmpstr (said, ==, expected);
}

static void
test_prometheus (void)
{
  BgMetricsText *text = begin (BG_METRICS_PROMETHEUS, BG_METRIC_COUNTER);

  bg_metrics_text_add (text, 3, NULL);
  bg_metrics_text_add (text, G_MAXUINT64, "x", "1", "y", "2", NULL);
  assert_says (text, "# HELP a_b_total What it is.\n# TYPE a_b_total counter\n"
                     "a_b_total 3\na_b_total{x=\"1\",y=\"2\"} 18446744073709551615\n");
}

static void
test_open_metrics (void)
{
  BgMetricsText *text = begin (BG_METRICS_OPEN, BG_METRIC_COUNTER);

  bg_metrics_text_add (text, 3, NULL);
  assert_says (text, "# HELP a_b What it is.\n# TYPE a_b counter\na_b_total 3\n# EOF\n");
}

static void
test_times (void)
{
  BgMetricsText *text = begin (BG_METRICS_PROMETHEUS, BG_METRIC_GAUGE);

  bg_metrics_text_add_us (text, 1796151600000001, NULL);
  bg_metrics_text_add_us (text, 0, NULL);
  bg_metrics_text_add_us (text, -1500000, "x", "1", NULL);
  assert_says (text, "# HELP a_b What it is.\n# TYPE a_b gauge\n"
                     "a_b 1796151600.000001\na_b 0.000000\na_b{x=\"1\"} -1.500000\n");
}

/* Each class has what is below it too, and the last all. */
static void
test_histogram (void)
{
  static const guint bounds[] = { 5, 250, 1000 };
  static const guint64 counts[] = { 1, 0, 2, 4 };
  const BgMetricsTimes times = { bounds, G_N_ELEMENTS (bounds), counts, 12345678 };
  BgMetricsText *text = begin (BG_METRICS_OPEN, BG_METRIC_HISTOGRAM);

  bg_metrics_text_add_times (text, &times, "x", "1");
  assert_says (text, "# HELP a_b What it is.\n# TYPE a_b histogram\n"
                     "a_b_bucket{x=\"1\",le=\"0.005\"} 1\n"
                     "a_b_bucket{x=\"1\",le=\"0.25\"} 1\n"
                     "a_b_bucket{x=\"1\",le=\"1.0\"} 3\n"
                     "a_b_bucket{x=\"1\",le=\"+Inf\"} 7\n"
                     "a_b_sum{x=\"1\"} 12.345678\na_b_count{x=\"1\"} 7\n# EOF\n");
}

/* A name from the network ends no line and no quotes, and moves nobody's cursor. */
static void
test_escapes (void)
{
  static const struct
  {
    const char *value, *expected;
  } cases[] = {
    { "plain", "plain" },
    { "", "" },
    { "a\"} 1\nb", "a\\\"} 1\\\\x0ab" },
    { "back\\slash", "back\\\\slash" },
    { "\x1b[2J", "\\\\x1b[2J" },
    { "\xff", "\\\\xff" },
    { "Büro", "Büro" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BgMetricsText *text = begin (BG_METRICS_PROMETHEUS, BG_METRIC_GAUGE);
      g_autofree char *expected = g_strdup_printf (
        "# HELP a_b What it is.\n# TYPE a_b gauge\na_b{peer=\"%s\"} 1\n", cases[i].expected);

      bg_metrics_text_add (text, 1, "peer", cases[i].value, NULL);
      assert_says (text, expected);
    }
}

static void
test_choice (void)
{
  g_assert_cmpint (bg_metrics_format_choose (NULL), ==, BG_METRICS_PROMETHEUS);
  g_assert_cmpint (bg_metrics_format_choose ("*/*"), ==, BG_METRICS_PROMETHEUS);
  g_assert_cmpint (bg_metrics_format_choose (
                     "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"),
                   ==, BG_METRICS_OPEN);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metrics-text/prometheus", test_prometheus);
  g_test_add_func ("/metrics-text/open-metrics", test_open_metrics);
  g_test_add_func ("/metrics-text/times", test_times);
  g_test_add_func ("/metrics-text/histogram", test_histogram);
  g_test_add_func ("/metrics-text/escapes", test_escapes);
  g_test_add_func ("/metrics-text/choice", test_choice);
  return g_test_run ();
}
