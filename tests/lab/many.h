/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What programs share that play many machines: their addresses, 10.64.1.1/16 and following, and how they talk to whoever started
 * them, in lines. */

#include <glib.h>

enum
{
  MANY_PREFIX = 16,
};

/* First of all: output by lines, as many files as may be, the log of the program with this name at the level in `variable`. */
void many_begin (const char *name, const char *variable);
/* The address of machine `number`, in the host's order. */
guint32 many_address (guint number);
/* Says "WHAT N" for every hundred, and for all of them. */
void many_tell (const char *what, guint n, guint all);
/* Calls `func` with each line of standard input. */
void many_listen (void (*func) (const char *line, gpointer data), gpointer data);
