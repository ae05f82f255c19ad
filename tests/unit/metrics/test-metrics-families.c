/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "metrics/metrics-families.h"

#include <string.h>

/* A machine as it may be; `n` peers, of which the first is static. */
typedef struct
{
  BgApplicationInfo info;
  BgApplicationFigures figures;
  BgProcessFigures process;
  BgMetricsLedger *ledger;
  BgPeerInfo *peers;
  char **ids;
  GPtrArray *all, *named;
} Machine;

static const char *const pending[] = { "device.name", NULL };

static void
add_peer (Machine *machine, guint i)
{
  BgPeerInfo *peer = &machine->peers[i];

  machine->ids[i] = i == 1 ? g_strdup ("a\"b\\c\n{x=\"y\"} 1") : g_strdup_printf ("peer-%u", i);
  *peer = (BgPeerInfo){ .id = machine->ids[i],
                        .has_key = TRUE,
                        .is_static = i == 0,
                        .state = BG_PEER_PUBLIC_CONNECTED,
                        .path = BG_TRANSPORT_DIRECT,
                        .latency_us = 1500,
                        .last_handshake_us = 1796151600000000 };
  memcpy (peer->key.bytes, &i, sizeof i);
  g_ptr_array_add (machine->all, peer);
}

static void
machine_init (Machine *machine, guint n)
{
  *machine = (Machine){
    .info = { .state = BG_STATE_ONLINE,
              .signaling_state = "online",
              .up_since_us = 1,
              .pending_restart = pending },
    .ledger = bg_metrics_ledger_new (),
    .peers = g_new0 (BgPeerInfo, n + 1),
    .ids = g_new0 (char *, n + 1),
    .all = g_ptr_array_new (),
  };
  for (guint i = 0; i < n; i++)
    add_peer (machine, i);
}

static void
machine_clear (Machine *machine)
{
  g_ptr_array_unref (machine->all);
  g_clear_pointer (&machine->named, g_ptr_array_unref);
  bg_metrics_ledger_free (machine->ledger);
  g_strfreev (machine->ids);
  g_free (machine->peers);
}

static char *
write_all (Machine *machine, BgMetricsFormat format)
{
  const BgPeerInfo *const *all = (const BgPeerInfo *const *) machine->all->pdata;
  BgMetricsView view = {
    .info = &machine->info,
    .figures = &machine->figures,
    .process = &machine->process,
    .ledger = machine->ledger,
    .peers = all,
    .n_peers = machine->all->len,
  };

  g_clear_pointer (&machine->named, g_ptr_array_unref);
  machine->named = bg_metrics_choose_named (machine->ledger, all, machine->all->len);
  view.named = (const BgPeerInfo *const *) machine->named->pdata;
  view.n_named = machine->named->len;
  return bg_metrics_write (&view, format);
}

/* A strict reader: each line is one that the format has, of the family that was begun last, and no sample is there twice. */
typedef struct
{
  gboolean is_open;
  char *family, *sample; /* how samples are named */
  GHashTable *seen;
} Reader;

#define NAME "([a-z_]+)"
#define LABEL "[a-z_]+=\"(?:[^\"\\\\\n]|\\\\[\\\\n\"])*\""

