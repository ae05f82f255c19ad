/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The agents of people's sessions that registered on the bus, and the questions to them. A user's secrets are asked of her
 * own agents, the newest first; the bus says whose an agent is. Main thread only. */

#include "app/application.h"

G_BEGIN_DECLS

/* Places, and how many of them one user may have. */
#define BG_AGENTS_MAX          512
#define BG_AGENTS_MAX_PER_USER 8

typedef struct _BgDBusAgents BgDBusAgents;

/* Is the application's secret source as long as it lives. */
BgDBusAgents *bg_dbus_agents_new (GDBusConnection *connection, BgApplication *app);
/* Questions under way end with an error. */
void bg_dbus_agents_free (BgDBusAgents *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgDBusAgents, bg_dbus_agents_free)

/* `client` is a unique name; registering anew replaces the path. G_DBUS_ERROR_LIMITS_EXCEEDED where there is no place. */
void bg_dbus_agents_register_async (BgDBusAgents *self, const char *client, const char *path,
                                    GAsyncReadyCallback callback, gpointer data);
gboolean bg_dbus_agents_register_finish (GAsyncResult *result, GError **error);
void bg_dbus_agents_unregister (BgDBusAgents *self, const char *client);

G_END_DECLS
