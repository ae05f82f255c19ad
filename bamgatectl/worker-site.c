/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/worker-site.h"
#include "bamgatectl/input.h"

#include "common/json-member.h"

#include <string.h>

enum
{
  MAX_PAGES = 20,
  ACCOUNT_ID = 32, /* hexadecimal digits */
  MAX_LABEL = 63,
};

WorkerSite *
worker_site_new (const char *name)
{
  WorkerSite *self = g_new0 (WorkerSite, 1);

  self->name = g_strdup (name);
  return self;
}

static void
forget (WorkerSite *self)
{
  self->exists = self->is_public = FALSE;
  g_clear_pointer (&self->tag, g_free);
  g_clear_pointer (&self->version, g_free);
  g_clear_pointer (&self->bindings, g_strfreev);
  g_clear_pointer (&self->plain_token, input_free_secret);
  g_clear_pointer (&self->plain_turn_secret, input_free_secret);
}

void
worker_site_free (WorkerSite *self)
{
  forget (self);
  g_free (self->account);
  g_free (self->account_name);
  g_free (self->subdomain);
  g_free (self->name);
  g_free (self->host);
  g_free (self);
}

/* What goes into paths and host names is checked first: it comes from outside. */
static gboolean
is_made_of (const char *text, const char *letters, gsize max)
{
  gsize len = strlen (text);

  return len > 0 && len <= max && strspn (text, letters) == len;
}

gboolean
worker_site_is_name (const char *name)
{
  return is_made_of (name, G_CSET_a_2_z G_CSET_DIGITS "-", MAX_LABEL) && *name != '-'
         && name[strlen (name) - 1] != '-';
}

gboolean
worker_site_is_account_id (const char *text)
{
  return strlen (text) == ACCOUNT_ID && is_made_of (text, G_CSET_DIGITS "abcdef", ACCOUNT_ID);
}

/* --- Reading answers --- */

static GError *
nonsense (void)
{
  return g_error_new_literal (CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_REFUSED,
                              _ ("Cloudflare's answer is not what its API describes"));
}

static JsonArray *
array_of (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);

  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static JsonObject *
object_of (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);

  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static JsonObject *
object_at (JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* --- Accounts --- */

static void
account_free (gpointer data)
{
  CloudflareAccount *account = data;

  g_free (account->id);
  g_free (account->name);
  g_free (account);
}

static void
take_accounts (GPtrArray *accounts, JsonArray *listed)
{
  for (guint i = 0; listed && i < json_array_get_length (listed); i++)
    {
      JsonObject *one = object_at (listed, i);
      const char *id = one ? bg_json_member_text (one, "id") : NULL,
                 *name = one ? bg_json_member_text (one, "name") : NULL;
      CloudflareAccount *account;

      if (!id || !worker_site_is_account_id (id))
        continue;
      account = g_new (CloudflareAccount, 1);
      *account = (CloudflareAccount){ g_strdup (id), g_strdup (name ? name : id) };
      g_ptr_array_add (accounts, account);
    }
}

static gint64
pages_of (JsonObject *answer)
{
  JsonObject *info = object_of (answer, "result_info");
  JsonNode *node = info ? json_object_get_member (info, "total_pages") : NULL;

  return node && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_int (node) : 1;
}

GPtrArray *
worker_site_list_accounts (Cloudflare *cloudflare, GError **error)
{
  g_autoptr (GPtrArray) accounts = g_ptr_array_new_with_free_func (account_free);
  gint64 pages = 1;

  for (guint page = 1; page <= MIN (pages, MAX_PAGES); page++)
    {
      g_autofree char *path = g_strdup_printf ("/accounts?per_page=50&page=%u", page);
      g_autoptr (JsonObject) answer = cloudflare_ask (cloudflare, "GET", path, NULL, error);

      if (!answer)
        return NULL;
      take_accounts (accounts, array_of (answer, "result"));
      pages = pages_of (answer);
    }
  return g_steal_pointer (&accounts);
}

const CloudflareAccount *
worker_site_find_account (GPtrArray *accounts, const char *wanted)
{
  const CloudflareAccount *found = NULL;

  for (guint i = 0; i < accounts->len; i++)
    {
      const CloudflareAccount *account = accounts->pdata[i];

      if (g_str_equal (account->id, wanted))
        return account;
      if (!g_str_equal (account->name, wanted))
        continue;
      if (found)
        return NULL;
      found = account;
    }
  return found;
}

void
worker_site_set_account (WorkerSite *self, Cloudflare *cloudflare, const char *id, const char *name)
{
  g_free (self->account);
  g_free (self->account_name);
  self->account = g_strdup (id);
  self->account_name = g_strdup (name);
  cloudflare_set_account (cloudflare, id);
}

/* --- Where it answers --- */

gboolean
worker_site_find_host (WorkerSite *self, Cloudflare *cloudflare, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/accounts/%s/workers/subdomain", self->account);
  g_autoptr (GError) fault = NULL;
  g_autoptr (JsonObject) answer = cloudflare_ask (cloudflare, "GET", path, NULL, &fault);
  JsonObject *result = answer ? object_of (answer, "result") : NULL;
  const char *subdomain = result ? bg_json_member_text (result, "subdomain") : NULL;

  if (fault && !g_error_matches (fault, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_NOT_FOUND)
      && !g_error_matches (fault, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_NO_SUBDOMAIN))
    g_propagate_error (error, g_steal_pointer (&fault));
  else if (!subdomain || *subdomain == '\0')
    g_set_error (error, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_NO_SUBDOMAIN,
                 _ ("the account “%s” has no workers.dev subdomain yet, below which Workers "
                    "answer. Choose one at https://dash.cloudflare.com/%s/workers/onboarding, then "
                    "say this again"),
                 self->account_name, self->account);
  else if (!worker_site_is_name (subdomain))
    g_propagate_error (error, nonsense ());
  else
    {
      g_free (self->subdomain);
      g_free (self->host);
      self->subdomain = g_strdup (subdomain);
      self->host = g_strdup_printf ("%s.%s.workers.dev", self->name, subdomain);
      return TRUE;
    }
  return FALSE;
}

char *
worker_site_path (const WorkerSite *self, const char *rest)
{
  return g_strdup_printf ("/accounts/%s/workers/scripts/%s%s", self->account, self->name, rest);
}

/* --- What is there --- */

static void
take_script (WorkerSite *self, JsonArray *scripts)
{
  for (guint i = 0; i < json_array_get_length (scripts); i++)
    {
      JsonObject *script = object_at (scripts, i);

      if (!script || g_strcmp0 (bg_json_member_text (script, "id"), self->name) != 0)
        continue;
      self->exists = TRUE;
      self->tag = g_strdup (bg_json_member_text (script, "migration_tag"));
      if (self->tag && *self->tag == '\0')
        g_clear_pointer (&self->tag, g_free);
    }
}

/* The list alone tells the last migration. */
static gboolean
look_at_list (WorkerSite *self, Cloudflare *cloudflare, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/accounts/%s/workers/scripts", self->account);
  g_autoptr (JsonObject) answer = cloudflare_ask (cloudflare, "GET", path, NULL, error);
  JsonArray *scripts = answer ? array_of (answer, "result") : NULL;

  if (scripts)
    take_script (self, scripts);
  else if (answer)
    g_propagate_error (error, nonsense ());
  return scripts != NULL;
}

static void
take_plain_text (WorkerSite *self, const char *name, const char *text)
{
  if (g_str_equal (name, WORKER_VERSION))
    self->version = g_strdup (text);
  else if (g_str_equal (name, WORKER_TOKEN))
    self->plain_token = g_strdup (text);
  else if (g_str_equal (name, WORKER_TURN_SECRET))
    self->plain_turn_secret = g_strdup (text);
}

static void
take_bindings (WorkerSite *self, JsonArray *bindings)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; i < json_array_get_length (bindings); i++)
    {
      JsonObject *binding = object_at (bindings, i);
      const char *name = binding ? bg_json_member_text (binding, "name") : NULL,
                 *text = binding ? bg_json_member_text (binding, "text") : NULL;

      if (!name)
        continue;
      g_strv_builder_add (names, name);
      if (text && g_strcmp0 (bg_json_member_text (binding, "type"), "plain_text") == 0)
        take_plain_text (self, name, text);
    }
  self->bindings = g_strv_builder_end (names);
}

