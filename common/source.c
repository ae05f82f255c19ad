/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/source.h"

/* From here on a second more or less is nobody's concern, and one wake-up serves many. */
#define COARSE_MS 5000

GSource *
bg_source_attach (GSource *source, GSourceFunc callback, gpointer data)
{
  g_source_set_callback (source, callback, data, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

void
bg_source_arm (GSource **source, guint delay_ms, GSourceFunc callback, gpointer data)
{
  bg_source_drop (source);
  *source = bg_source_attach (delay_ms >= COARSE_MS && delay_ms % 1000 == 0
                                ? g_timeout_source_new_seconds (delay_ms / 1000)
                                : g_timeout_source_new (delay_ms),
                              callback, data);
}

void
bg_source_drop (GSource **source)
{
  GSource *old = g_steal_pointer (source);

  if (old)
    {
      g_source_destroy (old);
      g_source_unref (old);
    }
}
