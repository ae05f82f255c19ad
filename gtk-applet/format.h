/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Figures as people read them, in their language. Real times and latencies are microseconds. Free with g_free(). */

/* "3 minutes"; of the largest unit that is there. */
char *applet_format_duration (gint64 us);
/* "3 minutes ago"; "Just now" below five seconds and for the future; "Never" for 0. */
char *applet_format_ago (gint64 realtime_us, gint64 now_us);
/* "12 ms"; negative is none, and gives "". */
char *applet_format_latency (gint64 us);
/* "1.2 MB/s" */
char *applet_format_rate (guint64 bytes_per_second);
/* "4:05", for what runs out. */
char *applet_format_countdown (gint64 seconds);
/* "a, b" */
char *applet_format_list (const char *const *items);
