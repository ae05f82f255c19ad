/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/json-member.h"

#include "common/json-shape.h"

JsonObject *
bg_json_object_parse (const char *text, gsize len)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root;

  if (!text || !bg_json_shape_is_fine (text, len, NULL)
      || !json_parser_load_from_data (parser, text, (gssize) len, NULL))
    return NULL;
  root = json_parser_get_root (parser);
  return root && JSON_NODE_HOLDS_OBJECT (root) ? json_object_ref (json_node_get_object (root))
                                               : NULL;
}

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

gboolean
bg_json_member_number (JsonObject *object, const char *name, gint64 *number)
{
  JsonNode *node = member (object, name, G_TYPE_INT64);

  if (node)
    *number = json_node_get_int (node);
  return node != NULL;
}

JsonArray *
bg_json_member_list (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

void
bg_json_add_text (JsonBuilder *builder, const char *name, const char *text)
{
  if (!text)
    return;
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, text);
}

void
bg_json_add_boolean (JsonBuilder *builder, const char *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}
