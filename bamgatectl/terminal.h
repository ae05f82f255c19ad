/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the terminal can do that a file descriptor leads to, if it leads to one. */

#include <glib.h>

typedef enum
{
  TERMINAL_COLOUR_AUTO, /* on a terminal, without NO_COLOR and TERM=dumb */
  TERMINAL_COLOUR_ALWAYS,
  TERMINAL_COLOUR_NEVER,
} TerminalColour;

/* For the whole process; "auto", "always" or "never". FALSE: it is none of these. */
gboolean terminal_choose_colour (const char *when);
gboolean terminal_has_colour (int fd);

/* A terminal that obeys control sequences, which one with TERM=dumb does not. */
gboolean terminal_obeys (int fd);
/* How wide and high it is now; 80 and 24 where that is unknown. */
int terminal_columns (int fd);
int terminal_rows (int fd);
