/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/bus-words.h"

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
