/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "endpoints-window.h"

#include "listen-dialog.h"
#include "names.h"
#include "question.h"
#include "rows.h"

#include "common/printable.h"

#include <glib/gi18n.h>
#include <string.h>

struct _AppletEndpointsWindow
{
  AppletSideWindow parent;
  GtkWidget *account, *endpoints;            /* groups */
  GtkWidget *key;                            /* an entry */
  GtkWidget *state, *id, *forget, *take_out; /* rows of account */

  BamgateClient *client; /* borrowed of what we are */
  AppletRows rows;
};

G_DEFINE_FINAL_TYPE (AppletEndpointsWindow, applet_endpoints_window, APPLET_TYPE_SIDE_WINDOW)

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

/* Where it is, for whom, and what is wrong. */
static char *
describe (BamgateEndpoint *endpoint)
{
  const char *reason = bamgate_endpoint_get_state_reason (endpoint);
  g_autofree char *address = address_of (endpoint);
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();

  if (address)
    g_ptr_array_add (parts, address);
  if (address && !bamgate_endpoint_get_local_only (endpoint))
    g_ptr_array_add (parts, (gpointer) _ ("Other machines reach it too"));
  if (*reason)
    g_ptr_array_add (parts, (gpointer) reason);
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (" · ", (char **) parts->pdata);
}

static GtkWidget *
row_new (BamgateEndpoint *endpoint)
{
  g_autofree char *address = address_of (endpoint), *link = link_of (endpoint);
  g_autofree char *about = describe (endpoint);
  g_autofree char *shown = bg_printable (bamgate_endpoint_get_key (endpoint));
  GtkWidget *row = applet_fact_row_new (shown, about);

  if (link)
    applet_row_add_button (row, "web-browser-symbolic", _ ("Open in the Browser"), "link.open",
                           link);
  if (address)
    applet_row_add_button (row, "edit-copy-symbolic", _ ("Copy the Address"), "win.copy", address);
  if (*bamgate_endpoint_get_host (endpoint))
    applet_row_add_button (row, "emblem-system-symbolic", _ ("Choose Where It Is to Be Had"),
                           "endpoint.listen", bamgate_endpoint_get_key (endpoint));
  return row;
}

/* All that the rows show. */
static char *
key_of (GPtrArray *endpoints)
{
  GString *key = g_string_new ("");

  for (guint i = 0; i < endpoints->len; i++)
    {
      g_autofree char *about = describe (endpoints->pdata[i]),
                      *link = link_of (endpoints->pdata[i]);

      g_string_append_printf (key, "%s\n%s\n%s\n", bamgate_endpoint_get_key (endpoints->pdata[i]),
                              about, link ? link : "");
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
  if (endpoints->len == 0)
    applet_rows_add (&self->rows,
                     applet_nothing_row_new (_ ("What the account binds to this machine is here "
                                                "with its address as soon as it does.")));
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
  gboolean has_key = account && bamgate_account_get_has_key (account);

  gtk_widget_set_sensitive (self->account, account != NULL);
  applet_fact_row_set (self->state,
                       account ? words_of_state (account) : _ ("The daemon has no account"));
  applet_fact_row_set (self->id, account ? bamgate_account_get_id (account) : "");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "account.refresh", has_key);
  gtk_widget_set_visible (self->forget, has_key);
  gtk_widget_set_visible (self->take_out, account && *bamgate_account_get_id (account));
}

typedef gboolean (*Finish) (BamgateAccount *account, GAsyncResult *result, GError **error);

/* What the account is asked for, until it answers. */
typedef struct
{
  AppletEndpointsWindow *window;
  Finish finish;
  const char *done; /* said then; NULL: nothing */
} Deed;

static Deed *
deed_new (AppletEndpointsWindow *window, Finish finish, const char *done)
{
  Deed *deed = g_new (Deed, 1);

  *deed = (Deed){ g_object_ref (window), finish, done };
  return deed;
}

static void
on_done (GObject *account, GAsyncResult *result, gpointer data)
{
  g_autofree Deed *deed = data;
  g_autoptr (AppletSideWindow) side = APPLET_SIDE_WINDOW (deed->window);
  g_autoptr (GError) error = NULL;

  if (!deed->finish (BAMGATE_ACCOUNT (account), result, &error))
    applet_side_window_fail (side, error);
  else if (deed->done)
    applet_side_window_toast (side, deed->done);
}

static GCancellable *
cancellable_of (AppletEndpointsWindow *self)
{
  return applet_side_window_get_cancellable (APPLET_SIDE_WINDOW (self));
}

/* The entry forgets it, whether the account takes it or not. */
static void
on_key_apply (AdwEntryRow *entry, AppletEndpointsWindow *self)
{
  BamgateAccount *account = bamgate_client_find_account (self->client, NULL);
  const char *text = gtk_editable_get_text (GTK_EDITABLE (entry));

  if (account && *text)
    bamgate_account_set_key (
      account, text, cancellable_of (self), on_done,
      deed_new (self, bamgate_account_set_key_finish, _ ("The account takes the key")));
  gtk_editable_set_text (GTK_EDITABLE (entry), "");
}

/* --- Actions --- */

static void
on_refresh (GtkWidget *widget, const char *name, GVariant *parameter)
{
  AppletEndpointsWindow *self = APPLET_ENDPOINTS_WINDOW (widget);
  BamgateAccount *account = bamgate_client_find_account (self->client, NULL);

  if (account)
    bamgate_account_refresh (account, cancellable_of (self), on_done,
                             deed_new (self, bamgate_account_refresh_finish, NULL));
}

