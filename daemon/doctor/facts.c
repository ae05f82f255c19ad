/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/facts.h"

BgFacts *
bg_facts_new (void)
{
  return g_rc_box_new0 (BgFacts);
}

BgFacts *
bg_facts_ref (BgFacts *self)
{
  return g_rc_box_acquire (self);
}

static void
facts_clear (gpointer data)
{
  BgFacts *self = data;

  g_clear_pointer (&self->reasons, g_ptr_array_unref);
  g_free (self->hub_url);
  bg_words_unref (self->line_reason);
  g_clear_pointer (&self->networks, bg_local_networks_unref);
}

void
bg_facts_unref (BgFacts *self)
{
  if (self)
    g_rc_box_release_full (self, facts_clear);
}
