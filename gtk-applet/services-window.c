/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "services-window.h"

#include "names.h"
#include "publish-dialog.h"
#include "question.h"
#include "rows.h"
#include "service-rows.h"

#include "common/device-entry.h"
#include "common/source.h"

#include <glib/gi18n.h>

#define NAME_KEY "applet-service"

enum
{
  LOOK_AGAIN_S = 3 /* nobody tells what becomes of a service */
};

struct _AppletServicesWindow
{
  AppletSideWindow parent;
  GtkWidget *ours, *theirs; /* groups */

  BamgateClient *client; /* borrowed of what we are */
  AppletRows our_rows, their_rows;
  GVariant *services; /* of this machine; NULL: not known yet */
  GHashTable *names;  /* id of a peer → its name in the DNS, "" for none */
  GSource *again;     /* while somebody looks */
};

G_DEFINE_FINAL_TYPE (AppletServicesWindow, applet_services_window, APPLET_TYPE_SIDE_WINDOW)

static GCancellable *
cancellable_of (AppletServicesWindow *self)
{
  return applet_side_window_get_cancellable (APPLET_SIDE_WINDOW (self));
}

GVariant *
applet_services_window_get_services (AppletServicesWindow *self)
{
  return self->services;
}

/* --- Of this machine --- */

/* All that the rows show: counters are not among it. */
static char *
key_of (GVariant *services)
{
  GString *key = g_string_new ("");

  for (gsize i = 0; i < g_variant_n_children (services); i++)
    {
      g_autoptr (GVariant) service = g_variant_get_child_value (services, i);
      g_autofree char *about = applet_service_describe (service);

      g_string_append_printf (key, "%s\n%s\n", bg_device_entry_text (service, "name"), about);
    }
  return g_string_free (key, FALSE);
}

static void
show_ours (AppletServicesWindow *self)
{
  g_autofree char *key = key_of (self->services);
  gsize n = g_variant_n_children (self->services);

  if (!applet_rows_begin (&self->our_rows, key))
    return;
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) service = g_variant_get_child_value (self->services, i);

      applet_rows_add (&self->our_rows, applet_service_row_new (service));
    }
  if (n == 0)
    applet_rows_add (&self->our_rows,
                     applet_nothing_row_new (_ ("Add what runs on this machine, and other "
                                                "machines reach it by a name.")));
}

static void load (AppletServicesWindow *self);

static gboolean
on_again (gpointer data)
{
  load (data);
  return G_SOURCE_CONTINUE;
}

/* Once it fails it is not asked for again before the tunnel or the person does something. */
static void
look_again (AppletServicesWindow *self, gboolean ok)
{
  if (!ok)
    bg_source_drop (&self->again);
  else if (!self->again && gtk_widget_get_mapped (GTK_WIDGET (self)))
    self->again = bg_source_attach (g_timeout_source_new_seconds (LOOK_AGAIN_S), on_again, self);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletServicesWindow) self = data;
  g_autoptr (GError) error = NULL;
  GVariant *services = bamgate_client_list_services_finish (BAMGATE_CLIENT (source), result,
                                                            &error);

  look_again (self, services != NULL);
  if (!services)
    {
      applet_side_window_fail (APPLET_SIDE_WINDOW (self), error);
      return;
    }
  g_clear_pointer (&self->services, g_variant_unref);
  self->services = services;
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "service.add", TRUE);
  show_ours (self);
}

static void
load (AppletServicesWindow *self)
{
  bamgate_client_list_services (self->client, cancellable_of (self), on_listed,
                                g_object_ref (self));
}

void
applet_services_window_done (AppletServicesWindow *self, const char *text)
{
  applet_side_window_toast (APPLET_SIDE_WINDOW (self), text);
  load (self);
}

static void
on_unmap (AppletServicesWindow *self)
{
  bg_source_drop (&self->again);
}

/* --- Of the others --- */

static void show_theirs (AppletServicesWindow *self);

static void
on_details_got (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletServicesWindow) self = data;
  BamgatePeer *peer = BAMGATE_PEER (source);
  g_autoptr (GVariant) details = bamgate_peer_get_details_finish (peer, result, NULL);

  if (!details)
    return;
  g_hash_table_replace (self->names, g_strdup (bamgate_peer_get_id (peer)),
                        g_strdup (bg_device_entry_text (details, "dns-name")));
  show_theirs (self);
}

