/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gtk/gtk.h>

/* Shows a switch as what is so. One that shows it already is let alone: the person's own turn of it lasts a moment, and setting it,
 * even to what it is, would take that back. */
void applet_quiet_switch_show (GtkSwitch *shown, gboolean active, gboolean state);
