/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the dialogs that ask the daemon for something share: Cancel, a button that goes, a line that says what is waited
 * for, one that says why it did not go, and an end to what was asked when they close. */

#include "applet-window.h"

#define APPLET_TYPE_DIALOG (applet_dialog_get_type ())
G_DECLARE_FINAL_TYPE (AppletDialog, applet_dialog, APPLET, DIALOG, AdwWindow)

/* Over `window`, with `body` below the header bar, which it holds. Signal: "go" (gboolean force), force where the person
 * said “all the same” to a complaint. */
AppletDialog *applet_dialog_new (AppletWindow *window, const char *title, const char *go_label,
                                 GtkWidget *body);

AppletWindow *applet_dialog_get_window (AppletDialog *self);
BamgateClient *applet_dialog_get_client (AppletDialog *self);
/* Cancelled when the dialog closes. */
GCancellable *applet_dialog_get_cancellable (AppletDialog *self);

/* May it go? */
void applet_dialog_set_ready (AppletDialog *self, gboolean ready);
/* `what` is waited for, and said; nothing can be changed until it is NULL, or something is complained of. */
void applet_dialog_wait (AppletDialog *self, const char *what);
/* This machine is in a network now: the tunnel comes up, and the dialog closes then. */
void applet_dialog_bring_up (AppletDialog *self);
/* What the daemon refuses cannot be had all the same. */
void applet_dialog_set_strict (AppletDialog *self);
/* It did not go, and why; NULL takes that away. Not busy any more. */
void applet_dialog_complain (AppletDialog *self, const GError *error);
