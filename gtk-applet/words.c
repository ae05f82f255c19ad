/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "words.h"

#include "common/device-name.h"

#include <glib/gi18n.h>
#include <string.h>

static AppletWords
translated (AppletWords words)
{
  words.word = _ (words.word);
  return words;
}

AppletWords
applet_words_state (BamgateState state)
{
  static const AppletWords words[] = {
    [BAMGATE_STATE_UNKNOWN] = { N_ ("Unknown"), "dialog-question-symbolic", "dim-label" },
    [BAMGATE_STATE_OFF] = { N_ ("Off"), "org.bamgate.Applet-off-symbolic", "dim-label" },
    [BAMGATE_STATE_STARTING] = { N_ ("Connecting…"), "org.bamgate.Applet-connecting-symbolic",
                                 "accent" },
    [BAMGATE_STATE_ONLINE] = { N_ ("Online"), "org.bamgate.Applet-online-symbolic", "success" },
    [BAMGATE_STATE_DEGRADED] = { N_ ("Online, with trouble"),
                                 "org.bamgate.Applet-attention-symbolic", "warning" },
    [BAMGATE_STATE_STOPPING] = { N_ ("Turning off…"), "org.bamgate.Applet-connecting-symbolic",
                                 "accent" },
    [BAMGATE_STATE_FAILED] = { N_ ("Could not connect"), "org.bamgate.Applet-attention-symbolic",
                               "error" },
  };

  return translated (words[(guint) state < G_N_ELEMENTS (words) ? state : BAMGATE_STATE_UNKNOWN]);
}

AppletWords
applet_words_exit (AppletExit exit)
{
  static const AppletWords words[APPLET_N_EXITS] = {
    [APPLET_EXIT_NONE] = { N_ ("No Exit"), "org.bamgate.Applet-off-symbolic", "dim-label" },
    [APPLET_EXIT_RESTING] = { N_ ("Off"), "org.bamgate.Applet-off-symbolic", "dim-label" },
    [APPLET_EXIT_WAITING] = { N_ ("Waiting for the exit"), "org.bamgate.Applet-blocked-symbolic",
                              "error" },
    [APPLET_EXIT_ACTIVE] = { N_ ("Online"), "org.bamgate.Applet-exit-symbolic", "success" },
    /* Translators: nothing leaves this machine. */
    [APPLET_EXIT_LOST] = { N_ ("Blocked"), "org.bamgate.Applet-blocked-symbolic", "error" },
  };

  return translated (words[exit]);
}

AppletWords
applet_words_client (BamgateClient *client)
{
  BamgateState state = bamgate_client_get_state (client);
  AppletExit exit = applet_exit_of (client);

  return applet_exit_is_blocked (exit)
             || (exit == APPLET_EXIT_ACTIVE && state == BAMGATE_STATE_ONLINE)
           ? applet_words_exit (exit)
           : applet_words_state (state);
}

AppletWords
applet_words_peer_state (BamgatePeerState state, gboolean is_relayed)
{
  static const AppletWords relayed = { N_ ("Connected, relayed"),
                                       "org.bamgate.Applet-relayed-symbolic", "success" };
  static const AppletWords words[] = {
    [BAMGATE_PEER_STATE_UNKNOWN] = { N_ ("Unknown"), "dialog-question-symbolic", "dim-label" },
    [BAMGATE_PEER_STATE_DISCONNECTED] = { N_ ("Not connected"), "org.bamgate.Applet-off-symbolic",
                                          "dim-label" },
    [BAMGATE_PEER_STATE_CONNECTING] = { N_ ("Connecting…"),
                                        "org.bamgate.Applet-connecting-symbolic", "accent" },
    [BAMGATE_PEER_STATE_CONNECTED] = { N_ ("Connected"), "org.bamgate.Applet-online-symbolic",
                                       "success" },
    [BAMGATE_PEER_STATE_REFUSED] = { N_ ("Refused"), "org.bamgate.Applet-attention-symbolic",
                                     "error" },
    /* Translators: a machine that is connected as soon as somebody sends it something. */
    [BAMGATE_PEER_STATE_IDLE] = { N_ ("Ready"), "org.bamgate.Applet-online-symbolic", "dim-label" },
  };

  if (state == BAMGATE_PEER_STATE_CONNECTED && is_relayed)
    return translated (relayed);
  return translated (
    words[(guint) state < G_N_ELEMENTS (words) ? state : BAMGATE_PEER_STATE_UNKNOWN]);
}

