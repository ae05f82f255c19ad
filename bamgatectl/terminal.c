/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

static TerminalColour colour;

gboolean
terminal_choose_colour (const char *when)
{
  static const char *const words[] = {
    [TERMINAL_COLOUR_AUTO] = "auto",
    [TERMINAL_COLOUR_ALWAYS] = "always",
    [TERMINAL_COLOUR_NEVER] = "never",
  };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (words[i], when))
      {
        colour = i;
        return TRUE;
      }
  return FALSE;
}

gboolean
terminal_obeys (int fd)
{
  return isatty (fd) && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
}

gboolean
terminal_has_colour (int fd)
{
  const char *unwanted = g_getenv ("NO_COLOR"); /* no-color.org: present, and not empty */

  if (colour != TERMINAL_COLOUR_AUTO)
    return colour == TERMINAL_COLOUR_ALWAYS;
  return terminal_obeys (fd) && !(unwanted && *unwanted);
}

int
terminal_columns (int fd)
{
  struct winsize size;

  return ioctl (fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

int
terminal_rows (int fd)
{
  struct winsize size;

  return ioctl (fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : 24;
}
