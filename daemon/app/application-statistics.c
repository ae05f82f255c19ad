/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/application-private.h"
#include "peer/main-timer.h"

static gboolean
on_statistics_timer (gpointer data)
{
  BgApplication *self = data;

  bg_tunnel_request_stats (self->tunnel);
  return G_SOURCE_CONTINUE;
}

static guint
shortest_interval (BgApplication *self)
{
  guint shortest = 0;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->statistics);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (shortest == 0 || GPOINTER_TO_UINT (value) < shortest)
      shortest = GPOINTER_TO_UINT (value);
  return shortest;
}

void
bg_application_set_statistics_interval (BgApplication *self, const char *client, guint interval_ms)
{
  if (interval_ms == 0)
    g_hash_table_remove (self->statistics, client);
  else
    g_hash_table_replace (self->statistics, g_strdup (client), GUINT_TO_POINTER (interval_ms));
  interval_ms = shortest_interval (self);
  if (interval_ms == self->statistics_ms)
    return;
  self->statistics_ms = interval_ms;
  bg_clear_source (&self->statistics_timer);
  if (interval_ms > 0)
    {
      bg_tunnel_request_stats (self->tunnel);
      bg_arm_timer (&self->statistics_timer, interval_ms, on_statistics_timer, self);
    }
  bg_application_announce (self);
}
