/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "device-actions.h"

#include "device-rows.h"
#include "names.h"
#include "question.h"

#include "common/printable.h"

#include <glib/gi18n.h>

/* --- Deeds --- */

typedef gboolean (*Finish) (BamgateClient *client, GAsyncResult *result, GError **error);

/* What a person is asked about, and then waits for. */
typedef struct
{
  AppletDevicesWindow *window;
  GVariant *device;
  GtkEditable *entry; /* NULL: there is none */
  Finish finish;
  const char *done;
} Deed;

static Deed *
deed_new (AppletDevicesWindow *window, GVariant *device, Finish finish, const char *done)
{
  Deed *deed = g_new0 (Deed, 1);

  deed->window = g_object_ref (window);
  deed->device = g_variant_ref (device);
  deed->finish = finish;
  deed->done = done;
  return deed;
}

static void
deed_free (Deed *deed)
{
  g_object_unref (deed->window);
  g_variant_unref (deed->device);
  g_clear_object (&deed->entry);
  g_free (deed);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  Deed *deed = data;
  g_autoptr (GError) error = NULL;

  if (deed->finish (BAMGATE_CLIENT (source), result, &error))
    applet_devices_window_done (deed->window, deed->done);
  else
    applet_devices_window_fail (deed->window, error);
  deed_free (deed);
}

static BamgateClient *
client_of (const Deed *deed)
{
  return applet_devices_window_get_client (deed->window);
}

static const char *
word_of (const Deed *deed)
{
  return bg_device_entry_word (deed->device);
}

/* `go` takes the deed. */
static void
ask (AdwMessageDialog *question, Deed *deed, void (*go) (AdwMessageDialog *, const char *, Deed *))
{
  g_signal_connect (question, "response", G_CALLBACK (go), deed);
  applet_names_present (GTK_WINDOW (question));
}

static gboolean
is_called_off (const char *response, Deed *deed)
{
  gboolean off = g_str_equal (response, "cancel");

  if (off)
    deed_free (deed);
  return off;
}

/* --- Letting in --- */

static void
go_approve (AdwMessageDialog *question, const char *response, Deed *deed)
{
  GVariantDict options;

  if (is_called_off (response, deed))
    return;
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "key", "s", bg_device_entry_text (deed->device, "public-key"));
  g_variant_dict_insert (&options, "name", "s", bg_device_entry_text (deed->device, "name"));
  g_variant_dict_insert (&options, "replace", "b",
                         *bg_device_entry_text (deed->device, "replaces") != '\0');
  bamgate_client_approve_device (client_of (deed), word_of (deed), g_variant_dict_end (&options),
                                 NULL, on_done, deed);
}

void
applet_device_approve (AppletDevicesWindow *window, GVariant *device)
{
  g_autofree char *name = applet_device_name (device);
  g_autofree char *key = bg_printable (bg_device_entry_text (device, "public-key"));
  g_autofree char *heading = g_strdup_printf (_ ("Let “%s” In?"), name);
  g_autoptr (GString) body = g_string_new (NULL);

  g_string_append_printf (
    body,
    _ ("The page “This Machine” there has to show the same key, or it is another machine:\n%s"),
    key);
  if (*bg_device_entry_text (device, "replaces"))
    g_string_append_printf (
      body, "\n\n%s", _ ("The machine that has this name now is put out of the network for good."));
  ask (applet_question_new (GTK_WINDOW (window), heading, body->str, "approve", _ ("_Let In"),
                            ADW_RESPONSE_SUGGESTED),
       deed_new (window, device, bamgate_client_approve_device_finish,
                 _ ("The machine is in the network")),
       go_approve);
}

/* --- Another name --- */

static void
go_rename (AdwMessageDialog *question, const char *response, Deed *deed)
{
  if (!is_called_off (response, deed))
    bamgate_client_rename_device (client_of (deed), word_of (deed),
                                  gtk_editable_get_text (deed->entry), NULL, on_done, deed);
}

