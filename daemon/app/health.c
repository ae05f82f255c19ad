/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/health.h"

struct _BgHealth
{
  char *texts[BG_CONCERNS]; /* NULL: no concern */
  BgHealthChanged changed;
  gpointer owner;
};

static const gboolean degrades[BG_CONCERNS] = {
  [BG_CONCERN_INTERFACE] = TRUE, [BG_CONCERN_OVERLAP] = TRUE,   [BG_CONCERN_HUB] = TRUE,
  [BG_CONCERN_SIGNALING] = TRUE, [BG_CONCERN_READABLE] = FALSE, [BG_CONCERN_NAMES] = FALSE,
  [BG_CONCERN_SETTINGS] = FALSE, [BG_CONCERN_ROUTES] = FALSE,
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
    g_free (self->texts[i]);
  g_free (self);
}

void
bg_health_set (BgHealth *self, BgConcern concern, const char *text)
{
  char *kept;

  g_return_if_fail (concern < BG_CONCERNS);
  if (g_strcmp0 (self->texts[concern], text) == 0)
    return;
  kept = g_strdup (text); /* it may be part of the old one */
  g_free (self->texts[concern]);
  self->texts[concern] = kept;
  self->changed (self->owner);
}

gboolean
bg_health_is_degraded (BgHealth *self)
{
  for (guint i = 0; i < BG_CONCERNS; i++)
    if (self->texts[i] && degrades[i])
      return TRUE;
  return FALSE;
}

char *
bg_health_describe (BgHealth *self)
{
  const char *said[BG_CONCERNS + 1];
  guint n = 0;

  for (guint i = 0; i < BG_CONCERNS; i++)
    if (self->texts[i])
      said[n++] = self->texts[i];
  said[n] = NULL;
  return g_strjoinv ("; ", (char **) said);
}
