/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "static-peer-dialog.h"

#include "dialog.h"
#include "names.h"
#include "setting-row.h"

#include "common/printable.h"

#include <glib/gi18n.h>
#include <string.h>

#define APPLET_TYPE_STATIC_PEER_FORM (applet_static_peer_form_get_type ())
G_DECLARE_FINAL_TYPE (AppletStaticPeerForm, applet_static_peer_form, APPLET, STATIC_PEER_FORM,
                      AdwBin)

static const struct
{
  const char *key, *child;
} fields[] = {
  { "public-key", "public_key" },
  { "endpoint", "endpoint" },
  { "allowed-ips", "allowed_ips" },
  { "keepalive", "keepalive" },
};

struct _AppletStaticPeerForm
{
  AdwBin parent;
  GtkEditable *name;
  GtkWidget *public_key, *endpoint, *allowed_ips, *keepalive; /* by their names, in the table */

  AppletDialog *dialog; /* holds us */
  char *id;             /* whom it is about; NULL: a new one */
  GVariant *settings;   /* NULL until they are known */
};

G_DEFINE_FINAL_TYPE (AppletStaticPeerForm, applet_static_peer_form, ADW_TYPE_BIN)

static GtkEditable *
field (AppletStaticPeerForm *self, guint number)
{
  return GTK_EDITABLE (gtk_widget_get_template_child (
    GTK_WIDGET (self), APPLET_TYPE_STATIC_PEER_FORM, fields[number].child));
}

static char *
text_of (GtkEditable *editable)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (editable)));
}

static char *
name_of (AppletStaticPeerForm *self)
{
  return self->id ? g_strdup (self->id) : text_of (self->name);
}

static void
on_changed (AppletStaticPeerForm *self)
{
  g_autofree char *name = name_of (self), *key = text_of (field (self, 0));

  applet_dialog_set_ready (self->dialog, self->settings && *name && *key);
  applet_dialog_complain (self->dialog, NULL);
}

/* --- What is there --- */

static GVariant *
lookup (AppletStaticPeerForm *self, const char *name, const char *key)
{
  g_autofree char *setting = g_strdup_printf ("peer.%s.%s", name, key);

  return g_variant_lookup_value (self->settings, setting, NULL);
}

static void
show_settings (AppletStaticPeerForm *self)
{
  for (guint i = 0; self->id && i < G_N_ELEMENTS (fields); i++)
    {
      g_autoptr (GVariant) value = lookup (self, self->id, fields[i].key);
      g_autofree char *text = applet_setting_to_text (value);

      gtk_editable_set_text (field (self, i), text);
    }
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletStaticPeerForm) self = data;
  g_autoptr (GError) error = NULL;
  GVariant *settings = bamgate_client_get_configuration_finish (BAMGATE_CLIENT (source), result,
                                                                &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->settings = settings;
  if (settings)
    show_settings (self);
  on_changed (self);
  if (error)
    applet_dialog_complain (self->dialog, error);
}

/* --- Changing it --- */

static void
on_configured (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletDialog) dialog = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = bamgate_client_configure_finish (BAMGATE_CLIENT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (ok)
    gtk_window_destroy (GTK_WINDOW (dialog));
  else
    applet_dialog_complain (dialog, error);
}

/* A field that is empty is no setting. */
static GVariant *
collect (AppletStaticPeerForm *self, const char *name)
{
  GVariantDict changes;

  g_variant_dict_init (&changes, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      g_autofree char *setting = g_strdup_printf ("peer.%s.%s", name, fields[i].key);
      g_autofree char *text = text_of (field (self, i));
      g_autoptr (GVariant) value = lookup (self, name, fields[i].key);
      g_autofree char *old = applet_setting_to_text (value);

      if (*text)
        g_variant_dict_insert (&changes, setting, "s", text);
      else if (*old)
        g_variant_dict_insert_value (&changes, setting, g_variant_new ("a{sv}", NULL));
    }
  return g_variant_dict_end (&changes);
}

/* Else the one that has the name would be changed. */
static gboolean
is_free (AppletStaticPeerForm *self, const char *name)
{
  g_autoptr (GVariant) taken = self->id ? NULL : lookup (self, name, fields[0].key);
  g_autoptr (GError) error = NULL;
  g_autofree char *shown = bg_printable (name);

  if (!taken)
    return TRUE;
  error = g_error_new (G_IO_ERROR, G_IO_ERROR_EXISTS,
                       _ ("There is a peer of the name “%s” already: choose another one."), shown);
  applet_dialog_complain (self->dialog, error);
  return FALSE;
}

static void
on_go (AppletDialog *dialog, gboolean force, AppletStaticPeerForm *self)
{
  g_autofree char *name = name_of (self);

  if (!is_free (self, name))
    return;
  applet_dialog_wait (dialog, _ ("Saving the peer"));
  bamgate_client_configure (applet_dialog_get_client (dialog), collect (self, name),
                            applet_dialog_get_cancellable (dialog), on_configured,
                            g_object_ref (dialog));
}