AppletWords
applet_words_peer (BamgatePeer *peer)
{
  return applet_words_peer_state (bamgate_peer_get_state (peer), bamgate_peer_get_relayed (peer));
}

const char *
applet_words_path (BamgatePath path, gboolean is_relayed)
{
  static const char *const words[][2] = {
    [BAMGATE_PATH_NONE] = { "", "" },
    [BAMGATE_PATH_DIRECT] = { N_ ("Direct"), N_ ("Direct") },
    [BAMGATE_PATH_ICE] = { N_ ("Direct, through a NAT"), N_ ("Through a relay") },
    [BAMGATE_PATH_DATA_CHANNEL] = { N_ ("Data channel"), N_ ("Data channel, through a relay") },
    [BAMGATE_PATH_UDP] = { N_ ("WireGuard"), N_ ("WireGuard") },
    [BAMGATE_PATH_UNKNOWN] = { N_ ("Other"), N_ ("Other") },
  };
  const char *word =
    words[(guint) path < G_N_ELEMENTS (words) ? path : BAMGATE_PATH_UNKNOWN][is_relayed];

  return *word ? _ (word) : "";
}

const char *
applet_words_path_meaning (BamgatePath path, gboolean is_relayed)
{
  if (is_relayed)
    return _ ("A relay passes the packets on. It cannot read them, but they take a longer way.");
  switch (path)
    {
    case BAMGATE_PATH_DIRECT:
    case BAMGATE_PATH_ICE:
      return _ ("Packets go from machine to machine, with nobody in between.");
    case BAMGATE_PATH_DATA_CHANNEL:
      return _ (
        "Packets go from machine to machine in a WebRTC data channel, as the other program needs it.");
    case BAMGATE_PATH_UDP:
      return _ ("A WireGuard peer of the settings, reached at its endpoint.");
    default:
      return "";
    }
}

const char *
applet_words_signaling (BamgateSignalingState state)
{
  switch (state)
    {
    case BAMGATE_SIGNALING_STATE_OFFLINE:
      return _ ("No line to the hub");
    case BAMGATE_SIGNALING_STATE_CONNECTING:
      return _ ("Calling the hub");
    case BAMGATE_SIGNALING_STATE_ONLINE:
      return _ ("The hub is there");
    case BAMGATE_SIGNALING_STATE_WAITING:
      return _ ("The hub does not answer; waiting for the next attempt");
    default:
      return "";
    }
}

gboolean
applet_words_is_up (BamgateState state)
{
  return state == BAMGATE_STATE_STARTING || state == BAMGATE_STATE_ONLINE
         || state == BAMGATE_STATE_DEGRADED;
}

const char *
applet_words_advice (BamgatePeerState state, BamgatePeerKind kind)
{
  if (state == BAMGATE_PEER_STATE_REFUSED)
    return _ (
      "Was this machine set up anew? Then it has a new key, and “Forget” lets it come back with that. If nobody did "
      "that, somebody else may be using its name: do not forget it, and ask its owner first.");
  if (state == BAMGATE_PEER_STATE_DISCONNECTED && kind == BAMGATE_PEER_KIND_STATIC)
    return _ (
      "A WireGuard peer answers only when packets are for it. Check that its endpoint is right, that it knows this "
      "machine's public key, and that no firewall on the way holds its UDP port back.");
  if (state == BAMGATE_PEER_STATE_DISCONNECTED)
    return _ (
      "Is that machine switched on and in a network, and is bamgate on there? It comes back by itself. If it is on "
      "and does not: “Reconnect”; and where both are behind strict firewalls, a relay (a TURN server) in the settings "
      "helps.");
  return "";
}

char *
applet_words_peer_name (BamgatePeer *peer)
{
  return bg_device_name_escape (bamgate_peer_get_id (peer));
}

char *
applet_words_search_key (BamgatePeer *peer)
{
  const char *const *addresses = bamgate_peer_get_addresses (peer);
  g_autofree char *name = applet_words_peer_name (peer);
  g_autofree char *joined = addresses ? g_strjoinv (" ", (char **) addresses) : g_strdup ("");
  g_autofree char *both = g_strconcat (name, " ", joined, NULL);

  return g_utf8_casefold (both, -1);
}

char *
applet_words_bare_address (const char *address)
{
  return g_strndup (address, strcspn (address, "/"));
}
