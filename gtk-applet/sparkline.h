/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "history.h"

#include <gtk/gtk.h>

/* A small picture of a history: time runs as people read, the newest at the end; the highest bar is its peak. */
#define APPLET_TYPE_SPARKLINE (applet_sparkline_get_type ())
G_DECLARE_FINAL_TYPE (AppletSparkline, applet_sparkline, APPLET, SPARKLINE, GtkWidget)

GtkWidget *applet_sparkline_new (void);
/* NULL draws nothing. */
void applet_sparkline_set_history (AppletSparkline *self, AppletHistory *history);
