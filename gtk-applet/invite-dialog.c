/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "invite-dialog.h"

#include "failure-words.h"
#include "format.h"
#include "names.h"
#include "qr-code.h"
#include "stack.h"

#include "common/source.h"

#include <glib/gi18n.h>

#define APPLET_TYPE_INVITE_WINDOW (applet_invite_window_get_type ())
G_DECLARE_FINAL_TYPE (AppletInviteWindow, applet_invite_window, APPLET, INVITE_WINDOW, AdwWindow)

struct _AppletInviteWindow
{
  AdwWindow parent;
  AdwToastOverlay *toasts;
  GtkStack *stack;
  AdwStatusPage *failed;
  AppletQrCode *qr;
  GtkLabel *line, *countdown;
  GtkWidget *copy;
  GtkEditable *name, *routes; /* terms, of a signed network */
  GtkSwitch *any_route, *exit;

  BamgateClient *client;
  GCancellable *cancellable;
  gint64 ends_at; /* monotonic */
  GSource *tick;
};

G_DEFINE_FINAL_TYPE (AppletInviteWindow, applet_invite_window, ADW_TYPE_WINDOW)

/* --- The time it has --- */

static gboolean
on_tick (gpointer data)
{
  AppletInviteWindow *self = data;
  gint64 left = (self->ends_at - g_get_monotonic_time () + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC;
  g_autofree char *time = applet_format_countdown (left);
  g_autofree char *text = g_strdup_printf (_ ("Good for one machine, for another %s"), time);

  if (left <= 0)
    {
      bg_source_drop (&self->tick);
      applet_qr_code_set_text (self->qr, NULL);
      gtk_label_set_label (self->line, "");
      applet_stack_show_name (self->stack, "over");
      return G_SOURCE_REMOVE;
    }
  gtk_label_set_label (self->countdown, text);
  return G_SOURCE_CONTINUE;
}

static void
show (AppletInviteWindow *self, GVariant *invite)
{
  const char *command = "";
  guint32 seconds = 0;

  g_variant_lookup (invite, "join-command", "&s", &command);
  g_variant_lookup (invite, "expires-in", "u", &seconds);
  gtk_label_set_label (self->line, command);
  applet_qr_code_set_text (self->qr, command);
  self->ends_at = g_get_monotonic_time () + (gint64) seconds * G_USEC_PER_SEC;
  applet_stack_show_name (self->stack, "invite");
  bg_source_drop (&self->tick);
  self->tick = bg_source_attach (g_timeout_source_new_seconds (1), on_tick, self);
  on_tick (self);
  gtk_widget_grab_focus (self->copy);
}

static void
on_invited (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletInviteWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    invite = bamgate_client_invite_finish (BAMGATE_CLIENT (source), result, &error);
  g_autofree char *words = NULL;
  g_autofree char *markup = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (invite)
    {
      show (self, invite);
      return;
    }
  words = applet_failure_words (error);
  markup = g_markup_escape_text (words, -1);
  adw_status_page_set_description (self->failed, markup);
  applet_stack_show_name (self->stack, "failed");
}

/* --- What it says of who comes --- */

static void
add_routes (AppletInviteWindow *self, GVariantDict *options)
{
  g_autofree char *text = g_strdup (gtk_editable_get_text (self->routes));
  g_auto (GStrv) words = g_strsplit_set (g_strdelimit (text, ",;", ' '), " ", -1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) routes = NULL;

  for (char **word = words; *word; word++)
    if (**word)
      g_strv_builder_add (builder, *word);
  routes = g_strv_builder_end (builder);
  if (*routes)
    g_variant_dict_insert (options, "routes", "^as", routes);
}

/* Nothing of it is set where nobody signs. */
static GVariant *
terms_of (AppletInviteWindow *self)
{
  static const char *const both[] = { "4", "6", NULL };
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (self->name)));
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  if (*name)
    g_variant_dict_insert (&options, "name", "s", name);
  add_routes (self, &options);
  if (gtk_switch_get_active (self->any_route))
    g_variant_dict_insert (&options, "any-route", "b", TRUE);
  if (gtk_switch_get_active (self->exit))
    g_variant_dict_insert (&options, "exit", "^as", both);
  return g_variant_dict_end (&options);
}

