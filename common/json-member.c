/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/json-member.h"

static JsonNode *
member (JsonObject *object, const char *name, GType type)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type ? node
                                                                                         : NULL;
}

const char *
bg_json_member_text (JsonObject *object, const char *name)
{
  JsonNode *node = member (object, name, G_TYPE_STRING);
  const char *text = node ? json_node_get_string (node) : NULL;

  return text && g_utf8_validate (text, -1, NULL) ? text : NULL;
}

gboolean
bg_json_member_is_true (JsonObject *object, const char *name)
{
  JsonNode *node = member (object, name, G_TYPE_BOOLEAN);

  return node && json_node_get_boolean (node);
}
