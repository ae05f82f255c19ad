/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/health.h"

struct _BgHealth
{
  BgWords *words[BG_CONCERNS]; /* NULL: no concern */
  BgHealthChanged changed;
  gpointer owner;
};

static const gboolean degrades[BG_CONCERNS] = {
  [BG_CONCERN_MEMBERS] = TRUE,   [BG_CONCERN_STRICT] = TRUE,    [BG_CONCERN_EXIT] = TRUE,
  [BG_CONCERN_BLOCKED] = FALSE,  [BG_CONCERN_INTERFACE] = TRUE, [BG_CONCERN_OVERLAP] = TRUE,
  [BG_CONCERN_HUB] = TRUE,       [BG_CONCERN_SIGNALING] = TRUE, [BG_CONCERN_READABLE] = FALSE,
  [BG_CONCERN_NAMES] = FALSE,    [BG_CONCERN_SETTINGS] = FALSE, [BG_CONCERN_ROUTES] = FALSE,
  [BG_CONCERN_RELAY] = FALSE,    [BG_CONCERN_RESOLVER] = FALSE, [BG_CONCERN_SYSTEM_DNS] = FALSE,
  [BG_CONCERN_SERVICES] = FALSE, [BG_CONCERN_SUFFIX] = FALSE,   [BG_CONCERN_EXIT_NAMES] = FALSE,
  [BG_CONCERN_GATEWAY] = FALSE,  [BG_CONCERN_FILE] = FALSE,     [BG_CONCERN_METRICS] = FALSE,
};

BgHealth *
bg_health_new (BgHealthChanged changed, gpointer owner)
{
  BgHealth *self = g_new0 (BgHealth, 1);

  self->changed = changed;
  self->owner = owner;
  return self;
}

void
bg_health_free (BgHealth *self)
{
  if (!self)
    return;
  for (guint i = 0; i < BG_CONCERNS; i++)
    bg_words_unref (self->words[i]);
  g_free (self);
}

void
bg_health_set (BgHealth *self, BgConcern concern, BgWords *take)
{
  gboolean is_news;

  g_return_if_fail (concern < BG_CONCERNS);
  is_news = !bg_words_equal (self->words[concern], take);
  bg_words_take (&self->words[concern], take);
  if (is_news)
    self->changed (self->owner);
}

BgWords *
bg_health_get (BgHealth *self, BgConcern concern)
{
  return self->words[concern];
}

gboolean
bg_health_is_degraded (BgHealth *self)
{
  for (guint i = 0; i < BG_CONCERNS; i++)
    if (self->words[i] && degrades[i])
      return TRUE;
  return FALSE;
}

GPtrArray *
bg_health_describe (BgHealth *self)
{
  GPtrArray *said = bg_words_list_new ();

  for (guint i = 0; i < BG_CONCERNS; i++)
    if (self->words[i])
      g_ptr_array_add (said, bg_words_ref (self->words[i]));
  return said;
}
