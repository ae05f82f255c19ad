/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "metrics/process-figures.h"

#include <fcntl.h>
#include <unistd.h>

#define BEHIND                                                                                     \
  "S 1 42 42 0 -1 4194560 5 0 0 0 150 50 0 0 20 0 7 0 12345 1048576 10 18446744073709551615 1 1 0"

static void
test_parse (void)
{
  BgProcessFigures figures = { 0 };

  g_assert_true (bg_process_figures_parse ("42 (a) b (c) " BEHIND, 4096, 100, &figures));
  g_assert_cmpint (figures.cpu_us, ==, 2 * G_USEC_PER_SEC);
  g_assert_cmpuint (figures.threads, ==, 7);
  g_assert_cmpint (figures.start_us, ==, 123450000);
  g_assert_cmpuint (figures.virtual_bytes, ==, 1048576);
  g_assert_cmpuint (figures.resident_bytes, ==, 40960);
}

static void
test_garbled (void)
{
  static const char *const texts[] = { "", "42", "42 (x)", "42 (x) S 1 2 3", ")" };
  BgProcessFigures figures;

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_false (bg_process_figures_parse (texts[i], 4096, 100, &figures));
}

static void
test_own (void)
{
  BgProcessFigures before, after;
  int fd;

  bg_process_figures_read (&before);
  fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  bg_process_figures_read (&after);
  close (fd);
  g_assert_cmpuint (after.open_fds, ==, before.open_fds + 1);
  g_assert_cmpuint (after.max_fds, >, after.open_fds);
  g_assert_cmpuint (after.resident_bytes, >, 100 * 1024);
  g_assert_cmpuint (after.threads, >=, 1);
  g_assert_cmpint (after.start_us, <=, g_get_real_time ());
  g_assert_cmpint (after.start_us, >, g_get_real_time () - 60 * G_USEC_PER_SEC);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/process-figures/parse", test_parse);
  g_test_add_func ("/process-figures/garbled", test_garbled);
  g_test_add_func ("/process-figures/own", test_own);
  return g_test_run ();
}
