/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "join-dialog.h"

#include "dialog.h"
#include "host-name.h"
#include "rows.h"

#include "common/join-line.h"

#include <glib/gi18n.h>

#define APPLET_TYPE_JOIN_FORM (applet_join_form_get_type ())
G_DECLARE_FINAL_TYPE (AppletJoinForm, applet_join_form, APPLET, JOIN_FORM, AdwBin)

struct _AppletJoinForm
{
  AdwBin parent;
  GtkEditable *line, *url, *name;
  GtkWidget *paste, *facts;
  GtkWidget *hub, *pin, *warning; /* rows of facts */

  AppletDialog *dialog; /* holds us */
  BgJoinLine invite;
};

G_DEFINE_FINAL_TYPE (AppletJoinForm, applet_join_form, ADW_TYPE_BIN)

/* --- What was pasted --- */

/* A code alone needs the hub's address, which may come with its pin too. */
static void
add_url (AppletJoinForm *self)
{
  BgJoinLine typed;

  if (self->invite.url || !bg_join_line_parse (gtk_editable_get_text (self->url), &typed))
    return;
  self->invite.url = g_steal_pointer (&typed.url);
  self->invite.pin = g_steal_pointer (&typed.pin);
  self->invite.trust = g_steal_pointer (&typed.trust);
  bg_join_line_clear (&typed);
}

static void
show_facts (AppletJoinForm *self)
{
  g_autofree char *hub = bg_join_line_hub (self->invite.url);
  gboolean is_plain = self->invite.url && g_ascii_strncasecmp (self->invite.url, "http:", 5) == 0;
  gboolean is_half = *gtk_editable_get_text (self->line) && !self->invite.code;

  applet_fact_row_set (self->hub, hub);
  applet_fact_row_set (self->pin, self->invite.pin);
  if (is_half)
    applet_fact_row_set (
      self->warning,
      _ ("There is no invitation code in this, like ABCD-EFGH. Copy the whole line."));
  else if (is_plain)
    applet_fact_row_set (
      self->warning,
      _ ("This hub is reached without encryption: others on the way could take the invitation."));
  else if (hub && !self->invite.pin)
    applet_fact_row_set (
      self->warning,
      _ ("The line names no key: any hub with a certificate that this system trusts for the "
         "address is taken."));
  else
    applet_fact_row_set (self->warning, NULL);
  gtk_widget_set_visible (self->facts, hub || is_half);
  applet_dialog_set_ready (self->dialog,
                           self->invite.code && hub && *gtk_editable_get_text (self->name));
}

static void
on_changed (AppletJoinForm *self)
{
  bg_join_line_clear (&self->invite);
  bg_join_line_parse (gtk_editable_get_text (self->line), &self->invite);
  gtk_widget_set_visible (GTK_WIDGET (self->url), self->invite.code && !self->invite.url);
  add_url (self);
  show_facts (self);
  applet_dialog_complain (self->dialog, NULL);
}

static void
on_line_changed (AppletJoinForm *self)
{
  on_changed (self);
  if (self->invite.name)
    gtk_editable_set_text (self->name, self->invite.name);
}

static void
on_text_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletJoinForm) self = data;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);

  if (text && self->line)
    gtk_editable_set_text (self->line, g_strstrip (g_strdelimit (text, "\r\n", ' ')));
}

static void
on_paste_clicked (AppletJoinForm *self)
{
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (GTK_WIDGET (self)),
                                 applet_dialog_get_cancellable (self->dialog), on_text_read,
                                 g_object_ref (self));
}

/* --- Joining --- */

static void
on_joined (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletDialog) dialog = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = bamgate_client_join_finish (BAMGATE_CLIENT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (ok)
    applet_dialog_bring_up (dialog);
  else
    applet_dialog_complain (dialog, error);
}

static void
on_go (AppletDialog *dialog, gboolean force, AppletJoinForm *self)
{
  g_autofree char *server = bg_join_line_server (&self->invite);
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "server-url", "s", server);
  g_variant_dict_insert (&options, "name", "s", gtk_editable_get_text (self->name));
  if (force)
    g_variant_dict_insert (&options, "force", "b", TRUE);
  applet_dialog_wait (dialog, _ ("Joining the network"));
  bamgate_client_join (applet_dialog_get_client (dialog), self->invite.code,
                       g_variant_dict_end (&options), applet_dialog_get_cancellable (dialog),
                       on_joined, g_object_ref (dialog));
}

/* --- Life --- */

static void
applet_join_form_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), APPLET_TYPE_JOIN_FORM);
  G_OBJECT_CLASS (applet_join_form_parent_class)->dispose (object);
}

static void
applet_join_form_finalize (GObject *object)
{
  bg_join_line_clear (&APPLET_JOIN_FORM (object)->invite);
  G_OBJECT_CLASS (applet_join_form_parent_class)->finalize (object);
}

static void
applet_join_form_class_init (AppletJoinFormClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = applet_join_form_dispose;
  G_OBJECT_CLASS (klass)->finalize = applet_join_form_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/bamgate/Applet/ui/join-form.ui");
  gtk_widget_class_bind_template_child (widget_class, AppletJoinForm, line);
  gtk_widget_class_bind_template_child (widget_class, AppletJoinForm, url);
  gtk_widget_class_bind_template_child (widget_class, AppletJoinForm, name);
  gtk_widget_class_bind_template_child (widget_class, AppletJoinForm, paste);
  gtk_widget_class_bind_template_child (widget_class, AppletJoinForm, facts);
}

static GtkWidget *
add_fact (AppletJoinForm *self, const char *title)
{
  GtkWidget *row = applet_fact_row_new (title, NULL);

  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->facts), row);
  return row;
}

static void
applet_join_form_init (AppletJoinForm *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->hub = add_fact (self, _ ("Hub"));
  self->pin = add_fact (self, _ ("Only a Hub With This Key Is Trusted"));
  self->warning = add_fact (self, _ ("Warning"));
  gtk_widget_set_visible (self->facts, FALSE);
  g_signal_connect_swapped (self->paste, "clicked", G_CALLBACK (on_paste_clicked), self);
}

void
applet_join_dialog_open (AppletWindow *window)
{
  AppletJoinForm *self = g_object_new (APPLET_TYPE_JOIN_FORM, NULL);
  g_autofree char *name = applet_host_name_suggest (applet_window_get_client (window));

  self->dialog = applet_dialog_new (window, _ ("Join a Network"), _ ("_Join"), GTK_WIDGET (self));
  gtk_editable_set_text (self->name, name);
  g_signal_connect_swapped (self->line, "changed", G_CALLBACK (on_line_changed), self);
  g_signal_connect_swapped (self->url, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect_swapped (self->name, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect_object (self->dialog, "go", G_CALLBACK (on_go), self, 0);
  gtk_window_set_default_size (GTK_WINDOW (self->dialog), 460, 440);
  gtk_window_present (GTK_WINDOW (self->dialog));
}
