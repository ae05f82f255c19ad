/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/doctor-finding.h"
#include "bamgatectl/text-width.h"

#include <glib/gi18n.h>

static void
finding_free (gpointer data)
{
  DoctorFinding *self = data;

  g_free (self->check);
  g_free (self->found);
  g_free (self->means);
  g_free (self->deed);
  g_free (self);
}

GPtrArray *
doctor_findings_new (void)
{
  return g_ptr_array_new_with_free_func (finding_free);
}

void
doctor_findings_add (GPtrArray *list, const char *check, OutTone verdict, const char *found,
                     const char *means, const char *deed)
{
  DoctorFinding *finding = g_new (DoctorFinding, 1);

  *finding = (DoctorFinding){ g_strdup (check), verdict, g_strdup (found), g_strdup (means),
                              g_strdup (deed) };
  g_ptr_array_add (list, finding);
}

void
doctor_findings_ok (GPtrArray *list, const char *check, const char *found)
{
  doctor_findings_add (list, check, OUT_GOOD, found, NULL, NULL);
}

/* --- The words of the bus --- */

static const char *const verdicts[] = {
  [OUT_GOOD] = "ok",
  [OUT_WARN] = "note",
  [OUT_BAD] = "problem",
};

/* What a newer daemon may say besides is something to know. */
static OutTone
read_verdict (const char *word)
{
  for (guint i = OUT_GOOD; i < G_N_ELEMENTS (verdicts); i++)
    if (g_str_equal (word, verdicts[i]))
      return (OutTone) i;
  return OUT_WARN;
}

void
doctor_findings_add_daemons (GPtrArray *list, GVariant *findings)
{
  for (gsize i = 0; i < g_variant_n_children (findings); i++)
    {
      g_autoptr (GVariant) finding = g_variant_get_child_value (findings, i);
      const char *check = "", *verdict = "", *found = "", *means = NULL, *deed = NULL;

      g_variant_lookup (finding, "check", "&s", &check);
      g_variant_lookup (finding, "verdict", "&s", &verdict);
      g_variant_lookup (finding, "found", "&s", &found);
      g_variant_lookup (finding, "means", "&s", &means);
      g_variant_lookup (finding, "deed", "&s", &deed);
      doctor_findings_add (list, check, read_verdict (verdict), found, means, deed);
    }
}

guint
doctor_findings_count (const GPtrArray *list, OutTone verdict)
{
  guint n = 0;

  for (guint i = 0; i < list->len; i++)
    n += ((const DoctorFinding *) list->pdata[i])->verdict == verdict;
  return n;
}

/* --- Showing --- */

static const char *
word_of (OutTone verdict)
{
  switch (verdict)
    {
    case OUT_GOOD:
      return C_ ("verdict", "ok");
    case OUT_BAD:
      return C_ ("verdict", "problem");
    case OUT_WARN:
    case OUT_PLAIN:
    default:
      return C_ ("verdict", "note");
    }
}

static int
widest_word (void)
{
  int widest = 0;

  for (guint i = OUT_GOOD; i <= OUT_BAD; i++)
    widest = MAX (widest, text_width (word_of ((OutTone) i)));
  return widest;
}

/* `sentence` has a place for `text`; nothing where that is NULL. */
static void
show_behind (Out *out, int width, const char *sentence, const char *text)
{
  g_autoptr (GString) line = g_string_new (sentence);

  if (!text)
    return;
  g_string_replace (line, "%s", text, 1);
  out_mark (out, "", OUT_PLAIN, width, line->str);
}

static void
show_one (const DoctorFinding *self, int width, Out *out)
{
  out_row_begin (out);
  out_text (out, "check", NULL, self->check);
  out_text (out, "verdict", NULL, verdicts[self->verdict]);
  out_text (out, "found", NULL, self->found);
  out_text (out, "means", NULL, self->means);
  out_text (out, "deed", NULL, self->deed);
  out_row_end (out);
  out_mark (out, word_of (self->verdict), self->verdict, width, self->found);
  show_behind (out, width, _ ("It means: %s"), self->means);
  show_behind (out, width, _ ("What to do: %s"), self->deed);
}

void
doctor_findings_show (const GPtrArray *list, Out *out)
{
  guint problems = doctor_findings_count (list, OUT_BAD),
        notes = doctor_findings_count (list, OUT_WARN);
  int width = widest_word ();

  out_count (out, "problems", NULL, problems);
  out_count (out, "notes", NULL, notes);
  out_list_begin (out, "findings");
  for (guint i = 0; i < list->len; i++)
    show_one (list->pdata[i], width, out);
  out_list_end (out);
  if (problems + notes == 0)
    out_note (out, _ ("\nNothing is wrong, as far as can be seen from here."));
  else
    out_note (out, _ ("\nProblems: %u. Notes: %u."), problems, notes);
}
