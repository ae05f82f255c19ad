/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stack.h"

void
applet_stack_show (GtkStack *stack, GtkWidget *page)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (stack));

  gtk_widget_set_visible (page, TRUE);
  gtk_stack_set_visible_child (stack, page);
  for (; child; child = gtk_widget_get_next_sibling (child))
    gtk_widget_set_visible (child, child == page);
}

void
applet_stack_show_name (GtkStack *stack, const char *name)
{
  applet_stack_show (stack, gtk_stack_get_child_by_name (stack, name));
}
