/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rows.h"

#include "names.h"

#include <glib/gi18n.h>

#define BUTTON_KEY "applet-copy-button"

static void
name_row (GtkWidget *row)
{
  const char *title = adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row));
  const char *value = adw_action_row_get_subtitle (ADW_ACTION_ROW (row));
  g_autofree char *name = value && *value ? g_strdup_printf ("%s: %s", title, value)
                                          : g_strdup (title);

  applet_names_say (GTK_WIDGET (row), name, NULL);
}

/* What breaks in a key or an address would show a hyphen that is none of it. */
static void
forbid_hyphens (GtkWidget *widget)
{
  GtkWidget *child = gtk_widget_get_first_child (widget);
  g_autoptr (PangoAttrList) attributes = NULL;

  if (GTK_IS_LABEL (widget) && gtk_widget_has_css_class (widget, "subtitle"))
    {
      attributes = pango_attr_list_new ();
      pango_attr_list_insert (attributes, pango_attr_insert_hyphens_new (FALSE));
      gtk_label_set_attributes (GTK_LABEL (widget), attributes);
    }
  for (; child; child = gtk_widget_get_next_sibling (child))
    forbid_hyphens (child);
}

GtkWidget *
applet_fact_row_new (const char *title, const char *value)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_add_css_class (row, "fact");
  forbid_hyphens (row);
  applet_fact_row_set (row, value);
  return row;
}

GtkWidget *
applet_nothing_row_new (const char *what_then)
{
  GtkWidget *row = applet_fact_row_new (_ ("Nothing Yet"), what_then);

  gtk_widget_remove_css_class (row, "fact");
  return row;
}

static void
name_button (GtkWidget *button, const char *name)
{
  gtk_widget_set_tooltip_text (button, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static GtkWidget *
add_button (GtkWidget *row, const char *icon)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  return button;
}

void
applet_row_add_button (GtkWidget *row, const char *icon, const char *label, const char *action,
                       const char *target)
{
  GtkWidget *button = add_button (row, icon);

  name_button (button, label);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", target);
}

static void
aim_button (GtkWidget *row, const char *copied)
{
  GtkWidget *button = g_object_get_data (G_OBJECT (row), BUTTON_KEY);
  const char *title = adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row));
  /* Translators: of a button beside a fact, “Copy Address” */
  g_autofree char *name = g_strdup_printf (_ ("Copy %s"), title);

  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", copied);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.copy");
  name_button (button, name);
}

GtkWidget *
applet_copy_row_new (const char *title, const char *value, const char *copied)
{
  GtkWidget *row = applet_fact_row_new (title, value);

  g_object_set_data (G_OBJECT (row), BUTTON_KEY, add_button (row, "edit-copy-symbolic"));
  aim_button (row, copied);
  return row;
}

void
applet_fact_row_set (GtkWidget *row, const char *value)
{
  if (g_strcmp0 (adw_action_row_get_subtitle (ADW_ACTION_ROW (row)), value) == 0 && value && *value)
    return;
  gtk_widget_set_visible (row, value && *value);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), value ? value : "");
  name_row (row);
  if (g_object_get_data (G_OBJECT (row), BUTTON_KEY))
    aim_button (row, value ? value : "");
}

void
applet_fact_row_set_title (GtkWidget *row, const char *title)
{
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  name_row (row);
}

void
applet_rows_init (AppletRows *rows, GtkWidget *group)
{
  rows->group = ADW_PREFERENCES_GROUP (group);
  rows->rows = g_ptr_array_new ();
  rows->key = NULL;
}

static void
drop_rows (AppletRows *rows)
{
  for (guint i = 0; i < rows->rows->len; i++)
    adw_preferences_group_remove (rows->group, rows->rows->pdata[i]);
  g_ptr_array_set_size (rows->rows, 0);
}

gboolean
applet_rows_begin (AppletRows *rows, const char *key)
{
  if (g_strcmp0 (rows->key, key) == 0)
    return FALSE;
  drop_rows (rows);
  g_free (rows->key);
  rows->key = g_strdup (key);
  return TRUE;
}

void
applet_rows_add (AppletRows *rows, GtkWidget *row)
{
  adw_preferences_group_add (rows->group, row);
  g_ptr_array_add (rows->rows, row);
}

void
applet_rows_clear (AppletRows *rows)
{
  g_clear_pointer (&rows->rows, g_ptr_array_unref);
  g_clear_pointer (&rows->key, g_free);
}

GSource *
applet_rows_refresh_source_new (void)
{
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, GTK_PRIORITY_RESIZE - 1);
  return source;
}
