/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-body.h"
#include "common/json-shape.h"

#include <string.h>

enum
{
  MAX_BODY = 64 * 1024,
};

JsonNode *
bg_hub_body_read (const char *text, gsize len)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  JsonNode *root;

  if (len > MAX_BODY || !bg_json_shape_is_fine (text, len, NULL)
      || !json_parser_load_from_data (parser, text, (gssize) len, NULL))
    return NULL;
  root = json_parser_get_root (parser);
  return root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_ref (root) : NULL;
}

gboolean
bg_hub_body_get_flag (JsonObject *body, const char *name, gboolean otherwise, gboolean *flag)
{
  JsonNode *node = json_object_get_member (body, name);

  *flag = otherwise;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return FALSE;
  *flag = json_node_get_boolean (node);
  return TRUE;
}

/* Strictly: what a decoder that skips strange characters would take has more than one text. */
static GBytes *
bytes_of_node (JsonNode *node, gsize max)
{
  const char *text = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *again = NULL;
  guchar *data;
  gsize len;

  if (text == NULL || strlen (text) > (max + 2) / 3 * 4)
    return NULL;
  data = g_base64_decode (text, &len);
  bytes = g_bytes_new_take (data, len);
  again = g_base64_encode (data, len);
  return len > 0 && len <= max && g_str_equal (again, text) ? g_steal_pointer (&bytes) : NULL;
}

GPtrArray *
bg_hub_body_get_bytes (JsonObject *body, const char *name, guint most, gsize max)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  JsonNode *node = json_object_get_member (body, name);
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node)
                                                                  : NULL;
  guint n = array != NULL ? json_array_get_length (array) : 0;

  if (n == 0 || n > most)
    return NULL;
  for (guint i = 0; i < n; i++)
    {
      GBytes *bytes = bytes_of_node (json_array_get_element (array, i), max);

      if (bytes == NULL)
        return NULL;
      g_ptr_array_add (list, bytes);
    }
  return g_steal_pointer (&list);
}
