/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/operator-step.h"

#include <string.h>

/* What it has, as words: pair, id, api-key, asked, ended, due, unread, others, polled. */
static BgOperatorFacts
facts_of (const char *words)
{
  BgOperatorFacts facts = {
    .has_pair = strstr (words, "pair") != NULL,
    .has_id = strstr (words, "id") != NULL,
    .has_api_key = strstr (words, "api-key") != NULL,
    .has_asked = strstr (words, "asked") != NULL,
    .has_ended = strstr (words, "ended") != NULL,
    .is_due = strstr (words, "due") != NULL,
    .is_unread = strstr (words, "unread") != NULL,
    .wants_others = strstr (words, "others") != NULL,
    .has_polled = strstr (words, "polled") != NULL,
  };

  return facts;
}

static void
test_rows (void)
{
  static const struct
  {
    const char *facts;
    BgOperatorStep step;
  } rows[] = {
    /* The start, as it is written down. */
    { "pair id api-key", BG_STEP_POLL },
    { "pair id", BG_STEP_WAIT },
    { "pair api-key", BG_STEP_ADOPT },
    { "id api-key", BG_STEP_CERTIFY },
    { "api-key", BG_STEP_REGISTER },
    { "", BG_STEP_WAIT },
    { "pair", BG_STEP_WAIT },
    { "id", BG_STEP_WAIT },
    /* A registration whose answer was lost is not made twice. */
    { "api-key asked", BG_STEP_ADOPT },
    { "id api-key asked", BG_STEP_CERTIFY },
    /* Nothing is asked without an API key. */
    { "pair id ended due unread others", BG_STEP_WAIT },
    /* Then. */
    { "pair id api-key due", BG_STEP_POLL },
    { "pair id api-key ended due", BG_STEP_CERTIFY },
    { "pair id api-key ended", BG_STEP_POLL },
    { "pair id api-key polled due unread others", BG_STEP_CERTIFY },
    { "pair id api-key polled unread others", BG_STEP_READ },
    { "pair id api-key polled others", BG_STEP_SELECT },
    { "pair id api-key polled asked", BG_STEP_REST },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      BgOperatorFacts facts = facts_of (rows[i].facts);
      BgOperatorStep step = bg_operator_step (&facts);

      if (step != rows[i].step)
        g_error ("“%s”: %s, not %s", rows[i].facts, bg_operator_step_get_name (step),
                 bg_operator_step_get_name (rows[i].step));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/operator-step/rows", test_rows);
  return g_test_run ();
}
