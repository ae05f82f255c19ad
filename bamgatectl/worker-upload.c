/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/worker-upload.h"
#include "bamgatectl/input.h"

#include "common/json-member.h"

#include <string.h>

WorkerVariable *
worker_variable_new (const char *name, char *text, gboolean is_secret)
{
  WorkerVariable *self = g_new (WorkerVariable, 1);

  *self = (WorkerVariable){ g_strdup (name), text, is_secret };
  return self;
}

void
worker_variable_free (gpointer variable)
{
  WorkerVariable *self = variable;

  g_free (self->name);
  input_free_secret (self->text);
  g_free (self);
}

/* --- Bindings --- */

typedef struct
{
  JsonBuilder *builder;
  GHashTable *said; /* names, borrowed */
} Bindings;

/* A name is said once. */
static gboolean
begin_binding (Bindings *self, const char *type, const char *name)
{
  if (!g_hash_table_add (self->said, (gpointer) name))
    return FALSE;
  json_builder_begin_object (self->builder);
  json_builder_set_member_name (self->builder, "type");
  json_builder_add_string_value (self->builder, type);
  json_builder_set_member_name (self->builder, "name");
  json_builder_add_string_value (self->builder, name);
  return TRUE;
}

static void
say_text (Bindings *self, const char *type, const char *name, const char *member, const char *value)
{
  if (!begin_binding (self, type, name))
    return;
  if (member)
    {
      json_builder_set_member_name (self->builder, member);
      json_builder_add_string_value (self->builder, value);
    }
  json_builder_end_object (self->builder);
}

static void
say_objects (Bindings *self, JsonObject *manifest)
{
  JsonArray *objects = json_object_get_array_member (
    json_object_get_object_member (manifest, "durable_objects"), "bindings");

  for (guint i = 0; i < json_array_get_length (objects); i++)
    {
      JsonObject *object = json_array_get_object_element (objects, i);

      say_text (self, "durable_object_namespace", bg_json_member_text (object, "name"),
                "class_name", bg_json_member_text (object, "class_name"));
    }
}

static void
say_vars (Bindings *self, JsonObject *manifest)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init (&iter, json_object_get_object_member (manifest, "vars"));
  while (json_object_iter_next (&iter, &name, &node))
    if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
      say_text (self, "plain_text", name, "text", json_node_get_string (node));
}

static void
say_bindings (Bindings *self, JsonObject *manifest, const WorkerSite *site, GPtrArray *variables)
{
  say_objects (self, manifest);
  say_vars (self, manifest);
  for (guint i = 0; i < variables->len; i++)
    {
      const WorkerVariable *variable = variables->pdata[i];

      say_text (self, variable->is_secret ? "secret_text" : "plain_text", variable->name, "text",
                variable->text);
    }
  for (guint i = 0; site->found.bindings && site->found.bindings[i]; i++)
    say_text (self, "inherit", site->found.bindings[i], NULL, NULL);
}

/* --- Migrations --- */

/* Behind the one with this tag; 0 for none, -1: there is none like that. */
static int
first_migration_after (JsonArray *migrations, const char *tag)
{
  if (!tag)
    return 0;
  for (guint i = 0; i < json_array_get_length (migrations); i++)
    {
      JsonObject *migration = json_array_get_object_element (migrations, i);

      if (g_str_equal (bg_json_member_text (migration, "tag"), tag))
        return (int) i + 1;
    }
  return -1;
}

static JsonArray *
migrations_of (const WorkerFolder *folder)
{
  return json_object_get_array_member (worker_folder_get_manifest (folder), "migrations");
}

gboolean
worker_upload_knows_migration (const WorkerFolder *folder, const char *tag)
{
  return first_migration_after (migrations_of (folder), tag) >= 0;
}

static void
say_step (JsonBuilder *builder, JsonObject *migration)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_builder_begin_object (builder);
  json_object_iter_init (&iter, migration);
  while (json_object_iter_next (&iter, &name, &node))
    if (!g_str_equal (name, "tag"))
      {
        json_builder_set_member_name (builder, name);
        json_builder_add_value (builder, json_node_copy (node));
      }
  json_builder_end_object (builder);
}

/* What lies between the last migration there and ours, in one go. */
static void
say_migrations (JsonBuilder *builder, JsonArray *migrations, const char *tag)
{
  int first = first_migration_after (migrations, tag);
  guint n = json_array_get_length (migrations);
  JsonObject *last = json_array_get_object_element (migrations, n - 1);

  if (first < 0 || (guint) first == n)
    return;
  json_builder_set_member_name (builder, "migrations");
  json_builder_begin_object (builder);
  if (tag)
    {
      json_builder_set_member_name (builder, "old_tag");
      json_builder_add_string_value (builder, tag);
    }
  json_builder_set_member_name (builder, "new_tag");
  json_builder_add_string_value (builder, bg_json_member_text (last, "tag"));
  json_builder_set_member_name (builder, "steps");
  json_builder_begin_array (builder);
  for (guint i = (guint) first; i < n; i++)
    say_step (builder, json_array_get_object_element (migrations, i));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

/* --- All of it --- */

static void
copy_member (JsonBuilder *builder, JsonObject *from, const char *member, const char *as)
{
  json_builder_set_member_name (builder, as);
  json_builder_add_value (builder, json_node_copy (json_object_get_member (from, member)));
}

char *
worker_upload_metadata (const WorkerFolder *folder, const WorkerSite *site, GPtrArray *variables)
{
  JsonObject *manifest = worker_folder_get_manifest (folder);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (GHashTable) said = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  copy_member (builder, manifest, "main", "main_module");
  copy_member (builder, manifest, "compatibility_date", "compatibility_date");
  copy_member (builder, manifest, "compatibility_flags", "compatibility_flags");
  json_builder_set_member_name (builder, "bindings");
  json_builder_begin_array (builder);
  say_bindings (&(Bindings){ builder, said }, manifest, site, variables);
  json_builder_end_array (builder);
  say_migrations (builder, migrations_of (folder), site->found.tag);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

SoupMultipart *
worker_upload_form (const WorkerFolder *folder, const char *metadata)
{
  SoupMultipart *form = soup_multipart_new (SOUP_FORM_MIME_TYPE_MULTIPART);
  GPtrArray *modules = worker_folder_get_modules (folder);
  char *copy = g_strdup (metadata);
  g_autoptr (GBytes) first = g_bytes_new_with_free_func (copy, strlen (copy),
                                                         (GDestroyNotify) input_free_secret, copy);

  soup_multipart_append_form_file (form, "metadata", "metadata.json", "application/json", first);
  for (guint i = 0; i < modules->len; i++)
    {
      const WorkerModule *module = modules->pdata[i];

      soup_multipart_append_form_file (form, module->name, module->name, module->content_type,
                                       module->content);
    }
  return form;
}