static gboolean
look_at_bindings (WorkerSite *self, Cloudflare *cloudflare, GError **error)
{
  g_autofree char *path = worker_site_path (self, "/settings");
  g_autoptr (JsonObject) answer = cloudflare_ask (cloudflare, "GET", path, NULL, error);
  JsonObject *result = answer ? object_of (answer, "result") : NULL;
  JsonArray *bindings = result ? array_of (result, "bindings") : NULL;

  if (bindings)
    take_bindings (self, bindings);
  else if (answer)
    g_propagate_error (error, nonsense ());
  return bindings != NULL;
}

static gboolean
look_at_publicity (WorkerSite *self, Cloudflare *cloudflare, GError **error)
{
  g_autofree char *path = worker_site_path (self, "/subdomain");
  g_autoptr (JsonObject) answer = cloudflare_ask (cloudflare, "GET", path, NULL, error);
  JsonObject *result = answer ? object_of (answer, "result") : NULL;

  self->is_public = result && bg_json_member_is_true (result, "enabled");
  return answer != NULL;
}

gboolean
worker_site_look (WorkerSite *self, Cloudflare *cloudflare, GError **error)
{
  g_autoptr (GError) fault = NULL;

  forget (self);
  if (!look_at_list (self, cloudflare, error))
    return FALSE;
  if (!self->exists
      || (look_at_bindings (self, cloudflare, &fault)
          && look_at_publicity (self, cloudflare, &fault)))
    return TRUE;
  /* it went while we looked */
  if (g_error_matches (fault, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_NOT_FOUND))
    fault->code = CLOUDFLARE_ERROR_CHANGED;
  g_propagate_error (error, g_steal_pointer (&fault));
  return FALSE;
}

gboolean
worker_site_has (const WorkerSite *self, const char *binding)
{
  return self->bindings && g_strv_contains ((const char *const *) self->bindings, binding);
}

/* --- What is done to it --- */

gboolean
worker_site_publish (WorkerSite *self, Cloudflare *cloudflare, GError **error)
{
  g_autofree char *path = worker_site_path (self, "/subdomain");
  g_autoptr (JsonObject)
    answer = cloudflare_ask (cloudflare, "POST", path, "{\"enabled\":true}", error);

  return answer != NULL;
}

gboolean
worker_site_remove (WorkerSite *self, Cloudflare *cloudflare, GError **error)
{
  g_autofree char *path = worker_site_path (self, "");
  g_autoptr (GError) fault = NULL;
  g_autoptr (JsonObject) answer = cloudflare_ask (cloudflare, "DELETE", path, NULL, &fault);

  if (answer || g_error_matches (fault, CLOUDFLARE_ERROR, CLOUDFLARE_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&fault));
  return FALSE;
}
