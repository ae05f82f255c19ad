/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a person is asked before it is done. */

#include <adwaita.h>

/* A question over `window`, with Cancel and an answer `id` called `label`; "response" says which it was. */
AdwMessageDialog *applet_question_new (GtkWindow *window, const char *heading, const char *body,
                                       const char *id, const char *label, AdwResponseAppearance appearance);
/* The same with an entry called `title`, which has to hold something before it may be answered (transfer full). */
GtkEditable *applet_question_add_entry (AdwMessageDialog *question, GtkWidget *entry, const char *title, const char *id);
