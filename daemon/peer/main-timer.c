/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer/main-timer.h"

#include "common/source.h"

/* From here on a second more or less is nobody's concern, and one wake-up serves many. */
#define COARSE_MS 5000

void
bg_clear_source (GSource **source)
{
  bg_source_drop (source);
}

void
bg_arm_timer (GSource **source, guint delay_ms, GSourceFunc callback, gpointer data)
{
  bg_clear_source (source);
  *source = bg_source_attach (delay_ms >= COARSE_MS && delay_ms % 1000 == 0
                                ? g_timeout_source_new_seconds (delay_ms / 1000)
                                : g_timeout_source_new (delay_ms),
                              callback, data);
}

gint64
bg_main_now_us (void)
{
  return g_get_monotonic_time ();
}
