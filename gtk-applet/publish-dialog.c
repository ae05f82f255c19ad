/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish-dialog.h"

#include "dialog.h"
#include "names.h"
#include "words.h"

#include "common/device-entry.h"
#include "common/printable.h"

#include <glib/gi18n.h>
#include <string.h>

#define APPLET_TYPE_PUBLISH_FORM (applet_publish_form_get_type ())
G_DECLARE_FINAL_TYPE (AppletPublishForm, applet_publish_form, APPLET, PUBLISH_FORM, AdwBin)

struct _AppletPublishForm
{
  AdwBin parent;
  GtkEditable *name, *target, *port;
  GtkCheckButton *http, *udp; /* neither: TCP */
  GtkSwitch *all;
  AdwPreferencesGroup *who;

  GPtrArray *switches;  /* one for each peer, called as it is */
  AppletDialog *dialog; /* holds us */
  AppletServicesWindow *window;
};

G_DEFINE_FINAL_TYPE (AppletPublishForm, applet_publish_form, ADW_TYPE_BIN)

static char *
text_of (GtkEditable *editable)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (editable)));
}

/* --- Who may come --- */

/* Names of those that are chosen; borrowed. */
static GPtrArray *
list_chosen (AppletPublishForm *self)
{
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < self->switches->len; i++)
    if (gtk_switch_get_active (self->switches->pdata[i]))
      g_ptr_array_add (names, (gpointer) gtk_widget_get_name (self->switches->pdata[i]));
  return names;
}

static void
on_changed (AppletPublishForm *self)
{
  g_autofree char *name = text_of (self->name), *target = text_of (self->target);
  g_autoptr (GPtrArray) chosen = list_chosen (self);
  gboolean for_all = gtk_switch_get_active (self->all);

  for (guint i = 0; i < self->switches->len; i++)
    gtk_widget_set_visible (gtk_widget_get_ancestor (self->switches->pdata[i], ADW_TYPE_ACTION_ROW),
                            !for_all);
  applet_dialog_set_ready (self->dialog, *name && *target && (for_all || chosen->len > 0));
  applet_dialog_complain (self->dialog, NULL);
}

static void
add_peer (AppletPublishForm *self, BamgatePeer *peer)
{
  GtkWidget *row = adw_action_row_new (), *toggle = gtk_switch_new ();
  g_autofree char *shown = applet_words_peer_name (peer);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), shown);
  gtk_widget_set_name (toggle, bamgate_peer_get_id (peer));
  gtk_widget_set_valign (toggle, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), toggle);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), toggle);
  adw_preferences_group_add (self->who, row);
  g_ptr_array_add (self->switches, toggle);
  g_signal_connect_swapped (toggle, "notify::active", G_CALLBACK (on_changed), self);
}

static void
add_peers (AppletPublishForm *self, BamgateClient *client)
{
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (client);

  for (guint i = 0; i < peers->len; i++)
    add_peer (self, peers->pdata[i]);
}

/* --- Publishing --- */

static void
on_configured (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletPublishForm) self = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = bamgate_client_configure_finish (BAMGATE_CLIENT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (!ok)
    {
      applet_dialog_complain (self->dialog, error);
      return;
    }
  applet_services_window_done (self->window, _ ("It is published"));
  gtk_window_destroy (GTK_WINDOW (self->dialog));
}

static void
put (GVariantDict *changes, const char *name, const char *key, GVariant *value)
{
  g_autofree char *setting = g_strdup_printf ("service.%s.%s", name, key);

  g_variant_dict_insert_value (changes, setting, value);
}

/* A path is a Unix socket, whose daemon's user has to be let in. */
static const char *
key_of_target (AppletPublishForm *self, const char *target)
{
  if (gtk_check_button_get_active (self->udp))
    return "udp";
  return strchr ("/@", *target) ? "unix" : "tcp";
}

static GVariant *
collect (AppletPublishForm *self, const char *name)
{
  g_autofree char *target = text_of (self->target), *port = text_of (self->port);
  g_autoptr (GPtrArray) chosen = list_chosen (self);
  GVariantDict changes;

  g_variant_dict_init (&changes, NULL);
  put (&changes, name, key_of_target (self, target), g_variant_new_string (target));
  if (*port)
    put (&changes, name, "port", g_variant_new_string (port));
  if (gtk_check_button_get_active (self->http))
    put (&changes, name, "http-headers", g_variant_new_boolean (TRUE));
  if (!gtk_switch_get_active (self->all))
    put (&changes, name, "peers",
         g_variant_new_strv ((const char *const *) chosen->pdata, chosen->len));
  return g_variant_dict_end (&changes);
}

