/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "setting-row.h"

#include "quiet-switch.h"

#include <glib/gi18n.h>

#define STATE_KEY "applet-setting"

typedef struct
{
  const AppletSetting *setting;
  AppletSettingChanged changed;
  gpointer data;
  GtkSwitch *toggle;   /* of a switch row */
  gboolean is_showing; /* what changes is our doing */
} State;

static State *
state_of (GtkWidget *row)
{
  return g_object_get_data (G_OBJECT (row), STATE_KEY);
}

char *
applet_setting_to_text (GVariant *value)
{
  if (!value)
    return g_strdup ("");
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    {
      g_autofree const char **items = g_variant_get_strv (value, NULL);

      return g_strjoinv (";", (char **) items);
    }
  return g_variant_print (value, FALSE);
}

static void
tell (State *state, GVariant *value)
{
  if (state->is_showing)
    g_variant_unref (g_variant_ref_sink (value));
  else
    state->changed (state->setting, value, state->data);
}

/* --- Text --- */

static void
on_entry_apply (AdwEntryRow *row, State *state)
{
  tell (state, g_variant_new_string (gtk_editable_get_text (GTK_EDITABLE (row))));
}

static GtkWidget *
text_row_new (State *state)
{
  GtkWidget *row = adw_entry_row_new ();

  adw_entry_row_set_show_apply_button (ADW_ENTRY_ROW (row), TRUE);
  g_signal_connect (row, "apply", G_CALLBACK (on_entry_apply), state);
  return row;
}

/* What the person is writing is not taken away. */
static void
show_text (GtkWidget *row, GVariant *value)
{
  g_autofree char *text = applet_setting_to_text (value);

  gtk_widget_remove_css_class (row, "error");
  if (g_str_equal (text, gtk_editable_get_text (GTK_EDITABLE (row))))
    return;
  adw_entry_row_set_show_apply_button (ADW_ENTRY_ROW (row), FALSE);
  gtk_editable_set_text (GTK_EDITABLE (row), text);
  adw_entry_row_set_show_apply_button (ADW_ENTRY_ROW (row), TRUE);
}

/* --- Switch --- */

static void
on_toggle_notify (GtkSwitch *toggle, GParamSpec *pspec, State *state)
{
  tell (state, g_variant_new_boolean (gtk_switch_get_active (toggle)));
}

static GtkWidget *
switch_row_new (State *state)
{
  GtkWidget *row = adw_action_row_new ();

  state->toggle = GTK_SWITCH (gtk_switch_new ());
  gtk_widget_set_valign (GTK_WIDGET (state->toggle), GTK_ALIGN_CENTER);
  if (state->setting->subtitle)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), _ (state->setting->subtitle));
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), GTK_WIDGET (state->toggle));
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), GTK_WIDGET (state->toggle));
  g_signal_connect (state->toggle, "notify::active", G_CALLBACK (on_toggle_notify), state);
  return row;
}

/* --- Choice --- */

static void
on_choice_notify (AdwComboRow *row, GParamSpec *pspec, State *state)
{
  guint selected = adw_combo_row_get_selected (row);

  if (selected != GTK_INVALID_LIST_POSITION)
    tell (state, g_variant_new_string (state->setting->choices[selected].value));
}

static GtkWidget *
choice_row_new (State *state)
{
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);
  GtkWidget *row = adw_combo_row_new ();

  for (const AppletChoice *choice = state->setting->choices; choice->value; choice++)
    gtk_string_list_append (list, _ (choice->words));
  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (list));
  g_signal_connect (row, "notify::selected", G_CALLBACK (on_choice_notify), state);
  return row;
}

/* What a file may have beside them ("info,ice=debug", of the log) is none of the list, which then shows none. */
static void
show_choice (State *state, GtkWidget *row, GVariant *value)
{
  g_autofree char *text = applet_setting_to_text (value);
  const AppletChoice *choices = state->setting->choices;
  guint selected = GTK_INVALID_LIST_POSITION;

  for (guint i = 0; choices[i].value; i++)
    if (g_str_equal (choices[i].value, text))
      selected = i;
  adw_combo_row_set_selected (ADW_COMBO_ROW (row), selected);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row),
                               selected == GTK_INVALID_LIST_POSITION ? text : "");
}

/* --- Any of them --- */

static void
show_switch (GtkSwitch *toggle, GVariant *value)
{
  gboolean is_on = value && g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN)
                   && g_variant_get_boolean (value);

  applet_quiet_switch_show (toggle, is_on, is_on);
}

void
applet_setting_row_show (GtkWidget *row, GVariant *value)
{
  State *state = state_of (row);

  state->is_showing = TRUE;
  if (state->setting->kind == APPLET_SETTING_TEXT)
    show_text (row, value);
  else if (state->setting->kind == APPLET_SETTING_CHOICE)
    show_choice (state, row, value);
  else
    show_switch (state->toggle, value);
  state->is_showing = FALSE;
}

void
applet_setting_row_refuse (GtkWidget *row)
{
  if (state_of (row)->setting->kind == APPLET_SETTING_TEXT)
    gtk_widget_add_css_class (row, "error");
}

GtkWidget *
applet_setting_row_new (const AppletSetting *setting, AppletSettingChanged changed, gpointer data)
{
  State *state = g_new0 (State, 1);
  GtkWidget *row;

  *state = (State){ .setting = setting, .changed = changed, .data = data };
  if (setting->kind == APPLET_SETTING_TEXT)
    row = text_row_new (state);
  else if (setting->kind == APPLET_SETTING_CHOICE)
    row = choice_row_new (state);
  else
    row = switch_row_new (state);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ (setting->title));
  g_object_set_data_full (G_OBJECT (row), STATE_KEY, state, g_free);
  return row;
}
