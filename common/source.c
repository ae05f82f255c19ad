/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/source.h"

GSource *
bg_source_attach (GSource *source, GSourceFunc callback, gpointer data)
{
  g_source_set_callback (source, callback, data, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
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
