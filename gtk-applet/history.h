/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How much went to and fro in the last minutes: rates between readings of two counters. */

#include <glib-object.h>

/* Readings that are kept. */
#define APPLET_HISTORY_LENGTH 60

#define APPLET_TYPE_HISTORY (applet_history_get_type ())
G_DECLARE_FINAL_TYPE (AppletHistory, applet_history, APPLET, HISTORY, GObject)

/* Signal: "changed". */
AppletHistory *applet_history_new (void);
/* What the counters say now; `now_us` of a monotonic clock. A counter that fell began anew. */
void applet_history_read (AppletHistory *self, guint64 rx_bytes, guint64 tx_bytes, gint64 now_us);
/* The next reading is the first: nobody looked for a while. */
void applet_history_pause (AppletHistory *self);
/* Bytes per second, both ways together; 0 is the newest. */
guint64 applet_history_get_rate (AppletHistory *self, guint age);
guint64 applet_history_get_rx_rate (AppletHistory *self);
guint64 applet_history_get_tx_rate (AppletHistory *self);
/* The largest of them all. */
guint64 applet_history_get_peak (AppletHistory *self);