/* Else the one that has the name would be changed. */
static gboolean
is_free (AppletPublishForm *self, const char *name)
{
  GVariant *services = applet_services_window_get_services (self->window);
  g_autofree char *shown = bg_printable (name);
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; !error && i < g_variant_n_children (services); i++)
    {
      g_autoptr (GVariant) service = g_variant_get_child_value (services, i);

      if (g_str_equal (bg_device_entry_text (service, "name"), name))
        error = g_error_new (G_IO_ERROR, G_IO_ERROR_EXISTS,
                             _ ("“%s” is published already: choose another name, or remove it."),
                             shown);
    }
  if (error)
    applet_dialog_complain (self->dialog, error);
  return !error;
}

static void
on_go (AppletDialog *dialog, gboolean force, AppletPublishForm *self)
{
  g_autofree char *name = text_of (self->name);

  if (!is_free (self, name))
    return;
  applet_dialog_wait (dialog, _ ("Publishing it"));
  bamgate_client_configure (applet_dialog_get_client (dialog), collect (self, name),
                            applet_dialog_get_cancellable (dialog), on_configured,
                            g_object_ref (self));
}

/* --- Life --- */

static void
applet_publish_form_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), APPLET_TYPE_PUBLISH_FORM);
  G_OBJECT_CLASS (applet_publish_form_parent_class)->dispose (object);
}

static void
applet_publish_form_finalize (GObject *object)
{
  AppletPublishForm *self = APPLET_PUBLISH_FORM (object);

  g_ptr_array_unref (self->switches);
  g_object_unref (self->window);
  G_OBJECT_CLASS (applet_publish_form_parent_class)->finalize (object);
}

static void
applet_publish_form_class_init (AppletPublishFormClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = applet_publish_form_dispose;
  G_OBJECT_CLASS (klass)->finalize = applet_publish_form_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/bamgate/Applet/ui/publish-form.ui");
  gtk_widget_class_bind_template_child (widget_class, AppletPublishForm, name);
  gtk_widget_class_bind_template_child (widget_class, AppletPublishForm, target);
  gtk_widget_class_bind_template_child (widget_class, AppletPublishForm, port);
  gtk_widget_class_bind_template_child (widget_class, AppletPublishForm, http);
  gtk_widget_class_bind_template_child (widget_class, AppletPublishForm, udp);
  gtk_widget_class_bind_template_child (widget_class, AppletPublishForm, all);
  gtk_widget_class_bind_template_child (widget_class, AppletPublishForm, who);
}

static void
applet_publish_form_init (AppletPublishForm *self)
{
  self->switches = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

static AppletDialog *
make_dialog (AppletPublishForm *self)
{
  AppletDialog *dialog = applet_dialog_new (
    applet_side_window_get_window (APPLET_SIDE_WINDOW (self->window)), _ ("New Service"),
    _ ("_Publish"), GTK_WIDGET (self));

  applet_dialog_set_strict (dialog);
  gtk_window_set_transient_for (GTK_WINDOW (dialog), GTK_WINDOW (self->window));
  g_signal_connect_object (dialog, "go", G_CALLBACK (on_go), self, 0);
  gtk_window_set_default_size (GTK_WINDOW (dialog), 480, 560);
  return dialog;
}

void
applet_publish_dialog_open (AppletServicesWindow *window)
{
  AppletPublishForm *self = g_object_new (APPLET_TYPE_PUBLISH_FORM, NULL);

  self->window = g_object_ref (window);
  self->dialog = make_dialog (self);
  add_peers (self, applet_dialog_get_client (self->dialog));
  g_signal_connect_swapped (self->name, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect_swapped (self->target, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect_swapped (self->port, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect_swapped (self->all, "notify::active", G_CALLBACK (on_changed), self);
  on_changed (self);
  gtk_window_present (GTK_WINDOW (self->dialog));
}
