/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/finding.h"

const char *
bg_finding_verdict_name (BgFindingVerdict verdict)
{
  static const char *const names[] = {
    [BG_FINDING_OK] = "ok",
    [BG_FINDING_NOTE] = "note",
    [BG_FINDING_PROBLEM] = "problem",
  };

  return names[verdict];
}

static void
finding_free (gpointer data)
{
  BgFinding *self = data;

  bg_words_unref (self->found);
  bg_words_unref (self->means);
  bg_words_unref (self->deed);
  g_free (self);
}

GPtrArray *
bg_findings_new (void)
{
  return g_ptr_array_new_with_free_func (finding_free);
}

static void
add (GPtrArray *list, const char *check, BgFindingVerdict verdict, BgWords *found, BgWords *means,
     BgWords *deed)
{
  BgFinding *finding = g_new (BgFinding, 1);

  *finding = (BgFinding){ check, verdict, found, means, deed };
  g_ptr_array_add (list, finding);
}

void
bg_findings_add_ok (GPtrArray *list, const char *check, BgWords *found)
{
  add (list, check, BG_FINDING_OK, found, NULL, NULL);
}

void
bg_findings_add_note (GPtrArray *list, const char *check, BgWords *found, BgWords *means,
                      BgWords *deed)
{
  add (list, check, BG_FINDING_NOTE, found, means, deed);
}

void
bg_findings_add_problem (GPtrArray *list, const char *check, BgWords *found, BgWords *means,
                         BgWords *deed)
{
  add (list, check, BG_FINDING_PROBLEM, found, means, deed);
}

void
bg_findings_append (GPtrArray *list, GPtrArray *from)
{
  g_ptr_array_extend_and_steal (list, g_ptr_array_ref (from));
}

/* The text, and the code behind it. */
static void
add_words (GVariantBuilder *builder, const char *key, const char *code_key, const BgWords *words)
{
  if (!words)
    return;
  g_variant_builder_add (builder, "{sv}", key, g_variant_new_string (words->text));
  g_variant_builder_add (builder, "{sv}", code_key, words->wire);
}

static GVariant *
to_variant (const BgFinding *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "check", g_variant_new_string (self->check));
  g_variant_builder_add (&builder, "{sv}", "verdict",
                         g_variant_new_string (bg_finding_verdict_name (self->verdict)));
  add_words (&builder, "found", "found-reason", self->found);
  add_words (&builder, "means", "means-reason", self->means);
  add_words (&builder, "deed", "deed-reason", self->deed);
  return g_variant_builder_end (&builder);
}

GVariant *
bg_findings_to_variant (const GPtrArray *list)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < list->len; i++)
    g_variant_builder_add_value (&builder, to_variant (list->pdata[i]));
  return g_variant_builder_end (&builder);
}
