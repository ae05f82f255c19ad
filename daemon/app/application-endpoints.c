/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Endpoints, as the bus asks for them, and the API key of the account that has them. */
#include "app/application-endpoints.h"

#include "app/application-names.h"
#include "app/application-private.h"
#include "common/error.h"
#include "common/log.h"
#include "common/secret-text.h"
#include "publish/listen-mode.h"
#include "publish/operator.h"

#include <string.h>

#define SECRET "api-key"
#define RULES "publish.listen-each"

BgEndpoints *
bg_application_get_endpoints (BgApplication *self)
{
  return self->endpoints;
}

/* --- Life --- */

/* Of the machines' names, while the tunnel is up. */
static char *
dup_suffix (gpointer owner)
{
  BgApplication *self = owner;
  g_autofree char *name = bg_application_dup_own_name (self);
  const char *dot = strchr (name, '.');

  return dot ? g_strdup (dot + 1) : g_strdup (self->config->names_suffix);
}

BgEndpoints *
bg_application_make_endpoints (BgApplication *self, const BgApplicationOptions *options)
{
  const BgEndpointsOptions own = { .state_dir = options->state_dir,
                                   .runtime_dir = options->runtime_dir,
                                   .dns_socket = options->dns_socket,
                                   .engine = self->engine,
                                   .hosts_path = "/etc/hosts",
                                   .dup_suffix = dup_suffix,
                                   .owner = self };

  return bg_endpoints_new (&own, self->config);
}

/* NULL where there is none; free with bg_secret_free(). */
static char *
read_key (BgApplication *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BgSecretStore) files = bg_secret_keeper_open_files (self->keeper, &error);
  char *key = files ? bg_secret_store_read (files, SECRET, &error) : NULL;

  if (error)
    bg_log (BG_TOPIC_CONFIG, WARNING, NULL, "%s", error->message);
  return key;
}

void
bg_application_start_endpoints (BgApplication *self)
{
  char *key = read_key (self);

  bg_endpoints_start (self->endpoints, key);
  bg_secret_free (key);
}

void
bg_application_configure_endpoints (BgApplication *self)
{
  if (bg_endpoints_set_config (self->endpoints, self->config))
    bg_application_start_endpoints (self);
}

static void
on_endpoints_gone (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;

  bg_endpoints_stop_finish (BG_ENDPOINTS (source), result, NULL);
  g_task_return_boolean (task, TRUE);
}

static void
on_tunnel_down (GObject *source, GAsyncResult *result, gpointer data)
{
  BgApplication *self = BG_APPLICATION (source);

  bg_application_stop_finish (self, result, NULL);
  bg_endpoints_stop_async (self->endpoints, on_endpoints_gone, data);
}

/* Nobody comes in at an endpoint from here on; the tunnel does not wait for those who are inside. */
void
bg_application_stop_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (self, NULL, callback, data);

  g_task_set_source_tag (task, bg_application_stop_async);
  bg_endpoints_close (self->endpoints);
  bg_application_rest_async (self, on_tunnel_down, task);
}

/* --- The API key --- */

static gboolean
keep_key (BgApplication *self, const char *key, GError **error)
{
  g_autoptr (BgSecretStore) files = bg_secret_keeper_open_files (self->keeper, error);

  if (!files)
    return FALSE;
  return key ? bg_secret_store_write (files, SECRET, key, error)
             : bg_secret_store_remove (files, SECRET, error);
}