static void
ask_name (AppletServicesWindow *self, BamgatePeer *peer)
{
  bamgate_peer_get_details (peer, cancellable_of (self), on_details_got, g_object_ref (self));
}

/* "" until it is known. */
static const char *
name_of (AppletServicesWindow *self, BamgatePeer *peer)
{
  const char *name = g_hash_table_lookup (self->names, bamgate_peer_get_id (peer));

  if (name)
    return name;
  g_hash_table_insert (self->names, g_strdup (bamgate_peer_get_id (peer)), g_strdup (""));
  ask_name (self, peer);
  return "";
}

static void
add_rows_of (AppletServicesWindow *self, BamgatePeer *peer, GVariant *services)
{
  GVariantIter iter;
  const char *name, *protocol;
  guint16 port;

  g_variant_iter_init (&iter, services);
  while (g_variant_iter_next (&iter, "(&sq&s)", &name, &port, &protocol))
    applet_rows_add (&self->their_rows, applet_peer_service_row_new (peer, name_of (self, peer),
                                                                     name, port, protocol));
}

static void
append_key (AppletServicesWindow *self, GString *key, BamgatePeer *peer, GVariant *services)
{
  g_autofree char *shown = g_variant_print (services, FALSE);
  const char *const *addresses = bamgate_peer_get_addresses (peer);

  g_string_append_printf (key, "%s\n%s\n%s\n%d\n%s\n", bamgate_peer_get_id (peer),
                          name_of (self, peer), addresses && *addresses ? *addresses : "",
                          bamgate_peer_get_state (peer), shown);
}

static char *
key_of_theirs (AppletServicesWindow *self, GPtrArray *peers)
{
  GString *key = g_string_new (bamgate_client_get_state (self->client) == BAMGATE_STATE_OFF ? "off"
                                                                                            : "");

  for (guint i = 0; i < peers->len; i++)
    {
      g_autoptr (GVariant) services = bamgate_peer_dup_services (peers->pdata[i]);

      if (services && g_variant_n_children (services) > 0)
        append_key (self, key, peers->pdata[i], services);
    }
  return g_string_free (key, FALSE);
}

static const char *
why_none (AppletServicesWindow *self)
{
  return bamgate_client_get_state (self->client) == BAMGATE_STATE_OFF
           ? _ ("Turn the tunnel on to see what other machines publish.")
           : _ ("What other machines publish is here with its address as soon as they do.");
}

static void
show_theirs (AppletServicesWindow *self)
{
  g_autoptr (GPtrArray) peers = bamgate_client_list_peers (self->client);
  g_autofree char *key = key_of_theirs (self, peers);

  if (!applet_rows_begin (&self->their_rows, key))
    return;
  for (guint i = 0; i < peers->len; i++)
    {
      g_autoptr (GVariant) services = bamgate_peer_dup_services (peers->pdata[i]);

      if (services)
        add_rows_of (self, peers->pdata[i], services);
    }
  if (self->their_rows.rows->len == 0)
    applet_rows_add (&self->their_rows, applet_nothing_row_new (why_none (self)));
}

/* --- Adding, removing --- */

static void
on_add (GtkWidget *widget, const char *name, GVariant *parameter)
{
  applet_publish_dialog_open (APPLET_SERVICES_WINDOW (widget));
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletServicesWindow) self = data;
  g_autoptr (GError) error = NULL;

  if (bamgate_client_configure_finish (BAMGATE_CLIENT (source), result, &error))
    applet_services_window_done (self, _ ("It is not published any more"));
  else
    applet_side_window_fail (APPLET_SIDE_WINDOW (self), error);
}

static void
on_remove_response (AdwMessageDialog *question, const char *response, AppletServicesWindow *self)
{
  const char *name = g_object_get_data (G_OBJECT (question), NAME_KEY);
  g_autofree char *section = g_strconcat ("service.", name, NULL);
  GVariantDict changes;

  if (!g_str_equal (response, "remove"))
    return;
  g_variant_dict_init (&changes, NULL);
  g_variant_dict_insert_value (&changes, section, g_variant_new ("a{sv}", NULL));
  bamgate_client_configure (self->client, g_variant_dict_end (&changes), cancellable_of (self),
                            on_removed, g_object_ref (self));
}

