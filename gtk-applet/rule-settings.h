/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The person's rules for networks: a group of rows for a page of settings. */

#include <adwaita.h>
#include <bamgate.h>

#define APPLET_TYPE_RULE_SETTINGS (applet_rule_settings_get_type ())
G_DECLARE_FINAL_TYPE (AppletRuleSettings, applet_rule_settings, APPLET, RULE_SETTINGS, AdwPreferencesGroup)

/* `settings` is the applet's; `client` knows the bus that NetworkManager is on, and may be NULL. */
AppletRuleSettings *applet_rule_settings_new (GSettings *settings, BamgateClient *client);
/* For one that a .ui file made; again with another client. */
void applet_rule_settings_show (AppletRuleSettings *self, GSettings *settings, BamgateClient *client);
