/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* References that several threads hold, with the compiler's atomics, which ThreadSanitizer sees (GLib's own it does not). */
static inline void
bg_counted_begin (guint *refs)
{
  *refs = 1;
}

static inline void
bg_counted_ref (guint *refs)
{
  __atomic_fetch_add (refs, 1, __ATOMIC_RELAXED);
}

/* TRUE: that was the last one. */
static inline gboolean
bg_counted_unref (guint *refs)
{
  return __atomic_fetch_sub (refs, 1, __ATOMIC_ACQ_REL) == 1;
}
