/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/main-timer.h"

#include "common/source.h"

void
bg_clear_source (GSource **source)
{
  bg_source_drop (source);
}

void
bg_arm_timer (GSource **source, guint delay_ms, GSourceFunc callback, gpointer data)
{
  bg_source_arm (source, delay_ms, callback, data);
}

gint64
bg_main_now_us (void)
{
  return g_get_monotonic_time ();
}
