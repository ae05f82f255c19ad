/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "endpoints-window.h"

#include "failure-words.h"
#include "names.h"
#include "rows.h"
#include "toast.h"

#include <glib/gi18n.h>
#include <string.h>

struct _AppletEndpointsWindow
{
  AdwPreferencesWindow parent;
  GtkWidget *account, *endpoints; /* groups */
  GtkWidget *key;                 /* an entry */
  GtkWidget *state, *id;          /* rows of account */

  BamgateClient *client;
  GCancellable *cancellable;
  AppletRows rows;
};

G_DEFINE_FINAL_TYPE (AppletEndpointsWindow, applet_endpoints_window, ADW_TYPE_PREFERENCES_WINDOW)

static void
toast (AppletEndpointsWindow *self, const char *text)
{
  adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (self), applet_toast_new (text));
}

/* Takes the error. A call that was cancelled needs no word. */
static void
fail (AppletEndpointsWindow *self, GError *take)
{
  g_autoptr (GError) error = take;
  g_autofree char *words = applet_failure_words (error);

  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    toast (self, words);
}

/* --- Endpoints --- */

/* "10.107.0.2:5432", the first of them; NULL: it listens nowhere. */
static char *
address_of (BamgateEndpoint *endpoint)
{
  const char *const *addresses = bamgate_endpoint_get_addresses (endpoint);

  if (!*addresses)
    return NULL;
  return g_strdup_printf (strchr (*addresses, ':') ? "[%s]:%u" : "%s:%u", *addresses,
                          bamgate_endpoint_get_listen_port (endpoint));
}

/* Where a browser finds it: by its name, where that leads there. NULL: nothing for a browser. */
static char *
link_of (BamgateEndpoint *endpoint)
{
  const char *protocol = bamgate_endpoint_get_protocol (endpoint);
  g_autofree char *address = address_of (endpoint);

  if (!address || (!g_str_equal (protocol, "http") && !g_str_equal (protocol, "https")))
    return NULL;
  if (!bamgate_endpoint_get_named (endpoint) || !bamgate_endpoint_get_local_only (endpoint))
    return g_strdup_printf ("%s://%s/", protocol, address);
  return g_strdup_printf ("%s://%s:%u/", protocol, bamgate_endpoint_get_host (endpoint),
                          bamgate_endpoint_get_listen_port (endpoint));
}

static GtkWidget *
button_new (const char *icon, const char *label, const char *action, const char *target)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", target);
  return button;
}

static GtkWidget *
row_new (BamgateEndpoint *endpoint)
{
  const char *reason = bamgate_endpoint_get_state_reason (endpoint);
  g_autofree char *address = address_of (endpoint), *link = link_of (endpoint);
  g_autofree char *about = address && *reason ? g_strdup_printf ("%s · %s", address, reason)
                                              : g_strdup (address ? address : reason);
  GtkWidget *row = applet_fact_row_new (bamgate_endpoint_get_key (endpoint), about);

  if (link)
    adw_action_row_add_suffix (
      ADW_ACTION_ROW (row),
      button_new ("web-browser-symbolic", _ ("Open in the Browser"), "endpoint.open", link));
  if (address)
    adw_action_row_add_suffix (
      ADW_ACTION_ROW (row),
      button_new ("edit-copy-symbolic", _ ("Copy the Address"), "win.copy", address));
  return row;
}

/* All that the rows show. */
static char *
key_of (GPtrArray *endpoints)
{
  GString *key = g_string_new ("");

  for (guint i = 0; i < endpoints->len; i++)
    {
      g_autofree char *address = address_of (endpoints->pdata[i]),
                      *link = link_of (endpoints->pdata[i]);

      g_string_append_printf (key, "%s\n%s\n%s\n%s\n",
                              bamgate_endpoint_get_key (endpoints->pdata[i]),
                              bamgate_endpoint_get_state_reason (endpoints->pdata[i]),
                              address ? address : "", link ? link : "");
    }
  return g_string_free (key, FALSE);
}

static void
show_endpoints (AppletEndpointsWindow *self)
{
  g_autoptr (GPtrArray) endpoints = bamgate_client_list_endpoints (self->client);
  g_autofree char *key = key_of (endpoints);

  if (!applet_rows_begin (&self->rows, key))
    return;
  for (guint i = 0; i < endpoints->len; i++)
    applet_rows_add (&self->rows, row_new (endpoints->pdata[i]));
  gtk_widget_set_visible (self->endpoints, endpoints->len > 0);
}

/* --- The account --- */

static const char *
words_of_state (BamgateAccount *account)
{
  const char *state = bamgate_account_get_state (account),
             *reason = bamgate_account_get_state_reason (account);

  if (*reason)
    return reason;
  if (g_str_equal (state, "running"))
    return _ ("It knows this machine");
  return g_str_equal (state, "registering") ? _ ("This machine is being registered")
                                            : _ ("It waits for an API key");
}

static void
show_account (AppletEndpointsWindow *self)
{
  BamgateAccount *account = bamgate_client_find_account (self->client, NULL);

  gtk_widget_set_sensitive (self->account, account != NULL);
  applet_fact_row_set (self->state,
                       account ? words_of_state (account) : _ ("The daemon has no account"));
  applet_fact_row_set (self->id, account ? bamgate_account_get_id (account) : "");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "account.refresh",
                                 account && bamgate_account_get_has_key (account));
}

