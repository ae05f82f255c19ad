/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the page of this machine and those of the others show in the same way. */

#include "history.h"
#include "rows.h"
#include "words.h"

/* State, and why in the daemon's words; `label` is what a screen reader says first. */
void applet_machine_rows_show_state (AdwActionRow *row, GtkImage *icon, AppletWords words,
                                     const char *reason, const char *label);
/* `whole`: with the length of the prefix. What is copied has none. The group is hidden where there are none; NULL: none. */
void applet_machine_rows_show_addresses (AppletRows *rows, const char *const *addresses,
                                         gboolean whole);
/* Two rows: per second now, and all in all. */
void applet_machine_rows_show_traffic (GtkWidget *now, GtkWidget *total, AppletHistory *history,
                                       guint64 rx_bytes, guint64 tx_bytes);
