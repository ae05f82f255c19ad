/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signaling/service-log.h"

#include "common/error.h"
#include "signaling/service-request.h"

#define PATH "/network/log"
#define STATUS_CONFLICT 409

/* No entry is longer in base64, and no answer has more of them. */
enum
{
  ENTRY_TEXT_MAX = 2048,
  ENTRIES_MAX = 8192,
};

/* --- Fetching --- */

void
bg_service_log_fetch_async (const BgServiceHub *hub, guint32 from, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer data)
{
  g_autofree char *path = g_strdup_printf (PATH "?from=%u", from);
  const BgServiceRequest request = { .method = SOUP_METHOD_GET,
                                     .path = path,
                                     .limit_s = BG_SERVICE_LIMIT_S };

  bg_service_request_async (hub, &request, cancellable, callback, data);
}

static gboolean
is_base64 (const char *text)
{
  return strlen (text) <= ENTRY_TEXT_MAX
         && strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
              == strlen (text);
}

static GBytes *
read_entry (JsonNode *node)
{
  const char *text = JSON_NODE_HOLDS_VALUE (node)
                         && json_node_get_value_type (node) == G_TYPE_STRING
                       ? json_node_get_string (node)
                       : "";
  gsize len = 0;
  guchar *bytes = *text && is_base64 (text) ? g_base64_decode (text, &len) : NULL;

  return bytes ? g_bytes_new_take (bytes, len) : NULL;
}

static GPtrArray *
read_entries (JsonObject *body)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  JsonNode *node = json_object_get_member (body, "entries");
  JsonArray *array = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (!array || json_array_get_length (array) > ENTRIES_MAX)
    return NULL;
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      GBytes *entry = read_entry (json_array_get_element (array, i));

      if (!entry)
        return NULL;
      g_ptr_array_add (entries, entry);
    }
  return g_steal_pointer (&entries);
}

static gboolean
read_count (JsonObject *body, guint32 *count)
{
  JsonNode *node = json_object_get_member (body, "count");
  gint64 number = node && JSON_NODE_HOLDS_VALUE (node)
                      && json_node_get_value_type (node) == G_TYPE_INT64
                    ? json_node_get_int (node)
                    : -1;

  *count = (guint32) number;
  return number >= 0 && number <= G_MAXUINT32;
}

GPtrArray *
bg_service_log_fetch_finish (GAsyncResult *result, guint32 *count, GError **error)
{
  g_autoptr (BgServiceAnswer) answer = bg_service_request_finish (result, error);
  JsonObject *body = answer ? bg_service_answer_read (answer, error) : NULL;
  g_autoptr (GPtrArray) entries = body ? read_entries (body) : NULL;

  if (body && !entries)
    bg_service_answer_lacks ("entries", error);
  else if (body && !read_count (body, count))
    bg_service_answer_lacks ("count", error);
  else
    return g_steal_pointer (&entries);
  return NULL;
}

/* --- Posting --- */

static GBytes *
body_of (const GPtrArray *entries)
{
  JsonBuilder *builder = json_builder_begin_object (json_builder_new ());

  json_builder_set_member_name (builder, "entries");
  json_builder_begin_array (builder);
  for (guint i = 0; i < entries->len; i++)
    {
      gsize len;
      const guint8 *bytes = g_bytes_get_data (entries->pdata[i], &len);
      g_autofree char *text = g_base64_encode (bytes, len);

      json_builder_add_string_value (builder, text);
    }
  json_builder_end_array (builder);
  return bg_service_body_new (builder);
}

void
bg_service_log_post_async (const BgServiceHub *hub, const GPtrArray *entries,
                           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GBytes) body = body_of (entries);
  const BgServiceRequest request = {
    .method = SOUP_METHOD_POST, .path = PATH, .body = body, .limit_s = BG_SERVICE_LIMIT_S
  };

  bg_service_request_async (hub, &request, cancellable, callback, data);
}

BgLogPost
bg_service_log_post_finish (GAsyncResult *result, GError **error)
{
  g_autoptr (BgServiceAnswer) answer = bg_service_request_finish (result, error);

  if (answer && answer->status == STATUS_CONFLICT)
    return BG_LOG_POST_ELSEWHERE;
  return answer && bg_service_answer_read (answer, error) ? BG_LOG_POST_TAKEN : BG_LOG_POST_FAILED;
}
