/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "applet-application.h"

#include "applet-window.h"
#include "background.h"

#include <glib/gi18n.h>

struct _AppletApplication
{
  AdwApplication parent;
  GSettings *settings;
  GCancellable *cancellable;
  BamgateClient *client;
  GError *client_error;
  AppletBackground *background;
  gboolean is_hidden;  /* the first activation shows nothing */
  gboolean is_staying; /* without a window too */
};

enum
{
  PROP_CLIENT = 1,
  PROPS
};
static GParamSpec *props[PROPS];

G_DEFINE_FINAL_TYPE (AppletApplication, applet_application, ADW_TYPE_APPLICATION)

/* --- The daemon --- */

static void
on_client_made (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  BamgateClient *client = bamgate_client_new_finish (result, &error);
  AppletApplication *self = data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_error (&self->client_error);
  self->client = client;
  self->client_error = g_steal_pointer (&error);
  applet_background_set_client (self->background, client);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_CLIENT]);
}

void
applet_application_connect (AppletApplication *self)
{
  if (!self->client)
    bamgate_client_new (self->cancellable, on_client_made, self);
}

BamgateClient *
applet_application_get_client (AppletApplication *self)
{
  return self->client;
}

const GError *
applet_application_get_client_error (AppletApplication *self)
{
  return self->client_error;
}

GSettings *
applet_application_get_settings (AppletApplication *self)
{
  return self->settings;
}

/* --- Actions --- */

static void
show_window (AppletApplication *self)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));
  g_autofree char *token = applet_background_take_token (self->background);

  if (!window)
    window = GTK_WINDOW (applet_window_new (self));
  if (token)
    gtk_window_set_startup_id (window, token);
  gtk_window_present (window);
}

static void
on_show_window_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  show_window (data);
}

static void
on_quit_activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_application_quit (G_APPLICATION (data));
}

static const GActionEntry actions[] = {
  { "show-window", on_show_window_activate },
  { "quit", on_quit_activate },
};

static void
add_actions (AppletApplication *self)
{
  GtkApplication *application = GTK_APPLICATION (self);

  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  gtk_application_set_accels_for_action (application, "app.quit",
                                         (const char *[]){ "<Control>q", NULL });
  gtk_application_set_accels_for_action (application, "window.close",
                                         (const char *[]){ "<Control>w", NULL });
}

/* --- Life --- */

/* Tray, notifications and rules go on without a window, where the person wants them to. */
static void
update_staying (AppletApplication *self)
{
  gboolean stays = g_settings_get_boolean (self->settings, "run-in-background");

  if (stays == self->is_staying)
    return;
  self->is_staying = stays;
  if (stays)
    g_application_hold (G_APPLICATION (self));
  else
    g_application_release (G_APPLICATION (self));
}

static void
applet_application_startup (GApplication *application)
{
  AppletApplication *self = APPLET_APPLICATION (application);

  G_APPLICATION_CLASS (applet_application_parent_class)->startup (application);
  gtk_window_set_default_icon_name (APPLET_ID);
  add_actions (self);
  self->settings = g_settings_new (APPLET_ID);
  g_signal_connect_object (self->settings, "changed::run-in-background",
                           G_CALLBACK (update_staying), self, G_CONNECT_SWAPPED);
  update_staying (self);
  self->background = applet_background_new (application, self->settings);
  applet_application_connect (self);
}

static void
applet_application_activate (GApplication *application)
{
  AppletApplication *self = APPLET_APPLICATION (application);

  if (!self->is_hidden)
    show_window (self);
  self->is_hidden = FALSE;
}

static void
applet_application_shutdown (GApplication *application)
{
  AppletApplication *self = APPLET_APPLICATION (application);

  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->background, applet_background_free);
  g_clear_object (&self->client);
  g_clear_object (&self->settings);
  G_APPLICATION_CLASS (applet_application_parent_class)->shutdown (application);
}

/* --background of a second one leaves the first as it is. */
static int
applet_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  AppletApplication *self = APPLET_APPLICATION (application);
  g_autoptr (GError) error = NULL;

  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("bamgate-applet %s\n", BG_VERSION);
      return 0;
    }
  if (!g_variant_dict_contains (options, "background"))
    return -1;
  if (!g_application_register (application, NULL, &error))
    {
      g_printerr ("bamgate-applet: %s\n", error->message);
      return 1;
    }
  if (g_application_get_is_remote (application))
    return 0;
  self->is_hidden = TRUE;
  return -1;
}

static void
applet_application_finalize (GObject *object)
{
  AppletApplication *self = APPLET_APPLICATION (object);

  g_clear_object (&self->cancellable);
  g_clear_error (&self->client_error);
  G_OBJECT_CLASS (applet_application_parent_class)->finalize (object);
}

static void
applet_application_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_CLIENT)
    g_value_set_object (value, APPLET_APPLICATION (object)->client);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
applet_application_class_init (AppletApplicationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  object_class->get_property = applet_application_get_property;
  object_class->finalize = applet_application_finalize;
  application_class->startup = applet_application_startup;
  application_class->activate = applet_application_activate;
  application_class->shutdown = applet_application_shutdown;
  application_class->handle_local_options = applet_application_handle_local_options;
  props[PROP_CLIENT] = g_param_spec_object ("client", NULL, NULL, BAMGATE_TYPE_CLIENT,
                                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, PROPS, props);
}

static void
applet_application_init (AppletApplication *self)
{
  const GOptionEntry entries[] = {
    { "background", 'b', 0, G_OPTION_ARG_NONE, NULL, N_ ("Start without a window"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Show the version"), NULL },
    { NULL },
  };

  self->cancellable = g_cancellable_new ();
  g_application_add_main_option_entries (G_APPLICATION (self), entries);
  g_application_set_option_context_summary (
    G_APPLICATION (self), _ ("Look after this machine's bamgate tunnel in a window."));
}

AppletApplication *
applet_application_new (void)
{
  return g_object_new (APPLET_TYPE_APPLICATION, "application-id", APPLET_ID, "resource-base-path",
                       "/org/bamgate/Applet", NULL);
}
