/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dialog.h"

#include "failure-words.h"
#include "names.h"
#include "phase-bar.h"
#include "sentence.h"
#include "tunnel-actions.h"

#include "common/printable.h"

#include <glib/gi18n.h>

struct _AppletDialog
{
  AdwWindow parent;
  GtkButton *go;
  AppletPhaseBar *phase_bar;
  GtkRevealer *complaint_bar;
  GtkLabel *complaint;
  GtkWidget *all_the_same;
  AdwBin *body;

  AppletWindow *window; /* lives longer: we are transient for it */
  GCancellable *cancellable;
  gboolean is_ready, is_busy, is_strict;
};

enum
{
  SIGNAL_GO,
  SIGNALS
};
static guint signals[SIGNALS];

G_DEFINE_FINAL_TYPE (AppletDialog, applet_dialog, ADW_TYPE_WINDOW)

static void
update (AppletDialog *self)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self->go), self->is_ready && !self->is_busy);
  gtk_widget_set_sensitive (GTK_WIDGET (self->body), !self->is_busy);
  gtk_widget_set_sensitive (self->all_the_same, !self->is_busy);
}

AppletWindow *
applet_dialog_get_window (AppletDialog *self)
{
  return self->window;
}

BamgateClient *
applet_dialog_get_client (AppletDialog *self)
{
  return applet_window_get_client (self->window);
}

GCancellable *
applet_dialog_get_cancellable (AppletDialog *self)
{
  return self->cancellable;
}

void
applet_dialog_set_ready (AppletDialog *self, gboolean ready)
{
  self->is_ready = ready;
  update (self);
}

void
applet_dialog_wait (AppletDialog *self, const char *what)
{
  self->is_busy = what != NULL;
  applet_phase_bar_say (self->phase_bar, what);
  update (self);
}

/* The daemon's reason, while the tunnel is on its way. */
static void
on_client_notify (AppletDialog *self)
{
  BamgateClient *client = applet_dialog_get_client (self);
  gboolean moves = client && bamgate_client_get_state (client) == BAMGATE_STATE_STARTING;
  g_autofree char *reason = moves ? bg_printable (bamgate_client_get_state_reason (client)) : NULL;
  g_autofree char *sentence = reason ? applet_sentence (reason) : NULL;

  if (self->is_busy)
    applet_phase_bar_explain (self->phase_bar, sentence ? sentence : "");
}

void
applet_dialog_bring_up (AppletDialog *self)
{
  applet_dialog_wait (self, _ ("Turning the tunnel on"));
  applet_tunnel_up_before_close (applet_window_get_application (self->window), GTK_WINDOW (self));
}

void
applet_dialog_set_strict (AppletDialog *self)
{
  self->is_strict = TRUE;
}

/* What the daemon warns of and does all the same when it is told to; the rest it refuses again. */
static gboolean
may_be_forced (const GError *error)
{
  return g_error_matches (error, BAMGATE_ERROR, BAMGATE_ERROR_EXISTS)
         || g_error_matches (error, BAMGATE_ERROR, BAMGATE_ERROR_WRONG_STATE)
         || g_error_matches (error, BAMGATE_ERROR, BAMGATE_ERROR_INVALID_ARGUMENT);
}

void
applet_dialog_complain (AppletDialog *self, const GError *error)
{
  g_autofree char *words = error ? applet_failure_words (error) : NULL;

  applet_dialog_wait (self, NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->complaint_bar), error != NULL);
  gtk_revealer_set_reveal_child (self->complaint_bar, error != NULL);
  if (!error)
    return;
  gtk_label_set_label (self->complaint, words);
  gtk_widget_set_visible (self->all_the_same, !self->is_strict && may_be_forced (error));
}

static void
on_go_clicked (AppletDialog *self)
{
  applet_dialog_complain (self, NULL);
  g_signal_emit (self, signals[SIGNAL_GO], 0, FALSE);
}

static void
on_all_the_same_clicked (AppletDialog *self)
{
  applet_dialog_complain (self, NULL);
  g_signal_emit (self, signals[SIGNAL_GO], 0, TRUE);
}

/* Only the waiting ends. */
static gboolean
on_close_request (AppletDialog *self)
{
  if (self->is_busy)
    applet_window_toast (self->window, _ ("The daemon goes on with it"));
  return FALSE;
}

static void
applet_dialog_dispose (GObject *object)
{
  AppletDialog *self = APPLET_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  gtk_widget_dispose_template (GTK_WIDGET (self), APPLET_TYPE_DIALOG);
  G_OBJECT_CLASS (applet_dialog_parent_class)->dispose (object);
}

static void
applet_dialog_finalize (GObject *object)
{
  g_object_unref (APPLET_DIALOG (object)->cancellable);
  G_OBJECT_CLASS (applet_dialog_parent_class)->finalize (object);
}

static void
applet_dialog_class_init (AppletDialogClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = applet_dialog_dispose;
  object_class->finalize = applet_dialog_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/bamgate/Applet/ui/dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, AppletDialog, go);
  gtk_widget_class_bind_template_child (widget_class, AppletDialog, phase_bar);
  gtk_widget_class_bind_template_child (widget_class, AppletDialog, complaint_bar);
  gtk_widget_class_bind_template_child (widget_class, AppletDialog, complaint);
  gtk_widget_class_bind_template_child (widget_class, AppletDialog, all_the_same);
  gtk_widget_class_bind_template_child (widget_class, AppletDialog, body);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
  signals[SIGNAL_GO] = g_signal_new ("go", APPLET_TYPE_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
}

static void
applet_dialog_init (AppletDialog *self)
{
  self->cancellable = g_cancellable_new ();
  g_type_ensure (APPLET_TYPE_PHASE_BAR);
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_swapped (self->go, "clicked", G_CALLBACK (on_go_clicked), self);
  g_signal_connect_swapped (self->all_the_same, "clicked", G_CALLBACK (on_all_the_same_clicked),
                            self);
  g_signal_connect (self, "close-request", G_CALLBACK (on_close_request), NULL);
  update (self);
}

AppletDialog *
applet_dialog_new (AppletWindow *window, const char *title, const char *go_label, GtkWidget *body)
{
  AppletDialog *self = g_object_new (APPLET_TYPE_DIALOG, "title", title, "transient-for", window,
                                     NULL);
  BamgateClient *client = applet_window_get_client (window);

  self->window = window;
  if (client)
    {
      g_signal_connect_object (client, "notify::state", G_CALLBACK (on_client_notify), self,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (client, "notify::state-reason", G_CALLBACK (on_client_notify), self,
                               G_CONNECT_SWAPPED);
    }
  gtk_button_set_label (self->go, go_label);
  adw_bin_set_child (self->body, body);
  applet_names_tidy (GTK_WIDGET (self));
  return self;
}
