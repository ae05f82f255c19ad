/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/bus-words.h"

#include <glib/gi18n.h>

static const char *
nick (GType type, int value)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (type);

  return g_enum_get_value (klass, value)->value_nick;
}

const char *
bus_word_state (BamgateState state)
{
  return nick (BAMGATE_TYPE_STATE, state);
}

const char *
bus_word_signaling (BamgateSignalingState state)
{
  return nick (BAMGATE_TYPE_SIGNALING_STATE, state);
}

const char *
bus_word_peer_state (BamgatePeerState state)
{
  return nick (BAMGATE_TYPE_PEER_STATE, state);
}

const char *
bus_word_path (BamgatePath path)
{
  return path == BAMGATE_PATH_NONE ? "" : nick (BAMGATE_TYPE_PATH, path);
}

#define CONTEXT "state"

const char *
bus_word_say (const char *word)
{
  static const char *const words[] = {
    /* Translators: how a tunnel, the line to a hub or a peer is; in a table, in lower case */
    NC_ ("state", "off"),
    NC_ ("state", "starting"),
    NC_ ("state", "online"),
    NC_ ("state", "degraded"),
    NC_ ("state", "stopping"),
    NC_ ("state", "failed"),
    NC_ ("state", "offline"),
    NC_ ("state", "connecting"),
    NC_ ("state", "waiting"),
    NC_ ("state", "connected"),
    NC_ ("state", "refused"),
    NC_ ("state", "disconnected"),
    NC_ ("state", "idle"),
    NC_ ("state", "unknown"),
    NC_ ("state", "active"),
    NC_ ("state", "lost"),
    NC_ ("state", "pending"),
    NC_ ("state", "left"),
    NC_ ("state", "revoked"),
    NC_ ("state", "ready"),
    NC_ ("state", "running"),
    NC_ ("state", "registering"),
    NC_ ("state", "draining"),
    NC_ ("state", "unauthorized"),
    NC_ ("state", "waiting-for-key"),
    NC_ ("state", "open"),
    NC_ ("state", "down"),
    NULL,
  };

  return g_strv_contains (words, word) ? g_dpgettext2 (NULL, CONTEXT, word) : word;
}
