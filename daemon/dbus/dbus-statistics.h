/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The bus clients that want byte counters. One that leaves the bus wants none any more. */

#include "app/application.h"

G_BEGIN_DECLS

#define BG_STATISTICS_MAX_CLIENTS 64
#define BG_STATISTICS_MIN_MS      100

typedef struct _BgDBusStatistics BgDBusStatistics;

BgDBusStatistics *bg_dbus_statistics_new (BgApplication *app);
void bg_dbus_statistics_free (BgDBusStatistics *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgDBusStatistics, bg_dbus_statistics_free)

/* `client` is a unique name; 0 ends its wish. */
gboolean bg_dbus_statistics_set (BgDBusStatistics *self, GDBusConnection *connection, const char *client,
                                 guint interval_ms, GError **error);

G_END_DECLS
