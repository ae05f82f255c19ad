/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The part of a connection's page that says through which machine everything goes. */

#include "exit-choice.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef struct _EditorExit EditorExit;
typedef void (*EditorExitChanged) (gpointer owner);

/* Over the widgets of `builder`, which must outlive it, filled from `vpn` (NULL: nothing yet). Machines that offer to be an exit come into
 * the list when bamgated has said which, where it runs. `changed` is told of what the person does. */
EditorExit *editor_exit_new (GtkBuilder *builder, NMSettingVpn *vpn, EditorExitChanged changed,
                             gpointer owner);
/* As it stands there; clear it. What cannot be meant is for exit_choice_read() of what is made of it. */
void editor_exit_get (EditorExit *self, ExitChoice *choice);
/* Fine on NULL. */
void editor_exit_free (EditorExit *self);

G_END_DECLS
