/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "secret-agent.h"

void
applet_secret_agent_follow (AppletApplication *application)
{
}
