/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Metrics of a running daemon: follows the application, and answers whoever asks. While nobody does, it costs what events cost. Main thread only. */

#include "app/application.h"

G_BEGIN_DECLS

/* In the directory of what is there while the daemon runs. */
#define BG_METRICS_SOCKET "metrics.sock"

typedef struct _BgMetrics BgMetrics;

/* Answers at BG_METRICS_SOCKET in `runtime_dir`, and where the settings say (bg_application_get_metrics_listen()). `for_all`: every user of this
 * machine may ask, as on the bus. What cannot be had is in the log, and for the settings with the state. `app` outlives it. */
BgMetrics *bg_metrics_new (BgApplication *app, const char *runtime_dir, gboolean for_all);
void bg_metrics_free (BgMetrics *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgMetrics, bg_metrics_free)

G_END_DECLS