/* What is gone then, and is asked about before. */
typedef struct
{
  const char *action, *heading, *body, *label, *done;
  void (*begin) (BamgateAccount *account, GCancellable *cancellable, GAsyncReadyCallback callback,
                 gpointer data);
  Finish finish;
} Loss;

static const Loss losses[] = {
  { "account.forget-key", N_ ("Forget the API Key?"),
    N_ ("What the account binds now stays here, and nothing new comes. The key is shown nowhere: "
        "it has to be typed in again, or another one be made at the account."),
    N_ ("_Forget"), N_ ("The API key is forgotten"), bamgate_account_clear_key,
    bamgate_account_clear_key_finish },
  { "account.take-out", N_ ("Take This Machine Out of the Account?"),
    N_ ("Its endpoints are not to be had here any more, connections to them end, and the API key "
        "is forgotten. With an API key it comes back as a new machine."),
    N_ ("_Take It Out"), N_ ("This machine is out of the account"), bamgate_account_unregister,
    bamgate_account_unregister_finish },
};

/* Its name is also the answer that says yes. */
static const Loss *
find_loss (const char *action)
{
  for (gsize i = 0; i < G_N_ELEMENTS (losses); i++)
    if (g_str_equal (losses[i].action, action))
      return &losses[i];
  return NULL;
}

static void
on_loss_response (AdwMessageDialog *question, const char *response, AppletEndpointsWindow *self)
{
  BamgateAccount *account = bamgate_client_find_account (self->client, NULL);
  const Loss *loss = find_loss (response);

  if (account && loss)
    loss->begin (account, cancellable_of (self), on_done,
                 deed_new (self, loss->finish, _ (loss->done)));
}

static void
on_lose (GtkWidget *widget, const char *name, GVariant *parameter)
{
  const Loss *loss = find_loss (name);
  AdwMessageDialog *question = applet_question_new (GTK_WINDOW (widget), _ (loss->heading),
                                                    _ (loss->body), name, _ (loss->label),
                                                    ADW_RESPONSE_DESTRUCTIVE);

  g_signal_connect_object (question, "response", G_CALLBACK (on_loss_response), widget, 0);
  applet_names_present (GTK_WINDOW (question));
}

static void
on_listen (GtkWidget *widget, const char *name, GVariant *parameter)
{
  AppletEndpointsWindow *self = APPLET_ENDPOINTS_WINDOW (widget);
  g_autoptr (GPtrArray) endpoints = bamgate_client_list_endpoints (self->client);
  const char *key = g_variant_get_string (parameter, NULL);

  for (guint i = 0; i < endpoints->len; i++)
    if (g_str_equal (bamgate_endpoint_get_key (endpoints->pdata[i]), key))
      applet_listen_dialog_open (APPLET_SIDE_WINDOW (self), endpoints->pdata[i]);
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
begin (AppletSideWindow *side)
{
  AppletEndpointsWindow *self = APPLET_ENDPOINTS_WINDOW (side);

  self->client = applet_side_window_get_client (side);
  watch (self, bamgate_client_get_accounts (self->client));
  watch (self, bamgate_client_get_endpoints (self->client));
}

static void
applet_endpoints_window_dispose (GObject *object)
{
  AppletEndpointsWindow *self = APPLET_ENDPOINTS_WINDOW (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), APPLET_TYPE_ENDPOINTS_WINDOW);
  G_OBJECT_CLASS (applet_endpoints_window_parent_class)->dispose (object);
}

static void
applet_endpoints_window_finalize (GObject *object)
{
  AppletEndpointsWindow *self = APPLET_ENDPOINTS_WINDOW (object);

  applet_rows_clear (&self->rows);
  G_OBJECT_CLASS (applet_endpoints_window_parent_class)->finalize (object);
}

static void
applet_endpoints_window_class_init (AppletEndpointsWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = applet_endpoints_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = applet_endpoints_window_finalize;
  APPLET_SIDE_WINDOW_CLASS (klass)->begin = begin;
  gtk_widget_class_install_action (widget_class, "account.refresh", NULL, on_refresh);
  for (gsize i = 0; i < G_N_ELEMENTS (losses); i++)
    gtk_widget_class_install_action (widget_class, losses[i].action, NULL, on_lose);
  gtk_widget_class_install_action (widget_class, "endpoint.listen", "s", on_listen);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/bamgate/Applet/ui/endpoints-window.ui");
  gtk_widget_class_bind_template_child (widget_class, AppletEndpointsWindow, account);
  gtk_widget_class_bind_template_child (widget_class, AppletEndpointsWindow, endpoints);
  gtk_widget_class_bind_template_child (widget_class, AppletEndpointsWindow, key);
}

static GtkWidget *
add_deed (AppletEndpointsWindow *self, const char *title, const char *label, const char *action)
{
  GtkWidget *row = adw_action_row_new (), *button = gtk_button_new_with_mnemonic (label);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->account), row);
  return row;
}

static void
applet_endpoints_window_init (AppletEndpointsWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  applet_rows_init (&self->rows, self->endpoints);
  self->state = applet_fact_row_new (_ ("How It Is"), NULL);
  self->id = applet_fact_row_new (_ ("Registered As"), NULL);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->account), self->state);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->account), self->id);
  self->forget = add_deed (self, _ ("This Machine Keeps an API Key"), _ ("_Forget…"),
                           "account.forget-key");
  self->take_out = add_deed (self, _ ("This Machine Is in the Account"), _ ("_Take Out…"),
                             "account.take-out");
  applet_names_tidy (GTK_WIDGET (self));
  g_signal_connect (self->key, "apply", G_CALLBACK (on_key_apply), self);
}

void
applet_endpoints_window_open (AppletWindow *window)
{
  applet_side_window_open (window, APPLET_TYPE_ENDPOINTS_WINDOW);
}