/* --- Life --- */

static void
applet_static_peer_form_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), APPLET_TYPE_STATIC_PEER_FORM);
  G_OBJECT_CLASS (applet_static_peer_form_parent_class)->dispose (object);
}

static void
applet_static_peer_form_finalize (GObject *object)
{
  AppletStaticPeerForm *self = APPLET_STATIC_PEER_FORM (object);

  g_free (self->id);
  g_clear_pointer (&self->settings, g_variant_unref);
  G_OBJECT_CLASS (applet_static_peer_form_parent_class)->finalize (object);
}

static void
applet_static_peer_form_class_init (AppletStaticPeerFormClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = applet_static_peer_form_dispose;
  G_OBJECT_CLASS (klass)->finalize = applet_static_peer_form_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/bamgate/Applet/ui/static-peer-form.ui");
  gtk_widget_class_bind_template_child (widget_class, AppletStaticPeerForm, name);
  gtk_widget_class_bind_template_child (widget_class, AppletStaticPeerForm, public_key);
  gtk_widget_class_bind_template_child (widget_class, AppletStaticPeerForm, endpoint);
  gtk_widget_class_bind_template_child (widget_class, AppletStaticPeerForm, allowed_ips);
  gtk_widget_class_bind_template_child (widget_class, AppletStaticPeerForm, keepalive);
}

static void
applet_static_peer_form_init (AppletStaticPeerForm *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static AppletDialog *
make_dialog (AppletStaticPeerForm *self, AppletWindow *window)
{
  g_autofree char *shown = bg_printable (self->id);
  AppletDialog *dialog = applet_dialog_new (window, self->id ? shown : _ ("WireGuard Peer"),
                                            self->id ? _ ("_Save") : _ ("_Add"), GTK_WIDGET (self));

  applet_dialog_set_strict (dialog);
  gtk_widget_set_visible (GTK_WIDGET (self->name), !self->id);
  g_signal_connect_swapped (self->name, "changed", G_CALLBACK (on_changed), self);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    g_signal_connect_swapped (field (self, i), "changed", G_CALLBACK (on_changed), self);
  g_signal_connect_object (dialog, "go", G_CALLBACK (on_go), self, 0);
  gtk_window_set_default_size (GTK_WINDOW (dialog), 460, 480);
  return dialog;
}

void
applet_static_peer_dialog_open (AppletWindow *window, const char *name)
{
  AppletStaticPeerForm *self = g_object_new (APPLET_TYPE_STATIC_PEER_FORM, NULL);

  self->id = g_strdup (name);
  self->dialog = make_dialog (self, window);
  bamgate_client_get_configuration (applet_window_get_client (window),
                                    applet_dialog_get_cancellable (self->dialog), on_loaded,
                                    g_object_ref (self));
  gtk_window_present (GTK_WINDOW (self->dialog));
}

/* --- Removing it --- */

static void
on_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletWindow) window = data;
  g_autoptr (GError) error = NULL;

  if (bamgate_client_configure_finish (BAMGATE_CLIENT (source), result, &error))
    applet_window_toast (window, _ ("The peer is removed"));
  else
    applet_window_complain (window, _ ("The Peer Was Not Removed"), error);
}

static void
on_remove_response (AdwMessageDialog *dialog, const char *response, AppletWindow *window)
{
  const char *name = g_object_get_data (G_OBJECT (dialog), "applet-peer");
  g_autofree char *section = g_strconcat ("peer.", name, NULL);
  GVariantDict changes;

  if (!g_str_equal (response, "remove"))
    return;
  g_variant_dict_init (&changes, NULL);
  g_variant_dict_insert_value (&changes, section, g_variant_new ("a{sv}", NULL));
  bamgate_client_configure (applet_window_get_client (window), g_variant_dict_end (&changes), NULL,
                            on_removed, g_object_ref (window));
}

void
applet_static_peer_dialog_remove (AppletWindow *window, const char *name)
{
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (
    adw_message_dialog_new (GTK_WINDOW (window), NULL, NULL));
  g_autofree char *shown = bg_printable (name);

  adw_message_dialog_format_heading (dialog, _ ("Remove %s?"), shown);
  adw_message_dialog_set_body (
    dialog, _ ("This machine forgets its key and addresses. It has to be typed in again then."));
  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "remove", _ ("_Remove"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "remove", ADW_RESPONSE_DESTRUCTIVE);
  g_object_set_data_full (G_OBJECT (dialog), "applet-peer", g_strdup (name), g_free);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_remove_response), window, 0);
  applet_names_present (GTK_WINDOW (dialog));
}
