/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/json-list.h"

#include "common/json-member.h"
#include "common/signal-message.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define MEMBER "list"

/* As the only member of an object, which is what the reader takes. */
static JsonObject *
load (const char *text)
{
  g_autofree char *object = g_strdup_printf ("{\"" MEMBER "\":%s}", text);
  gsize len = strlen (object);

  return len <= BG_SIGNAL_MAX_FRAME ? bg_json_object_parse (object, len) : NULL;
}

static gboolean
is_text (JsonNode *node)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
         && g_utf8_validate (json_node_get_string (node), -1, NULL);
}

char **
bg_json_list_parse (const char *text, guint max)
{
  g_autoptr (JsonObject) object = text ? load (text) : NULL;
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  JsonArray *array = object ? bg_json_member_list (object, MEMBER) : NULL;

  if (!array)
    return NULL;
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);

      if (!is_text (node))
        return NULL;
      if (texts->len < max)
        g_ptr_array_add (texts, json_node_dup_string (node));
    }
  g_ptr_array_add (texts, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&texts), FALSE);
}

char *
bg_json_list_format (char *const *texts)
{
  g_autoptr (JsonBuilder) builder = json_builder_begin_array (json_builder_new ());
  g_autoptr (JsonNode) root = NULL;

  for (char *const *text = texts; text && *text; text++)
    json_builder_add_string_value (builder, *text);
  json_builder_end_array (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}