static void
on_key_set (GObject *account, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletEndpointsWindow) self = data;
  GError *error = NULL;

  if (bamgate_account_set_key_finish (BAMGATE_ACCOUNT (account), result, &error))
    toast (self, _ ("The account takes the key"));
  else
    fail (self, error);
}

/* The entry forgets it, whether the account takes it or not. */
static void
on_key_apply (AdwEntryRow *entry, AppletEndpointsWindow *self)
{
  BamgateAccount *account = bamgate_client_find_account (self->client, NULL);
  const char *text = gtk_editable_get_text (GTK_EDITABLE (entry));

  if (account && *text)
    bamgate_account_set_key (account, text, self->cancellable, on_key_set, g_object_ref (self));
  gtk_editable_set_text (GTK_EDITABLE (entry), "");
}

static void
on_refreshed (GObject *account, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletEndpointsWindow) self = data;
  GError *error = NULL;

  if (!bamgate_account_refresh_finish (BAMGATE_ACCOUNT (account), result, &error))
    fail (self, error);
}

/* --- Actions --- */

static void
on_refresh (GtkWidget *widget, const char *name, GVariant *parameter)
{
  AppletEndpointsWindow *self = APPLET_ENDPOINTS_WINDOW (widget);
  BamgateAccount *account = bamgate_client_find_account (self->client, NULL);

  if (account)
    bamgate_account_refresh (account, self->cancellable, on_refreshed, g_object_ref (self));
}

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
  toast (APPLET_ENDPOINTS_WINDOW (widget), _ ("Copied"));
}

/* --- Life --- */

static void
on_list_changed (GListModel *list, guint position, guint removed, guint added,
                 AppletEndpointsWindow *self)
{
  void (*show) (AppletEndpointsWindow *) = list == bamgate_client_get_accounts (self->client)
                                             ? show_account
                                             : show_endpoints;

  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (GObject) object = g_list_model_get_item (list, i);

      g_signal_connect_object (object, "notify", G_CALLBACK (show), self, G_CONNECT_SWAPPED);
    }
  show (self);
}

static void
watch (AppletEndpointsWindow *self, GListModel *list)
{
  g_signal_connect_object (list, "items-changed", G_CALLBACK (on_list_changed), self, 0);
  on_list_changed (list, 0, 0, g_list_model_get_n_items (list), self);
}

static void
applet_endpoints_window_dispose (GObject *object)
{
  AppletEndpointsWindow *self = APPLET_ENDPOINTS_WINDOW (object);

  g_cancellable_cancel (self->cancellable);
  gtk_widget_dispose_template (GTK_WIDGET (self), APPLET_TYPE_ENDPOINTS_WINDOW);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (applet_endpoints_window_parent_class)->dispose (object);
}

static void
applet_endpoints_window_finalize (GObject *object)
{
  AppletEndpointsWindow *self = APPLET_ENDPOINTS_WINDOW (object);

  applet_rows_clear (&self->rows);
  g_object_unref (self->cancellable);
  G_OBJECT_CLASS (applet_endpoints_window_parent_class)->finalize (object);
}

static void
applet_endpoints_window_class_init (AppletEndpointsWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = applet_endpoints_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = applet_endpoints_window_finalize;
  gtk_widget_class_install_action (widget_class, "account.refresh", NULL, on_refresh);
  gtk_widget_class_install_action (widget_class, "endpoint.open", "s", on_open);
  gtk_widget_class_install_action (widget_class, "win.copy", "s", on_copy);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/bamgate/Applet/ui/endpoints-window.ui");
  gtk_widget_class_bind_template_child (widget_class, AppletEndpointsWindow, account);
  gtk_widget_class_bind_template_child (widget_class, AppletEndpointsWindow, endpoints);
  gtk_widget_class_bind_template_child (widget_class, AppletEndpointsWindow, key);
}

static void
applet_endpoints_window_init (AppletEndpointsWindow *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  applet_names_tidy (GTK_WIDGET (self));
  applet_rows_init (&self->rows, self->endpoints);
  self->state = applet_fact_row_new (_ ("How It Is"), NULL);
  self->id = applet_fact_row_new (_ ("Registered As"), NULL);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->account), self->state);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->account), self->id);
  g_signal_connect (self->key, "apply", G_CALLBACK (on_key_apply), self);
}

static AppletEndpointsWindow *
find_window (AppletWindow *window)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (window));

  for (GList *l = gtk_application_get_windows (application); l; l = l->next)
    if (APPLET_IS_ENDPOINTS_WINDOW (l->data)
        && gtk_window_get_transient_for (l->data) == GTK_WINDOW (window))
      return l->data;
  return NULL;
}

void
applet_endpoints_window_open (AppletWindow *window)
{
  AppletEndpointsWindow *self = find_window (window);

  if (!self)
    {
      self = g_object_new (APPLET_TYPE_ENDPOINTS_WINDOW, "transient-for", window, "application",
                           applet_window_get_application (window), NULL);
      self->client = g_object_ref (applet_window_get_client (window));
      watch (self, bamgate_client_get_accounts (self->client));
      watch (self, bamgate_client_get_endpoints (self->client));
      show_account (self);
      show_endpoints (self);
    }
  gtk_window_present (GTK_WINDOW (self));
}
