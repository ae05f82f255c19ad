/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The exit on the page of this machine: how it is, who can be one, and what goes with it. */

#include <adwaita.h>
#include <bamgate.h>

typedef struct AppletExitRows AppletExitRows;

/* Into two groups, which keep the rows: `choices`, and `options` below it. */
AppletExitRows *applet_exit_rows_new (GtkWidget *choices, GtkWidget *options);
void applet_exit_rows_free (AppletExitRows *self);
/* Shows what is so now, also over what a person moved. */
void applet_exit_rows_show (AppletExitRows *self, BamgateClient *client);
