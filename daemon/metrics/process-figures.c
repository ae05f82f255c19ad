/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "metrics/process-figures.h"

#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static gint64
to_us (guint64 ticks, guint64 per_s)
{
  return (gint64) (ticks / per_s * G_USEC_PER_SEC + ticks % per_s * G_USEC_PER_SEC / per_s);
}

/* proc(5): behind the name, which may have blanks and parentheses in it, from field 3 on. */
gboolean
bg_process_figures_parse (const char *text, guint64 page_bytes, guint64 ticks_per_s,
                          BgProcessFigures *out)
{
  enum
  {
    UTIME = 14 - 3,
    STIME = 15 - 3,
    THREADS = 20 - 3,
    START = 22 - 3,
    VSIZE = 23 - 3,
    RSS = 24 - 3,
  };
  const char *behind = strrchr (text, ')');
  g_auto (GStrv) fields = behind && behind[1] ? g_strsplit (behind + 2, " ", RSS + 2) : NULL;
  guint64 numbers[RSS + 1] = { 0 };

  if (!fields || g_strv_length (fields) <= RSS)
    return FALSE;
  for (guint i = 1; i <= RSS; i++)
    numbers[i] = g_ascii_strtoull (fields[i], NULL, 10);
  out->cpu_us = to_us (numbers[UTIME] + numbers[STIME], ticks_per_s);
  out->threads = numbers[THREADS];
  out->start_us = to_us (numbers[START], ticks_per_s);
  out->virtual_bytes = numbers[VSIZE];
  out->resident_bytes = numbers[RSS] * page_bytes;
  return TRUE;
}

/* The clock that the kernel counts a start by. */
static gint64
since_boot_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_BOOTTIME, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

/* But for the one that this takes. */
static guint64
count_fds (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint64 n = 0;

  while (dir && g_dir_read_name (dir))
    n++;
  return n > 0 ? n - 1 : 0;
}

void
bg_process_figures_read (BgProcessFigures *out)
{
  g_autofree char *text = NULL;
  struct rlimit limit = { 0 };

  *out = (BgProcessFigures){ 0 };
  if (g_file_get_contents ("/proc/self/stat", &text, NULL, NULL)
      && bg_process_figures_parse (text, (guint64) sysconf (_SC_PAGESIZE),
                                   (guint64) sysconf (_SC_CLK_TCK), out))
    out->start_us += g_get_real_time () - since_boot_us ();
  getrlimit (RLIMIT_NOFILE, &limit);
  out->max_fds = limit.rlim_cur;
  out->open_fds = count_fds ();
}
