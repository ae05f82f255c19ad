/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/operator-files.h"

#include "common/error.h"
#include "common/json-member.h"
#include "common/secret-text.h"
#include "publish/endpoint.h"
#include "publish/operator-answer.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

enum
{
  FOR_OWNER = 0600,
  FOR_ALL = 0644,
  DIRECTORY_FOR_OWNER = 0700,
  TEXT_MAX = 64 * 1024 * 1024,
};

/* The key that belongs to the next certificate: it is there before, and has its name only after the certificate has. */
#define NEXT ".next"

#define INGRESS "ingress_endpoint" /* as the account calls it */

BgOperatorFiles *
bg_operator_files_new (const char *directory, const char *certificate, const char *key)
{
  BgOperatorFiles *self = g_new0 (BgOperatorFiles, 1);

  self->certificate = certificate ? g_strdup (certificate)
                                  : g_build_filename (directory, "tls.crt", NULL);
  self->key = key ? g_strdup (key) : g_build_filename (directory, "tls.key", NULL);
  self->id = g_build_filename (directory, "operator_id", NULL);
  self->instance = g_build_filename (directory, "instance_id", NULL);
  self->endpoints = g_build_filename (directory, "endpoints.json", NULL);
  return self;
}

void
bg_operator_files_free (BgOperatorFiles *self)
{
  if (!self)
    return;
  g_free (self->certificate);
  g_free (self->key);
  g_free (self->id);
  g_free (self->instance);
  g_free (self->endpoints);
  g_free (self);
}

/* --- One file --- */

static gboolean
fail (const char *path, GError **error)
{
  int code = errno;

  bg_error_set (error, BG_ERROR_FAILED, ACCOUNT_FILE_NOT_WRITTEN, path, bg_arg_errno (code));
  return FALSE;
}

static gboolean
save (const char *path, const char *text, int mode, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autoptr (GError) cause = NULL;

  if (g_mkdir_with_parents (directory, DIRECTORY_FOR_OWNER) != 0)
    return fail (directory, error);
  if (g_file_set_contents_full (
        path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, mode, &cause))
    return TRUE;
  bg_error_set (error, BG_ERROR_FAILED, ACCOUNT_FILE_NOT_WRITTEN, path, cause);
  return FALSE;
}

/* NULL where it is not there, no text, or of another size than such files have. */
static char *
load (const char *path)
{
  struct stat facts;
  char *text = NULL;
  gsize len;

  if (stat (path, &facts) != 0 || !S_ISREG (facts.st_mode) || facts.st_size > TEXT_MAX
      || !g_file_get_contents (path, &text, &len, NULL))
    return NULL;
  if (strlen (text) == len)
    return text;
  bg_secret_free (text);
  return NULL;
}

/* --- Key and certificate --- */

static BgTlsIdentity *
load_pair (const char *certificate, const char *key_path)
{
  char *key = certificate ? load (key_path) : NULL;
  BgTlsIdentity *identity = key ? bg_tls_identity_new (certificate, key) : NULL;

  bg_secret_free (key);
  return identity;
}

BgTlsIdentity *
bg_operator_files_load_identity (BgOperatorFiles *self)
{
  g_autofree char *certificate = load (self->certificate);
  g_autofree char *next = g_strconcat (self->key, NEXT, NULL);
  BgTlsIdentity *identity = load_pair (certificate, self->key);

  if (!identity && (identity = load_pair (certificate, next)) != NULL)
    g_rename (next, self->key);
  if (identity)
    g_unlink (next);
  return identity;
}

gboolean
bg_operator_files_save_identity (BgOperatorFiles *self, const BgTlsIdentity *identity,
                                 GError **error)
{
  g_autofree char *next = g_strconcat (self->key, NEXT, NULL);

  if (!save (next, identity->key, FOR_OWNER, error))
    return FALSE;
  if (!save (self->certificate, identity->certificate, FOR_ALL, error))
    {
      g_unlink (next);
      return FALSE;
    }
  return g_rename (next, self->key) == 0 || fail (self->key, error);
}

/* --- Names --- */

static char *
load_name (const char *path)
{
  g_autofree char *text = load (path);

  return text && bg_operator_id_is_usable (g_strstrip (text)) ? g_steal_pointer (&text) : NULL;
}

char *
bg_operator_files_load_id (BgOperatorFiles *self)
{
  return load_name (self->id);
}

gboolean
bg_operator_files_save_id (BgOperatorFiles *self, const char *id, GError **error)
{
  if (id)
    return save (self->id, id, FOR_ALL, error);
  return g_unlink (self->id) == 0 || errno == ENOENT || fail (self->id, error);
}

char *
bg_operator_files_load_instance (BgOperatorFiles *self)
{
  return load_name (self->instance);
}

char *
bg_operator_files_save_instance (BgOperatorFiles *self, const char *instance, GError **error)
{
  g_autofree char *name = instance ? g_strdup (instance) : g_uuid_string_random ();

  return save (self->instance, name, FOR_ALL, error) ? g_steal_pointer (&name) : NULL;
}

/* --- Endpoints: as the account writes them --- */

GPtrArray *
bg_operator_files_load_endpoints (BgOperatorFiles *self, const char *source, char **ingress)
{
  g_autofree char *text = load (self->endpoints);
  g_autoptr (JsonObject) page = text ? bg_json_object_parse (text, strlen (text)) : NULL;
  const char *told = page ? bg_json_member_text (page, INGRESS) : NULL;
  GPtrArray *list = page ? bg_endpoint_list_new () : NULL;

  if (!list)
    return NULL;
  *ingress = g_strdup (told ? told : "");
  bg_operator_page_add_endpoints (page, source, list);
  bg_endpoint_list_merge (list);
  return list;
}

static void
add_endpoint (JsonBuilder *builder, const BgWantedEndpoint *endpoint, const char *id)
{
  json_builder_begin_object (builder);
  bg_json_add_text (builder, "id", id);
  bg_json_add_text (builder, "url", endpoint->url);
  json_builder_end_object (builder);
}

static char *
format (const GPtrArray *list, const char *ingress)
{
  g_autoptr (JsonBuilder) builder = json_builder_begin_object (json_builder_new ());
  g_autoptr (JsonNode) root = NULL;

  bg_json_add_text (builder, INGRESS, ingress);
  json_builder_begin_array (json_builder_set_member_name (builder, "endpoints"));
  for (guint i = 0; i < list->len; i++)
    for (char **id = ((BgWantedEndpoint *) list->pdata[i])->ids; *id; id++)
      add_endpoint (builder, list->pdata[i], *id);
  json_builder_end_array (builder);
  root = json_builder_get_root (json_builder_end_object (builder));
  return json_to_string (root, TRUE);
}

gboolean
bg_operator_files_save_endpoints (BgOperatorFiles *self, const GPtrArray *list, const char *ingress,
                                  GError **error)
{
  g_autofree char *text = format (list, ingress);

  return save (self->endpoints, text, FOR_ALL, error);
}

void
bg_operator_files_forget (BgOperatorFiles *self)
{
  g_autofree char *next = g_strconcat (self->key, NEXT, NULL);
  const char *paths[] = { self->id, self->certificate, self->key, next, self->endpoints };

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    g_unlink (paths[i]);
}
