/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bamgatectl/worker-found.h"
#include "bamgatectl/input.h"

#include "common/json-member.h"
#include "common/printable.h"

#include <string.h>

enum
{
  ACCOUNT_ID = 32, /* hexadecimal digits */
  MAX_LABEL = 63,
};

void
worker_found_clear (WorkerFound *self)
{
  g_free (self->tag);
  g_free (self->version);
  g_strfreev (self->bindings);
  input_free_secret (self->plain_token);
  input_free_secret (self->plain_turn_secret);
  *self = (WorkerFound){ 0 };
}

gboolean
worker_found_has (const WorkerFound *self, const char *binding)
{
  return self->bindings && g_strv_contains ((const char *const *) self->bindings, binding);
}

/* --- What goes into paths and host names --- */

static gboolean
is_made_of (const char *text, const char *letters, gsize max)
{
  gsize len = strlen (text);

  return len > 0 && len <= max && strspn (text, letters) == len;
}

gboolean
worker_is_name (const char *name)
{
  return is_made_of (name, G_CSET_a_2_z G_CSET_DIGITS "-", MAX_LABEL) && *name != '-'
         && name[strlen (name) - 1] != '-';
}

gboolean
cloudflare_account_is_id (const char *text)
{
  return strlen (text) == ACCOUNT_ID && is_made_of (text, G_CSET_DIGITS "abcdef", ACCOUNT_ID);
}

const char *
cloudflare_subdomain_read (JsonObject *answer)
{
  JsonObject *result = cloudflare_answer_object (answer, "result");
  const char *subdomain = result ? bg_json_member_text (result, "subdomain") : NULL;

  if (!subdomain || *subdomain == '\0')
    return NULL;
  return worker_is_name (subdomain) ? subdomain : "";
}

/* --- The Worker --- */

static void
replace (char **field, const char *text)
{
  input_free_secret (*field);
  *field = g_strdup (text);
}

gboolean
worker_found_read_list (WorkerFound *self, JsonObject *answer, const char *name)
{
  JsonArray *scripts = cloudflare_answer_array (answer, "result");

  for (guint i = 0; scripts && i < json_array_get_length (scripts); i++)
    {
      JsonObject *script = cloudflare_answer_object_at (scripts, i);
      const char *tag = script ? bg_json_member_text (script, "migration_tag") : NULL;

      if (!script || g_strcmp0 (bg_json_member_text (script, "id"), name) != 0)
        continue;
      self->exists = TRUE;
      replace (&self->tag, tag && *tag != '\0' ? tag : NULL);
    }
  return scripts != NULL;
}

static void
take_plain_text (WorkerFound *self, const char *name, const char *text)
{
  if (g_str_equal (name, WORKER_SHARED_TOKEN))
    self->needs_credentials = g_str_equal (text, "no");
  else if (g_str_equal (name, WORKER_VERSION))
    replace (&self->version, text);
  else if (g_str_equal (name, WORKER_TOKEN))
    replace (&self->plain_token, text);
  else if (g_str_equal (name, WORKER_TURN_SECRET))
    replace (&self->plain_turn_secret, text);
}

static void
take_binding (WorkerFound *self, JsonObject *binding, GStrvBuilder *names)
{
  const char *name = bg_json_member_text (binding, "name"),
             *text = bg_json_member_text (binding, "text");

  if (!name)
    return;
  g_strv_builder_add (names, name);
  if (text && g_strcmp0 (bg_json_member_text (binding, "type"), "plain_text") == 0)
    take_plain_text (self, name, text);
}

gboolean
worker_found_read_settings (WorkerFound *self, JsonObject *answer)
{
  JsonArray *bindings = cloudflare_answer_array (cloudflare_answer_object (answer, "result"),
                                                 "bindings");
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; bindings && i < json_array_get_length (bindings); i++)
    {
      JsonObject *binding = cloudflare_answer_object_at (bindings, i);

      if (binding)
        take_binding (self, binding, names);
    }
  g_strfreev (self->bindings);
  self->bindings = g_strv_builder_end (names);
  return bindings != NULL;
}

void
worker_found_read_subdomain (WorkerFound *self, JsonObject *answer)
{
  JsonObject *result = cloudflare_answer_object (answer, "result");

  self->is_public = result && bg_json_member_is_true (result, "enabled");
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

GPtrArray *
cloudflare_accounts_new (void)
{
  return g_ptr_array_new_with_free_func (account_free);
}

static void
take_account (GPtrArray *accounts, JsonObject *listed)
{
  const char *id = bg_json_member_text (listed, "id"), *name = bg_json_member_text (listed, "name");
  CloudflareAccount *account;

  if (!id || !cloudflare_account_is_id (id))
    return;
  account = g_new (CloudflareAccount, 1);
  *account = (CloudflareAccount){ g_strdup (id), bg_printable (name ? name : id) };
  g_ptr_array_add (accounts, account);
}

gint64
cloudflare_accounts_read (GPtrArray *accounts, JsonObject *answer)
{
  JsonArray *listed = cloudflare_answer_array (answer, "result");

  for (guint i = 0; listed && i < json_array_get_length (listed); i++)
    {
      JsonObject *one = cloudflare_answer_object_at (listed, i);

      if (one)
        take_account (accounts, one);
    }
  return cloudflare_answer_number (cloudflare_answer_object (answer, "result_info"), "total_pages");
}

const CloudflareAccount *
cloudflare_accounts_find (GPtrArray *accounts, const char *wanted)
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
