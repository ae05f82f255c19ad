/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "background.h"

#include "autostart.h"
#include "file-transfers.h"
#include "notifications.h"
#include "rule-keeper.h"
#include "tray.h"

#define MAX_TOKEN 1024

struct AppletBackground
{
  AppletTray *tray;
  AppletNotifications *notifications;
  AppletRuleKeeper *rules;
  AppletFileTransfers *files;
  char *token;
};

static void
on_tray_activation_token (AppletTray *tray, const char *token, AppletBackground *self)
{
  g_free (self->token);
  self->token = strlen (token) <= MAX_TOKEN ? g_strdup (token) : NULL;
}

char *
applet_background_take_token (AppletBackground *self)
{
  return g_steal_pointer (&self->token);
}

gboolean
applet_background_has_tray (AppletBackground *self)
{
  gboolean is_shown;

  g_object_get (self->tray, "shown", &is_shown, NULL);
  return is_shown;
}

void
applet_background_set_client (AppletBackground *self, BamgateClient *client)
{
  applet_tray_set_client (self->tray, client);
  applet_notifications_set_client (self->notifications, client);
  applet_rule_keeper_set_client (self->rules, client);
  applet_file_transfers_set_client (self->files, client);
}

void
applet_background_send_file (AppletBackground *self, const char *peer, const char *path)
{
  applet_file_transfers_send (self->files, peer, path);
}

AppletBackground *
applet_background_new (GApplication *application, GSettings *settings)
{
  AppletBackground *self = g_new0 (AppletBackground, 1);

  self->tray = applet_tray_new (application);
  self->notifications = applet_notifications_new (application, settings);
  self->rules = applet_rule_keeper_new (application, settings);
  self->files = applet_file_transfers_new (application);
  applet_autostart_follow (g_application_get_dbus_connection (application), settings);
  g_signal_connect (self->tray, "activation-token", G_CALLBACK (on_tray_activation_token), self);
  return self;
}

void
applet_background_free (AppletBackground *self)
{
  if (!self)
    return;
  g_signal_handlers_disconnect_by_data (self->tray, self);
  g_object_unref (self->tray);
  g_object_unref (self->notifications);
  g_object_unref (self->rules);
  applet_file_transfers_free (self->files);
  g_free (self->token);
  g_free (self);
}
