/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "listen-dialog.h"

#include "dialog.h"

#include "common/printable.h"

#include <glib/gi18n.h>

#define APPLET_TYPE_LISTEN_FORM (applet_listen_form_get_type ())
G_DECLARE_FINAL_TYPE (AppletListenForm, applet_listen_form, APPLET, LISTEN_FORM, AdwBin)

struct _AppletListenForm
{
  AdwBin parent;
  GtkCheckButton *here_alone, *everywhere, *somewhere; /* none of them: as set */
  GtkEditable *place; /* of somewhere: an address or an interface */

  AppletDialog *dialog; /* holds us */
  BamgateEndpoint *endpoint;
};

G_DEFINE_FINAL_TYPE (AppletListenForm, applet_listen_form, ADW_TYPE_BIN)

static char *
place_of (AppletListenForm *self)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (self->place)));
}

static void
on_changed (AppletListenForm *self)
{
  g_autofree char *place = place_of (self);
  gboolean is_somewhere = gtk_check_button_get_active (self->somewhere);

  gtk_widget_set_visible (GTK_WIDGET (self->place), is_somewhere);
  applet_dialog_set_ready (self->dialog, !is_somewhere || *place);
  applet_dialog_complain (self->dialog, NULL);
}

/* As it is now: whether the endpoint has a choice of its own is not known. */
static void
show_mode (AppletListenForm *self, const char *mode)
{
  GtkCheckButton *check = self->somewhere;

  if (g_str_equal (mode, "virtual"))
    check = self->here_alone;
  else if (g_str_equal (mode, "all") || g_str_equal (mode, "::") || g_str_equal (mode, "0.0.0.0"))
    check = self->everywhere;
  else
    gtk_editable_set_text (self->place, mode);
  gtk_check_button_set_active (check, TRUE);
}

/* As on the bus. */
static char *
mode_of (AppletListenForm *self)
{
  if (gtk_check_button_get_active (self->somewhere))
    return place_of (self);
  if (gtk_check_button_get_active (self->here_alone))
    return g_strdup ("virtual");
  return g_strdup (gtk_check_button_get_active (self->everywhere) ? "all" : "");
}

static void
on_configured (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletDialog) dialog = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = bamgate_endpoint_configure_finish (BAMGATE_ENDPOINT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (ok)
    gtk_window_destroy (GTK_WINDOW (dialog));
  else
    applet_dialog_complain (dialog, error);
}

static void
on_go (AppletDialog *dialog, gboolean force, AppletListenForm *self)
{
  g_autofree char *mode = mode_of (self);
  GVariantDict settings;

  g_variant_dict_init (&settings, NULL);
  g_variant_dict_insert (&settings, "mode", "s", mode);
  applet_dialog_wait (dialog, _ ("Saving it"));
  bamgate_endpoint_configure (self->endpoint, g_variant_dict_end (&settings),
                              applet_dialog_get_cancellable (dialog), on_configured,
                              g_object_ref (dialog));
}

/* --- Life --- */

static void
applet_listen_form_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), APPLET_TYPE_LISTEN_FORM);
  G_OBJECT_CLASS (applet_listen_form_parent_class)->dispose (object);
}

static void
applet_listen_form_finalize (GObject *object)
{
  g_object_unref (APPLET_LISTEN_FORM (object)->endpoint);
  G_OBJECT_CLASS (applet_listen_form_parent_class)->finalize (object);
}

static void
applet_listen_form_class_init (AppletListenFormClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = applet_listen_form_dispose;
  G_OBJECT_CLASS (klass)->finalize = applet_listen_form_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/bamgate/Applet/ui/listen-form.ui");
  gtk_widget_class_bind_template_child (widget_class, AppletListenForm, here_alone);
  gtk_widget_class_bind_template_child (widget_class, AppletListenForm, everywhere);
  gtk_widget_class_bind_template_child (widget_class, AppletListenForm, somewhere);
  gtk_widget_class_bind_template_child (widget_class, AppletListenForm, place);
}

static void
applet_listen_form_init (AppletListenForm *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
applet_listen_dialog_open (AppletSideWindow *window, BamgateEndpoint *endpoint)
{
  AppletListenForm *self = g_object_new (APPLET_TYPE_LISTEN_FORM, NULL);
  g_autofree char *shown = bg_printable (bamgate_endpoint_get_key (endpoint));

  self->endpoint = g_object_ref (endpoint);
  self->dialog = applet_dialog_new (applet_side_window_get_window (window), shown, _ ("_Save"),
                                    GTK_WIDGET (self));
  applet_dialog_set_strict (self->dialog);
  gtk_window_set_transient_for (GTK_WINDOW (self->dialog), GTK_WINDOW (window));
  show_mode (self, bamgate_endpoint_get_mode (endpoint));
  g_signal_connect_object (self->dialog, "go", G_CALLBACK (on_go), self, 0);
  g_signal_connect_swapped (self->place, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect_swapped (self->somewhere, "toggled", G_CALLBACK (on_changed), self);
  on_changed (self);
  gtk_window_set_default_size (GTK_WINDOW (self->dialog), 480, 480);
  gtk_window_present (GTK_WINDOW (self->dialog));
}
