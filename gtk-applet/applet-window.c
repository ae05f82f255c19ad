/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "applet-window.h"

#include <glib/gi18n.h>

struct _AppletWindow
{
  AdwApplicationWindow parent;
  AdwStatusPage *page;
  AppletApplication *application; /* lives longer */
};

G_DEFINE_FINAL_TYPE (AppletWindow, applet_window, ADW_TYPE_APPLICATION_WINDOW)

static void
show_daemon (AppletWindow *self)
{
  BamgateClient *client = applet_application_get_client (self->application);
  gboolean runs = client && bamgate_client_get_running (client);

  adw_status_page_set_title (self->page, !runs ? _ ("The bamgate daemon is not running")
                                         : bamgate_client_get_state (client) == BAMGATE_STATE_OFF
                                           ? _ ("off")
                                           : _ ("on"));
}

static void
on_client_notify (AppletWindow *self)
{
  BamgateClient *client = applet_application_get_client (self->application);

  if (client)
    {
      g_signal_connect_object (client, "notify::running", G_CALLBACK (show_daemon), self,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (client, "notify::state", G_CALLBACK (show_daemon), self,
                               G_CONNECT_SWAPPED);
    }
  show_daemon (self);
}

static void
applet_window_class_init (AppletWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/bamgate/Applet/ui/applet-window.ui");
  gtk_widget_class_bind_template_child (widget_class, AppletWindow, page);
}

static void
applet_window_init (AppletWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

AppletWindow *
applet_window_new (AppletApplication *application)
{
  AppletWindow *self = g_object_new (APPLET_TYPE_WINDOW, "application", application, NULL);

  self->application = application;
  g_signal_connect_object (application, "notify::client", G_CALLBACK (on_client_notify), self,
                           G_CONNECT_SWAPPED);
  on_client_notify (self);
  return self;
}
