/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/rates.h"

#define KEY "bamgatectl-rates"

typedef struct
{
  gint64 at; /* monotonic, of the last change */
  guint64 rx_bytes, tx_bytes;
  guint64 rx_rate, tx_rate;
} Rates;

/* Counters that go back belong to a tunnel that came up anew. */
static guint64
rate_of (guint64 before, guint64 now, gint64 us)
{
  return now > before ? (guint64) ((double) (now - before) * G_USEC_PER_SEC / (double) us) : 0;
}

static Rates *
start (GObject *object, guint64 rx_bytes, guint64 tx_bytes)
{
  Rates *self = g_new0 (Rates, 1);

  self->at = g_get_monotonic_time ();
  self->rx_bytes = rx_bytes;
  self->tx_bytes = tx_bytes;
  g_object_set_data_full (object, KEY, self, g_free);
  return self;
}

gboolean
rates_update (GObject *object, guint64 rx_bytes, guint64 tx_bytes)
{
  Rates *self = g_object_get_data (object, KEY);
  gint64 now = g_get_monotonic_time (), us;

  if (!self)
    self = start (object, rx_bytes, tx_bytes);
  us = now - self->at;
  if (rx_bytes != self->rx_bytes || tx_bytes != self->tx_bytes)
    {
      /* what came after silence came within the last refresh */
      us = CLAMP (us, 1, (gint64) RATES_INTERVAL_MS * 1000);
      self->rx_rate = rate_of (self->rx_bytes, rx_bytes, us);
      self->tx_rate = rate_of (self->tx_bytes, tx_bytes, us);
      self->rx_bytes = rx_bytes;
      self->tx_bytes = tx_bytes;
      self->at = now;
    }
  else if (us >= (gint64) (RATES_QUIET_MS - 100) * 1000)
    self->rx_rate = self->tx_rate = 0;
  return self->rx_rate > 0 || self->tx_rate > 0;
}

gboolean
rates_get (gpointer object, guint64 *rx_bytes, guint64 *tx_bytes)
{
  const Rates *self = g_object_get_data (object, KEY);

  *rx_bytes = self ? self->rx_rate : 0;
  *tx_bytes = self ? self->tx_rate : 0;
  return self != NULL;
}
