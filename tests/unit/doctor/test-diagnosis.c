/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks run together, in time, and their findings stand in the order of the table. */
#include "doctor/diagnosis.h"

/* What the checks that ask somebody do; set by each test. */
static struct
{
  GTask *held; /* of the check that does not answer by itself */
  guint n_finished;
} asked;

static void
look_twice (const BgFacts *facts, GPtrArray *findings)
{
  bg_findings_add_ok (findings, "twice", bg_words_new_text ("one"));
  bg_findings_add_problem (findings, "twice", bg_words_new_text ("two"),
                           bg_words_new_text ("means"), bg_words_new_text ("deed"));
}

static void
look_at_nothing (const BgFacts *facts, GPtrArray *findings)
{
}

static void
start_at_once (BgFacts *facts, GCancellable *cancellable, GAsyncReadyCallback callback,
               gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_return_boolean (task, TRUE);
}

static void
start_and_hold (BgFacts *facts, GCancellable *cancellable, GAsyncReadyCallback callback,
                gpointer data)
{
  asked.held = g_task_new (NULL, cancellable, callback, data);
}

static void
finish (BgFacts *facts, GAsyncResult *result, GPtrArray *findings)
{
  asked.n_finished++;
  if (g_task_propagate_boolean (G_TASK (result), NULL))
    bg_findings_add_note (findings, "asked", bg_words_new_text ("answered"), NULL, NULL);
}

static const BgCheck quick[] = {
  { "asked", NULL, start_at_once, finish },
  { "nothing", look_at_nothing, NULL, NULL },
  { "twice", look_twice, NULL, NULL },
  { NULL, NULL, NULL, NULL },
};

static const BgCheck slow[] = {
  { "held", NULL, start_and_hold, finish },
  { "asked", NULL, start_at_once, finish },
  { NULL, NULL, NULL, NULL },
};

static void
on_done (GObject *source, GAsyncResult *result, gpointer answer)
{
  *(GAsyncResult **) answer = g_object_ref (result);
}

static GPtrArray *
run (const BgCheck *checks, guint bound_ms, GCancellable *cancellable, GError **error)
{
  g_autoptr (BgFacts) facts = bg_facts_new ();
  g_autoptr (GAsyncResult) answer = NULL;

  bg_diagnosis_run_async (checks, facts, bound_ms, cancellable, on_done, &answer);
  while (!answer)
    g_main_context_iteration (NULL, TRUE);
  return bg_diagnosis_run_finish (answer, error);
}

/* "asked note answered; twice ok one" */
static char *
describe (GPtrArray *findings)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < findings->len; i++)
    {
      const BgFinding *finding = findings->pdata[i];

      g_string_append_printf (text, "%s%s %s %s", i > 0 ? "; " : "", finding->check,
                              bg_finding_verdict_name (finding->verdict), finding->found->text);
    }
  return g_string_free (text, FALSE);
}

static void
test_order_is_that_of_the_table (void)
{
  g_autoptr (GPtrArray) findings = run (quick, 1000, NULL, NULL);
  g_autofree char *text = describe (findings);

  g_assert_cmpstr (text, ==, "asked note answered; twice ok one; twice problem two");
}

static void
test_no_checks (void)
{
  g_autoptr (GPtrArray) findings = run (&quick[3], 1000, NULL, NULL);

  g_assert_cmpuint (findings->len, ==, 0);
}

/* The answer that comes too late is taken, and goes nowhere. */
static void
test_what_is_late_is_a_finding (void)
{
  g_autoptr (GPtrArray) findings = NULL;
  g_autofree char *text = NULL;

  asked.n_finished = 0;
  findings = run (slow, 20, NULL, NULL);
  text = describe (findings);
  g_assert_cmpstr (text, ==,
                   "held note this could not be found out within 1 s; asked note answered");
  g_assert_true (g_cancellable_is_cancelled (g_task_get_cancellable (asked.held)));
  g_task_return_boolean (asked.held, TRUE);
  g_clear_object (&asked.held);
  while (asked.n_finished < 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (findings->len, ==, 2);
}

static gboolean
on_idle (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

static void
test_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GSource) idle = g_idle_source_new ();
  g_autoptr (GError) error = NULL;

  g_source_set_callback (idle, on_idle, cancellable, NULL);
  g_source_attach (idle, NULL);
  g_assert_null (run (slow, 60000, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (g_cancellable_is_cancelled (g_task_get_cancellable (asked.held)));
  g_task_return_boolean (asked.held, TRUE);
  g_clear_object (&asked.held);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_on_the_bus (void)
{
  g_autoptr (GPtrArray) findings = bg_findings_new ();
  g_autoptr (GVariant) wire = NULL, expected = NULL;

  bg_findings_add_ok (findings, "tunnel.state", bg_words (DOCTOR_TUNNEL_UP));
  bg_findings_add_problem (findings, "x", bg_words_new_text ("found"), bg_words_new_text ("means"),
                           bg_words (DOCTOR_TUNNEL_OFF_DEED));
  wire = g_variant_ref_sink (bg_findings_to_variant (findings));
  expected = g_variant_ref_sink (g_variant_new_parsed (
    "[{'check': <'tunnel.state'>, 'verdict': <'ok'>, 'found': <'the tunnel is up'>,"
    "  'found-reason': <('doctor-tunnel-up', @av [])>},"
    " {'check': <'x'>, 'verdict': <'problem'>, 'found': <'found'>, 'found-reason': <('text', [<'found'>])>,"
    "  'means': <'means'>, 'means-reason': <('text', [<'means'>])>,"
    "  'deed': <'bring it up with “bamgatectl up”'>, 'deed-reason': <('doctor-tunnel-off-deed', @av [])>}]"));
  g_assert_cmpvariant (wire, expected);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/diagnosis/order", test_order_is_that_of_the_table);
  g_test_add_func ("/diagnosis/no-checks", test_no_checks);
  g_test_add_func ("/diagnosis/late", test_what_is_late_is_a_finding);
  g_test_add_func ("/diagnosis/cancelled", test_cancelled);
  g_test_add_func ("/diagnosis/bus", test_on_the_bus);
  return g_test_run ();
}
