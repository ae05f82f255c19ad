/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network-actions.h"

#include "names.h"
#include "question.h"

#include <glib/gi18n.h>
#include <string.h>

static GVariant *
no_options (void)
{
  return g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0);
}

/* --- Something to be written down, or taken elsewhere --- */

static GtkWidget *
text_new (const char *text, const char *name)
{
  GtkWidget *label = gtk_label_new (text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_insert_hyphens_new (FALSE));
  gtk_label_set_attributes (GTK_LABEL (label), attributes);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_justify (GTK_LABEL (label), GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class (label, "monospace");
  gtk_accessible_update_property (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, name,
                                  -1);
  return label;
}

static void
show_text (AppletDevicesWindow *window, const char *heading, const char *body, const char *text,
           const char *close)
{
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (
    adw_message_dialog_new (GTK_WINDOW (window), heading, body));

  adw_message_dialog_set_extra_child (dialog, text_new (text, heading));
  adw_message_dialog_add_response (dialog, "close", close);
  applet_names_present (GTK_WINDOW (dialog));
}

static void
show_code (AppletDevicesWindow *window, GVariant *result)
{
  const char *code = "";

  g_variant_lookup (result, "recovery-code", "&s", &code);
  show_text (
    window, _ ("The Recovery Code"),
    _ ("It is shown this once and kept nowhere. Write it down, and keep it where none of these "
       "machines is. Whoever has it can make any machine the owner of the network; without it "
       "nobody can once all owners are lost."),
    code, _ ("I _Wrote It Down"));
}

/* --- Signing --- */

static void
on_protected (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletDevicesWindow) window = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    told = bamgate_client_protect_finish (BAMGATE_CLIENT (source), result, &error);

  if (!told)
    {
      applet_devices_window_fail (window, error);
      return;
    }
  applet_devices_window_done (window, _ ("The network is signed"));
  show_code (window, told);
}

static void
go_protect (AdwMessageDialog *question, const char *response, AppletDevicesWindow *window)
{
  if (g_str_equal (response, "protect"))
    bamgate_client_protect (applet_devices_window_get_client (window), no_options (), NULL,
                            on_protected, g_object_ref (window));
}

void
applet_network_protect (AppletDevicesWindow *window)
{
  AdwMessageDialog *question = applet_question_new (
    GTK_WINDOW (window), _ ("Sign the Network?"),
    _ (
      "From then on only owners say which machines are in the network, this machine first, and the hub can "
      "let nobody in. A network that is signed stays so. You get a recovery code to write down."),
    "protect", _ ("_Sign"), ADW_RESPONSE_SUGGESTED);

  g_signal_connect_object (question, "response", G_CALLBACK (go_protect), window, 0);
  applet_names_present (GTK_WINDOW (question));
}

/* --- Recovering --- */

typedef struct
{
  AppletDevicesWindow *window;
  GtkEditable *entry;
} Recovery;

static void
recovery_free (gpointer data, GClosure *closure)
{
  Recovery *recovery = data;

  g_object_unref (recovery->window);
  g_object_unref (recovery->entry);
  g_free (recovery);
}

static void
on_recovered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletDevicesWindow) window = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    told = bamgate_client_recover_finish (BAMGATE_CLIENT (source), result, &error);

  if (!told)
    {
      applet_devices_window_fail (window, error);
      return;
    }
  applet_devices_window_done (window, _ ("This machine is the network’s only owner"));
  show_code (window, told);
}

static void
go_recover (AdwMessageDialog *question, const char *response, Recovery *recovery)
{
  if (g_str_equal (response, "recover"))
    bamgate_client_recover (applet_devices_window_get_client (recovery->window),
                            gtk_editable_get_text (recovery->entry), no_options (), NULL,
                            on_recovered, g_object_ref (recovery->window));
  gtk_editable_set_text (recovery->entry, "");
}

