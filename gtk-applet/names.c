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

void
applet_names_present (GtkWindow *window)
{
  applet_names_tidy (GTK_WIDGET (window));
  gtk_window_present (window);
}
