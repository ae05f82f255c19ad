/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "quiet-switch.h"

void
applet_quiet_switch_show (GtkSwitch *shown, gboolean active, gboolean state)
{
  if (!gtk_switch_get_state (shown) != !state)
    gtk_switch_set_state (shown, state); /* and moves it too */
  if (!gtk_switch_get_active (shown) != !active)
    gtk_switch_set_active (shown, active);
}
