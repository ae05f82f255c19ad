/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where metrics are asked for by HTTP: GET /metrics, and nothing else. Connections are few, short and let go of after ten seconds, so that none
 * keeps others out. Main thread only. */

#include "metrics/metrics-text.h"

#include <gio/gio.h>
#include <sys/types.h>

G_BEGIN_DECLS

enum
{
  BG_METRICS_MAX_CONNECTIONS = 16, /* the oldest goes for another */
  BG_METRICS_CONNECTION_MS   = 10 * 1000,
};

typedef struct _BgMetricsServer BgMetricsServer;
typedef struct _BgMetricsQuestion BgMetricsQuestion;

/* Somebody asks: to be answered once, now or later, by bg_metrics_question_answer(). */
typedef void (*BgMetricsAsked) (gpointer owner, BgMetricsQuestion *question);

BgMetricsServer *bg_metrics_server_new (BgMetricsAsked asked, gpointer owner);
/* What was asked and is not answered yet must be. */
void bg_metrics_server_free (BgMetricsServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgMetricsServer, bg_metrics_server_free)
/* Listens at a Unix socket with this mode, which is removed in the end; one that nobody is behind any more makes room. */
gboolean bg_metrics_server_open_socket (BgMetricsServer *self, const char *path, mode_t mode, GError **error);
/* Listens at `address`, as bg_listen_address_parse() takes it, and no more where it did before; NULL: nowhere. There the request has to name an
 * address of loopback, or localhost, as the host: a page in a browser cannot have it read for itself by a name of its own. */
gboolean bg_metrics_server_listen (BgMetricsServer *self, const char *address, GError **error);

BgMetricsFormat bg_metrics_question_get_format (const BgMetricsQuestion *question);
/* Takes both. */
void bg_metrics_question_answer (BgMetricsQuestion *question, char *text);

G_END_DECLS
