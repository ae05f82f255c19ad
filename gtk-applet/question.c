/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "question.h"

#include <glib/gi18n.h>

AdwMessageDialog *
applet_question_new (GtkWindow *window, const char *heading, const char *body, const char *id,
                     const char *label, AdwResponseAppearance appearance)
{
  AdwMessageDialog *question = ADW_MESSAGE_DIALOG (adw_message_dialog_new (window, heading, body));

  adw_message_dialog_add_response (question, "cancel", _ ("_Cancel"));
  adw_message_dialog_add_response (question, id, label);
  adw_message_dialog_set_response_appearance (question, id, appearance);
  adw_message_dialog_set_close_response (question, "cancel");
  return question;
}

static void
on_entry_changed (GtkEditable *entry, AdwMessageDialog *question)
{
  const char *id = g_object_get_data (G_OBJECT (entry), "applet-response");

  adw_message_dialog_set_response_enabled (question, id, *gtk_editable_get_text (entry) != '\0');
}

GtkEditable *
applet_question_add_entry (AdwMessageDialog *question, GtkWidget *entry, const char *title,
                           const char *id)
{
  GtkWidget *list = gtk_list_box_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (entry), title);
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  gtk_list_box_append (GTK_LIST_BOX (list), entry);
  adw_message_dialog_set_extra_child (question, list);
  g_object_set_data_full (G_OBJECT (entry), "applet-response", g_strdup (id), g_free);
  g_signal_connect_object (entry, "changed", G_CALLBACK (on_entry_changed), question, 0);
  on_entry_changed (GTK_EDITABLE (entry), question);
  return GTK_EDITABLE (g_object_ref (
    entry)); /* it outlives the question, whose answer may come when the rest is gone */
}
