/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tray-look.h"

#include <glib/gi18n.h>

/* Sandboxes hand out icons only under the application's own name. */
#define ICON(name) "org.bamgate.Applet-" name "-symbolic"

static const struct
{
  const char *icon, *words;
} looks[APPLET_N_LOOKS] = {
  [APPLET_LOOK_OFF] = { ICON ("off"), N_ ("bamgate is off") },
  [APPLET_LOOK_CONNECTING] = { ICON ("connecting"), N_ ("bamgate is connecting") },
  [APPLET_LOOK_ONLINE] = { ICON ("online"), N_ ("bamgate is on") },
  [APPLET_LOOK_RELAYED] = { ICON ("relayed"), N_ ("bamgate is on, through a relay") },
  [APPLET_LOOK_EXIT] = { ICON ("exit"), N_ ("bamgate is on, with an exit") },
  [APPLET_LOOK_BLOCKED] = { ICON ("blocked"), N_ ("Nothing goes out, for bamgate’s exit is lost") },
  [APPLET_LOOK_ATTENTION] = { ICON ("attention"), N_ ("bamgate needs attention") },
};

static const struct
{
  AppletLook look;
  const char *words;
} states[] = {
  /* What bamgate shows in menus and tool tips for the state of the tunnel. */
  [BAMGATE_STATE_UNKNOWN] = { APPLET_LOOK_OFF, N_ ("The daemon is not running") },
  [BAMGATE_STATE_OFF] = { APPLET_LOOK_OFF, N_ ("Off") },
  [BAMGATE_STATE_STARTING] = { APPLET_LOOK_CONNECTING, N_ ("Connecting…") },
  [BAMGATE_STATE_ONLINE] = { APPLET_LOOK_ONLINE, N_ ("Online") },
  [BAMGATE_STATE_DEGRADED] = { APPLET_LOOK_ATTENTION, N_ ("Online, with trouble") },
  [BAMGATE_STATE_STOPPING] = { APPLET_LOOK_CONNECTING, N_ ("Turning off…") },
  [BAMGATE_STATE_FAILED] = { APPLET_LOOK_ATTENTION, N_ ("Could not connect") },
};

static BamgateState
state_of (const AppletGlance *glance)
{
  guint state = glance->running ? glance->state : BAMGATE_STATE_UNKNOWN;

  return state < G_N_ELEMENTS (states) ? state : BAMGATE_STATE_UNKNOWN;
}

static gboolean
carries_packets (BamgateState state)
{
  return state == BAMGATE_STATE_ONLINE || state == BAMGATE_STATE_DEGRADED;
}

AppletLook
applet_glance_look (const AppletGlance *glance)
{
  BamgateState state = state_of (glance);
  AppletLook look = states[state].look;

  if (state != BAMGATE_STATE_UNKNOWN && applet_exit_is_blocked (glance->exit))
    return APPLET_LOOK_BLOCKED;
  if (look != APPLET_LOOK_ONLINE)
    return look;
  if (glance->refused > 0 || glance->disputed)
    return APPLET_LOOK_ATTENTION;
  if (glance->exit == APPLET_EXIT_ACTIVE)
    return APPLET_LOOK_EXIT;
  if (glance->connected > 0 && glance->relayed == glance->connected)
    return APPLET_LOOK_RELAYED;
  return APPLET_LOOK_ONLINE;
}

gboolean
applet_glance_needs_help (const AppletGlance *glance)
{
  BamgateState state = state_of (glance);

  return state == BAMGATE_STATE_FAILED
         || (carries_packets (state) && (glance->refused > 0 || glance->disputed));
}

gboolean
applet_glance_is_on (const AppletGlance *glance)
{
  BamgateState state = state_of (glance);

  return state == BAMGATE_STATE_STARTING || carries_packets (state);
}

char *
applet_glance_line (const AppletGlance *glance)
{
  BamgateState state = state_of (glance);
  const char *words = _ (states[state].words);

  if (state == BAMGATE_STATE_OFF && !glance->member)
    return g_strdup (_ ("Not in a network yet"));
  if (!carries_packets (state) || glance->peers == 0)
    return g_strdup (words);
  /* Translators: a state ("Online"), how many peers are connected, and how many there are. */
  return g_strdup_printf (
    ngettext ("%s, %u of %u machine connected", "%s, %u of %u machines connected", glance->peers),
    words, glance->connected, glance->peers);
}

const char *
applet_glance_reason (const AppletGlance *glance)
{
  BamgateState state = state_of (glance);

  if (glance->reason && *glance->reason && state != BAMGATE_STATE_UNKNOWN)
    return glance->reason;
  if (glance->disputed && state != BAMGATE_STATE_UNKNOWN)
    return _ ("Other machines have other signatures of who is in the network");
  if (carries_packets (state) && glance->refused > 0)
    return ngettext ("A machine came with another key and was refused",
                     "Machines came with other keys and were refused", glance->refused);
  return "";
}

char *
applet_glance_more (const AppletGlance *glance)
{
  const char *reason = applet_glance_reason (glance);
  g_autofree char *exit = NULL;

  if (glance->exit == APPLET_EXIT_NONE || glance->exit == APPLET_EXIT_RESTING
      || (applet_exit_is_blocked (glance->exit) && *reason))
    return g_strdup (reason);
  exit = applet_exit_sentence (glance->exit, glance->exit_node);
  return *reason ? g_strdup_printf ("%s\n%s", exit, reason) : g_steal_pointer (&exit);
}

static void
count (AppletGlance *glance, BamgatePeer *peer)
{
  BamgatePeerState state = bamgate_peer_get_state (peer);

  glance->peers++;
  if (state == BAMGATE_PEER_STATE_REFUSED)
    glance->refused++;
  if (state != BAMGATE_PEER_STATE_CONNECTED)
    return;
  glance->connected++;
  if (bamgate_peer_get_relayed (peer))
    glance->relayed++;
}

AppletGlance
applet_glance_take (BamgateClient *client)
{
  AppletGlance glance = { 0 };
  GListModel *peers;

  if (!client || !bamgate_client_get_running (client))
    return glance;
  glance.running = TRUE;
  glance.member = *bamgate_client_get_server_url (client) != '\0';
  glance.pending = *bamgate_client_get_pending_restart (client) != NULL;
  glance.waiting = bamgate_client_get_owner (client) ? bamgate_client_get_pending_devices (client)
                                                     : 0;
  glance.disputed = g_str_equal (bamgate_client_get_membership (client), "alarm");
  glance.state = bamgate_client_get_state (client);
  glance.reason = bamgate_client_get_state_reason (client);
  glance.exit = applet_exit_of (client);
  glance.exit_node = bamgate_client_get_exit_node (client);
  peers = bamgate_client_get_peers (client);
  for (guint i = 0; i < g_list_model_get_n_items (peers); i++)
    {
      g_autoptr (BamgatePeer) peer = g_list_model_get_item (peers, i);

      count (&glance, peer);
    }
  return glance;
}

const char *
applet_look_icon (AppletLook look)
{
  return looks[look < APPLET_N_LOOKS ? look : APPLET_LOOK_OFF].icon;
}

const char *
applet_look_words (AppletLook look)
{
  return _ (looks[look < APPLET_N_LOOKS ? look : APPLET_LOOK_OFF].words);
}
