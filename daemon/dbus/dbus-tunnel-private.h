/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Between the files of org.bamgate.Tunnel1: dbus-tunnel.c has its properties and most of its calls, -network what is said of the devices of
 * the network. */

#include "dbus/dbus-tunnel.h"

G_BEGIN_DECLS

struct _BgDBusTunnel
{
  BgDBusTunnel1Skeleton parent;
  BgApplication *app; /* NULL once detached */
  BgDBusStatistics *statistics;
  char *manager; /* of the link, who is watched; NULL: nobody */
  guint manager_watch;
  BgDBusAgents *agents;
};

typedef gboolean (*BgDBusFinish) (BgApplication *app, GAsyncResult *result, GError **error);
/* What the answer holds, (transfer full). */
typedef GVariant *(*BgDBusAnswer) (BgApplication *app, GAsyncResult *result, GError **error);

/* A call that is answered later; what it changed is announced before. */
typedef struct
{
  BgDBusTunnel *self;
  GDBusMethodInvocation *invocation;
  BgDBusFinish finish; /* or NULL */
  BgDBusAnswer answer; /* or NULL */
} BgDBusCall;

/* For bg_dbus_on_call_done(), and for callbacks of one's own with NULL. */
BgDBusCall *bg_dbus_call_new (BgDBusTunnel *self, GDBusMethodInvocation *invocation, BgDBusFinish finish);
/* For bg_dbus_on_call_answered(). */
BgDBusCall *bg_dbus_call_new_for_answer (BgDBusTunnel *self, GDBusMethodInvocation *invocation, BgDBusAnswer answer);
void bg_dbus_call_free (BgDBusCall *call);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BgDBusCall, bg_dbus_call_free)

/* Callbacks of the application's, which take the call. */
void bg_dbus_on_call_done (GObject *app, GAsyncResult *result, gpointer call);
void bg_dbus_on_call_answered (GObject *app, GAsyncResult *result, gpointer call);

/* TRUE where the call was answered, because the daemon is about to end. */
gboolean bg_dbus_tunnel_answered_detached (BgDBusTunnel *self, GDBusMethodInvocation *invocation);
/* Announces what has changed, now. */
void bg_dbus_tunnel_flush (BgDBusTunnel *self);

/* Of dbus-network.c: its handlers, and its properties. */
void bg_dbus_network_fill_iface (BgDBusTunnel1Iface *iface);
void bg_dbus_network_refresh (BgDBusTunnel *self);

G_END_DECLS
