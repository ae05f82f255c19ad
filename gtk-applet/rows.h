/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Rows of facts in groups, named for screen readers too. */

#include <adwaita.h>

/* A fact: its name small above its value, as text that can be selected. */
GtkWidget *applet_fact_row_new (const char *title, const char *value);
/* The same with a button that copies `copied`. */
GtkWidget *applet_copy_row_new (const char *title, const char *value, const char *copied);
/* Stands where there are none: “Nothing Yet”, and what will be here. */
GtkWidget *applet_nothing_row_new (const char *what_then);
/* A flat button at its end: called `label`, it does `action` with `target`. */
void applet_row_add_button (GtkWidget *row, const char *icon, const char *label, const char *action, const char *target);
/* Changes what is shown; a row without a value is not. A copy row copies its value then. */
void applet_fact_row_set (GtkWidget *row, const char *value);
void applet_fact_row_set_title (GtkWidget *row, const char *title);

/* The rows of a group that come and go together. Made anew only when `key` changes, so that the focus stays. */
typedef struct
{
  AdwPreferencesGroup *group;
  GPtrArray *rows;
  char *key;
} AppletRows;

void applet_rows_init (AppletRows *rows, GtkWidget *group);
/* TRUE: it is another key, and the rows are gone: add new ones. */
gboolean applet_rows_begin (AppletRows *rows, const char *key);
void applet_rows_add (AppletRows *rows, GtkWidget *row);
void applet_rows_clear (AppletRows *rows);

/* What changed is gathered and shown with the next frame, however busy the frames are. */
GSource *applet_rows_refresh_source_new (void);
