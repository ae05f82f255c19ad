/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/worker-folder.h"

#include "common/json-member.h"

#include <gio/gio.h>
#include <glib/gi18n.h>

#define MANIFEST "wrangler.json"

enum
{
  MAX_MODULE = 10 * 1024 * 1024, /* what Cloudflare takes at most, compressed */
};

struct _WorkerFolder
{
  JsonObject *manifest;
  GPtrArray *modules;
  const char *version;
};

static const struct
{
  const char *suffix, *content_type;
} kinds[] = {
  { ".js", "application/javascript+module" },
  { ".wasm", "application/wasm" },
};

static void
module_free (gpointer data)
{
  WorkerModule *module = data;

  g_free (module->name);
  g_bytes_unref (module->content);
  g_free (module);
}

void
worker_folder_free (WorkerFolder *self)
{
  g_clear_pointer (&self->manifest, json_object_unref);
  g_clear_pointer (&self->modules, g_ptr_array_unref);
  g_free (self);
}

const char *
worker_folder_get_version (const WorkerFolder *self)
{
  return self->version;
}

GPtrArray *
worker_folder_get_modules (const WorkerFolder *self)
{
  return self->modules;
}

JsonObject *
worker_folder_get_manifest (const WorkerFolder *self)
{
  return self->manifest;
}

/* --- Modules --- */

/* NULL: no module. */
static const char *
content_type_of (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_suffix (name, kinds[i].suffix))
      return kinds[i].content_type;
  return NULL;
}

static gboolean
add_module (WorkerFolder *self, const char *path, const char *name, GError **error)
{
  const char *content_type = content_type_of (name);
  g_autofree char *file = g_build_filename (path, name, NULL), *content = NULL;
  WorkerModule *module;
  gsize len = 0;

  if (!content_type || !g_file_test (file, G_FILE_TEST_IS_REGULAR))
    return TRUE;
  if (!g_file_get_contents (file, &content, &len, error))
    return FALSE;
  if (len == 0 || len > MAX_MODULE)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("%s is no part of a built Worker"),
                   file);
      return FALSE;
    }
  module = g_new (WorkerModule, 1);
  *module = (WorkerModule){ g_strdup (name), content_type,
                            g_bytes_new_take (g_steal_pointer (&content), len) };
  g_ptr_array_add (self->modules, module);
  return TRUE;
}

static int
compare_modules (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 ((*(WorkerModule *const *) a)->name, (*(WorkerModule *const *) b)->name);
}

static gboolean
read_modules (WorkerFolder *self, const char *path, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, error);
  const char *name;

  if (!dir)
    return FALSE;
  while ((name = g_dir_read_name (dir)))
    if (!add_module (self, path, name, error))
      return FALSE;
  g_ptr_array_sort (self->modules, compare_modules);
  return TRUE;
}

static gboolean
has_module (const WorkerFolder *self, const char *name)
{
  for (guint i = 0; i < self->modules->len; i++)
    if (g_str_equal (((WorkerModule *) self->modules->pdata[i])->name, name))
      return TRUE;
  return FALSE;
}

/* --- The manifest --- */

static JsonArray *
array_in (JsonObject *object, const char *member)
{
  JsonNode *node = object ? json_object_get_member (object, member) : NULL;

  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static JsonObject *
object_in (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);

  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* Are these objects that have all these texts? */
static gboolean
have_texts (JsonArray *array, const char *const *members)
{
  for (guint i = 0; array && i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);

      for (const char *const *member = members; *member; member++)
        if (!JSON_NODE_HOLDS_OBJECT (node)
            || !bg_json_member_text (json_node_get_object (node), *member))
          return FALSE;
    }
  return array && json_array_get_length (array) > 0;
}

static gboolean
is_whole (WorkerFolder *self)
{
  static const char *const of_binding[] = { "name", "class_name", NULL };
  static const char *const of_migration[] = { "tag", NULL };
  JsonObject *objects = object_in (self->manifest, "durable_objects"),
             *vars = object_in (self->manifest, "vars");
  const char *main_module = bg_json_member_text (self->manifest, "main");

  self->version = vars ? bg_json_member_text (vars, "VERSION") : NULL;
  return self->version && main_module && has_module (self, main_module)
         && has_module (self, "core.wasm")
         && bg_json_member_text (self->manifest, "compatibility_date")
         && array_in (self->manifest, "compatibility_flags")
         && have_texts (array_in (objects, "bindings"), of_binding)
         && have_texts (array_in (self->manifest, "migrations"), of_migration);
}

static gboolean
read_manifest (WorkerFolder *self, const char *path, GError **error)
{
  g_autofree char *file = g_build_filename (path, MANIFEST, NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root;

  if (!json_parser_load_from_file (parser, file, error))
    return FALSE;
  root = json_parser_get_root (parser);
  if (root && JSON_NODE_HOLDS_OBJECT (root))
    {
      self->manifest = json_object_ref (json_node_get_object (root));
      if (is_whole (self))
        return TRUE;
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
               _ ("%s lacks something, or modules are missing"), file);
  return FALSE;
}

WorkerFolder *
worker_folder_open (const char *path, GError **error)
{
  g_autoptr (WorkerFolder) self = g_new0 (WorkerFolder, 1);
  g_autoptr (GError) fault = NULL;

  self->modules = g_ptr_array_new_with_free_func (module_free);
  if (read_modules (self, path, &fault) && read_manifest (self, path, &fault))
    return g_steal_pointer (&self);
  g_set_error (
    error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
    _ ("there is no built Worker in %s: %s. The package bamgate-hub has it; --worker names "
       "another folder"),
    path, fault->message);
  return NULL;
}
