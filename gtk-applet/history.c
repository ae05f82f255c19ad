/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "history.h"

struct _AppletHistory
{
  GObject parent;
  guint64 rx, tx; /* counters at the last reading */
  gint64 read_at; /* 0: never */
  guint64 rx_rate, tx_rate;
  guint64 rates[APPLET_HISTORY_LENGTH]; /* a ring */
  guint newest;
};

enum
{
  SIGNAL_CHANGED,
  SIGNALS
};
static guint signals[SIGNALS];

G_DEFINE_FINAL_TYPE (AppletHistory, applet_history, G_TYPE_OBJECT)

static void
applet_history_class_init (AppletHistoryClass *klass)
{
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", APPLET_TYPE_HISTORY, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
applet_history_init (AppletHistory *self)
{
}

AppletHistory *
applet_history_new (void)
{
  return g_object_new (APPLET_TYPE_HISTORY, NULL);
}

static guint64
rate_between (guint64 before, guint64 now, gint64 elapsed_us)
{
  guint64 bytes = now >= before ? now - before : now;

  return (guint64) ((double) bytes * G_USEC_PER_SEC / (double) elapsed_us);
}

/* What was quiet and is, looks as before. */
static void
push (AppletHistory *self, guint64 rate)
{
  gboolean is_news = rate > 0 || applet_history_get_peak (self) > 0;

  self->newest = (self->newest + 1) % APPLET_HISTORY_LENGTH;
  self->rates[self->newest] = rate;
  if (is_news)
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

void
applet_history_read (AppletHistory *self, guint64 rx_bytes, guint64 tx_bytes, gint64 now_us)
{
  gint64 elapsed = now_us - self->read_at;

  if (self->read_at != 0 && elapsed > 0)
    {
      self->rx_rate = rate_between (self->rx, rx_bytes, elapsed);
      self->tx_rate = rate_between (self->tx, tx_bytes, elapsed);
      push (self, self->rx_rate + self->tx_rate);
    }
  self->rx = rx_bytes;
  self->tx = tx_bytes;
  self->read_at = now_us;
}

void
applet_history_pause (AppletHistory *self)
{
  self->read_at = 0;
  self->rx_rate = self->tx_rate = 0;
}

guint64
applet_history_get_rate (AppletHistory *self, guint age)
{
  g_return_val_if_fail (age < APPLET_HISTORY_LENGTH, 0);
  return self->rates[(self->newest + APPLET_HISTORY_LENGTH - age) % APPLET_HISTORY_LENGTH];
}

guint64
applet_history_get_rx_rate (AppletHistory *self)
{
  return self->rx_rate;
}

guint64
applet_history_get_tx_rate (AppletHistory *self)
{
  return self->tx_rate;
}

guint64
applet_history_get_peak (AppletHistory *self)
{
  guint64 peak = 0;

  for (guint i = 0; i < APPLET_HISTORY_LENGTH; i++)
    peak = MAX (peak, self->rates[i]);
  return peak;
}