void
applet_network_recover (AppletDevicesWindow *window)
{
  AdwMessageDialog *question = applet_question_new (
    GTK_WINDOW (window), _ ("Recover the Network?"),
    _ (
      "With the recovery code this machine becomes the network’s only owner; those that there are sign no "
      "more. The code is used up, and you get the next one."),
    "recover", _ ("_Recover"), ADW_RESPONSE_DESTRUCTIVE);
  Recovery *recovery = g_new (Recovery, 1);

  recovery->window = g_object_ref (window);
  recovery->entry = applet_question_add_entry (question, adw_password_entry_row_new (),
                                               _ ("Recovery Code"), "recover");
  g_signal_connect_data (question, "response", G_CALLBACK (go_recover), recovery, recovery_free, 0);
  applet_names_present (GTK_WINDOW (question));
}

/* --- A key for another owner --- */

static void
on_signing_key (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletDevicesWindow) window = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    told = bamgate_client_get_signing_key_finish (BAMGATE_CLIENT (source), result, &error);
  const char *key = "";

  if (!told)
    {
      applet_devices_window_fail (window, error);
      return;
    }
  g_variant_lookup (told, "signing-key", "&s", &key);
  show_text (
    window, _ ("This Machine’s Signing Key"),
    _ (
      "It is no secret. In this window of an owner’s machine choose “Make It an Owner” for this one, "
      "and type it in there."),
    key, _ ("_Close"));
}

void
applet_network_show_signing_key (AppletDevicesWindow *window)
{
  bamgate_client_get_signing_key (applet_devices_window_get_client (window), NULL, on_signing_key,
                                  g_object_ref (window));
}

/* --- An alarm --- */

static void
on_trusted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletDevicesWindow) window = data;
  g_autoptr (GError) error = NULL;

  if (bamgate_client_trust_network_finish (BAMGATE_CLIENT (source), result, &error))
    applet_devices_window_done (window, _ ("The alarm has ended"));
  else
    applet_devices_window_fail (window, error);
}

static void
go_trust (AdwMessageDialog *question, const char *response, AppletDevicesWindow *window)
{
  const char *head = g_object_get_data (G_OBJECT (question), "applet-head");
  GVariantDict options;

  if (!g_str_equal (response, "trust"))
    return;
  g_variant_dict_init (&options, NULL);
  if (*head)
    g_variant_dict_insert (&options, "head", "s", head);
  bamgate_client_trust_network (applet_devices_window_get_client (window),
                                g_variant_dict_end (&options), NULL, on_trusted,
                                g_object_ref (window));
}

void
applet_network_trust (AppletDevicesWindow *window, const char *head)
{
  AdwMessageDialog *question = applet_question_new (
    GTK_WINDOW (window), _ ("Did You Compare It?"),
    *head
      ? head
      : _ (
        "Whether an owner’s machine shows the same last entry as this one says whether all is well."),
    "trust", _ ("It _Is True"), ADW_RESPONSE_DESTRUCTIVE);

  if (*head)
    adw_message_dialog_format_body (
      question,
      _ ("An owner’s machine has to show this entry, or one after it:\n%s\n\nIf it is not this "
         "machine’s, the hub’s signatures are taken in their place once all are checked; what only "
         "this machine’s said, also who was put out, counts no more."),
      head);
  g_object_set_data_full (G_OBJECT (question), "applet-head", g_strdup (head), g_free);
  g_signal_connect_object (question, "response", G_CALLBACK (go_trust), window, 0);
  applet_names_present (GTK_WINDOW (question));
}

/* --- Unsigned machines --- */

static void
on_allowed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppletDevicesWindow) window = data;
  g_autoptr (GError) error = NULL;

  if (bamgate_client_allow_unsigned_finish (BAMGATE_CLIENT (source), result, &error))
    applet_devices_window_done (window, _ ("Signed"));
  else
    applet_devices_window_fail (window, error);
}

void
applet_network_allow_unsigned (AppletDevicesWindow *window, gboolean allow)
{
  bamgate_client_allow_unsigned (applet_devices_window_get_client (window), allow, NULL, on_allowed,
                                 g_object_ref (window));
}
