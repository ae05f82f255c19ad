/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "leave-dialog.h"

#include "format.h"
#include "names.h"

#include "common/printable.h"

#include <glib/gi18n.h>

/* Why the hub's data are still there, where it could not be told to forget them. */
static void
tell_of_unit (AppletWindow *window, GVariant *result)
{
  const char *unit = NULL;
  g_autofree char *text = NULL;

  if (!g_variant_lookup (result, "hub-unit", "&s", &unit))
    return;
  text = g_strdup_printf (
    _ ("The hub's data are still here; who looks after this machine can remove them (%s)"), unit);
  applet_window_toast (window, text);
}

static void
tell_of_owner (AppletWindow *window, GVariant *result)
{
  const char *name = NULL;
  g_autofree char *shown = NULL, *text = NULL;

  if (!g_variant_lookup (result, "still-owner", "&s", &name))
    return;
  shown = bg_printable (name);
  text = g_strdup_printf (
    _ ("The network still has “%s” as an owner: end that on another owner’s machine"), shown);
  applet_window_toast (window, text);
}

static void
on_left (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletWindow) window = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) left = bamgate_client_leave_finish (BAMGATE_CLIENT (source), result, &error);

  if (!left)
    applet_window_complain (window, _ ("This Machine Did Not Leave"), error);
  else
    {
      applet_window_toast (window, _ ("This machine has left the network"));
      tell_of_unit (window, left);
      tell_of_owner (window, left);
    }
}

static void
leave (AppletWindow *window, const char *hub)
{
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  if (hub)
    g_variant_dict_insert (&options, "hub", "s", hub);
  bamgate_client_leave (applet_window_get_client (window), g_variant_dict_end (&options), NULL,
                        on_left, g_object_ref (window));
}

static void
on_response (AdwMessageDialog *dialog, const char *response, AppletWindow *window)
{
  if (g_str_equal (response, "leave"))
    leave (window, NULL);
  else if (g_str_equal (response, "keep") || g_str_equal (response, "remove"))
    leave (window, response);
}

static void
add_response (AdwMessageDialog *dialog, const char *id, const char *label)
{
  adw_message_dialog_add_response (dialog, id, label);
  adw_message_dialog_set_response_appearance (dialog, id, ADW_RESPONSE_DESTRUCTIVE);
}

static void
ask (AppletWindow *window, gboolean has_hub)
{
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (
    adw_message_dialog_new (GTK_WINDOW (window), _ ("Leave the Network?"), NULL));

  adw_message_dialog_set_body (
    dialog,
    has_hub
      ? _ (
        "This machine runs the hub of the network. If its data are removed, the network ends for all of its "
        "machines. The tunnel goes down, and this machine's key and address are forgotten. Static WireGuard "
        "peers stay.")
      : _ (
        "The tunnel goes down, and this machine's key and address are forgotten: it needs a new invitation "
        "to come back. Static WireGuard peers stay."));
  adw_message_dialog_add_response (dialog, "cancel", _ ("_Cancel"));
  if (has_hub)
    {
      add_response (dialog, "keep", _ ("Leave, _Keep the Hub's Data"));
      add_response (dialog, "remove", _ ("Leave, _Remove the Hub's Data"));
    }
  else
    add_response (dialog, "leave", _ ("_Leave"));
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_response), window, 0);
  applet_names_present (GTK_WINDOW (dialog));
}

static void
on_configuration_got (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletWindow) window = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    settings = bamgate_client_get_configuration_finish (BAMGATE_CLIENT (source), result, &error);
  gboolean has_hub = FALSE;

  if (!settings)
    {
      applet_window_complain (window, _ ("This Machine Did Not Leave"), error);
      return;
    }
  g_variant_lookup (settings, "network.host-hub", "b", &has_hub);
  ask (window, has_hub);
}

void
applet_leave_dialog_open (AppletWindow *window)
{
  bamgate_client_get_configuration (applet_window_get_client (window), NULL, on_configuration_got,
                                    g_object_ref (window));
}