static void
on_remove (GtkWidget *widget, const char *action, GVariant *parameter)
{
  const char *name = g_variant_get_string (parameter, NULL);
  g_autofree char *heading = g_strdup_printf (_ ("Remove %s?"), name);
  AdwMessageDialog *question = applet_question_new (
    GTK_WINDOW (widget), heading,
    _ ("Other machines reach it no more, and connections to it end. What is behind it goes on."),
    "remove", _ ("_Remove"), ADW_RESPONSE_DESTRUCTIVE);

  g_object_set_data_full (G_OBJECT (question), NAME_KEY, g_strdup (name), g_free);
  g_signal_connect_object (question, "response", G_CALLBACK (on_remove_response), widget, 0);
  applet_names_present (GTK_WINDOW (question));
}

/* --- Life --- */

/* One that was never there may have a name now. */
static void
on_peer_state (BamgatePeer *peer, GParamSpec *pspec, AppletServicesWindow *self)
{
  if (g_hash_table_contains (self->names, bamgate_peer_get_id (peer)))
    ask_name (self, peer);
  show_theirs (self);
}

static void
on_peers_changed (GListModel *peers, guint position, guint removed, guint added,
                  AppletServicesWindow *self)
{
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (BamgatePeer) peer = g_list_model_get_item (peers, i);

      g_hash_table_remove (self->names, bamgate_peer_get_id (peer));
      g_signal_connect_object (peer, "notify::services", G_CALLBACK (show_theirs), self,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (peer, "notify::state", G_CALLBACK (on_peer_state), self, 0);
    }
  show_theirs (self);
}

/* With the tunnel come and go all names. */
static void
on_tunnel_changed (AppletServicesWindow *self)
{
  g_hash_table_remove_all (self->names);
  load (self);
  show_theirs (self);
}

static void
begin (AppletSideWindow *side)
{
  AppletServicesWindow *self = APPLET_SERVICES_WINDOW (side);
  GListModel *peers;

  self->client = applet_side_window_get_client (side);
  peers = bamgate_client_get_peers (self->client);
  g_signal_connect_object (peers, "items-changed", G_CALLBACK (on_peers_changed), self, 0);
  g_signal_connect_object (self->client, "notify::state", G_CALLBACK (on_tunnel_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->client, "notify::dns-name", G_CALLBACK (on_tunnel_changed), self,
                           G_CONNECT_SWAPPED);
  on_peers_changed (peers, 0, 0, g_list_model_get_n_items (peers), self);
}

static void
applet_services_window_dispose (GObject *object)
{
  AppletServicesWindow *self = APPLET_SERVICES_WINDOW (object);

  bg_source_drop (&self->again);
  gtk_widget_dispose_template (GTK_WIDGET (self), APPLET_TYPE_SERVICES_WINDOW);
  G_OBJECT_CLASS (applet_services_window_parent_class)->dispose (object);
}

static void
applet_services_window_finalize (GObject *object)
{
  AppletServicesWindow *self = APPLET_SERVICES_WINDOW (object);

  applet_rows_clear (&self->our_rows);
  applet_rows_clear (&self->their_rows);
  g_clear_pointer (&self->services, g_variant_unref);
  g_hash_table_unref (self->names);
  G_OBJECT_CLASS (applet_services_window_parent_class)->finalize (object);
}

static void
applet_services_window_class_init (AppletServicesWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = applet_services_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = applet_services_window_finalize;
  APPLET_SIDE_WINDOW_CLASS (klass)->begin = begin;
  gtk_widget_class_install_action (widget_class, "service.add", NULL, on_add);
  gtk_widget_class_install_action (widget_class, "service.remove", "s", on_remove);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/bamgate/Applet/ui/services-window.ui");
  gtk_widget_class_bind_template_child (widget_class, AppletServicesWindow, ours);
  gtk_widget_class_bind_template_child (widget_class, AppletServicesWindow, theirs);
}

static void
applet_services_window_init (AppletServicesWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  applet_names_tidy (GTK_WIDGET (self));
  self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  applet_rows_init (&self->our_rows, self->ours);
  applet_rows_init (&self->their_rows, self->theirs);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "service.add", FALSE);
  g_signal_connect (self, "map", G_CALLBACK (load), NULL);
  g_signal_connect (self, "unmap", G_CALLBACK (on_unmap), NULL);
}

void
applet_services_window_open (AppletWindow *window)
{
  applet_side_window_open (window, APPLET_TYPE_SERVICES_WINDOW);
}
