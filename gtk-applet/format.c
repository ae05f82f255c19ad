/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format.h"

#include <glib/gi18n.h>

enum
{
  MINUTE = 60,
  HOUR = 60 * MINUTE,
  DAY = 24 * HOUR
};

char *
applet_format_duration (gint64 us)
{
  gint64 seconds = MAX (us, 0) / G_USEC_PER_SEC;
  gulong n;

  if (seconds < MINUTE)
    {
      n = (gulong) seconds;
      return g_strdup_printf (ngettext ("%lu second", "%lu seconds", n), n);
    }
  if (seconds < HOUR)
    {
      n = (gulong) (seconds / MINUTE);
      return g_strdup_printf (ngettext ("%lu minute", "%lu minutes", n), n);
    }
  if (seconds < DAY)
    {
      n = (gulong) (seconds / HOUR);
      return g_strdup_printf (ngettext ("%lu hour", "%lu hours", n), n);
    }
  n = (gulong) (seconds / DAY);
  return g_strdup_printf (ngettext ("%lu day", "%lu days", n), n);
}

char *
applet_format_ago (gint64 realtime_us, gint64 now_us)
{
  g_autofree char *duration = NULL;

  if (realtime_us == 0)
    return g_strdup (_ ("Never"));
  if (now_us - realtime_us < 5 * G_USEC_PER_SEC)
    return g_strdup (_ ("Just now"));
  duration = applet_format_duration (now_us - realtime_us);
  /* Translators: “3 minutes ago” */
  return g_strdup_printf (_ ("%s ago"), duration);
}

char *
applet_format_latency (gint64 us)
{
  if (us < 0)
    return g_strdup ("");
  if (us < 10000)
    return g_strdup_printf (_ ("%.1f ms"), (double) us / 1000);
  return g_strdup_printf (_ ("%.0f ms"), (double) us / 1000);
}

char *
applet_format_rate (guint64 bytes_per_second)
{
  g_autofree char *size = g_format_size (bytes_per_second);

  /* Translators: bytes in a second, “1.2 MB/s” */
  return g_strdup_printf (_ ("%s/s"), size);
}

char *
applet_format_countdown (gint64 seconds)
{
  seconds = MAX (seconds, 0);
  if (seconds < HOUR)
    return g_strdup_printf ("%d:%02d", (int) (seconds / MINUTE), (int) (seconds % MINUTE));
  return g_strdup_printf ("%d:%02d:%02d", (int) (seconds / HOUR), (int) (seconds % HOUR / MINUTE),
                          (int) (seconds % MINUTE));
}

char *
applet_format_list (const char *const *items)
{
  /* Translators: between the items of a list */
  return items ? g_strjoinv (_ (", "), (char **) items) : g_strdup ("");
}
