/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lab/many.h"
#include "lab/files.h"
#include "common/log.h"

#include <glib-unix.h>
#include <stdio.h>
#include <unistd.h>

enum
{
  NETWORK = 0x0A400000, /* 10.64.0.0 */
  FIRST_HOST = 257,     /* .1.1 */
  TOLD_EVERY = 100,
};

typedef struct
{
  void (*func) (const char *line, gpointer data);
  gpointer data;
} Listener;

void
many_begin (const char *name, const char *variable)
{
  const char *level = g_getenv (variable);

  setvbuf (stdout, NULL, _IOLBF, 0);
  bg_log_init (name);
  bg_log_configure (level ? level : "warning", NULL);
  allow_many_files ();
}

guint32
many_address (guint number)
{
  return NETWORK + FIRST_HOST + number;
}

void
many_tell (const char *what, guint n, guint all)
{
  if (n % TOLD_EVERY == 0 || n == all)
    printf ("%s %u\n", what, n);
}

static gboolean
on_input (int fd, GIOCondition condition, gpointer data)
{
  const Listener *listener = data;
  char line[16] = "";

  if (read (fd, line, sizeof line - 1) <= 0)
    return G_SOURCE_REMOVE;
  listener->func (line, listener->data);
  return G_SOURCE_CONTINUE;
}

void
many_listen (void (*func) (const char *line, gpointer data), gpointer data)
{
  Listener *listener = g_new (Listener, 1);

  *listener = (Listener){ func, data };
  g_unix_fd_add_full (G_PRIORITY_DEFAULT, STDIN_FILENO, G_IO_IN, on_input, listener, g_free);
}
