/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "setup-dialog.h"

#include "dialog.h"
#include "host-name.h"

#include "common/join-line.h"

#include <glib/gi18n.h>

#define APPLET_TYPE_SETUP_FORM (applet_setup_form_get_type ())
G_DECLARE_FINAL_TYPE (AppletSetupForm, applet_setup_form, APPLET, SETUP_FORM, AdwBin)

struct _AppletSetupForm
{
  AdwBin parent;
  GtkCheckButton *host, *server;
  GtkEditable *name, *server_url, *token, *public_url, *listen, *subnet;

  AppletDialog *dialog; /* holds us */
};

G_DEFINE_FINAL_TYPE (AppletSetupForm, applet_setup_form, ADW_TYPE_BIN)

static gboolean
is_host (AppletSetupForm *self)
{
  return gtk_check_button_get_active (self->host);
}

static const char *
text_of (GtkEditable *entry)
{
  return gtk_editable_get_text (entry);
}

static void
on_changed (AppletSetupForm *self)
{
  gboolean has_server = *text_of (self->server_url) && *text_of (self->token);

  applet_dialog_set_ready (self->dialog, *text_of (self->name) && (is_host (self) || has_server));
  applet_dialog_complain (self->dialog, NULL);
}

static void
insert (GVariantDict *options, const char *key, const char *text)
{
  if (text && *text)
    g_variant_dict_insert (options, key, "s", text);
}

static void
insert_host (AppletSetupForm *self, GVariantDict *options)
{
  g_variant_dict_insert (options, "host", "b", TRUE);
  insert (options, "server-url", text_of (self->public_url));
  insert (options, "listen", text_of (self->listen));
  insert (options, "subnet", text_of (self->subnet));
}

/* The address may be pasted with the pin behind it. */
static void
insert_server (AppletSetupForm *self, GVariantDict *options)
{
  g_auto (BgJoinLine) line = { 0 };

  if (!bg_join_line_parse (text_of (self->server_url), &line) || !line.url)
    insert (options, "server-url", text_of (self->server_url));
  insert (options, "server-url", line.url);
  insert (options, "server-pin", line.pin);
  insert (options, "token", text_of (self->token));
}

static void
on_set_up (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletDialog) dialog = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = bamgate_client_setup_finish (BAMGATE_CLIENT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (ok)
    applet_dialog_bring_up (dialog);
  else
    applet_dialog_complain (dialog, error);
}

static void
on_go (AppletDialog *dialog, gboolean force, AppletSetupForm *self)
{
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  insert (&options, "name", text_of (self->name));
  if (is_host (self))
    insert_host (self, &options);
  else
    insert_server (self, &options);
  if (force)
    g_variant_dict_insert (&options, "force", "b", TRUE);
  applet_dialog_wait (dialog, is_host (self) ? _ ("Starting the hub, and setting this machine up")
                                             : _ ("Asking the hub for a place in its network"));
  bamgate_client_setup (applet_dialog_get_client (dialog), g_variant_dict_end (&options),
                        applet_dialog_get_cancellable (dialog), on_set_up, g_object_ref (dialog));
}

static void
applet_setup_form_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), APPLET_TYPE_SETUP_FORM);
  G_OBJECT_CLASS (applet_setup_form_parent_class)->dispose (object);
}

static void
applet_setup_form_class_init (AppletSetupFormClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = applet_setup_form_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/bamgate/Applet/ui/setup-form.ui");
  gtk_widget_class_bind_template_child (widget_class, AppletSetupForm, host);
  gtk_widget_class_bind_template_child (widget_class, AppletSetupForm, server);
  gtk_widget_class_bind_template_child (widget_class, AppletSetupForm, name);
  gtk_widget_class_bind_template_child (widget_class, AppletSetupForm, server_url);
  gtk_widget_class_bind_template_child (widget_class, AppletSetupForm, token);
  gtk_widget_class_bind_template_child (widget_class, AppletSetupForm, public_url);
  gtk_widget_class_bind_template_child (widget_class, AppletSetupForm, listen);
  gtk_widget_class_bind_template_child (widget_class, AppletSetupForm, subnet);
}

static void
applet_setup_form_init (AppletSetupForm *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
watch (AppletSetupForm *self, gpointer object, const char *signal)
{
  g_signal_connect_swapped (object, signal, G_CALLBACK (on_changed), self);
}

void
applet_setup_dialog_open (AppletWindow *window)
{
  AppletSetupForm *self = g_object_new (APPLET_TYPE_SETUP_FORM, NULL);
  g_autofree char *name = applet_host_name_suggest (applet_window_get_client (window));

  self->dialog = applet_dialog_new (window, _ ("New Network"), _ ("_Make"), GTK_WIDGET (self));
  gtk_editable_set_text (self->name, name);
  watch (self, self->name, "changed");
  watch (self, self->server_url, "changed");
  watch (self, self->token, "changed");
  watch (self, self->host, "toggled");
  g_signal_connect_object (self->dialog, "go", G_CALLBACK (on_go), self, 0);
  on_changed (self);
  gtk_window_set_default_size (GTK_WINDOW (self->dialog), 460, 620);
  gtk_window_present (GTK_WINDOW (self->dialog));
}
