/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What metrics are made of beside bg_application_get_info() and the peers. */

#include "app/application.h"
#include "names/resolver.h"

G_BEGIN_DECLS

typedef struct
{
  BgResolverCounts names; /* since the resolver is there */
  gboolean has_relay;     /* of the hub, to be used */
  gboolean is_file_whole; /* the settings are those of the file */
  guint64 reloads_taken, reloads_refused; /* times that somebody changed the files, or had them read again */
} BgApplicationFigures;

void bg_application_read_figures (BgApplication *self, BgApplicationFigures *out);
/* Asks the data plane for figures of the peers; answered by the signal "figures". FALSE: there are none. */
gboolean bg_application_request_figures (BgApplication *self);
/* [metrics] listen; NULL: nowhere. Another after "changed". Borrowed. */
const char *bg_application_get_metrics_listen (BgApplication *self);
/* Why metrics are not to be had there (taken); NULL: they are. */
void bg_application_note_metrics (BgApplication *self, BgWords *take);

G_END_DECLS
