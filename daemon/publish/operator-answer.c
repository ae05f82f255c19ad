/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/operator-answer.h"

#include "common/json-member.h"
#include "common/printable.h"
#include "publish/endpoint.h"
#include "signaling/backoff.h"

#include <string.h>

enum
{
  SAID_MAX = 300,
  ID_MAX = 128,
  SELECTORS_MAX = 64,
};

#define NO_CONTENT 204
#define BINDING "kubernetes"

/* --- Answers --- */

void
bg_operator_answer_free (BgOperatorAnswer *self)
{
  if (!self)
    return;
  g_clear_pointer (&self->reason, bg_words_unref);
  g_clear_pointer (&self->body, json_object_unref);
  g_free (self);
}

static const char *
text_or (JsonObject *object, const char *name, const char *otherwise)
{
  const char *text = object ? bg_json_member_text (object, name) : NULL;

  return text ? text : otherwise;
}

/* The support of an account asks for the id of what failed. */
static char *
marks_of (JsonObject *body)
{
  JsonNode *node = json_object_get_member (body, "details");
  JsonObject *details = node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const char *code = text_or (body, "error_code", ""),
             *operation = text_or (details, "operation_id", "");
  g_autofree char *marks = g_strjoin (*code && *operation ? ", " : "", code, operation, NULL);

  return bg_printable_start (marks, SAID_MAX);
}

static BgWords *
what_it_says (guint status, JsonObject *body)
{
  g_autofree char *said = bg_printable_start (text_or (body, "msg", ""), SAID_MAX);
  g_autofree char *marks = body ? marks_of (body) : NULL;

  if (!body || *said == '\0' || *marks == '\0')
    return bg_words (ACCOUNT_STATUS, status);
  return bg_words (ACCOUNT_SAYS, said, marks);
}

static BgWords *
reason_of (guint status, JsonObject *body)
{
  g_autoptr (BgWords) words = what_it_says (status, body);

  return bg_answer_kind (status) == BG_ANSWER_REFUSED ? bg_words (API_KEY_REFUSED, words)
                                                      : g_steal_pointer (&words);
}

BgOperatorAnswer *
bg_operator_answer_new_none (BgWords *reason)
{
  BgOperatorAnswer *self = g_new0 (BgOperatorAnswer, 1);

  self->kind = BG_ANSWER_UNREACHED;
  self->reason = reason;
  return self;
}

BgOperatorAnswer *
bg_operator_answer_new (guint status, const char *retry_after, const char *text, gsize len,
                        gint64 now)
{
  g_autoptr (JsonObject) body = bg_json_object_parse (text, len);
  BgOperatorAnswer *self;

  if (bg_answer_kind (status) == BG_ANSWER_GOOD && !body && status != NO_CONTENT)
    {
      self = bg_operator_answer_new_none (bg_words (ACCOUNT_GARBLED));
      self->status = status;
      return self;
    }
  self = g_new0 (BgOperatorAnswer, 1);
  self->status = status;
  self->kind = bg_answer_kind (status);
  self->asked_ms = bg_backoff_asked_ms (retry_after, now, 0.0);
  if (self->kind == BG_ANSWER_GOOD)
    self->body = g_steal_pointer (&body);
  else
    self->reason = reason_of (status, body);
  return self;
}

/* --- Machines --- */

gboolean
bg_operator_id_is_usable (const char *id)
{
  gsize len = strlen (id);

  if (len == 0 || len > ID_MAX)
    return FALSE;
  for (gsize i = 0; i < len; i++)
    if (!g_ascii_isalnum (id[i]) && id[i] != '_' && id[i] != '-')
      return FALSE;
  return TRUE;
}

static JsonObject *
object_member (JsonObject *object, const char *name)
{
  JsonNode *node = object ? json_object_get_member (object, name) : NULL;

  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static JsonObject *
element (JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static const char *
text_element (JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);

  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
           ? json_node_get_string (node)
           : NULL;
}

static char **
read_texts (JsonObject *object, const char *name)
{
  JsonArray *list = object ? bg_json_member_list (object, name) : NULL;
  g_autoptr (GStrvBuilder) texts = g_strv_builder_new ();

  for (guint i = 0; list && i < MIN (json_array_get_length (list), SELECTORS_MAX); i++)
    if (text_element (list, i))
      g_strv_builder_add (texts, text_element (list, i));
  return g_strv_builder_end (texts);
}

BgOperatorRecord *
bg_operator_record_read (JsonObject *object)
{
  JsonObject *binding = object_member (object, "binding");
  const char *id = object ? bg_json_member_text (object, "id") : NULL;
  BgOperatorRecord *self;

  if (!id || !bg_operator_id_is_usable (id))
    return NULL;
  self = g_new0 (BgOperatorRecord, 1);
  self->id = g_strdup (id);
  self->certificate = g_strdup (text_or (object_member (binding, "cert"), "cert", ""));
  self->ingress = g_strdup (text_or (binding, "ingress_endpoint", ""));
  self->selectors = read_texts (binding, "endpoint_selectors");
  return self;
}

void
bg_operator_record_free (BgOperatorRecord *self)
{
  if (!self)
    return;
  g_free (self->id);
  g_free (self->certificate);
  g_free (self->ingress);
  g_strfreev (self->selectors);
  g_free (self);
}

static gboolean
is_own (JsonObject *machine, const char *instance)
{
  const char *metadata = bg_json_member_text (machine, "metadata");
  g_autoptr (JsonObject) said = metadata ? bg_json_object_parse (metadata, strlen (metadata))
                                         : NULL;

  return said && g_str_equal (text_or (said, "instance", ""), instance);
}

char *
bg_operator_page_find (JsonObject *page, const char *instance)
{
  JsonArray *list = bg_json_member_list (page, "operators");

  for (guint i = 0; list && i < json_array_get_length (list); i++)
    {
      JsonObject *machine = element (list, i);
      const char *id = machine ? bg_json_member_text (machine, "id") : NULL;

      if (id && bg_operator_id_is_usable (id) && is_own (machine, instance))
        return g_strdup (id);
    }
  return NULL;
}

/* --- Endpoints --- */

static gboolean
is_bound (JsonObject *endpoint)
{
  JsonArray *bindings = bg_json_member_list (endpoint, "bindings");

  if (!bindings)
    return TRUE;
  for (guint i = 0; i < json_array_get_length (bindings); i++)
    if (g_strcmp0 (text_element (bindings, i), BINDING) == 0)
      return TRUE;
  return FALSE;
}

void
bg_operator_page_add_endpoints (JsonObject *page, const char *source, GPtrArray *list)
{
  JsonArray *endpoints = bg_json_member_list (page, "endpoints");

  for (guint i = 0; endpoints && i < json_array_get_length (endpoints); i++)
    {
      JsonObject *one = element (endpoints, i);

      if (one && is_bound (one))
        g_ptr_array_add (list, bg_endpoint_new (source, bg_json_member_text (one, "id"),
                                                bg_json_member_text (one, "url"),
                                                bg_json_member_text (one, "public_url"),
                                                bg_json_member_text (one, "proto")));
    }
}

gboolean
bg_operator_page_get_next (JsonObject *page, const char *name, const char **next)
{
  JsonArray *list = bg_json_member_list (page, name);

  if (!list)
    return FALSE;
  *next = json_array_get_length (list) > 0 ? bg_json_member_text (page, "next_page_uri") : NULL;
  return TRUE;
}