static gboolean
signs (AppletInviteWindow *self)
{
  return bamgate_client_get_owner (self->client)
         && *bamgate_client_get_network_id (self->client) != '\0';
}

static void
ask (AppletInviteWindow *self)
{
  bg_source_drop (&self->tick);
  applet_stack_show_name (self->stack, "wait");
  bamgate_client_invite (self->client, terms_of (self), self->cancellable, on_invited,
                         g_object_ref (self));
}

/* Where this machine signs it, a person says first what it says. */
static void
begin (AppletInviteWindow *self)
{
  bg_source_drop (&self->tick);
  if (signs (self))
    {
      applet_stack_show_name (self->stack, "terms");
      gtk_widget_grab_focus (GTK_WIDGET (self->name));
    }
  else
    ask (self);
}

static void
on_another (GtkWidget *widget, const char *name, GVariant *parameter)
{
  begin (APPLET_INVITE_WINDOW (widget));
}

static void
on_make (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ask (APPLET_INVITE_WINDOW (widget));
}

static void
on_copy (GtkWidget *widget, const char *name, GVariant *parameter)
{
  AppletInviteWindow *self = APPLET_INVITE_WINDOW (widget);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), gtk_label_get_label (self->line));
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (_ ("Copied")));
}

static void
applet_invite_window_dispose (GObject *object)
{
  AppletInviteWindow *self = APPLET_INVITE_WINDOW (object);

  g_cancellable_cancel (self->cancellable);
  bg_source_drop (&self->tick);
  gtk_widget_dispose_template (GTK_WIDGET (self), APPLET_TYPE_INVITE_WINDOW);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (applet_invite_window_parent_class)->dispose (object);
}

static void
applet_invite_window_finalize (GObject *object)
{
  g_object_unref (APPLET_INVITE_WINDOW (object)->cancellable);
  G_OBJECT_CLASS (applet_invite_window_parent_class)->finalize (object);
}

static void
applet_invite_window_class_init (AppletInviteWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = applet_invite_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = applet_invite_window_finalize;
  g_type_ensure (APPLET_TYPE_QR_CODE);
  gtk_widget_class_install_action (widget_class, "invite.another", NULL, on_another);
  gtk_widget_class_install_action (widget_class, "invite.make", NULL, on_make);
  gtk_widget_class_install_action (widget_class, "invite.copy", NULL, on_copy);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/bamgate/Applet/ui/invite-window.ui");
  gtk_widget_class_bind_template_child (widget_class, AppletInviteWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, AppletInviteWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, AppletInviteWindow, failed);
  gtk_widget_class_bind_template_child (widget_class, AppletInviteWindow, qr);
  gtk_widget_class_bind_template_child (widget_class, AppletInviteWindow, line);
  gtk_widget_class_bind_template_child (widget_class, AppletInviteWindow, countdown);
  gtk_widget_class_bind_template_child (widget_class, AppletInviteWindow, copy);
  gtk_widget_class_bind_template_child (widget_class, AppletInviteWindow, name);
  gtk_widget_class_bind_template_child (widget_class, AppletInviteWindow, routes);
  gtk_widget_class_bind_template_child (widget_class, AppletInviteWindow, any_route);
  gtk_widget_class_bind_template_child (widget_class, AppletInviteWindow, exit);
}

static void
applet_invite_window_init (AppletInviteWindow *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  applet_names_tidy (GTK_WIDGET (self));
}

void
applet_invite_dialog_open (AppletWindow *window)
{
  AppletInviteWindow *self = g_object_new (APPLET_TYPE_INVITE_WINDOW, "transient-for", window,
                                           NULL);

  self->client = g_object_ref (applet_window_get_client (window));
  begin (self);
  gtk_window_present (GTK_WINDOW (self));
}
