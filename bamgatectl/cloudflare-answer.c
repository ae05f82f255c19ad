/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/cloudflare-answer.h"

#include "common/json-member.h"

#include <glib/gi18n.h>
#include <string.h>

G_DEFINE_QUARK (cloudflare - error, cloudflare_error)

enum
{
  HTTP_OK = 200,
  HTTP_UNAUTHORIZED = 401,
  HTTP_FORBIDDEN = 403,
  HTTP_NOT_FOUND = 404,
  HTTP_TOO_MANY_REQUESTS = 429,
};

static const struct
{
  gint64 code;
  CloudflareError error;
} known_codes[] = {
  { 1000, CLOUDFLARE_ERROR_NOT_AUTHORIZED },  /* of tokens/verify: no such token */
  { 6003, CLOUDFLARE_ERROR_NOT_AUTHORIZED },  /* the header has no form of a token */
  { 9106, CLOUDFLARE_ERROR_NOT_AUTHORIZED },  /* there is none */
  { 9109, CLOUDFLARE_ERROR_NOT_AUTHORIZED },  /* it may not do this */
  { 10000, CLOUDFLARE_ERROR_NOT_AUTHORIZED }, /* either of these */
  { 10001, CLOUDFLARE_ERROR_NOT_AUTHORIZED }, { 10007, CLOUDFLARE_ERROR_NOT_FOUND },
  { 10090, CLOUDFLARE_ERROR_NOT_FOUND },      { 10063, CLOUDFLARE_ERROR_NO_SUBDOMAIN },
  { 10079, CLOUDFLARE_ERROR_CHANGED }, /* another migration than ours was the last */
};

JsonArray *
cloudflare_answer_array (JsonObject *object, const char *member)
{
  JsonNode *node = object ? json_object_get_member (object, member) : NULL;

  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

JsonObject *
cloudflare_answer_object (JsonObject *object, const char *member)
{
  JsonNode *node = object ? json_object_get_member (object, member) : NULL;

  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

JsonObject *
cloudflare_answer_object_at (JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

gint64
cloudflare_answer_number (JsonObject *object, const char *member)
{
  JsonNode *node = object ? json_object_get_member (object, member) : NULL;

  return node && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_int (node) : 0;
}

JsonObject *
cloudflare_answer_read (const char *text)
{
  return bg_json_object_parse (text, strlen (text));
}

static CloudflareError
kind_of (guint status, gint64 code)
{
  if (status == HTTP_TOO_MANY_REQUESTS)
    return CLOUDFLARE_ERROR_BUSY;
  if (status >= 500)
    return CLOUDFLARE_ERROR_UNSURE;
  for (guint i = 0; i < G_N_ELEMENTS (known_codes); i++)
    if (known_codes[i].code == code)
      return known_codes[i].error;
  if (status == HTTP_UNAUTHORIZED || status == HTTP_FORBIDDEN)
    return CLOUDFLARE_ERROR_NOT_AUTHORIZED;
  if (status == HTTP_NOT_FOUND)
    return CLOUDFLARE_ERROR_NOT_FOUND;
  return code != 0 ? CLOUDFLARE_ERROR_REFUSED : CLOUDFLARE_ERROR_UNSURE;
}

GError *
cloudflare_answer_judge (guint status, JsonObject *envelope)
{
  JsonArray *errors = cloudflare_answer_array (envelope, "errors");
  JsonObject *said = errors && json_array_get_length (errors) > 0
                       ? cloudflare_answer_object_at (errors, 0)
                       : NULL;
  const char *message = said ? bg_json_member_text (said, "message") : NULL;
  gint64 code = cloudflare_answer_number (said, "code");

  if (status == HTTP_OK && envelope && bg_json_member_is_true (envelope, "success"))
    return NULL;
  if (message)
    return g_error_new (CLOUDFLARE_ERROR, kind_of (status, code),
                        _ ("Cloudflare says: %s (code %d, HTTP %u)"), message, (int) code, status);
  return g_error_new (CLOUDFLARE_ERROR, kind_of (status, code),
                      _ ("Cloudflare gave an answer that makes no sense here (HTTP %u)"), status);
}
