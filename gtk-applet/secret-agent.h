/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "applet-application.h"

/* While the application runs, it gives the daemon the person's secrets from her keyring, or asks her for those that she types
 * each time. Where it was built without libsecret it does nothing. */
void applet_secret_agent_follow (AppletApplication *application);
