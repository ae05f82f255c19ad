/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/application-metrics.h"

#include "app/application-private.h"

void
bg_application_read_figures (BgApplication *self, BgApplicationFigures *out)
{
  const BgResolverCounts *names = bg_tunnel_get_names_counts (self->tunnel);

  *out = (BgApplicationFigures){
    .names = names ? *names : (BgResolverCounts){ 0 },
    .has_relay = bg_tunnel_get_relay_server (self->tunnel) != NULL,
    .is_file_whole = bg_health_get (self->health, BG_CONCERN_FILE) == NULL,
    .reloads_taken = self->reloads[BG_RELOAD_TAKEN],
    .reloads_refused = self->reloads[BG_RELOAD_REFUSED],
  };
}

gboolean
bg_application_request_figures (BgApplication *self)
{
  return bg_tunnel_request_figures (self->tunnel);
}

const char *
bg_application_get_metrics_listen (BgApplication *self)
{
  return self->config->metrics_listen;
}

void
bg_application_note_metrics (BgApplication *self, BgWords *take)
{
  bg_health_set (self->health, BG_CONCERN_METRICS, take);
}
