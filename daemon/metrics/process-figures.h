/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the kernel says of this process. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 resident_bytes, virtual_bytes;
  guint64 threads;
  guint64 open_fds, max_fds;
  gint64  cpu_us;   /* user and system, all threads */
  gint64  start_us; /* CLOCK_REALTIME */
} BgProcessFigures;

/* What cannot be learnt is 0. */
void bg_process_figures_read (BgProcessFigures *out);
/* The fields of /proc/PID/stat into `out`, with times in ticks of `ticks_per_s`, those of the start since the boot; FALSE where `text` is none. Pure. */
gboolean bg_process_figures_parse (const char *text, guint64 page_bytes, guint64 ticks_per_s, BgProcessFigures *out);

G_END_DECLS
