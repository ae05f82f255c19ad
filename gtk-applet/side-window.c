/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "side-window.h"

#include "failure-words.h"
#include "toast.h"

#include <glib/gi18n.h>

typedef struct
{
  AppletWindow *window; /* lives longer: we are transient for it */
  BamgateClient *client;
  GCancellable *cancellable;
} AppletSideWindowPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (AppletSideWindow, applet_side_window,
                                     ADW_TYPE_PREFERENCES_WINDOW)

static AppletSideWindowPrivate *
private_of (AppletSideWindow *self)
{
  return applet_side_window_get_instance_private (self);
}

AppletWindow *
applet_side_window_get_window (AppletSideWindow *self)
{
  return private_of (self)->window;
}

BamgateClient *
applet_side_window_get_client (AppletSideWindow *self)
{
  return private_of (self)->client;
}

GCancellable *
applet_side_window_get_cancellable (AppletSideWindow *self)
{
  return private_of (self)->cancellable;
}

/* An answer may come when the window is gone. */
void
applet_side_window_toast (AppletSideWindow *self, const char *text)
{
  if (!g_cancellable_is_cancelled (private_of (self)->cancellable))
    adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (self), applet_toast_new (text));
}

void
applet_side_window_fail (AppletSideWindow *self, const GError *error)
{
  g_autofree char *words = applet_failure_words (error);

  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    applet_side_window_toast (self, words);
}

/* --- Actions --- */

static void
on_open (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_show_uri (GTK_WINDOW (widget), g_variant_get_string (parameter, NULL), GDK_CURRENT_TIME);
}

static void
on_copy (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget),
                          g_variant_get_string (parameter, NULL));
  applet_side_window_toast (APPLET_SIDE_WINDOW (widget), _ ("Copied"));
}

/* --- Life --- */

static void
applet_side_window_dispose (GObject *object)
{
  g_cancellable_cancel (private_of (APPLET_SIDE_WINDOW (object))->cancellable);
  G_OBJECT_CLASS (applet_side_window_parent_class)->dispose (object);
}

static void
applet_side_window_finalize (GObject *object)
{
  AppletSideWindowPrivate *private = private_of (APPLET_SIDE_WINDOW (object));

  g_object_unref (private->cancellable);
  g_clear_object (&private->client);
  G_OBJECT_CLASS (applet_side_window_parent_class)->finalize (object);
}

static void
applet_side_window_class_init (AppletSideWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = applet_side_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = applet_side_window_finalize;
  gtk_widget_class_install_action (widget_class, "link.open", "s", on_open);
  gtk_widget_class_install_action (widget_class, "win.copy", "s", on_copy);
}

static void
applet_side_window_init (AppletSideWindow *self)
{
  private_of (self)->cancellable = g_cancellable_new ();
}

static AppletSideWindow *
find (AppletWindow *window, GType type)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (window));

  for (GList *l = gtk_application_get_windows (application); l; l = l->next)
    if (G_TYPE_CHECK_INSTANCE_TYPE (l->data, type)
        && gtk_window_get_transient_for (l->data) == GTK_WINDOW (window))
      return l->data;
  return NULL;
}

static AppletSideWindow *
make (AppletWindow *window, GType type)
{
  AppletSideWindow *self = g_object_new (type, "transient-for", window, "application",
                                         applet_window_get_application (window), NULL);

  private_of (self)->window = window;
  private_of (self)->client = g_object_ref (applet_window_get_client (window));
  APPLET_SIDE_WINDOW_GET_CLASS (self)->begin (self);
  return self;
}

gpointer
applet_side_window_open (AppletWindow *window, GType type)
{
  AppletSideWindow *self = find (window, type);

  if (!self)
    self = make (window, type);
  gtk_window_present (GTK_WINDOW (self));
  return self;
}
