/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The bus clients that want byte counters. One that leaves the bus wants none any more. A user has a share of the places,
 * so that nobody takes them all. Main thread only. */

#include "app/application.h"

G_BEGIN_DECLS

/* Places, and how many of them one user may have. A bus lets one user have 256 connections. */
#define BG_STATISTICS_MAX_CLIENTS  1024
#define BG_STATISTICS_MAX_PER_USER 16
#define BG_STATISTICS_MIN_MS       100

typedef struct _BgDBusStatistics BgDBusStatistics;

BgDBusStatistics *bg_dbus_statistics_new (BgApplication *app);
/* Ends every wish; calls under way are answered with an error. */
void bg_dbus_statistics_free (BgDBusStatistics *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgDBusStatistics, bg_dbus_statistics_free)

/* `client` is a unique name of `connection`; 0 ends its wish. A new client is counted with its user, whom the bus names.
 * Errors: BG_ERROR_INVALID_ARGUMENT, and G_DBUS_ERROR_LIMITS_EXCEEDED where there is no place left for it. */
void bg_dbus_statistics_set_async (BgDBusStatistics *self, GDBusConnection *connection, const char *client,
                                   guint interval_ms, GAsyncReadyCallback callback, gpointer data);
gboolean bg_dbus_statistics_set_finish (GAsyncResult *result, GError **error);

G_END_DECLS
