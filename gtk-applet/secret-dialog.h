/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <bamgate.h>
#include <gtk/gtk.h>

/* Asks the person for secrets that she types each time, over `parent` where there is one, and answers `request`; goes by
 * itself when nobody waits for it any more. */
void applet_secret_dialog_open (GtkWindow *parent, BamgateSecretRequest *request);
