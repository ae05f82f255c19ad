/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names.h"

/* What is left is the text that the button shows. */
static void
tidy_button (GtkButton *button)
{
  if (gtk_button_get_label (button) && gtk_button_get_use_underline (button))
    gtk_accessible_reset_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL);
}

void
applet_names_tidy (GtkWidget *widget)
{
  GtkWidget *child = gtk_widget_get_first_child (widget);

  if (GTK_IS_BUTTON (widget))
    tidy_button (GTK_BUTTON (widget));
  for (; child; child = gtk_widget_get_next_sibling (child))
    applet_names_tidy (child);
}

/* Later versions of libadwaita take the titles of rows for it, which then come before. */
void
applet_names_say (GtkWidget *widget, const char *name, const char *description)
{
  GtkAccessible *said = GTK_ACCESSIBLE (widget);

  gtk_accessible_reset_relation (said, GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (said, GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  if (!description)
    return;
  gtk_accessible_reset_relation (said, GTK_ACCESSIBLE_RELATION_DESCRIBED_BY);
  gtk_accessible_update_property (said, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
}

void
applet_names_present (GtkWindow *window)
{
  applet_names_tidy (GTK_WIDGET (window));
  gtk_window_present (window);
}
