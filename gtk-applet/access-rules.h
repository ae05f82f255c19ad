/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What others may reach here: the rules of the settings with how often each decided, and a line for each kind to add one. */

#include <adwaita.h>
#include <bamgate.h>

/* "3 rules. What no rule allows is refused." of what ListAccess says; free with g_free(). */
char *applet_access_summary (GVariant *rules);

typedef struct AppletAccessRules AppletAccessRules;

/* `group` gets a row for each; `allow` and `deny` are entry rows of it or another one. It ends with `group`. */
AppletAccessRules *applet_access_rules_new (BamgateClient *client, GtkWidget *group,
                                            GtkWidget *allow, GtkWidget *deny);
