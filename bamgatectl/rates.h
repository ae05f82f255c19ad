/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Bytes a second, from counters that somebody reads whenever they may have changed. The daemon counts every second, and says
 * nothing while nothing goes through. */

#include <glib-object.h>

/* The refresh that was asked for, and after which nothing new means that nothing went through. */
enum
{
  RATES_INTERVAL_MS = 1000,
  RATES_QUIET_MS = 2200
};

/* Takes the counters of a tunnel or peer in, and gives what went through since the last time: TRUE where that is anything. */
gboolean rates_update (GObject *object, guint64 rx_bytes, guint64 tx_bytes);
/* What rates_update() found last; FALSE where it was never called. */
gboolean rates_get (gpointer object, guint64 *rx_bytes, guint64 *tx_bytes);
