/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "phase-bar.h"

#include "common/source.h"

#include <glib/gi18n.h>

enum
{
  STEP_S = 1,
  SECONDS_FROM = 3, /* then it says how many */
};

struct _AppletPhaseBar
{
  AdwBin parent;
  GtkSpinner *spinner;
  GtkLabel *label, *explanation;

  char *what; /* NULL: nothing */
  gint64 since;
  GSource *timer;
};

G_DEFINE_FINAL_TYPE (AppletPhaseBar, applet_phase_bar, ADW_TYPE_BIN)

static void
show (AppletPhaseBar *self)
{
  int seconds = (int) ((g_get_monotonic_time () - self->since) / G_USEC_PER_SEC);
  g_autofree char *text = NULL;

  if (!self->what)
    return;
  /* Translators: what is waited for, and for how many seconds by now */
  text = seconds >= SECONDS_FROM ? g_strdup_printf (_ ("%s… %d s"), self->what, seconds)
                                 : g_strdup_printf (_ ("%s…"), self->what);
  gtk_label_set_label (self->label, text);
}

static gboolean
on_step (gpointer self)
{
  show (self);
  return G_SOURCE_CONTINUE;
}

void
applet_phase_bar_say (AppletPhaseBar *self, const char *what)
{
  g_free (self->what);
  self->what = g_strdup (what);
  self->since = g_get_monotonic_time ();
  bg_source_drop (&self->timer);
  if (what)
    self->timer = bg_source_attach (g_timeout_source_new_seconds (STEP_S), on_step, self);
  else
    applet_phase_bar_explain (self, "");
  gtk_spinner_set_spinning (self->spinner, what != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self), what != NULL);
  show (self);
}

void
applet_phase_bar_explain (AppletPhaseBar *self, const char *reason)
{
  gtk_label_set_label (self->explanation, reason);
  gtk_widget_set_visible (GTK_WIDGET (self->explanation), *reason != '\0');
}

static void
applet_phase_bar_dispose (GObject *object)
{
  AppletPhaseBar *self = APPLET_PHASE_BAR (object);

  bg_source_drop (&self->timer);
  g_clear_pointer (&self->what, g_free);
  gtk_widget_dispose_template (GTK_WIDGET (self), APPLET_TYPE_PHASE_BAR);
  G_OBJECT_CLASS (applet_phase_bar_parent_class)->dispose (object);
}

static void
applet_phase_bar_class_init (AppletPhaseBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = applet_phase_bar_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/bamgate/Applet/ui/phase-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, AppletPhaseBar, spinner);
  gtk_widget_class_bind_template_child (widget_class, AppletPhaseBar, label);
  gtk_widget_class_bind_template_child (widget_class, AppletPhaseBar, explanation);
}

static void
applet_phase_bar_init (AppletPhaseBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
