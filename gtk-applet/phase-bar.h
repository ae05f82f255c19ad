/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is waited for, with a spinner, and for how long where that is more than a moment; nothing to see while nothing is. */

#include <adwaita.h>

#define APPLET_TYPE_PHASE_BAR (applet_phase_bar_get_type ())
G_DECLARE_FINAL_TYPE (AppletPhaseBar, applet_phase_bar, APPLET, PHASE_BAR, AdwBin)

/* `what` is waited for from now on, in a few words without a full stop; NULL: nothing is. */
void applet_phase_bar_say (AppletPhaseBar *self, const char *what);
/* Why it takes so long; "" for nothing to say. */
void applet_phase_bar_explain (AppletPhaseBar *self, const char *reason);
