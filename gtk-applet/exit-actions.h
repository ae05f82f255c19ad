/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "applet-application.h"

/* Adds set-exit (the name of a machine, or ""), exit-lan and exit-strict to the application's actions. The state of the latter two is
 * what the daemon says; what it refuses is told, and the state is announced once more, for who shows it. */
void applet_exit_actions_add (AppletApplication *application);
