/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/operator-question.h"

#include "common/json-member.h"

#include <json-glib/json-glib.h>

#define PRODUCT "bamgate"
#define REGION "global"

static void
add_list (JsonBuilder *builder, const char *name, const char *const *texts)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (; *texts; texts++)
    json_builder_add_string_value (builder, *texts);
  json_builder_end_array (builder);
}

static void
add_binding (JsonBuilder *builder, const BgOperatorWish *wish, const char *request)
{
  json_builder_set_member_name (builder, "binding");
  json_builder_begin_object (builder);
  add_list (builder, "endpoint_selectors", wish->selectors);
  bg_json_add_text (builder, "csr", request);
  json_builder_end_object (builder);
}

static char *
to_text (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (json_builder_end_object (builder));

  return json_to_string (root, FALSE);
}

static GBytes *
to_bytes (JsonBuilder *builder)
{
  char *text = to_text (builder);

  return g_bytes_new_take (text, strlen (text));
}

static char *
metadata (const BgOperatorWish *wish)
{
  g_autoptr (JsonBuilder) builder = json_builder_begin_object (json_builder_new ());

  bg_json_add_text (builder, "product", PRODUCT);
  bg_json_add_text (builder, "instance", wish->instance);
  return to_text (builder);
}

GBytes *
bg_operator_question_register (const BgOperatorWish *wish, const char *request)
{
  g_autoptr (JsonBuilder) builder = json_builder_begin_object (json_builder_new ());
  g_autofree char *own = metadata (wish);

  bg_json_add_text (builder, "description", wish->description);
  bg_json_add_text (builder, "metadata", own);
  bg_json_add_text (builder, "region", REGION);
  add_list (builder, "enabled_features", (const char *const[]){ "bindings", NULL });
  add_binding (builder, wish, request);
  return to_bytes (builder);
}

GBytes *
bg_operator_question_certify (const BgOperatorWish *wish, const char *request)
{
  g_autoptr (JsonBuilder) builder = json_builder_begin_object (json_builder_new ());

  add_binding (builder, wish, request);
  return to_bytes (builder);
}

GBytes *
bg_operator_question_select (const BgOperatorWish *wish)
{
  return bg_operator_question_certify (wish, NULL);
}
