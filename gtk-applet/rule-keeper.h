/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Does what the person's rules for networks say: turns the tunnel on or off, or asks. Settings: "network-rules",
 * "open-networks". Rests while there is no rule. */

#include "network-rules.h"

#include <bamgate.h>

#define APPLET_TYPE_RULE_KEEPER (applet_rule_keeper_get_type ())
G_DECLARE_FINAL_TYPE (AppletRuleKeeper, applet_rule_keeper, APPLET, RULE_KEEPER, GObject)

/* Adds the action "answer-network-rule" to `application`, which outlives it. */
AppletRuleKeeper *applet_rule_keeper_new (GApplication *application, GSettings *settings);
/* The tunnel that the rules are for; NULL for none. */
void applet_rule_keeper_set_client (AppletRuleKeeper *self, BamgateClient *client);
