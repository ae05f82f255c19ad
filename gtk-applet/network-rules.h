/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a person wants of the tunnel in which network, and what follows from it now: no bus, no settings, no clock.
 *
 * A rule acts once, when its network is met. What the person does to the tunnel afterwards holds until the next network.
 * Where no rule is for the next network, the tunnel becomes again what it was before the last rule acted. */

#include <glib.h>

typedef enum
{
  APPLET_RULE_NONE,
  APPLET_RULE_OFF,
  APPLET_RULE_ON,
  APPLET_RULE_ASK,
  APPLET_RULE_EXIT, /* on, and the internet through a peer */
  APPLET_N_RULES
} AppletRule;

/* The words of the settings: "off"; NULL and what is unknown is NONE. */
const char *applet_rule_word (AppletRule rule);
AppletRule  applet_rule_read (const char *word);

typedef struct
{
  char    *id;       /* tells this network from the next one; NULL: no network */
  char    *ssid;     /* as text; NULL: not Wi-Fi */
  gboolean is_open;  /* anybody can be in it, or read what goes through the air */
} AppletNetwork;

void applet_network_clear (AppletNetwork *network);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AppletNetwork, applet_network_clear)
/* The bytes of an SSID as text, where what is not is written as \xNN; free with g_free(). */
char *applet_network_ssid_text (const guint8 *bytes, gsize length);

/* The rule for a network. `rules` a(sbs): ssid, open, word. A rule for a network with a password is none for an open one of
 * the same name, which anybody can set up. */
AppletRule applet_network_rules_find (GVariant *rules, AppletRule for_open, const AppletNetwork *network);
/* `rules` with one rule more, or another one for that network, or without one (NONE). */
GVariant  *applet_network_rules_with (GVariant *rules, const char *ssid, gboolean is_open, AppletRule rule);

typedef enum
{
  APPLET_DEED_NOTHING,
  APPLET_DEED_UP,
  APPLET_DEED_DOWN,
  APPLET_DEED_ASK
} AppletDeed;

typedef struct
{
  char    *network;    /* the one we are in; NULL: none yet */
  gboolean is_tunnel_known, is_on;
  gboolean has_before, before; /* what the tunnel was before a rule acted */
  gboolean is_acting, acting_on; /* a deed of ours is under way, and what comes of it */
} AppletRuleState;

/* Another network may have been met; what to do now. Without a network, or in the same one as before: nothing. */
AppletDeed applet_rules_meet   (AppletRuleState *self, const AppletNetwork *network, AppletRule rule);
/* How the tunnel is, whoever made it so. */
void       applet_rules_tunnel (AppletRuleState *self, gboolean is_on);
/* The daemon is not there: how the tunnel is becomes unknown. */
void       applet_rules_lost   (AppletRuleState *self);
/* The person answered a question with yes: a deed like that of a rule. */
AppletDeed applet_rules_answer (AppletRuleState *self);
/* The daemon answered a deed: the tunnel became `on`, though nobody may have seen it, or the deed did not work. One that another deed
 * has overtaken says nothing. */
void       applet_rules_done   (AppletRuleState *self, gboolean on, gboolean worked);
void       applet_rules_clear  (AppletRuleState *self);
