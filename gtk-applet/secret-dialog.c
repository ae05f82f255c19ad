/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "secret-dialog.h"

#include "names.h"

#include "common/source.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#define ANSWER "answer"

/* The rows are in the order of the request's names. */
typedef struct
{
  BamgateSecretRequest *request;
  AdwMessageDialog *dialog;
  GPtrArray *rows;
  gulong cancelled_id;
  GSource *closing;
  gboolean is_answered;
} Question;

static void
question_free (gpointer data, GClosure *closure)
{
  Question *self = data;

  g_cancellable_disconnect (bamgate_secret_request_get_cancellable (self->request),
                            self->cancelled_id);
  bg_source_drop (&self->closing);
  g_ptr_array_unref (self->rows);
  g_object_unref (self->request);
  g_free (self);
}

static void
refuse (Question *self)
{
  g_autoptr (GError)
    error = g_error_new_literal (BAMGATE_SECRET_ERROR, BAMGATE_SECRET_ERROR_CANCELED, "not typed");

  bamgate_secret_request_fail (self->request, error);
}

static void
answer (Question *self)
{
  const char *const *names = bamgate_secret_request_get_names (self->request);
  GVariantBuilder secrets;

  g_variant_builder_init (&secrets, G_VARIANT_TYPE ("a{ss}"));
  for (guint i = 0; i < self->rows->len; i++)
    g_variant_builder_add (&secrets, "{ss}", names[i],
                           gtk_editable_get_text (self->rows->pdata[i]));
  bamgate_secret_request_answer (self->request, g_variant_builder_end (&secrets));
}

static void
on_response (AdwMessageDialog *dialog, const char *response, Question *self)
{
  if (self->is_answered)
    return;
  self->is_answered = TRUE;
  if (g_str_equal (response, ANSWER))
    answer (self);
  else
    refuse (self);
}

/* The tunnel was taken down, or another agent was asked instead. */
static gboolean
on_closing (gpointer data)
{
  Question *self = data;

  bg_source_drop (&self->closing);
  gtk_window_close (GTK_WINDOW (self->dialog));
  return G_SOURCE_REMOVE;
}

static void
on_cancelled (GCancellable *cancellable, Question *self)
{
  self->is_answered = TRUE;
  self->closing = bg_source_attach (g_idle_source_new (), on_closing, self);
}

static void
on_row_changed (Question *self)
{
  gboolean is_ready = TRUE;

  if (self->is_answered) /* the rows go one by one */
    return;
  for (guint i = 0; i < self->rows->len; i++)
    is_ready = is_ready && *gtk_editable_get_text (self->rows->pdata[i]) != '\0';
  adw_message_dialog_set_response_enabled (self->dialog, ANSWER, is_ready);
}

static void
on_row_activated (Question *self)
{
  if (adw_message_dialog_get_response_enabled (self->dialog, ANSWER))
    adw_message_dialog_response (self->dialog, ANSWER);
}

static GtkWidget *
add_row (Question *self, const char *title)
{
  GtkWidget *row = adw_password_entry_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  g_signal_connect_swapped (row, "changed", G_CALLBACK (on_row_changed), self);
  g_signal_connect_swapped (row, "entry-activated", G_CALLBACK (on_row_activated), self);
  g_ptr_array_add (self->rows, g_object_ref_sink (row));
  return row;
}

static GtkWidget *
make_rows (Question *self)
{
  GtkWidget *group = adw_preferences_group_new ();
  const char *const *names = bamgate_secret_request_get_names (self->request);

  for (guint i = 0; names[i]; i++)
    adw_preferences_group_add (ADW_PREFERENCES_GROUP (group),
                               add_row (self, names[1] ? names[i] : _ ("Secret")));
  return group;
}

static void
make_dialog (Question *self, GtkWindow *parent)
{
  self->dialog = ADW_MESSAGE_DIALOG (
    adw_message_dialog_new (parent, _ ("A Secret Is Needed to Connect"), NULL));
  adw_message_dialog_set_body (self->dialog, bamgate_secret_request_get_label (self->request));
  adw_message_dialog_set_extra_child (self->dialog, make_rows (self));
  adw_message_dialog_add_responses (self->dialog, "cancel", _ ("_Cancel"), ANSWER, _ ("C_onnect"),
                                    NULL);
  adw_message_dialog_set_response_appearance (self->dialog, ANSWER, ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_response_enabled (self->dialog, ANSWER, FALSE);
  adw_message_dialog_set_default_response (self->dialog, ANSWER);
  adw_message_dialog_set_close_response (self->dialog, "cancel");
}

void
applet_secret_dialog_open (GtkWindow *parent, BamgateSecretRequest *request)
{
  Question *self = g_new0 (Question, 1);
  GCancellable *cancellable = bamgate_secret_request_get_cancellable (request);

  self->request = g_object_ref (request);
  self->rows = g_ptr_array_new_with_free_func (g_object_unref);
  make_dialog (self, parent);
  g_signal_connect_data (self->dialog, "response", G_CALLBACK (on_response), self, question_free,
                         0);
  self->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), self, NULL);
  applet_names_present (GTK_WINDOW (self->dialog));
}
