/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gtk/gtk.h>

/* Names for screen readers of the buttons in `widget`: GTK 4.8 says the label with its underscore, and then once more. */
void applet_names_tidy (GtkWidget *widget);
/* What a row is called; `description` NULL: as it is. */
void applet_names_say (GtkWidget *widget, const char *name, const char *description);
/* Shows a window whose buttons are named so. */
void applet_names_present (GtkWindow *window);
