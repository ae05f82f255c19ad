/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import-dialog.h"

#include "failure-words.h"
#include "format.h"
#include "names.h"
#include "tunnel-actions.h"

#include "common/printable.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_FILE (256 * 1024)

/* What is to be imported, as secret as the keys in it. */
typedef struct
{
  AppletWindow *window;
  char *text;
  char *secrets; /* of the secrets.toml beside it; NULL */
} Import;

static void
free_secret (char *text)
{
  if (text)
    explicit_bzero (text, strlen (text));
  g_free (text);
}

static void
import_free (Import *import)
{
  free_secret (import->text);
  free_secret (import->secrets);
  g_object_unref (import->window);
  g_free (import);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Import, import_free)

static void run (Import *import, gboolean force);

/* --- The answer --- */

static char *
describe_skipped (GVariant *result)
{
  g_autoptr (GVariantIter) skipped = NULL;
  GString *text = g_string_new (NULL);
  const char *what, *why;
  guint32 line;

  g_variant_lookup (result, "skipped", "a(uss)", &skipped);
  while (skipped && g_variant_iter_next (skipped, "(u&s&s)", &line, &what, &why))
    {
      g_autofree char *shown = bg_printable (what);
      g_autofree char *reason = bg_printable (why);

      /* Translators: a line of a file, what stands there, and why it is not taken */
      g_string_append_printf (text, _ ("\nLine %u: %s: %s"), line, shown, reason);
    }
  return g_string_free (text, FALSE);
}

static void
show_result (AppletWindow *window, GVariant *result)
{
  g_autofree char *skipped = describe_skipped (result);
  GtkWidget *dialog;

  applet_window_toast (window, _ ("The file is imported"));
  if (!*skipped)
    return;
  dialog = adw_message_dialog_new (GTK_WINDOW (window), _ ("Imported, With Exceptions"), NULL);
  adw_message_dialog_format_body (ADW_MESSAGE_DIALOG (dialog),
                                  _ ("What has no meaning here was left out:%s"), skipped);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  applet_names_present (GTK_WINDOW (dialog));
}

static void
on_force_response (AdwMessageDialog *dialog, const char *response, gpointer data)
{
  Import *import = g_object_steal_data (G_OBJECT (dialog), "applet-import");

  if (import && g_str_equal (response, "force"))
    run (import, TRUE);
  else if (import)
    import_free (import);
}

/* It would replace something. */
static void
ask_to_force (Import *import, const GError *error)
{
  g_autofree char *why = applet_failure_words (error);
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (
    adw_message_dialog_new (GTK_WINDOW (import->window), _ ("Not Imported"), why));

  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "force", _ ("_Replace"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "force", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_object_set_data_full (G_OBJECT (dialog), "applet-import", import, (GDestroyNotify) import_free);
  g_signal_connect (dialog, "response", G_CALLBACK (on_force_response), NULL);
  applet_names_present (GTK_WINDOW (dialog));
}

static void
on_imported (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Import) import = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    answer = bamgate_client_import_text_finish (BAMGATE_CLIENT (source), result, &error);

  if (g_error_matches (error, BAMGATE_ERROR, BAMGATE_ERROR_EXISTS))
    {
      ask_to_force (g_steal_pointer (&import), error);
      return;
    }
  if (!answer)
    {
      applet_window_complain (import->window, _ ("The File Was Not Imported"), error);
      return;
    }
  show_result (import->window, answer);
  applet_tunnel_up (applet_window_get_application (import->window));
}

static void
run (Import *import, gboolean force)
{
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  if (force)
    g_variant_dict_insert (&options, "force", "b", TRUE);
  if (import->secrets)
    g_variant_dict_insert (&options, "secrets", "s", import->secrets);
  bamgate_client_import_text (applet_window_get_client (import->window), import->text,
                              g_variant_dict_end (&options), NULL, on_imported, import);
}

/* --- The file --- */

static gboolean
take_text (char **to, char *contents, gsize size, GError **error)
{
  if (size <= MAX_FILE && g_utf8_validate (contents, (gssize) size, NULL))
    {
      *to = contents;
      return TRUE;
    }
  free_secret (contents);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       _ ("This is no text file of settings."));
  return FALSE;
}

static void
on_secrets_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  Import *import = data;
  char *contents = NULL;
  gsize size;

  if (g_file_load_contents_finish (G_FILE (source), result, &contents, &size, NULL, NULL))
    take_text (&import->secrets, contents, size, NULL);
  run (import, FALSE);
}

static void
on_file_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  Import *import = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) parent = g_file_get_parent (G_FILE (source));
  g_autoptr (GFile) beside = parent ? g_file_get_child (parent, "secrets.toml") : NULL;
  g_autofree char *name = g_file_get_basename (G_FILE (source));
  char *contents = NULL;
  gsize size;

  if (!g_file_load_contents_finish (G_FILE (source), result, &contents, &size, NULL, &error)
      || !take_text (&import->text, contents, size, &error))
    {
      applet_window_complain (import->window, _ ("The File Was Not Imported"), error);
      import_free (import);
    }
  else if (beside && g_str_equal (name, "config.toml"))
    g_file_load_contents_async (beside, NULL, on_secrets_loaded, import);
  else
    run (import, FALSE);
}

static void
on_chooser_response (GtkNativeDialog *chooser, int response, AppletWindow *window)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT
                             ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser))
                             : NULL;
  Import *import;

  if (file)
    {
      import = g_new0 (Import, 1);
      import->window = g_object_ref (window);
      g_file_load_contents_async (file, NULL, on_file_loaded, import);
    }
  g_object_unref (chooser);
}

void
applet_import_dialog_open (AppletWindow *window)
{
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (
    _ ("Import a File"), GTK_WINDOW (window), GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Import"), NULL);

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_signal_connect_object (chooser, "response", G_CALLBACK (on_chooser_response), window, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}