static void
on_key_checked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = g_task_get_source_object (task);
  const char *key = g_task_get_task_data (task);
  GError *error = NULL;

  if (!bg_operator_check_api_key_finish (result, &error) || !keep_key (self, key, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  bg_endpoints_set_api_key (self->endpoints, key);
  g_task_return_boolean (task, TRUE);
}

static BgOperator *
open_account_for_key (BgApplication *self, GError **error)
{
  if (bg_key_tries_take (&self->key_tries, g_get_monotonic_time ()))
    return bg_endpoints_open_account (self->endpoints, error);
  bg_error_set (error, BG_ERROR_WRONG_STATE, API_KEY_TOO_OFTEN, (guint) BG_KEY_TRIES);
  return NULL;
}

static void
free_key (gpointer key)
{
  bg_secret_free (key);
}

void
bg_application_set_api_key_async (BgApplication *self, const char *api_key,
                                  GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  GError *error = NULL;
  BgOperator *account = open_account_for_key (self, &error);

  g_task_set_source_tag (task, bg_application_set_api_key_async);
  g_task_set_task_data (task, g_strdup (api_key), free_key);
  if (account)
    bg_operator_check_api_key_async (account, api_key, NULL, on_key_checked, g_object_ref (task));
  else
    g_task_return_error (task, error);
}

gboolean
bg_application_set_api_key_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
bg_application_clear_api_key (BgApplication *self, GError **error)
{
  if (!keep_key (self, NULL, error))
    return FALSE;
  bg_endpoints_set_api_key (self->endpoints, NULL);
  return TRUE;
}

/* --- The account --- */

/* NULL where nobody is to be asked. Borrowed. */
static BgOperator *
find_account (BgApplication *self, GError **error)
{
  BgOperator *account = bg_endpoints_get_account (self->endpoints);

  if (account && bg_endpoints_has_api_key (self->endpoints))
    return account;
  if (self->config->ngrok_enabled)
    bg_error_set (error, BG_ERROR_WRONG_STATE, API_KEY_MISSING);
  else
    bg_error_set (error, BG_ERROR_WRONG_STATE, ENDPOINTS_DISABLED);
  return NULL;
}

static void
on_unregistered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  BgApplication *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (bg_operator_unregister_finish (result, &error) && bg_application_clear_api_key (self, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
bg_application_unregister_async (BgApplication *self, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  GError *error = NULL;
  BgOperator *account = find_account (self, &error);

  g_task_set_source_tag (task, bg_application_unregister_async);
  if (account)
    bg_operator_unregister_async (account, NULL, on_unregistered, g_object_ref (task));
  else
    g_task_return_error (task, error);
}

gboolean
bg_application_unregister_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
bg_application_refresh_endpoints (BgApplication *self, GError **error)
{
  BgOperator *account = find_account (self, error);

  if (account)
    bg_operator_refresh (account);
  return account != NULL;
}

gboolean
bg_application_renew_certificate (BgApplication *self, GError **error)
{
  BgOperator *account = find_account (self, error);

  if (account)
    bg_operator_renew (account);
  return account != NULL;
}

/* --- Where single ones are to be had --- */

static gboolean
is_rule_of (const char *rule, const char *key)
{
  gsize len = strlen (key);

  return g_ascii_strncasecmp (rule, key, len) == 0 && rule[len] == ' ';
}

/* The setting without what it says of `key`, and with what it is to say. */
static char **
list_rules (const BgConfig *config, const char *key, const char *mode)
{
  g_autoptr (GStrvBuilder) rules = g_strv_builder_new ();

  for (char **rule = config->publish_listen_each; *rule; rule++)
    if (!is_rule_of (*rule, key))
      g_strv_builder_add (rules, *rule);
  if (*mode)
    {
      g_autofree char *rule = g_strdup_printf ("%s %s", key, mode);

      g_strv_builder_add (rules, rule);
    }
  return g_strv_builder_end (rules);
}

/* A rule that the file would tell apart from two. */
static gboolean
check_rule (const char *key, const char *mode, GError **error)
{
  BgListenMode parsed = { .kind = BG_LISTEN_VIRTUAL };
  g_autoptr (BgListenRules) rules = bg_listen_rules_new (&parsed);

  if ((!*mode || bg_listen_mode_parse (mode, &parsed)) && !strpbrk (key, " ;,")
      && bg_listen_rules_add (rules, key, &parsed))
    return TRUE;
  bg_error_set (error, BG_ERROR_INVALID_ARGUMENT, ENDPOINT_BAD_RULE, key);
  return FALSE;
}

gboolean
bg_application_set_endpoint_mode (BgApplication *self, const char *key, const char *mode,
                                  GError **error)
{
  g_auto (GStrv) rules = NULL;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) changes = NULL;
  BgConfig *fresh;

  if (!check_rule (key, mode, error))
    return FALSE;
  rules = list_rules (self->config, key, mode);
  g_variant_dict_insert_value (&dict, RULES, g_variant_new_strv ((const char *const *) rules, -1));
  changes = g_variant_ref_sink (g_variant_dict_end (&dict));
  fresh = bg_config_change (self->config, self->config_path, changes, error);
  if (!fresh)
    return FALSE;
  bg_application_take_config (self, fresh);
  bg_application_apply_config (self);
  return TRUE;
}