/* What is in the parentheses of `pattern`, from 1 on; NULL where the line is none of that. */
static char **
match_line (const char *pattern, const char *line)
{
  g_autoptr (GRegex) regex = g_regex_new (pattern, 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  return g_regex_match (regex, line, 0, &match) ? g_match_info_fetch_all (match) : NULL;
}

static gboolean
take_help (Reader *reader, const char *line)
{
  g_auto (GStrv) parts = match_line ("^# HELP " NAME " [^\"\\\\]+\\.$", line);

  if (!parts)
    return FALSE;
  g_free (reader->family);
  reader->family = g_strdup (parts[1]);
  return TRUE;
}

static gboolean
take_type (Reader *reader, const char *line)
{
  g_auto (GStrv) parts = match_line ("^# TYPE " NAME " (counter|gauge|histogram)$", line);
  gboolean is_counter = parts && g_str_equal (parts[2], "counter");

  if (!parts)
    return FALSE;
  g_assert_cmpstr (parts[1], ==, reader->family);
  g_assert_cmpint (g_str_has_suffix (parts[1], "_total"), ==, is_counter && !reader->is_open);
  g_free (reader->sample);
  reader->sample = g_strconcat (parts[1], is_counter && reader->is_open ? "_total" : "", NULL);
  return TRUE;
}

static gboolean
take_sample (Reader *reader, const char *line)
{
  g_auto (GStrv) parts = match_line (
    "^(" NAME "(?:\\{" LABEL "(?:," LABEL ")*\\})?) -?[0-9]+(?:\\.[0-9]{6})?$", line);

  if (!parts)
    return FALSE;
  g_assert_cmpstr (parts[2], ==, reader->sample);
  g_assert_true (g_hash_table_add (reader->seen, g_strdup (parts[1])));
  return TRUE;
}

static void
assert_strict (const char *text, gboolean is_open)
{
  Reader reader = { .is_open = is_open,
                    .seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  guint n = g_strv_length (lines) - 1, end = is_open ? n - 1 : n;

  g_assert_cmpstr (lines[n], ==, "");
  if (is_open)
    g_assert_cmpstr (lines[end], ==, "# EOF");
  for (guint i = 0; i < end; i++)
    if (!take_help (&reader, lines[i]) && !take_type (&reader, lines[i])
        && !take_sample (&reader, lines[i]))
      g_error ("line %u: %s", i + 1, lines[i]);
  g_hash_table_unref (reader.seen);
  g_free (reader.family);
  g_free (reader.sample);
}

static void
test_every_line (gconstpointer data)
{
  BgMetricsFormat format = (BgMetricsFormat) GPOINTER_TO_INT (data);
  g_autofree char *text = NULL;
  Machine machine;

  machine_init (&machine, 3);
  for (guint i = 0; i < 3; i++)
    bg_metrics_ledger_note_peer (machine.ledger, &machine.peers[i].key, TRUE);
  text = write_all (&machine, format);
  assert_strict (text, format == BG_METRICS_OPEN);
  g_assert_nonnull (strstr (text, "\nbamgate_peer_connected{peer=\"peer-2\"} 1\n"));
  g_assert_nonnull (strstr (text, "{peer=\"a\\\"b\\\\c\\\\x0a{x=\\\"y\\\"} 1\"} 1\n"));
  g_assert_nonnull (strstr (text, "\nbamgate_tunnel_state{state=\"online\"} 1\n"));
  g_assert_nonnull (
    strstr (text, "\nbamgate_peers_connected{path=\"direct\",relayed=\"false\"} 3\n"));
  g_assert_nonnull (strstr (text, "\nbamgate_settings_pending 1\n"));
  g_assert_nonnull (strstr (text, "\nbamgate_peer_latency_seconds{peer=\"peer-2\"} 0.001500\n"));
  machine_clear (&machine);
}

/* Who was never heard of has no name here, and others keep theirs. */
static void
test_names_are_bounded (void)
{
  const guint n = BG_METRICS_MAX_PEERS + 50;
  g_autofree char *few = NULL, *many = NULL;
  Machine machine;

  machine_init (&machine, n);
  few = write_all (&machine, BG_METRICS_PROMETHEUS);
  g_assert_cmpuint (machine.named->len, ==, 1);
  for (guint i = n - 1; i > 0; i--)
    bg_metrics_ledger_note_peer (machine.ledger, &machine.peers[i].key, TRUE);
  many = write_all (&machine, BG_METRICS_PROMETHEUS);
  g_assert_cmpuint (machine.named->len, ==, BG_METRICS_MAX_PEERS);
  g_assert_nonnull (strstr (many, "{peer=\"peer-0\"}"));
  g_assert_nonnull (strstr (many, "{peer=\"peer-561\"}"));
  g_assert_null (strstr (many, "{peer=\"peer-2\"}"));
  g_assert_nonnull (strstr (many, "\nbamgate_peers_unnamed 50\n"));
  machine_clear (&machine);
}

/* Prometheus' conventions: lower case, units of the base, and a room of its own for what is ours. */
static void
test_conventions (void)
{
  g_autofree char *manual = NULL;
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  g_assert_true (g_file_get_contents (MANUAL, &manual, NULL, NULL));
  for (const BgMetricsFamily *family = bg_metrics_families; family->name; family++)
    {
      g_autofree char *told = g_strdup_printf ("| `%s%s` |", family->name,
                                               family->type == BG_METRIC_COUNTER ? "_total" : "");

      g_assert_true (g_hash_table_add (seen, (gpointer) family->name));
      g_assert_true (g_str_has_prefix (family->name, "bamgate_")
                     || g_str_has_prefix (family->name, "process_"));
      g_assert_false (g_str_has_suffix (family->name, "_total"));
      g_assert_false (g_str_has_suffix (family->name, "_us"));
      g_assert_true (g_str_has_suffix (family->help, "."));
      if (!strstr (manual, told))
        g_error ("%s does not describe %s", MANUAL, told);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/metrics-families/every-line/prometheus",
                        GINT_TO_POINTER (BG_METRICS_PROMETHEUS), test_every_line);
  g_test_add_data_func ("/metrics-families/every-line/open-metrics",
                        GINT_TO_POINTER (BG_METRICS_OPEN), test_every_line);
  g_test_add_func ("/metrics-families/names-are-bounded", test_names_are_bounded);
  g_test_add_func ("/metrics-families/conventions", test_conventions);
  return g_test_run ();
}
