/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sparkline.h"

#include "format.h"

#include <glib/gi18n.h>

/* Below this, in bytes per second, bars stay low: the chatter of an idle tunnel is no mountain. */
#define QUIET 2048

struct _AppletSparkline
{
  GtkWidget parent;
  AppletHistory *history;
};

G_DEFINE_FINAL_TYPE (AppletSparkline, applet_sparkline, GTK_TYPE_WIDGET)

static void
describe (AppletSparkline *self)
{
  g_autofree char *rx = NULL, *tx = NULL, *text = NULL;

  if (!self->history)
    return;
  rx = applet_format_rate (applet_history_get_rx_rate (self->history));
  tx = applet_format_rate (applet_history_get_tx_rate (self->history));
  /* Translators: both are amounts per second */
  text = g_strdup_printf (_ ("Traffic: %s in, %s out"), rx, tx);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
on_history_changed (AppletSparkline *self)
{
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
applet_sparkline_set_history (AppletSparkline *self, AppletHistory *history)
{
  if (history == self->history)
    return;
  if (self->history)
    g_signal_handlers_disconnect_by_data (self->history, self);
  g_set_object (&self->history, history);
  if (history)
    g_signal_connect_object (history, "changed", G_CALLBACK (on_history_changed), self,
                             G_CONNECT_SWAPPED);
  on_history_changed (self);
}

static void
draw_bar (GtkSnapshot *snapshot, const GdkRGBA *color, float x, float width, float height,
          float full_height)
{
  graphene_rect_t bar = GRAPHENE_RECT_INIT (x, full_height - height, width, height);

  gtk_snapshot_append_color (snapshot, color, &bar);
}

static void
applet_sparkline_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  AppletSparkline *self = APPLET_SPARKLINE (widget);
  gboolean from_left = gtk_widget_get_direction (widget) != GTK_TEXT_DIR_RTL;
  float width = (float) gtk_widget_get_width (widget),
        height = (float) gtk_widget_get_height (widget);
  float step = width / APPLET_HISTORY_LENGTH;
  guint64 top;
  GdkRGBA color;

  if (!self->history || (top = applet_history_get_peak (self->history)) == 0)
    return;
  top = MAX (top, QUIET);
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  for (guint age = 0; age < APPLET_HISTORY_LENGTH; age++)
    {
      float share = (float) applet_history_get_rate (self->history, age) / (float) top;
      float x = from_left ? width - step * (float) (age + 1) : step * (float) age;

      if (share > 0)
        draw_bar (snapshot, &color, x, MAX (step - 0.5F, 0.5F),
                  MAX (1, (float) (int) (height * share + 0.5F)), height);
    }
}

static void
applet_sparkline_dispose (GObject *object)
{
  applet_sparkline_set_history (APPLET_SPARKLINE (object), NULL);
  G_OBJECT_CLASS (applet_sparkline_parent_class)->dispose (object);
}

static void
applet_sparkline_class_init (AppletSparklineClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = applet_sparkline_dispose;
  widget_class->snapshot = applet_sparkline_snapshot;
  gtk_widget_class_set_css_name (widget_class, "sparkline");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
applet_sparkline_init (AppletSparkline *self)
{
}

GtkWidget *
applet_sparkline_new (void)
{
  return g_object_new (APPLET_TYPE_SPARKLINE, NULL);
}
