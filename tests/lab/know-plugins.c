/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GStreamer looks at all of its plugins once, which takes seconds, and keeps what it found: for tests that count tenths. */
#include <gst/gst.h>

int
main (int argc, char **argv)
{
  return gst_init_check (&argc, &argv, NULL) ? 0 : 1;
}
