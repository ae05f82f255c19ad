/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "switch-actions.h"

#include "common/printable.h"

#include <glib/gi18n.h>

#define NOTIFICATION "action-failed"

struct AppletSwitchActions
{
  GApplication *application;
  BamgateClient *client;
  GCancellable *cancellable;
};

static void
tell (AppletSwitchActions *self, const char *title, const GError *error)
{
  g_autoptr (GNotification) shown = g_notification_new (title);
  g_autoptr (GIcon) icon = g_themed_icon_new ("org.bamgate.Applet-attention-symbolic");
  /* Some desktops read markup in a body, and others show it. */
  g_autofree char *body = bg_printable_without (error->message, "<>&");

  g_notification_set_body (shown, body);
  g_notification_set_icon (shown, icon);
  g_notification_set_default_action (shown, "app.show-window");
  g_application_send_notification (self->application, NOTIFICATION, shown);
}

/* What was called off, by us or by the person who was asked for a password, is no trouble. */
static gboolean
is_worth_telling (const GError *error)
{
  return error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
on_up_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  bamgate_client_up_finish (BAMGATE_CLIENT (source), result, &error);
  if (is_worth_telling (error))
    tell (data, _ ("bamgate could not be turned on"), error);
}

static void
on_down_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  bamgate_client_down_finish (BAMGATE_CLIENT (source), result, &error);
  if (is_worth_telling (error))
    tell (data, _ ("bamgate could not be turned off"), error);
}

static void
on_up_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  AppletSwitchActions *self = data;

  g_application_withdraw_notification (self->application, NOTIFICATION);
  if (self->client)
    bamgate_client_up (self->client, NULL, self->cancellable, on_up_done, self);
}

static void
on_down_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  AppletSwitchActions *self = data;

  g_application_withdraw_notification (self->application, NOTIFICATION);
  if (self->client)
    bamgate_client_down (self->client, self->cancellable, on_down_done, self);
}

static const GActionEntry entries[] = {
  { "up", on_up_activate },
  { "down", on_down_activate },
};

void
applet_switch_actions_set_client (AppletSwitchActions *self, BamgateClient *client)
{
  g_set_object (&self->client, client);
}

AppletSwitchActions *
applet_switch_actions_new (GApplication *application)
{
  AppletSwitchActions *self = g_new0 (AppletSwitchActions, 1);

  self->application = application;
  self->cancellable = g_cancellable_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (application), entries, G_N_ELEMENTS (entries),
                                   self);
  return self;
}

void
applet_switch_actions_free (AppletSwitchActions *self)
{
  if (!self)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    g_action_map_remove_action (G_ACTION_MAP (self->application), entries[i].name);
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_clear_object (&self->client);
  g_free (self);
}
