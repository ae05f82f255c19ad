/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* µs of a clock that goes on while the machine sleeps, and that nobody sets. */
gint64 bg_boottime_us (void);
