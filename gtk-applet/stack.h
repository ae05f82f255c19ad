/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gtk/gtk.h>

/* Shows one page of a stack and hides the others: screen readers would find them otherwise, as nothing else tells. */
void applet_stack_show      (GtkStack *stack, GtkWidget *page);
void applet_stack_show_name (GtkStack *stack, const char *name);