void
applet_device_rename (AppletDevicesWindow *window, GVariant *device)
{
  g_autofree char *name = applet_device_name (device);
  g_autofree char *heading = g_strdup_printf (_ ("Rename “%s”"), name);
  AdwMessageDialog *question = applet_question_new (
    GTK_WINDOW (window), heading, _ ("The machine learns its new name by itself."), "rename",
    _ ("_Rename"), ADW_RESPONSE_SUGGESTED);
  Deed *deed = deed_new (window, device, bamgate_client_rename_device_finish, _ ("Renamed"));

  deed->entry = applet_question_add_entry (question, adw_entry_row_new (), _ ("New Name"),
                                           "rename");
  gtk_editable_set_text (deed->entry, name);
  ask (question, deed, go_rename);
}

/* --- Out --- */

static void
go_revoke (AdwMessageDialog *question, const char *response, Deed *deed)
{
  if (!is_called_off (response, deed))
    bamgate_client_revoke_device (client_of (deed), word_of (deed), NULL, on_done, deed);
}

void
applet_device_revoke (AppletDevicesWindow *window, GVariant *device)
{
  g_autofree char *name = applet_device_name (device);
  g_autofree char *heading = g_strdup_printf (_ ("Put “%s” Out?"), name);

  ask (applet_question_new (
         GTK_WINDOW (window), heading,
         _ ("What it has opens nothing any more. That is for good: it can come back "
            "only as a new machine, with a new key."),
         "revoke", _ ("_Put Out"), ADW_RESPONSE_DESTRUCTIVE),
       deed_new (window, device, bamgate_client_revoke_device_finish,
                 _ ("The machine is out of the network")),
       go_revoke);
}

/* --- Owners --- */

static void
go_add_owner (AdwMessageDialog *question, const char *response, Deed *deed)
{
  if (!is_called_off (response, deed))
    bamgate_client_add_owner (client_of (deed), word_of (deed), gtk_editable_get_text (deed->entry),
                              NULL, on_done, deed);
}

void
applet_device_add_owner (AppletDevicesWindow *window, GVariant *device)
{
  g_autofree char *name = applet_device_name (device);
  g_autofree char *heading = g_strdup_printf (_ ("Make “%s” an Owner?"), name);
  AdwMessageDialog *question = applet_question_new (
    GTK_WINDOW (window), heading,
    _ (
      "It may do then whatever this machine may. Press “Become an Owner” in this window there, and take "
      "over the key that it shows."),
    "add", _ ("_Make It an Owner"), ADW_RESPONSE_SUGGESTED);
  Deed *deed = deed_new (window, device, bamgate_client_add_owner_finish,
                         _ ("The machine is an owner of the network"));

  deed->entry = applet_question_add_entry (question, adw_entry_row_new (), _ ("Signing Key"),
                                           "add");
  ask (question, deed, go_add_owner);
}

static void
go_remove_owner (AdwMessageDialog *question, const char *response, Deed *deed)
{
  if (!is_called_off (response, deed))
    bamgate_client_remove_owner (client_of (deed), word_of (deed), NULL, on_done, deed);
}

void
applet_device_remove_owner (AppletDevicesWindow *window, GVariant *device)
{
  g_autofree char *name = applet_device_name (device);
  g_autofree char *heading = g_strdup_printf (_ ("“%s” an Owner No More?"), name);

  ask (applet_question_new (
         GTK_WINDOW (window), heading,
         bg_device_entry_flag (device, "self")
           ? _ ("This machine says no more who is in the network, until another owner "
                "makes it one again.")
           : _ ("It stays in the network."),
         "remove", _ ("Owner _No More"), ADW_RESPONSE_DESTRUCTIVE),
       deed_new (window, device, bamgate_client_remove_owner_finish,
                 _ ("The machine is an owner no more")),
       go_remove_owner);
}
