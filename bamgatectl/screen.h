/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A terminal whose whole screen is drawn anew, again and again, and that is as it was afterwards. */

#include <glib.h>

typedef struct _Screen Screen;

/* `on_key` gets every byte that is typed, where standard input is a terminal too. */
Screen *screen_new (void (*on_key) (char key, gpointer data), gpointer data);
/* Lines with colours in them, of which those that fit are shown; `hint` stands in the last one. */
void screen_draw (Screen *self, const char *text, const char *hint);
/* Fine on NULL. */
void screen_free (Screen *self);
