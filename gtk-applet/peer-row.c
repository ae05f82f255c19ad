/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer-row.h"

#include "format.h"
#include "names.h"
#include "sparkline.h"
#include "traffic.h"
#include "words.h"

#include <glib/gi18n.h>

struct _AppletPeerRow
{
  GtkBox parent;
  GtkImage *icon;
  GtkLabel *name, *state;
  AppletSparkline *sparkline;
  BamgatePeer *peer;
};

G_DEFINE_FINAL_TYPE (AppletPeerRow, applet_peer_row, GTK_TYPE_BOX)

/* "Connected · Direct · 12 ms"; of a machine that is not there, why. */
static char *
describe (BamgatePeer *peer, const char *word)
{
  const char *path = applet_words_path (bamgate_peer_get_path (peer),
                                        bamgate_peer_get_relayed (peer));
  g_autofree char *latency = applet_format_latency (bamgate_peer_get_latency (peer));

  if (bamgate_peer_get_state (peer) != BAMGATE_PEER_STATE_CONNECTED)
    return g_strdup (word);
  if (!*path)
    return g_strdup (word);
  return *latency ? g_strdup_printf ("%s · %s", path, latency) : g_strdup (path);
}

static void
show (AppletPeerRow *self)
{
  AppletWords words = applet_words_peer (self->peer);
  g_autofree char *name = applet_words_peer_name (self->peer);
  g_autofree char *state = describe (self->peer, words.word);
  g_autofree char *both = g_strdup_printf ("%s, %s", name, words.word);
  const char *classes[] = { words.style, NULL };
  GtkWidget *item = gtk_widget_get_parent (
    GTK_WIDGET (self)); /* of the list, which has the focus */

  gtk_label_set_label (self->name, name);
  gtk_label_set_label (self->state, state);
  gtk_image_set_from_icon_name (self->icon, words.icon);
  gtk_widget_set_css_classes (GTK_WIDGET (self->icon), classes);
  applet_names_say (item ? item : GTK_WIDGET (self), both, state);
}

/* Counters and times change all the time, and are not shown here but by the sparkline. */
static void
on_peer_notify (BamgatePeer *peer, GParamSpec *pspec, AppletPeerRow *self)
{
  static const char *const shown[] = { "id", "state", "path", "relayed", "latency", NULL };

  if (g_strv_contains (shown, pspec->name))
    show (self);
}

void
applet_peer_row_set_peer (AppletPeerRow *self, BamgatePeer *peer)
{
  if (self->peer)
    g_signal_handlers_disconnect_by_data (self->peer, self);
  g_set_object (&self->peer, peer);
  applet_sparkline_set_history (self->sparkline, peer ? applet_traffic_get_history (peer) : NULL);
  if (!peer)
    return;
  g_signal_connect_object (peer, "notify", G_CALLBACK (on_peer_notify), self, 0);
  show (self);
}

BamgatePeer *
applet_peer_row_get_peer (AppletPeerRow *self)
{
  return self->peer;
}

static void
applet_peer_row_dispose (GObject *object)
{
  AppletPeerRow *self = APPLET_PEER_ROW (object);

  if (self->peer)
    g_signal_handlers_disconnect_by_data (self->peer, self);
  g_clear_object (&self->peer);
  gtk_widget_dispose_template (GTK_WIDGET (self), APPLET_TYPE_PEER_ROW);
  G_OBJECT_CLASS (applet_peer_row_parent_class)->dispose (object);
}

static void
applet_peer_row_class_init (AppletPeerRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = applet_peer_row_dispose;
  g_type_ensure (APPLET_TYPE_SPARKLINE);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/bamgate/Applet/ui/peer-row.ui");
  gtk_widget_class_bind_template_child (widget_class, AppletPeerRow, icon);
  gtk_widget_class_bind_template_child (widget_class, AppletPeerRow, name);
  gtk_widget_class_bind_template_child (widget_class, AppletPeerRow, state);
  gtk_widget_class_bind_template_child (widget_class, AppletPeerRow, sparkline);
}

static void
applet_peer_row_init (AppletPeerRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
applet_peer_row_new (void)
{
  return g_object_new (APPLET_TYPE_PEER_ROW, NULL);
}
