/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/screen.h"
#include "bamgatectl/terminal.h"

#include "common/source.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

/* xterm's, which all terminals of today know: another screen; a cursor nobody needs; long lines are cut. */
#define ENTER "\033[?1049h\033[?25l\033[?7l"
#define LEAVE "\033[?7h\033[?25h\033[?1049l"

struct _Screen
{
  void (*on_key) (char key, gpointer data);
  gpointer data;
  GSource *keys; /* NULL: nobody types */
  struct termios before;
};

static gboolean
on_typed (int fd, GIOCondition condition, gpointer data)
{
  Screen *self = data;
  char key;

  if (read (fd, &key, 1) != 1)
    return G_SOURCE_REMOVE;
  self->on_key (key, self->data);
  return G_SOURCE_CONTINUE;
}

/* Keys one by one and unseen; Ctrl-C stays a signal, and Ctrl-Z is nothing, for it would leave the screen as it is. */
static void
take_keys (Screen *self)
{
  struct termios raw = self->before;

  raw.c_lflag &= ~(tcflag_t) (ICANON | ECHO);
  raw.c_cc[VSUSP] = _POSIX_VDISABLE;
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  tcsetattr (STDIN_FILENO, TCSADRAIN, &raw);
  self->keys = g_unix_fd_source_new (STDIN_FILENO, G_IO_IN | G_IO_HUP);
  g_source_set_callback (self->keys, G_SOURCE_FUNC (on_typed), self, NULL);
  g_source_attach (self->keys, NULL);
}

Screen *
screen_new (void (*on_key) (char key, gpointer data), gpointer data)
{
  Screen *self = g_new0 (Screen, 1);

  self->on_key = on_key;
  self->data = data;
  if (isatty (STDIN_FILENO) && tcgetpgrp (STDIN_FILENO) == getpgrp ()
      && tcgetattr (STDIN_FILENO, &self->before) == 0)
    take_keys (self);
  fputs (ENTER, stdout);
  return self;
}

void
screen_draw (Screen *self, const char *text, const char *hint)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  const int rows = terminal_rows (STDOUT_FILENO) - 1;
  const int n = (int) g_strv_length (lines);

  fputs ("\033[H", stdout);
  for (int i = 0; i < rows; i++)
    printf ("%s\033[K\r\n", i < n ? lines[i] : "");
  if (n > rows + 1) /* an empty one stands behind the last newline */
    printf (ngettext ("%s; %d line more", "%s; %d lines more", (gulong) (n - rows - 1)), hint,
            n - rows - 1);
  else
    fputs (hint, stdout);
  fputs ("\033[K", stdout);
  fflush (stdout);
}

void
screen_free (Screen *self)
{
  if (!self)
    return;
  fputs (LEAVE, stdout);
  fflush (stdout);
  if (self->keys)
    tcsetattr (STDIN_FILENO, TCSADRAIN, &self->before);
  bg_source_drop (&self->keys);
  g_free (self);
}
